# SPDX-License-Identifier: GPL-2.0-or-later
"""What the build left out of this installation, and why.

`setup.py` writes the record; an installation that was not built by it, such as
an editable one, has none.
"""

from __future__ import annotations

import json
import os

from . import __version__

# Flavour, as in HGAMALGAM_BUILD, by the package its modules are in.
FLAVOURS = {
    "rustext": "rust",
    "pyo3_rustext": "rust",
    "cext": "c",
    "cffi": "cffi",
    "pure": "pure",
}
_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_build_info.json")


def left_out() -> dict[str, str]:
    """Why flavours and extension modules are not here, by name."""
    try:
        with open(_PATH) as file:
            entries = json.load(file)["left_out"]
    except (OSError, ValueError, KeyError):
        return {}
    return {str(name): str(reason) for name, reason in entries.items()}


def why_not_built(package: str, module: str = "") -> str | None:
    """Why the build has no `module` of `package`; None if it did not leave it out.

    The modules of a Rust package are in one extension, and need not be named.
    """
    is_rust = FLAVOURS[package] == "rust"
    extension = package if is_rust else f"{package}.{module}"
    reasons = left_out()
    for name in (FLAVOURS[package], f"hgamalgam.{extension}"):
        if name in reasons:
            return f"{name} of hg-amalgam was not built: {reasons[name]}"
    return None


def explain(message: str) -> str:
    """An import error's message, and why an extension it names was not built.

    A module of the cffi flavour is Python, and fails on importing its extension.
    """
    for name, reason in left_out().items():
        package, _, extension = name.rpartition(".")
        if package and f"{extension}'" in message:
            message += f" ({name} was not built: {reason})"
    return message


def why_absent(package: str, module: str = "") -> str:
    """Why there is no `module` of `package` here, where there is none."""
    return why_not_built(package, module) or (
        f"hg-amalgam {__version__} has no {package}{module and f'.{module}'}"
    )
