# SPDX-License-Identifier: GPL-2.0-or-later
"""Which flavours have a module, and where."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType

# Where a flavour keeps what others have in a module of its own.
HOMES = {
    ("c", "charencode"): "cext.parsers",
    ("c", "pathencode"): "cext.parsers",
}
PACKAGES = {"pure": "pure", "c": "cext", "cffi": "cffi"}


class Flavour(NamedTuple):
    """A flavour under test: its name and its module."""

    name: str
    module: ModuleType


def load(name: str, module: str) -> Flavour | None:
    """The flavour's module; None if it has none, or was not built."""
    if name == "cffi" and importlib.util.find_spec("hgamalgam.cffi._bdiff") is None:
        return None
    home = HOMES.get((name, module), f"{PACKAGES[name]}.{module}")
    full_name = f"hgamalgam.{home}"
    if importlib.util.find_spec(full_name.rpartition(".")[0]) is None:
        return None
    if importlib.util.find_spec(full_name) is None:
        return None
    return Flavour(name, importlib.import_module(full_name))


def flavours(module: str) -> list[Flavour]:
    found = [load(name, module) for name in PACKAGES]
    return [flavour for flavour in found if flavour is not None]
