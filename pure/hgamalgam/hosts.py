# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Mercurial we stand before, and what that changes.

The only place that knows one Mercurial from another (contract section 8).
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import PathFinder

from . import __path__ as PACKAGE_PATH


class Host:
    """A series of Mercurial releases our modules were tested with.

    series: first two components of its versions
    rust: the module below `mercurial` that it asks for Rust
    rust_fits: whether our module of that name is one for it
    hidden: by module, what ours has and this Mercurial must not find there
    """

    __slots__ = ("hidden", "rust", "rust_fits", "series")

    def __init__(
        self,
        series: str,
        rust: str,
        rust_fits: bool,
        hidden: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.series = series
        self.rust = rust
        self.rust_fits = rust_fits
        self.hidden = hidden or {}


HOSTS = (
    # Its osutil has setprocname on the BSDs only.
    Host("6.9", rust="rustext", rust_fits=True, hidden={"osutil": ("setprocname",)}),
    # Its index takes other arguments, under the same version number: ours tells
    # the two by these. Its bdiff has three functions more: so has ours.
    Host("7.2", rust="pyo3_rustext", rust_fits=False),
)
RUST_MODULES = tuple(host.rust for host in HOSTS)


def installed_version() -> str | None:
    """The version of the importable Mercurial; None if there is none.

    "unknown" for a source tree that was never built, as Mercurial itself says.
    """
    try:
        import mercurial
    except ImportError:
        return None
    try:
        version = import_module(mercurial.__name__ + ".__version__").version
    except (ImportError, AttributeError):
        return "unknown"
    # 6.9 has bytes there, 7.2 has str.
    return version.decode() if isinstance(version, bytes) else str(version)


def host_of(version: str | None) -> Host | None:
    """The host of a version such as "6.9.5" or "6.9.5+12-0123456789ab"."""
    series = (version or "").split(".")[:2]
    return next((host for host in HOSTS if host.series.split(".") == series), None)


def why_left_alone(version: str) -> str:
    """What to say of a Mercurial that `host_of` does not know."""
    tested = ", ".join(host.series for host in HOSTS)
    return f"Mercurial {version} is left alone (tested are {tested})"


def why_no_rust(host: Host) -> str:
    """What to say of a host whose Rust is not ours."""
    return f"hg-amalgam has no Rust for Mercurial {host.series} yet"


def has_rust(host: Host) -> bool:
    """Whether a Rust module for `host` was built, that this Python can load."""
    if not host.rust_fits:
        return False
    return PathFinder.find_spec(f"{__package__}.{host.rust}", PACKAGE_PATH) is not None


def default_policy() -> str:
    """The policy where nobody names one: as strict as what is installed allows.

    Where Rust was not built the others serve, and the doctor says why.
    """
    if sys.implementation.name != "cpython":
        return "cffi-allow"
    host = host_of(installed_version())
    if host is not None and not host.rust_fits:
        return "allow"
    return "rust+c" if host is not None and has_rust(host) else "rust+c-allow"
