# SPDX-License-Identifier: GPL-2.0-or-later
"""`make test`: every check of the checkout, with totals at the end.

Runs lint, Rust's tests, the Python tests and the conformance set one after
the other, with each Mercurial that this Python can run (see hosts.py), goes on
after a failure, and ends with `N passed, N failed, N skipped`. Lint counts as one
test.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Callable, NamedTuple

import environments
import hosts
from environments import ROOT, EnvironmentProblem
from hosts import Host

VENV = environments.BUILD / "venv"
REQUIREMENTS = ROOT / "requirements-dev.txt"

CARGO_TOTALS = re.compile(
    r"^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE
)
TOTALS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$", re.MULTILINE)
PYTEST_COUNT = re.compile(r"(\d+) (passed|failed|error|skipped|xfailed|xpassed)")


class Counts(NamedTuple):
    passed: int
    failed: int
    skipped: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def total(counts: list[Counts]) -> Counts:
    return Counts(*map(sum, zip(*counts)))


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


def honest(status: int, counts: Counts) -> Counts:
    """A command that failed without counting a failure is one failure."""
    failed = counts.failed
    if status and not failed:
        failed = 1
    if not status and not counts.passed:
        print("nothing was run: that is a failure")
        failed += 1
    return counts._replace(failed=failed)


def cpu_of_children() -> float:
    """Seconds that ended child processes took, theirs included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def venv_of(host: Host) -> Path:
    if host is hosts.MAIN:
        return VENV
    return environments.BUILD / f"venv-{host.version}"


def install() -> Counts:
    for host in hosts.HOSTS:
        environments.prepare(
            venv_of(host),
            host.version,
            requirements=REQUIREMENTS,
            progress=lambda message: print("..", message, flush=True),
        )
    return Counts(len(hosts.HOSTS), 0)


def lint() -> Counts:
    status, _ = stream(["make", "--no-print-directory", "lint"])
    return Counts(0, 1) if status else Counts(1, 0)


def rust() -> Counts:
    python = str(environments.python_of(VENV))
    command = ["cargo", "test", "--workspace", "--locked"]
    status, output = stream(command, PYTHON_SYS_EXECUTABLE=python)
    targets = [Counts(*map(int, found)) for found in CARGO_TOTALS.findall(output)]
    return honest(status, total([Counts(0, 0), *targets]))


def pytest_counts(output: str) -> Counts:
    """What the last line of pytest's output says, an error being a failure."""
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    lines = output.strip().splitlines() or [""]
    for number, word in PYTEST_COUNT.findall(lines[-1]):
        counts[word if word in counts else "failed"] += int(number)
    return Counts(**counts)


def pytest(host: Host, *places: str) -> Counts:
    """The tests of `places`, on every flavour that must be there before `host`."""
    command = [
        str(environments.python_of(venv_of(host))),
        "-m",
        "pytest",
        "-q",
        "-rfEs",
        f"--numprocesses={os.cpu_count() or 1}",
        # What builds comes first, and takes longest.
        "--no-loadscope-reorder",
    ]
    status, output = stream(
        [*command, *places], HGAMALGAM_TEST_FLAVOURS=",".join(host.flavours)
    )
    return honest(status, pytest_counts(output))


def conformance() -> Counts:
    status, output = stream([sys.executable, "tests/conformance/run.py"])
    totals = TOTALS.findall(output)
    counts = Counts(*map(int, totals[-1])) if totals else Counts(0, 0)
    return honest(status, counts)


STAGES: dict[str, Callable[[], Counts]] = {
    "install": install,
    "lint": lint,
    "cargo test": rust,
    "pytest": partial(pytest, hosts.MAIN, "tests"),
    **{
        f"pytest {host.version}": partial(pytest, host, "tests/modules")
        for host in hosts.HOSTS[1:]
    },
    "conformance": conformance,
}


def main() -> int:
    hosts.show()
    rows: dict[str, Counts] = {}
    times: dict[str, tuple[float, float]] = {}
    for name, stage in STAGES.items():
        begin, cpu = time.monotonic(), cpu_of_children()
        try:
            rows[name] = stage()
        except (EnvironmentProblem, OSError) as problem:
            print(problem, flush=True)
            rows[name] = Counts(0, 1)
        times[name] = (time.monotonic() - begin, cpu_of_children() - cpu)
        if name == "install" and rows[name].failed:
            break
    print()
    for name, counts in rows.items():
        print(
            f"{name:12} {counts.passed:6} passed {counts.failed:4} failed "
            f"{counts.skipped:4} skipped "
            "{:7.0f} s {:7.0f} s of CPU".format(*times[name])
        )
    totals = total(list(rows.values()))
    print(totals, flush=True)
    environments.BUILD.mkdir(exist_ok=True)
    (environments.BUILD / "test-totals").write_text(f"{totals}\n")
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
