# SPDX-License-Identifier: GPL-2.0-or-later
from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

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


@pytest.fixture
def copy(tmp_path):
    """An environment with a copy of our package as it is installed, to spoil."""
    return Environment(tmp_path / "env", copied=True)


@pytest.fixture(scope="session")
def mercurial_7_2(tmp_path_factory):
    """A directory of packages with another Mercurial than the environment's."""
    directory = tmp_path_factory.mktemp("mercurial-7.2.4")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps",
         "--disable-pip-version-check", "--target", str(directory), "mercurial==7.2.4"],
        check=True,
    )  # fmt: skip
    return directory


@pytest.fixture
def bare_7_2(bare, mercurial_7_2):
    """As `bare`, before Mercurial 7.2."""
    bare.unlink_mercurial()
    bare.link_mercurial(mercurial_7_2)
    return bare


@pytest.fixture(scope="session")
def environment_packages():
    """The directory of packages that environments share Mercurial from."""
    spec = importlib.util.find_spec("mercurial")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent.parent
