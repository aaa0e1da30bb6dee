# SPDX-License-Identifier: GPL-2.0-or-later
"""Upstream's own Rust build of Mercurial, the peer of our Rust extension.

The one that the conformance runs compare with; building it takes some minutes.
HGAMALGAM_PEER, the Python of an environment that has such a build, saves the time.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/conformance"))
import environment
from environments import MERCURIAL


def peer_python(progress: Callable[[str], None]) -> Path:
    """The Python that has upstream's build, made if it is not there."""
    given = os.environ.get("HGAMALGAM_PEER")
    if given:
        return Path(given)
    return environment.make(MERCURIAL, "upstream", progress).python


def contrib(progress: Callable[[str], None]) -> Path:
    """The directory `contrib` of Mercurial's source distribution."""
    return environment.unpack(MERCURIAL, progress).parent / "contrib"
