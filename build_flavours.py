# SPDX-License-Identifier: GPL-2.0-or-later
"""Build commands under which a native flavour may be left out, and says why.

HGAMALGAM_BUILD is `auto` (a flavour that does not build is left out, and
`amalgam doctor` says why) or a comma list of flavours that then must build.
"""

from __future__ import annotations

import json
import os
import shutil
import sys

import setuptools_rust
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext

FLAVOURS = ("rust", "c", "cffi")
ASKED = os.environ.get("HGAMALGAM_BUILD") or "auto"
STRICT = ASKED != "auto"
WANTED = ASKED.replace(" ", "").split(",") if STRICT else [*FLAVOURS, "py"]
LEFT_OUT: dict[str, str] = {}  # flavour or extension module: why it was not built


def impediment(flavour: str) -> str | None:
    """Why not even to try to build `flavour` here."""
    if flavour not in WANTED:
        return f"not among HGAMALGAM_BUILD={ASKED}"
    if flavour != "cffi" and sys.implementation.name != "cpython":
        return f"it is for CPython, not {sys.implementation.name}"
    if flavour == "rust" and sys.version_info >= (3, 13):
        return "the cpython crate 0.7.2 supports Python up to 3.12"
    if flavour == "rust" and not shutil.which(os.environ.get("CARGO", "cargo")):
        return "cargo, the Rust build tool, was not found"
    return None


def choose_flavours() -> list[str]:
    """The flavours to build; exits with a sentence where that cannot be."""
    if sys.platform == "win32":
        sys.exit("hg-amalgam does not support Windows: use Linux or macOS (or WSL).")
    if set(WANTED) - {*FLAVOURS, "py"}:
        sys.exit(f"HGAMALGAM_BUILD={ASKED}: not auto, nor of {', '.join(FLAVOURS)}, py")
    for flavour in FLAVOURS:
        if reason := impediment(flavour):
            if STRICT and flavour in WANTED:
                sys.exit(f"HGAMALGAM_BUILD={ASKED}: cannot build {flavour}: {reason}")
            LEFT_OUT[flavour] = reason
    return [flavour for flavour in FLAVOURS if flavour not in LEFT_OUT]


class BuildC(build_ext):
    """Builds C extension modules, those of cffi among them."""

    def build_extension(self, ext):
        try:
            super().build_extension(ext)
        except Exception as error:
            if STRICT:
                raise
            LEFT_OUT[ext.name] = str(error)


class BuildRust(setuptools_rust.build_rust):
    """Builds Rust extension modules."""

    def run_for_extension(self, extension):
        try:
            super().run_for_extension(extension)
        except Exception as error:
            if STRICT:
                raise
            LEFT_OUT[extension.name] = str(error)


class Build(build):
    """The whole build; records in the package what was left out of it."""

    def run(self):
        # What an earlier build with other flavours left must not be packed.
        shutil.rmtree(os.path.join(self.build_lib, "hgamalgam"), ignore_errors=True)
        super().run()
        record = os.path.join(self.build_lib, "hgamalgam", "_build_info.json")
        with open(record, "w") as file:
            json.dump({"left_out": LEFT_OUT}, file, indent=1)


COMMANDS = {"build": Build, "build_ext": BuildC, "build_rust": BuildRust}
