# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds each native flavour this machine can build; metadata is in pyproject.toml.

HGAMALGAM_BUILD is `auto` (a flavour that does not build is left out, and
`amalgam doctor` says why) or a comma list of flavours that then must build.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import sys

import setuptools
import setuptools_rust
from setuptools.command.build import build
from setuptools.command.build_ext import build_ext

# hgamalgam.cext.<module>: c_ext/cext/<module>.c and <module>_*.c, with these of
# c_ext/core.
C_MODULES: dict[str, list[str]] = {
    "base85": ["base85.c"],
    "bdiff": ["bdiff.c", "lines.c", "xdiff.c", "xdiff_compact.c", "xdiff_myers.c"],
    "mpatch": ["mpatch.c"],
}
FLAVOURS = ("rust", "c", "cffi")

if sys.platform == "win32":
    sys.exit("hg-amalgam does not support Windows: use Linux or macOS (or WSL).")
ASKED = os.environ.get("HGAMALGAM_BUILD") or "auto"
STRICT = ASKED != "auto"
WANTED = ASKED.replace(" ", "").split(",") if STRICT else [*FLAVOURS, "py"]
if set(WANTED) - {*FLAVOURS, "py"}:
    sys.exit(f"HGAMALGAM_BUILD={ASKED}: not auto, nor of {', '.join(FLAVOURS)}, py")
LEFT_OUT: dict[str, str] = {}  # flavour or extension module: why it was not built


def impediment(flavour: str) -> str | None:
    """Why not even to try to build `flavour` here."""
    if flavour not in WANTED:
        return f"not among HGAMALGAM_BUILD={ASKED}"
    if flavour == "rust" and sys.implementation.name != "cpython":
        return "the cpython crate binds CPython only"
    if flavour == "rust" and sys.version_info >= (3, 13):
        return "the cpython crate 0.7.2 supports Python up to 3.12"
    if flavour == "rust" and not shutil.which(os.environ.get("CARGO", "cargo")):
        return "cargo, the Rust build tool, was not found"
    return None


for name in FLAVOURS:
    if reason := impediment(name):
        if STRICT and name in WANTED:
            sys.exit(f"HGAMALGAM_BUILD={ASKED}, but {name} cannot be built: {reason}")
        LEFT_OUT[name] = reason


class BuildC(build_ext):
    def build_extension(self, ext):
        try:
            super().build_extension(ext)
        except Exception as error:
            if STRICT:
                raise
            LEFT_OUT[ext.name] = str(error)


class BuildRust(setuptools_rust.build_rust):
    def run_for_extension(self, extension):
        try:
            super().run_for_extension(extension)
        except Exception as error:
            if STRICT:
                raise
            LEFT_OUT[extension.name] = str(error)


class Build(build):
    def run(self):
        # What an earlier build with other flavours left must not be packed.
        shutil.rmtree(os.path.join(self.build_lib, "hgamalgam"), ignore_errors=True)
        super().run()
        record = os.path.join(self.build_lib, "hgamalgam", "_build_info.json")
        with open(record, "w") as file:
            json.dump({"left_out": LEFT_OUT}, file, indent=1)


DEVELOPING = ["-Wall", "-Wextra", "-Werror"] if os.environ.get("HGAMALGAM_DEV") else []
setuptools.setup(
    cmdclass={"build": Build, "build_ext": BuildC, "build_rust": BuildRust},
    ext_modules=[
        setuptools.Extension(
            f"hgamalgam.cext.{module}",
            [
                f"c_ext/cext/{module}.c",
                *sorted(glob.glob(f"c_ext/cext/{module}_*.c")),
                *(f"c_ext/core/{name}" for name in core),
            ],
            include_dirs=["c_ext/core", "c_ext/include"],
            depends=glob.glob("c_ext/*/*.h"),
            extra_compile_args=["-std=c11", *DEVELOPING],
        )
        for module, core in C_MODULES.items()
        if "c" not in LEFT_OUT
    ],
    cffi_modules=[
        f"{script}:ffi"
        for script in sorted(glob.glob("c_ext/cffi/*build.py"))
        if "cffi" not in LEFT_OUT
    ],
    rust_extensions=[
        setuptools_rust.RustExtension(
            "hgamalgam.rustext",
            "hg_cpython/Cargo.toml",
            binding=setuptools_rust.Binding.RustCPython,
            cargo_manifest_args=["--locked"],
            debug=False,
            optional=not STRICT,
        )
        for _ in ["rust"]
        if "rust" not in LEFT_OUT
    ],
)
