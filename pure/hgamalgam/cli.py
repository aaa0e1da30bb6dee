# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands `amalgam` and `amalgam-hg`.

`amalgam hg` is the frequent one: it is dispatched before anything is imported
that the others need.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """The command `amalgam`; returns its exit status."""
    if sys.argv[1:2] == ["hg"]:
        from .launcher import run_hg

        here = os.path.dirname(os.path.abspath(sys.argv[0]))
        script = os.path.join(here, "amalgam-hg")
        if not os.access(script, os.X_OK):  # run as `python -m hgamalgam`
            here = os.path.dirname(os.path.abspath(sys.executable))
            script = os.path.join(here, "amalgam-hg")
        return run_hg(script, sys.argv[2:])
    from .commands import run

    return run(sys.argv[1:])


def hg() -> int:
    """The command `amalgam-hg`: `amalgam hg` as one file, for `$HG`, chg and such."""
    from .launcher import run_hg

    return run_hg(os.path.abspath(sys.argv[0]), sys.argv[1:])
