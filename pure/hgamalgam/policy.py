# SPDX-License-Identifier: GPL-2.0-or-later
"""The policy over Mercurial's modules: the only place that falls back.

An instance of the general kit, `hgamalgam.flavours`, with Mercurial's own names,
rules and version numbers (contract section 1).
"""

from __future__ import annotations

import sys

from . import hosts, our_files
from .flavours import ModulePolicy, Rule

_SIX = ("base85", "bdiff", "charencode", "mpatch", "osutil", "parsers")


def _rules(rust: str) -> dict[str, Rule]:
    """Mercurial's policies, where `rust` is the module it asks for Rust."""
    return {
        "c": Rule(("cext",)),
        "allow": Rule(("cext", "pure"), permissive=True),
        "cffi": Rule(("cffi",)),
        "cffi-allow": Rule(("cffi", "pure"), permissive=True),
        "py": Rule(("pure",)),
        "rust+c": Rule((rust, "cext")),
        "rust+c-allow": Rule((rust, "cext", "pure"), permissive=True),
    }


def _default() -> str:
    """The policy where nobody names one: as strict as what is installed allows.

    Where Rust was not built the others serve, and the doctor says why. Rust that was
    built and is broken is an error, when Mercurial asks for it.
    """
    if sys.implementation.name != "cpython":
        return "cffi-allow"
    host = hosts.host_of(hosts.installed_version())
    if host is None:
        return "rust+c-allow"
    try:
        if why_no_rust(host) is None:
            return "rust+c"
    except Exception:
        return "rust+c"
    our_files.forget_rust(host.rust)
    return host.without_rust


MERCURIAL = ModulePolicy(
    package="hgamalgam",
    variable="HGMODULEPOLICY",
    default=_default,
    rules=_rules(hosts.HOSTS[0].rust),
    modules={
        # That of the last series is the whole of a module that several ask for.
        **{host.rust: host.members for host in hosts.HOSTS},
        "cext": _SIX,
        "cffi": _SIX,
        "pure": _SIX,
    },
    versions={
        **{(rust, rust): 1 for rust in hosts.RUST_MODULES},
        ("cext", "base85"): 1,
        ("cext", "bdiff"): 3,
        ("cext", "mpatch"): 1,
        ("cext", "osutil"): 4,
        ("cext", "parsers"): 21,
    },
    redirects={
        ("cext", "charencode"): ("cext", "parsers"),
    },
    remedy="`amalgam doctor` shows what is installed and why; "
    "reinstall with: pip install --force-reinstall --no-deps hg-amalgam",
)


def stand_before(host: hosts.Host) -> None:
    """Let the rules name the module that `host` asks for Rust."""
    MERCURIAL.rules = _rules(host.rust)


def why_no_rust(host: hosts.Host) -> str | None:
    """Why we have no Rust that is all that `host` asks for; None if we have.

    What loading it raises, if it is broken; ImportError if it has another version.
    """
    if host.misfit is not None:
        return host.misfit
    spec = our_files.spec_of_rust(host.rust)
    if spec is None:
        from .build_record import why_absent

        return why_absent(host.rust)
    rust = our_files.load_rust(spec)
    MERCURIAL.check((host.rust, host.rust), rust)
    return hosts.why_incomplete(host, rust)
