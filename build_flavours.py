# SPDX-License-Identifier: GPL-2.0-or-later
"""Which native flavours are built here, and why another is not.

HGAMALGAM_BUILD is `auto` (a flavour that does not build is left out, and
`amalgam doctor` says why) or a comma list of flavours that then must build.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig

FLAVOURS = ("rust", "c", "cffi")
# The Rust extensions: each is what one series of Mercurial releases asks for.
BINDINGS = ("rustext", "pyo3_rustext")
ASKED = os.environ.get("HGAMALGAM_BUILD") or "auto"
STRICT = ASKED != "auto"
WANTED = ASKED.replace(" ", "").split(",") if STRICT else [*FLAVOURS, "py"]
# Warnings of the C compiler are errors, and debug information stays.
DEVELOPING = bool(os.environ.get("HGAMALGAM_DEV"))
LEFT_OUT: dict[str, str] = {}  # flavour or extension module: why it was not built

# The last Python that the crate `cpython` knows the structures of.
RUST_CPYTHON_UNTIL = (3, 12)


def unsupported(flavour: str) -> str | None:
    """Why this Python cannot have `flavour` on any machine."""
    if flavour in ("rust", "c") and sys.implementation.name != "cpython":
        return f"it is for CPython, not {sys.implementation.name}"
    if flavour == "rust" and sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "it is for a Python that has the GIL, not a free-threaded one"
    return None


def unsupported_binding(module: str) -> str | None:
    """Why this Python cannot have the Rust extension `module` on any machine.

    The crate `cpython` does not notice a Python that is too new for it: it takes
    the structures to be what they were.
    """
    if reason := unsupported("rust"):
        return reason
    if module == "rustext" and sys.version_info[:2] > RUST_CPYTHON_UNTIL:
        return "the cpython crate 0.7.2 supports Python up to {}.{}".format(
            *RUST_CPYTHON_UNTIL
        )
    return None


def impediment(flavour: str) -> str | None:
    """Why not even to try to build `flavour` here."""
    if flavour not in WANTED:
        return f"not among HGAMALGAM_BUILD={ASKED}"
    if reason := unsupported(flavour):
        return reason
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


def choose_bindings() -> list[str]:
    """The Rust extensions to build, of those that this Python can have."""
    for module in BINDINGS:
        if reason := unsupported_binding(module):
            LEFT_OUT[f"hgamalgam.{module}"] = reason
    return [one for one in BINDINGS if f"hgamalgam.{one}" not in LEFT_OUT]
