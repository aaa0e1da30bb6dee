# SPDX-License-Identifier: GPL-2.0-or-later
"""Allocation failure, at every place of c_ext/core and of the cffi jobs.

`allocation.c` runs each case with each of its allocations failing once, under
AddressSanitizer and UBSan: a failure is reported, nothing is lost or leaked, and the
same call then succeeds. Here it is checked that no place and no function is missing:
what allocates is read from the object files.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "c_ext" / "core"
CFFI = ROOT / "c_ext" / "cffi"
HERE = Path(__file__).resolve().parent
JOBS = [CFFI / "index_jobs.c", CFFI / "manifest_jobs.c"]
SOURCES = [*CORE.glob("*.c"), *JOBS]
ALLOCATORS = {"malloc", "calloc", "realloc"}
FLAGS = [
    *("-std=c11", "-D_GNU_SOURCE", "-O0", "-g", "-pthread", "-Wall", "-Wextra"),
    *("-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"),
    # A call within a file is in the object file, too.
    "-ffunction-sections",
]
WRAPPED = [f"-Wl,--wrap={name}" for name in (*sorted(ALLOCATORS), "free")]

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# A declaration, not a definition, of a function.
DECLARED = re.compile(r"^[a-z_][\w \n]*?[ *](\w+)\([^;{}()]*\);", re.MULTILINE)
FUNCTION = re.compile(r"^[0-9a-f]+ <([\w.]+)>:$")
CALL = re.compile(r"\sR_\w+\s+(?:\.text\.)?(\w+)")


def environment() -> dict[str, str]:
    """That of the compiler and the program: `make asan` preloads for Python."""
    return {k: v for k, v in os.environ.items() if k != "LD_PRELOAD"}


def run(*command: object) -> str:
    done = subprocess.run(
        [str(one) for one in command],
        capture_output=True,
        text=True,
        env={**environment(), "ASAN_OPTIONS": "detect_leaks=0"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compiled(sources: Iterable[Path], into: Path) -> list[Path]:
    objects = []
    for source in sorted(sources):
        objects.append(into / f"{source.parent.name}-{source.stem}.o")
        run(
            *(os.environ.get("CC", "cc"), *FLAGS),
            *("-I", CORE, "-I", CFFI, "-I", HERE),
            *("-c", source, "-o", objects[-1]),
        )
    return objects


class Program:
    """The cases, built and run."""

    def __init__(self, directory: Path) -> None:
        self.core = compiled(SOURCES, directory)
        self.cases = compiled(HERE.glob("*.c"), directory)
        program = directory / "allocation"
        run(
            *(os.environ.get("CC", "cc"), *FLAGS, *WRAPPED),
            *(*self.core, *self.cases, "-o", program),
        )
        lines = [line.split() for line in run(program).splitlines()]
        self.sites = int(lines.pop()[1])
        self.functions = {name for name, _count in lines}
        # By file, and then by function, for names of static ones repeat.
        self.calls = {path: calls(path) for path in self.core}
        self.called_by_cases = {
            name
            for path in self.cases
            for called in calls(path).values()
            for name in called
        }

    def allocating(self) -> set[str]:
        """The declared functions that allocate, or call one that does."""
        public: set[str] = set()
        names = declared()
        while True:
            before = set(public)
            for functions in self.calls.values():
                inside: set[str] = set()
                for _ in functions:
                    # Names of the file's own come before those of others.
                    known = (public - set(functions)) | inside | ALLOCATORS
                    inside = {
                        name
                        for name, called in functions.items()
                        if not known.isdisjoint(called)
                    }
                public |= inside & names
            if public == before:
                return public


def calls(path: Path) -> dict[str, list[str]]:
    """What each function of an object file calls or refers to."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in run("objdump", "-dr", path).splitlines():
        if begin := FUNCTION.match(line):
            current = found.setdefault(begin.group(1), [])
        elif call := CALL.search(line):
            current.append(call.group(1))
    return found


def declared() -> set[str]:
    """The functions that the headers of the core declare."""
    names: set[str] = set()
    for header in (*CORE.glob("*.h"), *(path.with_suffix(".h") for path in JOBS)):
        text = COMMENT.sub("", header.read_text())
        names.update(DECLARED.findall(text))
    return names


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Built once; each case has run, and passed, or this fails."""
    return Program(tmp_path_factory.mktemp("allocation"))


def test_every_place_that_allocates_has_failed(program: Program) -> None:
    places = sum(
        name in ALLOCATORS
        for functions in program.calls.values()
        for called in functions.values()
        for name in called
    )
    assert places > 50
    assert program.sites == places


def test_every_function_that_allocates_has_a_case(program: Program) -> None:
    public = declared()
    assert len(public) > 80
    assert public <= {name for file in program.calls.values() for name in file}
    assert program.allocating() == program.functions
    assert program.functions <= program.called_by_cases
