# SPDX-License-Identifier: GPL-2.0-or-later
"""`make test`: every check of the checkout, with totals at the end.

Runs lint, Rust's tests, the Python tests and the conformance set one after
the other, goes on after a failure, and ends with `N passed, N failed`. Each
lint tool counts as one test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import Callable

import environments
from environments import ROOT, EnvironmentProblem

VENV = environments.BUILD / "venv"

CARGO_TOTALS = re.compile(r"^test result: \S+ (\d+) passed; (\d+) failed", re.MULTILINE)
TOTALS = re.compile(r"^(\d+) passed, (\d+) failed$", re.MULTILINE)
PYTEST_COUNT = re.compile(r"(\d+) (passed|failed|errors?)\b")

Counts = tuple[int, int]


def stream(command: list[str], **environment: str) -> tuple[int, str]:
    """Run a command, show its output as it comes, and return it too."""
    print("\n$ " + " ".join(command), flush=True)
    environ = dict(os.environ, **environment)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line)
    return process.wait(), "".join(lines)


def honest(status: int, passed: int, failed: int) -> Counts:
    """A command that failed without counting a failure is one failure."""
    if status and not failed:
        failed = 1
    if not status and not passed:
        print("nothing was run: that is a failure")
        failed += 1
    return passed, failed


def install() -> Counts:
    environments.prepare(
        VENV,
        requirements=ROOT / "requirements-dev.txt",
        progress=lambda message: print("..", message, flush=True),
    )
    return 1, 0


def lint() -> Counts:
    status, _ = stream(["make", "--no-print-directory", "lint"])
    return (0, 1) if status else (1, 0)


def rust() -> Counts:
    python = str(environments.python_of(VENV))
    command = ["cargo", "test", "--workspace", "--locked"]
    status, output = stream(command, PYTHON_SYS_EXECUTABLE=python)
    totals = CARGO_TOTALS.findall(output)
    passed = sum(int(count) for count, _ in totals)
    return honest(status, passed, sum(int(count) for _, count in totals))


def python() -> Counts:
    command = [str(environments.python_of(VENV)), "-m", "pytest", "-q", "-rfE"]
    status, output = stream([*command, "tests", "--ignore=tests/conformance"])
    lines = output.strip().splitlines() or [""]
    counts = {"passed": 0, "failed": 0}
    for number, word in PYTEST_COUNT.findall(lines[-1]):
        counts["passed" if word == "passed" else "failed"] += int(number)
    return honest(status, counts["passed"], counts["failed"])


def conformance() -> Counts:
    status, output = stream([sys.executable, "tests/conformance/run.py"])
    totals = TOTALS.findall(output)
    passed, failed = totals[-1] if totals else (0, 0)
    return honest(status, int(passed), int(failed))


STAGES: tuple[tuple[str, Callable[[], Counts]], ...] = (
    ("install", install),
    ("lint", lint),
    ("cargo test", rust),
    ("pytest", python),
    ("conformance", conformance),
)


def main() -> int:
    rows = []
    for name, stage in STAGES:
        begin = time.monotonic()
        try:
            passed, failed = stage()
        except (EnvironmentProblem, OSError) as problem:
            print(problem, flush=True)
            passed, failed = 0, 1
        rows.append((name, passed, failed, time.monotonic() - begin))
        if name == "install" and failed:
            break
    print()
    for name, passed, failed, seconds in rows:
        print(f"{name:12} {passed:6} passed {failed:4} failed {seconds:7.0f} s")
    passed = sum(row[1] for row in rows)
    failed = sum(row[2] for row in rows)
    totals = f"{passed} passed, {failed} failed"
    print(totals, flush=True)
    environments.BUILD.mkdir(exist_ok=True)
    (environments.BUILD / "test-totals").write_text(totals + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
