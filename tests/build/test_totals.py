# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make test` counts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import check
import pytest
from check import Counts, honest, pytest_counts

CASES = """
import pytest


def test_passes():
    pass


def test_fails():
    assert not 1


@pytest.mark.skip(reason="for want of anything")
def test_is_skipped():
    pass


@pytest.fixture
def broken():
    raise ValueError


def test_is_an_error(broken):
    pass
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_pytest(tmp_path: Path, processes: str) -> None:
    (tmp_path / "test_cases.py").write_text(CASES)
    command = [sys.executable, "-m", "pytest", "-q", "-rfEs", f"-n{processes}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert pytest_counts(done.stdout) == Counts(1, 2, 1)


def test_what_ended_without_a_word_is_a_failure() -> None:
    assert pytest_counts("") == Counts(0, 0)
    assert honest(3, Counts(0, 0)) == Counts(0, 1)
    assert honest(0, Counts(0, 0)) == Counts(0, 1)
    assert honest(1, Counts(5, 2, 1)) == Counts(5, 2, 1)


def test_cargo() -> None:
    text = "test result: ok. 6 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out"
    assert check.CARGO_TOTALS.findall(f"{text}\n{text}\n") == [("6", "0", "1")] * 2
