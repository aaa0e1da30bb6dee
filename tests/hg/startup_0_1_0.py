# SPDX-License-Identifier: GPL-2.0-or-later
"""What every Python program of an enabled environment runs at its start.

`amalgam enable` writes a `.pth` file that calls `enable`. Most of these programs
are not hg, so the hook itself is imported only when Mercurial is.
"""

# No other import, not even of __future__: each would be at everybody's start.
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec


class WaitingFinder:
    """Stands in for the hook's finder until something of Mercurial is imported."""

    def __init__(self, default: "str | None") -> None:
        self._default = default

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: object = None
    ) -> "ModuleSpec | None":
        if name[:10] != "mercurial.":
            return None
        from . import hook

        if hook.installed:  # `amalgam hg` in an enabled environment
            return None
        if self._default is not None:
            hook.set_default(self._default)
            self._default = None
        return hook.FINDER.find_spec(name, path, target)


def enable(default: "str | None" = None) -> None:
    """Serve Mercurial from this package, under the policy `default`."""
    sys.meta_path.insert(0, WaitingFinder(default))
