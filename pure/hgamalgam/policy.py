# SPDX-License-Identifier: GPL-2.0-or-later
"""The policy over Mercurial's modules: the only place that falls back.

An instance of the general kit, `hgamalgam.flavours`, with Mercurial's own names,
rules and version numbers (contract section 1).
"""

from __future__ import annotations

from . import hosts
from .flavours import ModulePolicy, Rule

_SIX = ("base85", "bdiff", "charencode", "mpatch", "osutil", "parsers")
MERCURIAL = ModulePolicy(
    package="hgamalgam",
    variable="HGMODULEPOLICY",
    default=hosts.default_policy,
    rules={
        "c": Rule(("cext",)),
        "allow": Rule(("cext", "pure"), permissive=True),
        "cffi": Rule(("cffi",)),
        "cffi-allow": Rule(("cffi", "pure"), permissive=True),
        "py": Rule(("pure",)),
        "rust+c": Rule(("rustext", "cext")),
        "rust+c-allow": Rule(("rustext", "cext", "pure"), permissive=True),
    },
    modules={
        "rustext": (
            "ancestor",
            "copy_tracing",
            "dagop",
            "debug",
            "dirstate",
            "discovery",
            "revlog",
            "update",
        ),
        "cext": _SIX,
        "cffi": _SIX,
        "pure": _SIX,
    },
    versions={
        ("rustext", "rustext"): 1,
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
