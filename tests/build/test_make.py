# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make` would run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def lint() -> str:
    """The commands of `make lint`, one a line."""
    command = ["make", "--no-print-directory", "--dry-run", "lint"]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return found.stdout.decode().replace("\\\n", " ")


@pytest.mark.parametrize(
    "linter",
    [
        "cargo fmt --all --check",
        "cargo clippy --workspace --all-targets --locked -- -D warnings",
        "cargo clippy --package hg_cpython --features panic-injection",
        "clang-format --dry-run -Werror",
        "gcc -std=c11 -Wall -Wextra -Werror",
        "ruff format --check .",
        "ruff check .",
        "mypy",
    ],
)
def test_lint_runs_every_linter(lint: str, linter: str) -> None:
    assert linter in lint


def test_lint_runs_no_tests(lint: str) -> None:
    assert "pytest" not in lint
