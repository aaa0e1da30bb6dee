# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs stock Mercurial on our modules, in this process.

Imported on the way of every `amalgam hg`: nothing heavy here.
"""

from __future__ import annotations

import os
import sys

from . import hook


def run_hg(script: str, arguments: list[str]) -> int:
    """Run `hg ARGUMENTS` in this process; normally ends in SystemExit.

    `script` is the file that can be run in place of `hg`: Mercurial starts it
    again for a daemon, names it `$HG` to its hooks, and finds its system
    configuration beside it.
    """
    sys.argv = [script, *arguments]
    hook.install()
    try:
        import hgdemandimport
        from hgdemandimport import tracing
    except ImportError:
        sys.stderr.write(
            f"amalgam: Mercurial is not installed for {sys.executable}\n"
            "(install it with: pip install mercurial==6.9.5)\n"
        )
        return 255
    with tracing.log("hg script"):
        hgdemandimport.enable()
        from mercurial import dispatch

        if hook.FINDER.host() is not None:
            # Else it would look for `hg` in the search path: the stock one.
            from mercurial.utils import procutil

            procutil._sethgexecutable(os.fsencode(script))
        dispatch.run()
    return 0
