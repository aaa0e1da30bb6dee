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

# What builds Mercurial's own Rust extension: variables, and arguments of pip. Its
# last release with rust-cpython has lines that a current compiler takes for errors.
UPSTREAM: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "6.9.5": ({"HGWITHRUSTEXT": "cpython", "RUSTFLAGS": "--cap-lints warn"}, ()),
    "7.2.4": ({}, ("--config-settings=--global-option=--rust",)),
}


@dataclass(frozen=True)
class Environment:
    """One `hg` to test: "ours", "stock" or "upstream"."""

    name: str
    python: Path
    hg: Path
    tests: Path
    digest: str


def fetch_sdist(
    requirement: str, file: str, digest: str, progress: Callable[[str], None]
) -> Path:
    """The verified source distribution, downloaded once; `digest` is its sha256."""
    place = BUILD / "sdist"
    archive = place / file
    if not archive.exists():
        progress(f"downloading the source distribution {file}")
        tools = BUILD / "tools"
        log = environments.BUILD / "logs" / "sdist.log"
        # Where there is no wheel, pip would build it to learn its version.
        environments.make_venv(tools, log, "python3")
        environments.pip_install(tools, ["--upgrade", *MERCURIAL_BUILD_TOOLS], log)
        command = [str(environments.python_of(tools)), "-m", "pip", "download"]
        command += ["--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
        command += ["-d", str(place), requirement]
        environments.run(command, log)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != digest:
        raise EnvironmentProblem(f"{archive} has sha256 {found}, pinned is {digest}")
    return archive


def _extract(archive: Path, place: Path) -> Path:
    """Unpack the archive in `place`; returns its one directory."""
    source = place / archive.name.replace(".tar.gz", "")
    shutil.rmtree(source, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(place, filter="tar")
        else:
            tar.extractall(place)
    return source


def unpack(host: str, progress: Callable[[str], None], builder: str = "") -> Path:
    """The unpacked sources; returns their ``tests`` directory.

    Building leaves files behind: who builds has sources of its own.
    """
    place = BUILD / ("source" + builder + VARIANT)
    source = place / f"mercurial-{host}"
    if not (source / "tests" / "run-tests.py").exists():
        requirement, digest = f"mercurial=={host}", pins.HOSTS[host]
        file = f"mercurial-{host}.tar.gz"
        _extract(fetch_sdist(requirement, file, digest, progress), place)
    addon = source / "tests" / "hghaveaddon.py"
    if not addon.exists() or addon.read_text() != HGHAVE_ADDON:
        addon.write_text(HGHAVE_ADDON)
    return source / "tests"


def unpack_evolve(progress: Callable[[str], None]) -> Path:
    """The ``tests`` of hg-evolve, whose extensions are found beside them."""
    version, digest = pins.EVOLVE
    place = BUILD / "source"
    tests = place / f"hg_evolve-{version}" / "tests"
    if not tests.exists():
        requirement, file = f"hg-evolve=={version}", f"hg_evolve-{version}.tar.gz"
        _extract(fetch_sdist(requirement, file, digest, progress), place)
    return tests


def make(host: str, name: str, progress: Callable[[str], None]) -> Environment:
    """The environment `name` before Mercurial `host`.

    "upstream" is Mercurial's own Rust build, which takes some minutes.
    """
    builder = "-upstream" if name == "upstream" else ""
    tests = unpack(host, progress, builder)
    venv = BUILD / f"{name}-{host}{VARIANT}"
    settings, arguments = UPSTREAM[host] if builder else ({}, ())
    digest = environments.prepare(
        venv,
        host,
        ours=name == "ours",
        extra=["setuptools"],
        source=tests.parent if builder or not IS_CPYTHON else None,
        settings=settings,
        arguments=arguments,
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
