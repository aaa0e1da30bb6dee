# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Mercurials this Python can run with us, and with which flavours.

The demo, the tests and the conformance runs ask here, so that a Python for which
a binding does not exist has all that it can have, and is told why not more.

    python3 tools/hosts.py      one line a Mercurial
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import build_flavours


class Host(NamedTuple):
    """A Mercurial, and what of ours can be before it on this Python.

    rust: the Rust module that it asks for
    flavours: of rust, c, cffi and py those that are built, the best first
    why_no_rust: why no policy with Rust is for it; None if one is
    """

    version: str
    rust: str
    flavours: tuple[str, ...]
    why_no_rust: str | None

    @property
    def policies(self) -> tuple[str, ...]:
        """The strict policies that can be served, the best first."""
        others = tuple(one for one in self.flavours if one != "rust")
        return others if self.why_no_rust else ("rust+c", *others)

    @property
    def policy(self) -> str:
        """The policy that asks for the best of the flavours."""
        return self.policies[0]


# The Mercurials that are tested, the Rust module of each, and what that lacks yet.
MERCURIALS = {
    "6.9.5": ("rustext", None),
    "7.2.4": (
        "pyo3_rustext",
        "hg-amalgam's pyo3_rustext is not yet all that Mercurial 7.2 asks for",
    ),
}


def host_of(version: str) -> Host:
    """What can be before a Mercurial on this Python; KeyError if it is another."""
    rust, lacking = MERCURIALS[version]
    others = [one for one in ("c", "cffi", "py") if not build_flavours.unsupported(one)]
    impossible = build_flavours.unsupported_binding(rust)
    flavours = others if impossible else ["rust", *others]
    return Host(version, rust, tuple(flavours), impossible or lacking)


def hosts() -> tuple[Host, ...]:
    """Those to be tested on this Python; the first is the one the demo is shown with.

    Where the older one has no Rust there is nothing to it that the newer has not.
    """
    every = [host_of(version) for version in MERCURIALS]
    if sys.version_info[:2] > build_flavours.RUST_CPYTHON_UNTIL:
        return tuple(every[1:])
    return tuple(every)


HOSTS = hosts()
MAIN = HOSTS[0]


def show() -> None:
    for host in HOSTS:
        reason = f"; no rust+c: {host.why_no_rust}" if host.why_no_rust else ""
        print(f"Mercurial {host.version}: {', '.join(host.flavours)}{reason}")


if __name__ == "__main__":
    show()
