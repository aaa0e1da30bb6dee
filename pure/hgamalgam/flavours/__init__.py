# SPDX-License-Identifier: MIT OR GPL-2.0-or-later
"""Several implementations of a module, and a policy that picks one.

This folder knows nothing of the rest of hg-amalgam and needs nothing but Python:
copy it into a project of your own. A code base with several implementations
(flavours) of some modules keeps each flavour in a subpackage and asks a
`ModulePolicy` for a module by its bare name:

>>> policy = ModulePolicy(
...     package="spam",
...     variable="SPAM_POLICY",
...     default="allow",
...     rules={
...         "c": Rule(("cext",)),
...         "py": Rule(("pure",)),
...         "allow": Rule(("cext", "pure"), permissive=True),
...     },
...     modules={"cext": ("eggs",), "pure": ("eggs", "ham")},
...     versions={("cext", "eggs"): 3},
... )
>>> policy.flavours("eggs"), policy.flavours("ham")
(('cext', 'pure'), ('pure',))

`policy.load("eggs")` is then `spam.cext.eggs`, if it is there, loads and has
`version` 3; else `spam.pure.eggs`, and `policy.refusals["eggs"]` says why.
"""

# One file: it is read at every start of a program that has a policy.
from __future__ import annotations

import os
from functools import partial
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType


def _refuse_string(what: str, names: Sequence[str]) -> None:
    """TypeError for a string, whose letters would be taken for names."""
    if isinstance(names, str):
        raise TypeError(f"{what} are a tuple of names: ({names!r},), not {names!r}")


# Plain classes: a NamedTuple costs as much at import as all else here.
class Rule:
    """What one value of the policy means.

    flavours: subpackages, the preferred one first
    permissive: whether the next flavour may stand in for one that is refused
    """

    __slots__ = ("flavours", "permissive")

    def __init__(self, flavours: tuple[str, ...], permissive: bool = False) -> None:
        _refuse_string("the flavours of a rule", flavours)
        self.flavours = flavours
        self.permissive = permissive


class Candidate:
    """One implementation that could serve a module.

    name: for messages, as `hgamalgam.cext.parsers`
    key: its (flavour, module), as in ModulePolicy.versions
    load: loads and returns it
    """

    __slots__ = ("key", "load", "name")

    def __init__(
        self, name: str, key: tuple[str, str], load: Callable[[], ModuleType]
    ) -> None:
        self.name = name
        self.key = key
        self.load = load


class Refusal:
    """A candidate, by name, that did not serve, and why."""

    __slots__ = ("candidate", "reason")

    def __init__(self, candidate: str, reason: str) -> None:
        self.candidate = candidate
        self.reason = reason


