# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Mercurial we stand before, and what that changes.

The only place that knows one Mercurial from another (contract section 8).
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


class Host:
    """A series of Mercurial releases our modules were tested with.

    series: first two components of its versions
    rust: the module below `mercurial` that it asks for Rust
    members: what it asks of that module: its submodules
    without_rust: the policy for it where our Rust cannot serve all of those
    misfit: why our module of that name is none for it; None if it is one
    hidden: by module, what ours has and this Mercurial must not find there
    """

    __slots__ = ("hidden", "members", "misfit", "rust", "series", "without_rust")

    def __init__(
        self,
        series: str,
        rust: str,
        members: tuple[str, ...],
        without_rust: str,
        misfit: str | None = None,
        hidden: dict[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.series = series
        self.rust = rust
        self.members = members
        self.without_rust = without_rust
        self.misfit = misfit
        self.hidden = hidden or {}


_BOTH = ("ancestor", "copy_tracing", "dagop", "dirstate", "discovery", "revlog")
_IN_7 = ("deltas", "diff", "file_index", "matchers", "shape", "tracing", "update")
HOSTS = (
    Host(
        "6.9",
        "rustext",
        (*_BOTH, "debug", "update"),
        without_rust="rust+c-allow",
        # Its osutil has setprocname on the BSDs only.
        hidden={"osutil": ("setprocname",)},
    ),
    # Its index takes other arguments, under the same version number: ours tells
    # the two by these. Its bdiff has three functions more: so has ours. By the name
    # of the policy it takes Rust for being there, and where it is not goes ways that
    # are slow, or fail.
    Host("7.2", "pyo3_rustext", (*_BOTH, *_IN_7), without_rust="allow"),
)
# They ask for pyo3_rustext, but make an InnerRevlog of other arguments than 7.2, ask
# for a status without empty directories, and 7.0 for an update without a dirstate; its
# index has 6.9's arguments and 7.2's delta chains.
_BETWEEN = ("7.0", "7.1")
RUST_MODULES = tuple(dict.fromkeys(host.rust for host in HOSTS))


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


def _series(version: str | None) -> str:
    """The first two components of a version such as "6.9.5+12-0123456789ab"."""
    return ".".join((version or "").split(".")[:2])


def host_of(version: str | None) -> Host | None:
    """The host of a version such as "6.9.5" or "6.9.5+12-0123456789ab"."""
    return next((host for host in HOSTS if host.series == _series(version)), None)


def why_left_alone(version: str) -> str:
    """What to say of a Mercurial that `host_of` does not know."""
    tested = ", ".join(host.series for host in HOSTS)
    text = f"Mercurial {version} is left alone (tested are {tested})"
    if _series(version) in _BETWEEN:
        text += "; it asks in ways that neither of these has: 7.2 is served"
    return text


def why_incomplete(host: Host, rust: ModuleType) -> str | None:
    """What the module `rust` has not that `host` asks of it; None if it has all."""
    lacking = [name for name in host.members if not hasattr(rust, name)]
    return f"module {host.rust} has no {', '.join(lacking)}" if lacking else None
