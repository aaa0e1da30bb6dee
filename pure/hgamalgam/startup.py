# SPDX-License-Identifier: GPL-2.0-or-later
"""Where an enabled environment's `.pth` file comes in.

What `amalgam enable` wrote stays when another hg-amalgam is installed around it:
the names `WaitingFinder` and `enable`, and their arguments, are what those files
use, and do not change. Most Python programs are not hg, so the file imports this
only when something of Mercurial is imported.
"""

# No other import, not even of __future__: it would be at every start of hg.
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from typing import Any


class WaitingFinder:
    """Stands in for the hook's finder until something of Mercurial is imported."""

    hgamalgam = True

    def __init__(self, default: "str | None" = None) -> None:
        self._default = default
        self._finder: Any = None

    def find_spec(
        self, name: str, path: "Sequence[str] | None" = None, target: object = None
    ) -> "ModuleSpec | None":
        if name[:10] != "mercurial.":
            return None
        if self._finder is None:
            # What is imported on the way is not for us.
            self._finder = Nowhere
            self._finder = self._find_finder()
        spec: ModuleSpec | None = self._finder.find_spec(name, path, target)
        return spec

    def _find_finder(self) -> "Any":
        try:
            from . import hook

            if hook.installed:  # `amalgam hg` in an enabled environment
                return Nowhere
            if self._default is not None:
                hook.set_default(self._default)
            hook.FINDER.may_stand_aside = True
            return hook.FINDER
        # A package that is half there must not keep hg from running.
        except Exception as error:
            tell(f"hg runs without it: {error}")
            return Nowhere


def tell(text: str) -> None:
    """Say it as `hgamalgam.notices` does, if that is there."""
    try:
        from . import notices

        notices.tell(text)
    except Exception:
        pass


class Nowhere:
    """A finder that finds nothing."""

    @staticmethod
    def find_spec(*request: object) -> None:
        return None


def enable(default: "str | None" = None) -> None:
    """Serve plain hg from this package, under the policy `default` if it is named.

    For the files of hg-amalgam 0.1.0, which named the default of that day.
    """
    # Python runs the files twice in a virtual environment.
    if not hasattr(sys.meta_path[0], "hgamalgam"):
        sys.meta_path.insert(0, WaitingFinder(default))
