# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import pytest

from hg.environment import Environment


@pytest.fixture
def environment(tmp_path):
    """An environment with our package as it is installed."""
    return Environment(tmp_path / "env")


@pytest.fixture
def bare(tmp_path):
    """An environment with our package without modules, for a test to fill."""
    bare = Environment(tmp_path / "env", copied=True)
    bare.without_ours()
    return bare
