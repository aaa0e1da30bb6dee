# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual environments of the checkout, kept under ``build/``.

The demo, the tests, the conformance runs and the benchmarks all install the
same wheel of this checkout beside a stock Mercurial. The wheel is built once,
from the source distribution as others would build it, and built again only when
a source file changed.

Runs on the system's Python with nothing installed:

    python3 tools/environments.py wheel
    python3 tools/environments.py venv build/venv --requirements requirements-dev.txt
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Callable

import hosts

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"

# What the wheel is made of: a change in any of these makes a new one.
SOURCES = (
    "setup.py",
    "build_commands.py",
    "build_flavours.py",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "COPYING",
    "Cargo.toml",
    "Cargo.lock",
    "hg_core",
    "hg_cpython",
    "hg_pyo3",
    "hg_native",
    "c_ext",
    "pure",
)
IGNORED = {"__pycache__", "target", "tests", "benches", "fuzz"}

# What another interpreter than CPython makes stands beside, under its own names.
IS_CPYTHON = sys.implementation.name == "cpython"
VARIANT = "" if IS_CPYTHON else "-" + sys.implementation.name

# Mercurial's setup.py needs these when pip builds it, or asks for its version.
MERCURIAL_BUILD_TOOLS = ("pip", "setuptools", "wheel", "setuptools_scm")

# The Mercurial that demo, tests and benchmarks stand before.
MERCURIAL = hosts.MAIN.version

WHEEL_LOG = BUILD / "logs" / "wheel.log"

Progress = Callable[[str], None]
NO_SETTINGS: Mapping[str, str] = {}


class EnvironmentProblem(Exception):
    """A step of preparing an environment failed; the text says which."""


