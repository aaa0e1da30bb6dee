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
    """A Mercurial, and what of ours can be before it on this Python."""

    version: str
    flavours: tuple[str, ...]  # of rust, c, cffi and py, the best first
    why_no_rust: str | None = None

    @property
    def policy(self) -> str:
        """The policy that asks for the best of the flavours."""
        return {"rust": "rust+c"}.get(self.flavours[0], self.flavours[0])


def hosts() -> tuple[Host, ...]:
    """Those this Python can run; the first is the one the demo is shown with."""
    without_rust = tuple(
        flavour
        for flavour in ("c", "cffi", "py")
        if not build_flavours.unsupported(flavour)
    )
    newest = Host(
        "7.2.4",
        without_rust,
        build_flavours.unsupported_binding("pyo3_rustext")
        or "hg-amalgam's pyo3_rustext is not yet all that Mercurial 7.2 asks for",
    )
    if sys.version_info[:2] > build_flavours.RUST_CPYTHON_UNTIL:
        return (newest,)
    why_not = build_flavours.unsupported_binding("rustext")
    flavours = without_rust if why_not else ("rust", *without_rust)
    return Host("6.9.5", flavours, why_not), newest


HOSTS = hosts()
MAIN = HOSTS[0]


def host_of(version: str) -> Host:
    """The host of a version; KeyError if this Python is not tested with it."""
    return {host.version: host for host in HOSTS}[version]


def show() -> None:
    for host in HOSTS:
        reason = f"; no Rust: {host.why_no_rust}" if host.why_no_rust else ""
        print(f"Mercurial {host.version}: {', '.join(host.flavours)}{reason}")


if __name__ == "__main__":
    show()