class ModulePolicy:
    """Chooses the flavour of each module, by a value from the environment.

    package: the package whose subpackages are the flavours
    variable: the environment variable that names the rule; empty is as unset
    default: the rule where the variable names none
    rules: rule by name
    modules: the modules each flavour supplies by design; a flavour that does
        not supply a module is passed over without being a refusal
    versions: required value of the attribute `version`, by (flavour, module);
        by (flavour, flavour) for a flavour that is one extension module, which
        has a version as a whole
    redirects: where a flavour has a module it has no file of its own for
    remedy: what a user can do about a refusal; ends the ImportErrors

    ValueError where one of these names what `rules` or `modules` do not have.
    """

    def __init__(
        self,
        package: str,
        variable: str,
        default: str | Callable[[], str],
        rules: Mapping[str, Rule],
        modules: Mapping[str, Sequence[str]],
        versions: Mapping[tuple[str, str], int] | None = None,
        redirects: Mapping[tuple[str, str], tuple[str, str]] | None = None,
        remedy: str = "",
    ) -> None:
        self.package = package
        self.variable = variable
        self._default = default
        self.rules = rules
        self.modules = modules
        self.versions = versions or {}
        self.redirects = redirects or {}
        self.remedy = remedy
        # Why better candidates did not serve, by module, in the order tried.
        self.refusals: dict[str, list[Refusal]] = {}
        self._validate()

    def _validate(self) -> None:
        """ValueError or TypeError for a table that contradicts itself."""
        for flavour, modules in self.modules.items():
            _refuse_string(f"the modules of {flavour}", modules)
        if not callable(self._default) and self._default not in self.rules:
            raise ValueError(f"the default {self._default!r} is not a rule")
        for name, rule in self.rules.items():
            for flavour in rule.flavours:
                self._refuse_unknown(f"the rule {name!r}", flavour)
        for flavour, module in (
            *self.versions,
            *self.redirects,
            *self.redirects.values(),
        ):
            self._refuse_unknown(f"{(flavour, module)}", flavour, module)

    def _refuse_unknown(
        self, where: str, flavour: str, module: str | None = None
    ) -> None:
        if flavour not in self.modules:
            known = ", ".join(self.modules)
            raise ValueError(f"{where}: no flavour {flavour!r} among {known}")
        # A flavour that is one extension module has a version by its own name.
        if module not in (None, flavour, *self.modules[flavour]):
            known = ", ".join(self.modules[flavour])
            raise ValueError(f"{where}: no module {module!r} among {known}")

    @property
    def default(self) -> str:
        """The name of the rule where no variable names one; found out when needed."""
        if callable(self._default):
            self._default = self._default()
        return self._default

    @default.setter
    def default(self, value: str) -> None:
        self._default = value

    def value(self) -> str:
        """The name of the rule in force."""
        return os.environ.get(self.variable) or self.default

    def rule(self) -> Rule:
        """The rule in force; ImportError where the value is not a known one."""
        try:
            return self.rules[self.value()]
        except KeyError:
            raise ImportError(
                f"invalid {self.variable} {self.value()!r}: "
                f"it is one of {', '.join(self.rules)}"
            ) from None

    def flavours(self, module: str) -> tuple[str, ...]:
        """The flavours that may serve `module` under the rule, best first."""
        return tuple(
            flavour
            for flavour in self.rule().flavours
            if module in self.modules.get(flavour, ())
        )

    def resolve(self, flavour: str, module: str) -> tuple[str, str]:
        """The (flavour, module) where `flavour` keeps `module`."""
        key = (flavour, module)
        target = self.redirects.get(key)
        return key if target is None or self.has_file(*key) else target

    def has_file(self, flavour: str, module: str) -> bool:
        """Whether the flavour has a file for `module`; nothing is loaded."""
        from importlib.util import find_spec

        try:
            return find_spec(f"{self.package}.{flavour}.{module}") is not None
        except ImportError:
            return False

    def load(self, module: str) -> ModuleType:
        """The module from the best flavour that loads and has the right version.

        ImportError if the first refuses and the rule is strict, or if all do.
        """
        candidates = []
        for flavour in self.flavours(module):
            key = self.resolve(flavour, module)
            name = ".".join((self.package, *key))
            candidates.append(Candidate(name, key, partial(self._import, key)))
        return self.choose(module, candidates)

    def _import(self, key: tuple[str, str]) -> ModuleType:
        """Import a module; ImportError if its flavour has the wrong version."""
        flavour = key[0]
        if (flavour, flavour) in self.versions:
            whole = import_module(f"{self.package}.{flavour}")
            self.check((flavour, flavour), whole)
        return import_module(".".join((self.package, *key)))

    def choose(self, module: str, candidates: Iterable[Candidate]) -> ModuleType:
        """The first of `candidates` that loads and has the right version.

        The others are remembered in `refusals`. Under a strict rule the first
        refusal is raised.
        """
        refusals: list[Refusal] = []
        permissive = self.rule().permissive
        for candidate in candidates:
            try:
                loaded = candidate.load()
                self.check(candidate.key, loaded)
            except ImportError as error:
                refusals.append(Refusal(candidate.name, str(error)))
                self.refusals[module] = refusals
                if not permissive:
                    raise self.error(module, refusals) from error
            else:
                self.refusals[module] = refusals
                return loaded
        raise self.error(module, refusals)

    def check(self, key: tuple[str, str], loaded: ModuleType) -> None:
        """ImportError with both numbers if the version is not the required one."""
        expected = self.versions.get(key)
        actual = getattr(loaded, "version", None)
        if expected is not None and actual != expected:
            raise ImportError(
                f"module {'.'.join(key)} has version {actual}, {expected} is required"
            )

    def error(self, module: str, refusals: Sequence[Refusal]) -> ImportError:
        """An ImportError that says what was refused, why, and the ways out."""
        value = self.value()
        what = "; ".join(f"{one.candidate}: {one.reason}" for one in refusals)
        ways = [self.remedy] if self.remedy else []
        if not self.rule().permissive:
            flavours = self.rule().flavours
            ways += [
                f"set {self.variable}={other} to fall back"
                for other, rule in self.rules.items()
                if rule.permissive and rule.flavours[: len(flavours)] == flavours
            ]
        hint = f" ({', or '.join(ways)})" if ways else ""
        return ImportError(
            f"no {module} under {self.variable}={value}: "
            f"{what or 'no flavour has it'}{hint}",
            name=module,
        )
