# SPDX-License-Identifier: GPL-2.0-or-later
"""Upstream's own Rust build of Mercurial, the peer of our Rust extension.

It is built once from the source distribution, under build/; that takes some minutes.
Its Rust no longer compiles without warnings that count as errors, so lints are
capped. HGAMALGAM_PEER, the Python of an environment that has such a build already,
saves the time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/conformance"))
import environment
import environments
from environments import BUILD, MERCURIAL, MERCURIAL_BUILD_TOOLS


def peer_python(progress: Callable[[str], None]) -> Path:
    """The Python that has upstream's build, made if it is not there."""
    given = os.environ.get("HGAMALGAM_PEER")
    if given:
        return Path(given)
    venv = BUILD / f"upstream-{MERCURIAL}"
    python = environments.python_of(venv)
    stamp = venv / "upstream-stamp"
    if stamp.exists():
        return python
    log = BUILD / "logs" / "upstream.log"
    sources = environment.fetch_sdist(MERCURIAL, progress)
    environments.make_venv(venv, log)
    environments.pip_install(venv, ["--upgrade", *MERCURIAL_BUILD_TOOLS], log)
    progress("building Mercurial with its own Rust extension (several minutes)")
    command = [str(python), "-m", "pip", "install", "--no-build-isolation"]
    command += ["--no-deps", "--disable-pip-version-check", str(sources)]
    environments.run(
        command, log, HGWITHRUSTEXT="cpython", RUSTFLAGS="--cap-lints warn"
    )
    environments.run([str(python), "-c", "import mercurial.rustext"], log)
    stamp.write_text(MERCURIAL)
    return python


def contrib(progress: Callable[[str], None]) -> Path:
    """The directory `contrib` of Mercurial's source distribution."""
    return environment.unpack(MERCURIAL, progress).parent / "contrib"
