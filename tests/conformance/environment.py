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

# The suite asks `hg debuginstall` whether Mercurial "uses Rust", and gets a no
# unless every Rust module is there. Some of its expectations are about the
# dirstate alone, so the run answers that question, each way where it has to.
HGHAVE_ADDON = """\
import os
from hghave import check

answer = os.environ.get("HGAMALGAM_HGHAVE_RUST")
if answer is not None:

    @check("rust", "Using the Rust extensions")
    def has_rust():
        return answer == "yes"
"""


@dataclass(frozen=True)
class Environment:
    """One `hg` to test: "ours" or "stock"."""

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
        tools = BUILD / ("tools" + VARIANT)
        log = environments.BUILD / "logs" / "sdist.log"
        environments.make_venv(tools, log)
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


def unpack(host: str, progress: Callable[[str], None]) -> Path:
    """The unpacked sources; returns their ``tests`` directory."""
    place = BUILD / ("source" + VARIANT)
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
    """The environment "ours" or "stock" before Mercurial `host`."""
    tests = unpack(host, progress)
    venv = BUILD / f"{name}-{host}{VARIANT}"
    digest = environments.prepare(
        venv,
        host,
        ours=name == "ours",
        extra=["setuptools"],
        source=None if IS_CPYTHON else tests.parent,
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


def without_root_powers() -> tuple[list[str], str | None]:
    """A command prefix that takes from root what tests assume a user lacks.

    Returns the prefix and a sentence for the report, or None for no remark.
    """
    if os.geteuid() != 0:
        return [], None
    powers = "-dac_override,-dac_read_search"
    prefix = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", "--"]
    if shutil.which("setpriv") and not subprocess.run([*prefix, "true"]).returncode:
        return prefix, "running as root, without CAP_DAC_OVERRIDE"
    return [], "running as root with all its powers: setpriv is missing or refused"
