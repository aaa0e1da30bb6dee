# SPDX-License-Identifier: GPL-2.0-or-later
"""Serves `mercurial.cext.*`, `.cffi.*`, `.pure.*` and Rust from this package.

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
from importlib.machinery import ModuleSpec

from . import hosts, our_files
from .flavours import Candidate, Refusal
from .policy import MERCURIAL, stand_before

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

    Loader = Any  # of a kind that is whoever's

# By this name `plain_hg` of every version asks for it.
ROOT = our_files.ROOT
_PACKAGES = ("cext", "cffi", "pure")


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
        load: Callable[[ModuleSpec], ModuleType],
        hidden: Sequence[str],
    ) -> None:
        self.key = key
        self.specs = specs
        self.load = load
        self.hidden = hidden

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        candidates = [
            Candidate(str(one.origin), self.key, partial(self.load, one))
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


class PolicyLoader:
    """Loads `mercurial.policy` as `loader` does, then sets what is in force here.

    `loader` may be of any kind: of a source file, of bytecode alone, of a zip.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        create = getattr(self._loader, "create_module", None)
        module: ModuleType | None = create(spec) if create else None
        return module

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._loader
        if hasattr(self._loader, "exec_module"):
            self._loader.exec_module(module)
        else:  # zipimport's before Python 3.10
            exec(self._loader.get_code(module.__name__), vars(module))
        module.policy = MERCURIAL.value().encode()  # type: ignore[attr-defined]
        # Where we have what Mercurial looks for elsewhere, it need not.
        redirects = module._modredirects
        for package, name in list(redirects):
            if our_files.spec_of(package, name) is not None:
                del redirects[package, name]


def served_part(name: str) -> tuple[str, str] | None:
    """The (package, module) below `mercurial` of a name we answer for.

    For one that is no package's module, the second is empty.
    """
    if name[:10] != "mercurial.":
        return None
    package, _, module = name[10:].partition(".")
    if package in _PACKAGES:
        return (package, module) if module and "." not in module else None
    if module or package not in ("policy", *hosts.RUST_MODULES):
        return None
    return package, ""


def elsewhere(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """How the other finders would load a module: where there are none of ours."""
    for finder in sys.meta_path:
        # hgdemandimport's wrapper would make it lazy, which is not ours to do.
        finder = getattr(finder, "_finder", finder)
        if hasattr(finder, "find_spec") and not hasattr(finder, "hgamalgam"):
            spec = finder.find_spec(name, path)
            if spec is not None:
                return spec
    return None


def _tell(text: str) -> None:
    from .startup import tell

    tell(text)


def _why_not(host: hosts.Host) -> str | None:
    """Why plain hg cannot be served, for whatever reason; None if it can."""
    try:
        from . import preflight

        return preflight.why_not(host)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Finder:
    """The meta path finder. It costs other imports one comparison."""

    hgamalgam = True  # how `elsewhere` knows our finders

    def __init__(self) -> None:
        self._host: hosts.Host | None = None
        self._asked = False
        # Whether hg shall run as stock where the policy cannot be served.
        self.may_stand_aside = False
        # Why it does, and whom that is told; the doctor tells it otherwise.
        self.why_aside: str | None = None
        self.tell: Callable[[str], None] = _tell

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        part = served_part(name)
        if part is None:
            return None
        package, module = part
        host = self.host()
        if package in hosts.RUST_MODULES:
            return self._rust_spec(name, path, host)
        if host is None:
            return None
        if package == "policy":
            return self._policy_spec(name, path)
        ours = our_files.spec_of(package, module)
        if package == "pure":
            # Nothing to fall back to, and no version: as lazy as any module.
            return ours
        hidden = host.hidden.get(module, ())
        return self._chosen_spec(name, ours, path, part, our_files.load, hidden)

    def host(self) -> hosts.Host | None:
        """The Mercurial that is served; None, which is told once, if it is not."""
        if not self._asked:
            self._asked = True
            version = hosts.installed_version()
            self._host = hosts.host_of(version)
            if self._host is None:
                if version is not None:
                    self._stand_aside(hosts.why_left_alone(version))
                return None
            stand_before(self._host)
            if self.may_stand_aside and not os.environ.get(MERCURIAL.variable):
                reason = _why_not(self._host)
                if reason is not None:
                    self._stand_aside(
                        "hg runs without it, as it cannot serve policy "
                        f"{MERCURIAL.value()}: {reason}"
                    )
        return self._host

    def _stand_aside(self, why: str) -> None:
        self._host = None
        self.why_aside = why
        self.tell(why)

    def _policy_spec(self, name: str, path: Sequence[str] | None) -> ModuleSpec | None:
        spec = elsewhere(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = PolicyLoader(spec.loader)  # type: ignore[assignment]
        return spec

    def _rust_spec(
        self, name: str, path: Sequence[str] | None, host: hosts.Host | None
    ) -> ModuleSpec | None:
        """Code that finds it takes it for in use, whatever the policy."""
        if host is None:
            # Mercurial's own policy is in force, as the variable has it.
            if os.environ.get(MERCURIAL.variable) and elsewhere(name, path) is None:
                version = hosts.installed_version() or "unknown"
                # The rules name it as long as no host is known.
                rust = hosts.HOSTS[0].rust
                _raise_if_required(name, (rust, rust), hosts.why_left_alone(version))
            return None
        key = (host.rust, host.rust)
        if (
            name != f"mercurial.{host.rust}"
            or host.rust not in MERCURIAL.rule().flavours
        ):
            return None
        if host.misfit is not None:
            if elsewhere(name, path) is None:
                _raise_if_required(name, key, host.misfit)
            return None
        ours = our_files.spec_of_rust(host.rust)
        return self._chosen_spec(name, ours, path, key, our_files.load_rust, ())

    @staticmethod
    def _chosen_spec(
        name: str,
        ours: ModuleSpec | None,
        path: Sequence[str] | None,
        key: tuple[str, str],
        load: Callable[[ModuleSpec], ModuleType],
        hidden: Sequence[str],
    ) -> ModuleSpec | None:
        stock = elsewhere(name, path)
        if ours is None:
            if stock is None:
                _raise_if_required(name, key)
            return None
        specs = [ours] if stock is None else [ours, stock]
        loader = ChoosingLoader(key, specs, load, hidden)
        spec = ModuleSpec(name, loader, origin=ours.origin)  # type: ignore[arg-type]
        spec.has_location = True
        return spec


def _raise_if_required(name: str, key: tuple[str, str], why: str | None = None) -> None:
    """Say why a module that neither we nor Mercurial has is lacking.

    Only where a strict policy asks for it: else another serves, or Python's own
    message will do.
    """
    package, module = key
    rule = MERCURIAL.rule()
    if rule.permissive or package not in rule.flavours or key in MERCURIAL.redirects:
        return
    # The cffi flavour has its extension modules beside the modules themselves.
    by_design = package == module or module in MERCURIAL.modules[package]
    if not by_design and (package != "cffi" or module[:1] != "_"):
        return
    if why is None:
        from .build_record import why_absent

        why = why_absent(package, "" if package == module else module)
    refusals = MERCURIAL.refusals[module] = [Refusal(name, why)]
    raise MERCURIAL.error(module, refusals)


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
