# SPDX-License-Identifier: GPL-2.0-or-later
"""Serves `mercurial.cext.*`, `.cffi.*`, `.pure.*` and `.rustext` from this package.

Mercurial asks for its modules by these names; an import finder answers with
our file of the same name where there is one, loaded under Mercurial's name, so
that `sys.modules`, `__name__` and relative imports are what Mercurial's own file
would give (contract section 1). What we do not have stays Mercurial's. No file
of Mercurial's is touched: the policy in force is set in its `mercurial.policy`
once that is loaded.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import module_from_spec

from . import hosts
from .policy import MERCURIAL, Candidate, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

ROOT = os.path.dirname(os.path.abspath(__file__))
_PACKAGES = ("cext", "cffi", "pure")


def load_from_spec(spec: ModuleSpec) -> ModuleType:
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


def our_spec(package: str, module: str) -> ModuleSpec | None:
    """How to load our file of `mercurial.PACKAGE.MODULE`, if we have one."""
    name = f"mercurial.{package}.{module}"
    spec = PathFinder.find_spec(name, [os.path.join(ROOT, package)])
    # A directory without __init__ (a namespace) has no loader.
    return spec if spec is not None and spec.loader is not None else None


class ChoosingLoader:
    """Loads ours, or Mercurial's own if the policy refuses ours.

    It loads when the module is created, even under hgdemandimport: Mercurial
    touches what it picks by policy at once anyway, and an ImportError belongs to
    the import statement, where Mercurial catches it.
    """

    def __init__(
        self,
        key: tuple[str, str],
        specs: Sequence[ModuleSpec],
        hidden: Sequence[str],
    ) -> None:
        self.key = key
        self.specs = specs
        self.hidden = hidden

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        candidates = [
            Candidate(str(one.origin), self.key, partial(load_from_spec, one))
            for one in self.specs
        ]
        module = MERCURIAL.choose(self.key[1], candidates)
        for name in self.hidden:
            vars(module).pop(name, None)
        self.served = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just put its own there.
        module.__spec__ = self.served
        module.__loader__ = self.served.loader if self.served else None


class PolicyLoader(SourceFileLoader):
    """Loads `mercurial.policy`, then sets in it what is in force here."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        module.policy = MERCURIAL.value().encode()  # type: ignore[attr-defined]
        # Where we have what Mercurial looks for elsewhere, it need not.
        redirects = module._modredirects
        for package, name in list(redirects):
            if our_spec(package, name) is not None:
                del redirects[package, name]


class Finder:
    """The meta path finder. It costs other imports one comparison."""

    def __init__(self) -> None:
        self._host: hosts.Host | None = None
        self._asked = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        if name[:10] != "mercurial.":
            return None
        package, _, module = name[10:].partition(".")
        if package in _PACKAGES:
            if not module or "." in module:
                return None
        elif module or package not in ("policy", "rustext"):
            return None
        host = self.host()
        if host is None:
            return None
        if package == "policy":
            return self._policy_spec(name, path)
        if package == "rustext":
            # Code that finds it takes it for in use, whatever the policy.
            if host.rust != package or package not in MERCURIAL.rule().flavours:
                return None
            ours = PathFinder.find_spec(name, [ROOT])
            return self._chosen_spec(name, ours, path, ("rustext", package), ())
        ours = our_spec(package, module)
        if package == "pure":
            # Nothing to fall back to, and no version: as lazy as any module.
            return ours
        hidden = host.hidden.get(module, ())
        return self._chosen_spec(name, ours, path, (package, module), hidden)

    def host(self) -> hosts.Host | None:
        """The Mercurial before us; None, after one warning, if nobody tested it."""
        if not self._asked:
            self._asked = True
            version = hosts.installed_version()
            self._host = hosts.host_of(version)
            if self._host is None and version is not None:
                tested = ", ".join(host.series for host in hosts.HOSTS)
                sys.stderr.write(
                    f"hg-amalgam: Mercurial {version} is left alone: "
                    f"tested are {tested}\n"
                )
        return self._host

    @staticmethod
    def _policy_spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = PolicyLoader(spec.name, spec.loader.path)
        return spec

    @staticmethod
    def _chosen_spec(
        name: str,
        ours: ModuleSpec | None,
        path: Sequence[str] | None,
        key: tuple[str, str],
        hidden: Sequence[str],
    ) -> ModuleSpec | None:
        stock = PathFinder.find_spec(name, path)
        if ours is None or ours.loader is None:
            if stock is None:
                _raise_if_required(name, key)
            return None
        specs = [ours] if stock is None else [ours, stock]
        loader = ChoosingLoader(key, specs, hidden)
        spec = ModuleSpec(name, loader, origin=ours.origin)  # type: ignore[arg-type]
        spec.has_location = True
        return spec


def _raise_if_required(name: str, key: tuple[str, str]) -> None:
    """Say why a module that neither we nor Mercurial has is lacking.

    Only where a strict policy asks for it: else another serves, or Python's own
    message will do.
    """
    package, module = key
    rule = MERCURIAL.rule()
    if rule.permissive or package not in rule.flavours or key in MERCURIAL.redirects:
        return
    # The cffi flavour has its extension modules beside the modules themselves.
    by_design = package == "rustext" or module in MERCURIAL.modules[package]
    if not by_design and (package != "cffi" or module[:1] != "_"):
        return
    from .build_record import why_absent

    refusal = Refusal(name, why_absent(package, module))
    raise MERCURIAL.error(module, [refusal])


FINDER = Finder()
# Whether `install` ran; hgdemandimport hides the finder in sys.meta_path.
installed = False


def set_default(policy: str) -> None:
    """Make `policy` the one in force where no environment variable names one."""
    MERCURIAL.default = policy


def install(default: str | None = None) -> None:
    """Put the finder in place; `default` is the policy where no variable names one."""
    global installed
    if default is not None:
        set_default(default)
    if not installed:
        installed = True
        sys.meta_path.insert(0, FINDER)