def run(command: Sequence[str], log: Path, **environment: str) -> None:
    """Run a command with its output in `log`; raise with the log's end."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environ = {k: v for k, v in os.environ.items() if k not in CONFUSING}
    environ.update(environment)
    with open(log, "ab") as stream:
        stream.write(("$ " + " ".join(command) + "\n").encode())
        stream.flush()
        status = subprocess.run(
            command, stdout=stream, stderr=subprocess.STDOUT, cwd=ROOT, env=environ
        ).returncode
    if status:
        tail = log.read_text(errors="replace").splitlines()[-25:]
        raise EnvironmentProblem(
            "{} failed with status {}; the end of {}:\n{}".format(
                " ".join(command), status, log, "\n".join(tail)
            )
        )


# Variables that would make a venv's Python or hg look somewhere else.
CONFUSING = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "HGRCPATH", "HGPLAIN"}


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def make_venv(path: Path, log: Path, interpreter: str = sys.executable) -> None:
    """Create the environment at `path` unless it is there and works."""
    python = python_of(path)
    if python.exists():
        check = subprocess.run(
            [str(python), "-m", "pip", "--version"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if check.returncode == 0:
            return
        shutil.rmtree(path)
    try:
        run([interpreter, "-m", "venv", str(path)], log)
    except EnvironmentProblem as problem:
        raise EnvironmentProblem(
            f"{problem}\nOn Debian and Ubuntu the package python3-venv is needed."
        ) from None


def pip_install(venv: Path, arguments: Sequence[str], log: Path) -> None:
    command = [str(python_of(venv)), "-m", "pip", "install"]
    command += ["--disable-pip-version-check", *arguments]
    run(command, log)


def source_digest() -> str:
    """A digest of every file that the wheel is made of, and of how."""
    digest = hashlib.sha256()
    digest.update(sys.version.encode())
    digest.update(os.environ.get("HGAMALGAM_BUILD", "").encode())
    for name in SOURCES:
        top = ROOT / name
        files = [top] if top.is_file() else sorted(top.rglob("*"))
        for file in files:
            inside = file.relative_to(ROOT).parts[:-1]
            if not file.is_file() or IGNORED & set(inside):
                continue
            # What a build leaves behind is not its source.
            if file.suffix in {".so", ".o", ".pyc"} or any(
                part.endswith(".egg-info") for part in inside
            ):
                continue
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def make_builder(log: Path = WHEEL_LOG) -> Path:
    """The Python of an environment that has what pyproject.toml builds with."""
    builder = BUILD / ("builder" + VARIANT)
    make_venv(builder, log)
    project = (ROOT / "pyproject.toml").read_text()
    requirements = ast.literal_eval(re.findall(r"(?m)^requires = (.*)$", project)[0])
    pip_install(builder, requirements, log)
    return python_of(builder)


def unpack_sdist(builder: Path, log: Path = WHEEL_LOG) -> Path:
    """The source distribution of this checkout, made and unpacked.

    Always at one place, for cargo to know its crates again.
    """
    place = BUILD / ("sdist" + VARIANT)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    # It lists files, which would be taken whatever MANIFEST.in says now.
    for listed in ROOT.glob("pure/*.egg-info"):
        shutil.rmtree(listed)
    code = f"import setuptools.build_meta as b; b.build_sdist({str(place)!r})"
    run([str(builder), "-c", code], log)
    (archive,) = place.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(place, filter="tar")
        else:
            tar.extractall(place)
    archive.unlink()
    (source,) = place.iterdir()
    return source


def build_wheel(log: Path = WHEEL_LOG) -> tuple[Path, str]:
    """Return the wheel of this checkout and the digest of its sources.

    HGAMALGAM_WHEEL names one that was built elsewhere, to be taken instead.
    """
    given = os.environ.get("HGAMALGAM_WHEEL")
    if given:
        return Path(given), hashlib.sha256(Path(given).read_bytes()).hexdigest()
    wheels = BUILD / ("wheels" + VARIANT)
    digest = source_digest()
    place = wheels / digest[:16]
    found = sorted(place.glob("hg_amalgam-*.whl"))
    if found:
        return found[0], digest
    builder = make_builder(log)
    source = unpack_sdist(builder, log)
    temporary = wheels / "new"
    shutil.rmtree(temporary, ignore_errors=True)
    command = [str(builder), "-m", "pip", "wheel", "--no-deps", "-v"]
    command += ["--no-build-isolation", "-w", str(temporary), str(source)]
    # The crates of others are compiled once.
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    run(command, log, CARGO_TARGET_DIR=target)
    # Older wheels are of no use to anyone.
    for old in wheels.iterdir():
        if old != temporary:
            shutil.rmtree(old, ignore_errors=True)
    os.rename(temporary, place)
    return sorted(place.glob("hg_amalgam-*.whl"))[0], digest


def prepare(
    venv: Path,
    mercurial: str = MERCURIAL,
    requirements: Path | None = None,
    ours: bool = True,
    extra: Sequence[str] = (),
    source: Path | None = None,
    settings: Mapping[str, str] = NO_SETTINGS,
    arguments: Sequence[str] = (),
    progress: Progress = lambda message: None,
) -> str:
    """Make `venv` hold stock Mercurial and, if `ours`, this checkout's wheel.

    Mercurial's wheels are for CPython alone; `source` is its unpacked source
    distribution, to be built and installed from instead, with `settings` as
    environment variables and `arguments` for pip.

    Returns the digest of what was installed. An environment that already
    holds exactly that is left as it is.
    """
    log = BUILD / "logs" / (venv.name + ".log")
    wanted = [f"mercurial=={mercurial}", *extra]
    how = [*wanted, *sorted(settings), *arguments]
    digest = hashlib.sha256(" ".join(how).encode())
    wheel: Path | None = None
    if ours:
        progress("building hg-amalgam's wheel (Rust takes the longest)")
        wheel, sources = build_wheel()
        digest.update(sources.encode())
    if requirements is not None:
        digest.update(requirements.read_bytes())
    stamp = venv / "amalgam-stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return digest.hexdigest()
    progress(f"making the virtual environment {venv.relative_to(ROOT)}")
    make_venv(venv, log)
    progress("installing " + ", ".join(wanted))
    needed = list(wanted)
    if source is not None:
        pip_install(venv, ["--upgrade", *MERCURIAL_BUILD_TOOLS], log)
        command = [str(python_of(venv)), "-m", "pip", "install"]
        command += ["--no-build-isolation", *arguments, str(source)]
        run(command, log, PYTHONPATH=str(source), **settings)
    if requirements is not None:
        needed += ["-r", str(requirements)]
    pip_install(venv, needed, log)
    if wheel is not None:
        progress("installing hg-amalgam")
        pip_install(venv, ["--force-reinstall", "--no-deps", str(wheel)], log)
        # Its dependencies, where it has any.
        pip_install(venv, [str(wheel)], log)
    stamp.write_text(digest.hexdigest())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("wheel", help="build the wheel and print its path")
    venv = commands.add_parser("venv", help="make an environment")
    venv.add_argument("path", type=Path)
    venv.add_argument("--requirements", type=Path)
    venv.add_argument("--mercurial", default=MERCURIAL)
    venv.add_argument("--stock", action="store_true", help="without hg-amalgam")
    options = parser.parse_args()
    try:
        if options.command == "wheel":
            print(build_wheel()[0])
        else:
            prepare(
                options.path.resolve(),
                options.mercurial,
                options.requirements,
                ours=not options.stock,
                progress=lambda message: print("..", message, flush=True),
            )
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
