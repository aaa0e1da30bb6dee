# SPDX-License-Identifier: GPL-2.0-or-later
"""Which flavours must be here, and where each has a module."""

from __future__ import annotations

import importlib
import os
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

import hosts

if TYPE_CHECKING:
    from types import ModuleType

# Where a flavour keeps what others have in a module of its own.
HOMES = {
    ("c", "charencode"): "cext.parsers",
    ("c", "pathencode"): "cext.parsers",
}
PACKAGES = {"pure": "pure", "c": "cext", "cffi": "cffi"}


def expected() -> tuple[str, ...]:
    """The flavours that must be here: what this Python and Mercurial can have.

    HGAMALGAM_TEST_FLAVOURS, a comma list of rust, c, cffi and py, says otherwise,
    as for a build that left some out.
    """
    names = os.environ.get("HGAMALGAM_TEST_FLAVOURS", "").replace(" ", "").split(",")
    if names == [""]:
        names = list(hosts.host_of(metadata.version("mercurial")).flavours)
    return tuple("pure" if name == "py" else name for name in names)


EXPECTED = expected()


class Flavour(NamedTuple):
    """A flavour under test: its name and its module."""

    name: str
    module: ModuleType


def load(name: str, module: str) -> Flavour:
    """The flavour's module; ImportError if the flavour was not built."""
    if name == "cffi":
        # Its modules in Python can be there without the compiled ones.
        importlib.import_module("hgamalgam.cffi._bdiff")
    home = HOMES.get((name, module), f"{PACKAGES[name]}.{module}")
    return Flavour(name, importlib.import_module(f"hgamalgam.{home}"))


def flavours(module: str) -> list[Flavour]:
    """All that must be here; one that is not built is an error, not an absence."""
    return [load(name, module) for name in PACKAGES if name in EXPECTED]
