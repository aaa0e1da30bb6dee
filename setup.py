# SPDX-License-Identifier: GPL-2.0-or-later
"""What is built: the C, cffi and Rust flavours. Metadata is in pyproject.toml."""

from __future__ import annotations

import glob
import os
import sys

from setuptools import Extension, setup
from setuptools_rust import Binding, RustExtension

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build_commands
import build_flavours

# hgamalgam.cext.<module>: c_ext/cext/<module>.c and <module>_*.c, with these of
# c_ext/core.
C_MODULES: dict[str, list[str]] = {
    "base85": ["base85.c"],
    "bdiff": ["bdiff.c", "lines.c", "xdiff.c", "xdiff_compact.c", "xdiff_myers.c"],
    "mpatch": ["mpatch.c"],
    "osutil": ["osutil.c", "osutil_system.c"],
    "parsers": [
        "charencode.c",
        "dirstate_v1.c",
        "index.c",
        "index_ancestors.c",
        "index_dag.c",
        "index_delta.c",
        "index_errors.c",
        "index_reachable.c",
        "index_view.c",
        "lazymanifest.c",
        "nodeprefix.c",
        "nodetable.c",
        "obsmarkers.c",
        "pathencode.c",
        "sha1.c",
    ],
}

flavours = build_flavours.choose_flavours()
developing = ["-Wall", "-Wextra", "-Werror"] if build_flavours.DEVELOPING else []

c_modules = [
    Extension(
        f"hgamalgam.cext.{module}",
        [
            f"c_ext/cext/{module}.c",
            *sorted(glob.glob(f"c_ext/cext/{module}_*.c")),
            *(f"c_ext/core/{name}" for name in core),
        ],
        include_dirs=["c_ext/core", "c_ext/include"],
        depends=glob.glob("c_ext/*/*.h"),
        # Only PyInit is for others: the rest can be inlined, and cannot clash.
        extra_compile_args=["-std=c11", "-fvisibility=hidden", *developing],
    )
    for module, core in C_MODULES.items()
]
of_rust = {
    "cargo_manifest_args": ["--locked"],
    "debug": False,
    "optional": not build_flavours.STRICT,
}
cffi_scripts = sorted(glob.glob("c_ext/cffi/*build.py"))
rust_modules = {
    "rustext": RustExtension(
        "hgamalgam.rustext",
        "hg_cpython/Cargo.toml",
        binding=Binding.RustCPython,
        **of_rust,
    ),
    "pyo3_rustext": RustExtension(
        "hgamalgam.pyo3_rustext",
        "hg_pyo3/Cargo.toml",
        binding=Binding.PyO3,
        # Of this module, not of the wheel, whose other modules are one Python's.
        py_limited_api=True,
        **of_rust,
    ),
}
bindings = build_flavours.choose_bindings() if "rust" in flavours else []

setup(
    cmdclass=build_commands.COMMANDS,
    ext_modules=c_modules if "c" in flavours else [],
    cffi_modules=[f"{script}:ffi" for script in cffi_scripts if "cffi" in flavours],
    rust_extensions=[rust_modules[module] for module in bindings],
)
