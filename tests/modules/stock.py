# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurial's own C modules, loaded by file: no hook has a say in it."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


def stock(name: str) -> ModuleType:
    """`mercurial.cext.<name>` of the installed Mercurial."""
    package = importlib.util.find_spec("mercurial")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("Mercurial is not installed")
    directory = Path(package.submodule_search_locations[0], "cext")
    for suffix in EXTENSION_SUFFIXES:
        path = directory / f"{name}{suffix}"
        if path.exists():
            loader = ExtensionFileLoader(f"mercurial.cext.{name}", str(path))
            spec = importlib.util.spec_from_loader(loader.name, loader)
            assert spec is not None
            before = sys.modules.get(loader.name)
            try:
                module = importlib.util.module_from_spec(spec)
                loader.exec_module(module)
            finally:
                # A module of single-phase initialisation has put itself there,
                # where Mercurial would find it without its package knowing it.
                if before is None:
                    sys.modules.pop(loader.name, None)
                else:
                    sys.modules[loader.name] = before
            return module
    raise RuntimeError(f"the installed Mercurial has no C module {name}")


def outcome(function: Any, *arguments: Any) -> Any:
    """What a call returns, or the type of what it raises and its text."""
    try:
        return "returned", function(*arguments)
    except Exception as error:
        # Exceptions of a module are that module's own: by name.
        return "raised", type(error).__name__, str(error)
