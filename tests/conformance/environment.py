# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurial's source distribution and the environments its tests run in."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import evidence
import pins

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import environments
from environments import (
    IS_CPYTHON,
    MERCURIAL_BUILD_TOOLS,
    VARIANT,
    EnvironmentProblem,
)

BUILD = environments.BUILD / "conformance"

# The suite takes policy `py` for a Mercurial without C, whose pure modules find
# other differences between files than C does, and expects these. Ours find C's.
HGHAVE_ADDON = """\
import os
from hghave import check

if os.environ.get("HGAMALGAM_AS_WITH_C"):

    @check("pure", "running with pure Python code")
    def has_pure():
        return False
"""

# What builds Mercurial's own Rust extension. Its last release with rust-cpython
# has lines that a current compiler takes for errors.
UPSTREAM = {"HGWITHRUSTEXT": "cpython", "RUSTFLAGS": "--cap-lints warn"}


@dataclass(frozen=True)
class Environment:
    """One `hg` to test: "ours", "stock" or "upstream"."""

    name: str
    python: Path
    hg: Path
    tests: Path
    digest: str


def fetch_sdist(host: str, progress: Callable[[str], None]) -> Path:
    """The verified source distribution of `host`, downloaded once."""
    place = BUILD / "sdist"
    archive = place / f"mercurial-{host}.tar.gz"
    if not archive.exists():
        progress(f"downloading the source distribution of Mercurial {host}")
        tools = BUILD / "tools"
        log = environments.BUILD / "logs" / "sdist.log"
        # Where there is no wheel, pip would build it to learn its version.
        environments.make_venv(tools, log, "python3")
        environments.pip_install(tools, ["--upgrade", *MERCURIAL_BUILD_TOOLS], log)
        command = [str(environments.python_of(tools)), "-m", "pip", "download"]
        command += ["--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
        command += ["-d", str(place), f"mercurial=={host}"]
        environments.run(command, log)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != pins.HOSTS[host]:
        raise EnvironmentProblem(
            f"{archive} has sha256 {found}, pinned is {pins.HOSTS[host]}"
        )
    return archive


def unpack(host: str, progress: Callable[[str], None], builder: str = "") -> Path:
    """The unpacked sources; returns their ``tests`` directory.

    Building leaves files behind: who builds has sources of its own.
    """
    place = BUILD / ("source" + builder + VARIANT)
    source = place / f"mercurial-{host}"
    if not (source / "tests" / "run-tests.py").exists():
        archive = fetch_sdist(host, progress)
        shutil.rmtree(source, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(place, filter="tar")
            else:
                tar.extractall(place)
    addon = source / "tests" / "hghaveaddon.py"
    if not addon.exists() or addon.read_text() != HGHAVE_ADDON:
        addon.write_text(HGHAVE_ADDON)
    return source / "tests"


def make(host: str, name: str, progress: Callable[[str], None]) -> Environment:
    """The environment `name` before Mercurial `host`.

    "upstream" is Mercurial's own Rust build, which takes some minutes.
    """
    builder = "-upstream" if name == "upstream" else ""
    tests = unpack(host, progress, builder)
    venv = BUILD / f"{name}-{host}{VARIANT}"
    digest = environments.prepare(
        venv,
        host,
        ours=name == "ours",
        extra=["setuptools"],
        source=tests.parent if builder or not IS_CPYTHON else None,
        settings=UPSTREAM if builder else {},
        progress=progress,
    )
    python = environments.python_of(venv)
    question = "import sysconfig; print(sysconfig.get_path('purelib'))"
    answer = subprocess.run(
        [str(python), "-c", question], stdout=subprocess.PIPE, check=True, text=True
    )
    evidence.install(Path(answer.stdout.strip()))
    if name == "ours":
        log = environments.BUILD / "logs" / (venv.name + ".log")
        environments.run([str(venv / "bin" / "amalgam"), "enable"], log)
    return Environment(name, python, venv / "bin" / "hg", tests, digest)


# Ways to take from root what tests assume a user lacks, the best first: as a user
# of its own namespace, even tests that ask for another user than root run.
POWERS = "-dac_override,-dac_read_search"
WITHOUT_POWERS = (
    (
        ["unshare", "--user", "--map-user=1000", "--map-group=1000"],
        "running as root, which the tests see as an ordinary user",
    ),
    (
        ["setpriv", f"--bounding-set={POWERS}", f"--inh-caps={POWERS}"],
        "running as root, without CAP_DAC_OVERRIDE",
    ),
)


def without_root_powers() -> tuple[list[str], str | None]:
    """A command prefix that makes of root an ordinary user, as far as possible.

    Returns the prefix and a sentence for the report, or None for no remark.
    """
    if os.geteuid() != 0:
        return [], None
    for command, remark in WITHOUT_POWERS:
        prefix = [*command, "--"]
        if shutil.which(prefix[0]):
            tried = subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL)
            if tried.returncode == 0:
                return prefix, remark
    return [], "running as root with all its powers: unshare and setpriv do not work"
