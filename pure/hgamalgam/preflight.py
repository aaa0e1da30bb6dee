# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether plain hg can be served under a policy that nobody typed.

Who types a strict policy wants the error. Who switched plain hg over, once, wants
hg to work after Mercurial, Python or hg-amalgam were changed below it: then it is
given everything or, where that cannot be, nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module

from . import hook, hosts, our_files
from .policy import MERCURIAL


def why_not(host: hosts.Host) -> str | None:
    """Why the policy in force cannot be served before `host`; None if it can.

    Under a strict policy every native module is loaded to know, as hg does with
    most of them anyway; a permissive policy falls back by itself.
    """
    before = set(sys.modules)
    try:
        rule = MERCURIAL.rule()
    except ImportError as error:
        return str(error)
    something_is_ours = False
    for flavour in rule.flavours:
        if flavour == "pure" and rule.permissive:
            break  # a last resort, which is no reason to be here
        if flavour == host.rust and host.misfit is not None:
            if not rule.permissive:
                return host.misfit
            continue
        for name, is_ours in _files(flavour, host):
            something_is_ours |= is_ours
            if rule.permissive and something_is_ours:
                return None
            if rule.permissive or flavour == "pure":
                continue
            if reason := _why_refused(name, host):
                _forget(set(sys.modules) - before)
                return reason
    if something_is_ours:
        return None
    return f"no module of it fits this Python ({sys.implementation.cache_tag})"


def _files(flavour: str, host: hosts.Host) -> list[tuple[str, bool]]:
    """The modules of a flavour that are files: full name, whether we have it."""
    if flavour == host.rust:
        ours = our_files.spec_of_rust(host.rust)
        return [(f"mercurial.{host.rust}", ours is not None)]
    return [
        (
            f"mercurial.{flavour}.{module}",
            our_files.spec_of(flavour, module) is not None,
        )
        for module in MERCURIAL.modules[flavour]
        if (flavour, module) not in MERCURIAL.redirects
    ]


def _why_refused(name: str, host: hosts.Host) -> str | None:
    """Why the module `name` cannot serve; None if it can."""
    try:
        module = import_module(name)
    # Whatever it is: hg can run without us.
    except Exception as error:
        return _reason(name, error)
    is_rust = name == f"mercurial.{host.rust}"
    return hosts.why_incomplete(host, module) if is_rust else None


def _reason(name: str, error: Exception) -> str:
    refusals = MERCURIAL.refusals.get(name.rpartition(".")[2])
    if isinstance(error, ImportError) and refusals:
        return "; ".join(one.reason for one in refusals)
    return f"{name}: {error}"


def _forget(names: set[str]) -> None:
    """Take modules that were loaded in vain out of `sys.modules`."""
    for name in names:
        outer, _, inner = name.rpartition(".")
        # Rust's submodules too, which are in there by name.
        if _is_chosen(name) or _is_chosen(outer):
            del sys.modules[name]
            if outer in sys.modules:
                vars(sys.modules[outer]).pop(inner, None)


def _is_chosen(name: str) -> bool:
    """Whether the policy has a say in the module `name`."""
    return name != "mercurial.policy" and hook.served_part(name) is not None
