# SPDX-License-Identifier: GPL-2.0-or-later
"""`rustext` is what `hgamalgam.rust_interfaces` says of it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from hgamalgam import rust_interfaces
from hgamalgam.rust_interfaces import RUST_MODULES
from modules.conformity import differences

rustext: Any = importlib.import_module("hgamalgam.rustext")


def index() -> Any:
    return rustext.revlog.Index(b"\0\0\0\1" + bytes(60), 1)


def discovery() -> Any:
    repo = SimpleNamespace(changelog=SimpleNamespace(index=index()))
    return rustext.discovery.PartialDiscovery(repo, [0], True)


OBJECTS: dict[type, Callable[[], Any]] = {
    rust_interfaces.CopyMap: lambda: (
        rustext.dirstate.DirstateMap.new_empty().copymap()
    ),
    rust_interfaces.DirstateMap: lambda: rustext.dirstate.DirstateMap.new_empty(),
    rust_interfaces.DirstateMapType: lambda: rustext.dirstate.DirstateMap,
    rust_interfaces.MissingAncestors: lambda: (
        rustext.ancestor.MissingAncestors(index(), [0])
    ),
    rust_interfaces.PartialDiscovery: discovery,
    rust_interfaces.RustDirs: lambda: rustext.dirstate.Dirs([b"a/b"]),
    rust_interfaces.RustDirstateItem: lambda: rustext.dirstate.DirstateItem(True),
    rust_interfaces.RustIndex: index,
    rust_interfaces.RustNodeTree: lambda: rustext.revlog.NodeTree(index()),
}


@pytest.mark.parametrize("name", RUST_MODULES)
def test_modules(name: str) -> None:
    assert differences(lambda: getattr(rustext, name), RUST_MODULES[name]) == []


@pytest.mark.parametrize("protocol", OBJECTS)
def test_objects(protocol: type) -> None:
    assert differences(OBJECTS[protocol], protocol) == []


def test_each_protocol_binds() -> None:
    """None is said in vain."""
    said = {
        value
        for value in vars(rust_interfaces).values()
        if inspect.isclass(value) and value.__module__ == rust_interfaces.__name__
    }
    assert said == {*RUST_MODULES.values(), *OBJECTS}


def test_nothing_public_is_left_unsaid() -> None:
    for name, protocol in RUST_MODULES.items():
        public = {one for one in vars(getattr(rustext, name)) if one[0] != "_"}
        known = {*vars(protocol), *protocol.__annotations__}
        assert public <= known, name
