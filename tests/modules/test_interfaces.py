# SPDX-License-Identifier: GPL-2.0-or-later
"""Every flavour of every module is what `hgamalgam.interfaces` says of it.

Here at run time, and for what is written in Python also by mypy, which compares the
types of all parameters and results with those of the Protocols.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from hgamalgam import interfaces
from hgamalgam.interfaces import BESIDES, MODULES
from modules.conformity import differences, members
from modules.flavours import EXPECTED, PACKAGES, load
from modules.parsers_inputs import ENTRY_SIZES, V2

if TYPE_CHECKING:
    from types import ModuleType

    from hgamalgam.cffi import base85 as cffi_base85
    from hgamalgam.cffi import bdiff as cffi_bdiff
    from hgamalgam.cffi import charencode as cffi_charencode
    from hgamalgam.cffi import mpatch as cffi_mpatch
    from hgamalgam.cffi import osutil as cffi_osutil
    from hgamalgam.cffi import parsers as cffi_parsers
    from hgamalgam.cffi import pathencode as cffi_pathencode
    from hgamalgam.cffi._lazymanifest import lazymanifest
    from hgamalgam.pure import base85 as pure_base85
    from hgamalgam.pure import bdiff as pure_bdiff
    from hgamalgam.pure import charencode as pure_charencode
    from hgamalgam.pure import mpatch as pure_mpatch
    from hgamalgam.pure import osutil as pure_osutil
    from hgamalgam.pure import parsers as pure_parsers
    from hgamalgam.pure import pathencode as pure_pathencode

    _base85: list[interfaces.Base85] = [pure_base85, cffi_base85]
    _bdiff: list[interfaces.BDiff] = [pure_bdiff, cffi_bdiff]
    _charencode: list[interfaces.CharEncode] = [pure_charencode, cffi_charencode]
    _fallback: list[interfaces.JSONFallback] = [pure_charencode]
    _mpatch: list[interfaces.MPatch] = [pure_mpatch, cffi_mpatch]
    _osutil: list[interfaces.OSUtil] = [pure_osutil, cffi_osutil]
    _files: list[interfaces.Files] = [pure_osutil, cffi_osutil]
    _systems: list[interfaces.FileSystems] = [cffi_osutil]
    _parsers: list[interfaces.Parsers] = [pure_parsers, cffi_parsers]
    # What mypy takes cffi's `parsers` to have is pure's.
    _manifest: Callable[[int, bytes], interfaces.LazyManifest] = lazymanifest
    _pathencode: list[interfaces.PathEncode] = [pure_pathencode, cffi_pathencode]

FLAVOURS = [name for name in PACKAGES if name in EXPECTED]


def module(flavour: str, name: str) -> ModuleType:
    return load(flavour, name).module


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("name", MODULES)
def test_modules(flavour: str, name: str) -> None:
    assert differences(lambda: module(flavour, name), MODULES[name]) == []


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("protocol", BESIDES)
def test_what_some_lack(flavour: str, protocol: type) -> None:
    name, having = BESIDES[protocol]
    found = module(flavour, name)
    if flavour in having:
        assert differences(lambda: found, protocol) == []
    else:
        assert [name for name in members(protocol) if hasattr(found, name)] == []


OBJECTS: dict[type, Callable[[Any], Any]] = {
    interfaces.DirstateItem: lambda parsers: parsers.DirstateItem(),
    interfaces.DirstateItemType: lambda parsers: parsers.DirstateItem,
    interfaces.Dirs: lambda parsers: parsers.dirs([b"a/b"]),
    interfaces.LazyManifest: lambda parsers: parsers.lazymanifest(
        20, b"a\0" + b"0" * 40 + b"\n"
    ),
    interfaces.Index: lambda parsers: parsers.parse_index2(
        bytes(ENTRY_SIZES[V2]), False, format=V2
    )[0],
    interfaces.NodeTree: lambda parsers: parsers.nodetree(
        parsers.parse_index2(bytes(64), False)[0], 4
    ),
}


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("protocol", OBJECTS)
def test_objects(flavour: str, protocol: type) -> None:
    parsers = module(flavour, "parsers")
    assert differences(lambda: OBJECTS[protocol](parsers), protocol) == []


def test_each_protocol_binds() -> None:
    """None is said in vain."""
    said = {
        value
        for value in vars(interfaces).values()
        if inspect.isclass(value) and value.__module__ == interfaces.__name__
    }
    attributes = {interfaces.Stat}
    assert said == {*MODULES.values(), *BESIDES, *OBJECTS, *attributes}
