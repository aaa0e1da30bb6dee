# SPDX-License-Identifier: GPL-2.0-or-later
"""Our files of Mercurial's modules, found and loaded by Mercurial's names."""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

ROOT = os.path.dirname(os.path.abspath(__file__))
# What `load_rust` loaded, by its file.
_loaded_rust: dict[str, ModuleType] = {}


def spec_of(package: str, module: str) -> ModuleSpec | None:
    """How to load our file of `mercurial.PACKAGE.MODULE`, if we have one."""
    name = f"mercurial.{package}.{module}"
    spec = PathFinder.find_spec(name, [os.path.join(ROOT, package)])
    # A directory without __init__ (a namespace) has no loader.
    return spec if spec is not None and spec.loader is not None else None


def spec_of_rust(module: str) -> ModuleSpec | None:
    """How to load our `mercurial.MODULE`, which is Rust, if we have it."""
    spec = PathFinder.find_spec(f"mercurial.{module}", [ROOT])
    return spec if spec is not None and spec.loader is not None else None


def load(spec: ModuleSpec) -> ModuleType:
    """Load the module of `spec` now, known to `sys.modules` meanwhile."""
    assert spec.loader is not None
    before = sys.modules.get(spec.name)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        # A module may have put another in its own place.
        return sys.modules[spec.name]
    finally:
        if before is None:
            sys.modules.pop(spec.name, None)
        else:
            sys.modules[spec.name] = before


def load_rust(spec: ModuleSpec) -> ModuleType:
    """Load the Rust module of `spec`; the second time it is the same object.

    It is asked what it has before it is known whether it is to serve.
    """
    file = str(spec.origin)
    if file not in _loaded_rust:
        _loaded_rust[file] = load(spec)
    return _loaded_rust[file]


def forget_rust(module: str) -> None:
    """Take back that our `mercurial.MODULE` was loaded, as it is not to serve."""
    _loaded_rust.clear()
    for name in [one for one in sys.modules if one.startswith(f"mercurial.{module}.")]:
        del sys.modules[name]
