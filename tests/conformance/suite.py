# SPDX-License-Identifier: GPL-2.0-or-later
"""Running one file of Mercurial's test suite and keeping its result."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from environment import Environment
from environments import IS_CPYTHON

PASSED = "passed"
SKIPPED = "skipped"
FAILED = "failed"

OUTCOMES = {"success": PASSED, "skip": SKIPPED, "failure": FAILED}

# How the names of the caller's variables begin that would change what a test
# sees: PYTHONUNBUFFERED, for one, changes the order of messages.
DROPPED = ("PYTHON", "HG", "RUST_", "VIRTUAL_ENV", "MAKE", "MFLAGS")

# run-tests.py takes the pure modules on PyPy, whatever policy it was given.
RUN_ON_PYPY = """\
import sys
sys.argv[:1] = []
name = sys.argv[0]
question = "'__pypy__' in sys.modules"
source = open(name).read()
assert question in source
source = source.replace(question, "False")
exec(compile(source, name, "exec"), {"__name__": "__main__", "__file__": name})
"""

SKIP_LINE = re.compile(r"^Skipped (\S+): (.*)$", re.MULTILINE)


@dataclass
class Result:
    """What one test file did: an outcome and a reason for each of its cases.

    as_with_c: whether the lines were expected that a Mercurial with C prints
    """

    test: str
    provider: str
    policy: str
    digest: str
    outcomes: dict[str, str]
    reasons: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    as_with_c: bool = False

    def save(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f"{file.name}.{threading.get_ident()}")
        temporary.write_text(json.dumps(asdict(self), indent=1))
        os.replace(temporary, file)

    @classmethod
    def load(cls, file: Path) -> Result | None:
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def failing(self) -> list[str]:
        return [case for case, outcome in self.outcomes.items() if outcome == FAILED]


class Suite:
    """Runs test files, each in a `run-tests.py` of its own."""

    def __init__(
        self,
        place: Path,
        prefix: list[str],
        timeout: int,
        directory: Path | None = None,
    ) -> None:
        """`place` keeps results and logs; `prefix` goes before each command;
        `timeout` is in seconds a test case; `directory` has the tests, where they
        are not Mercurial's own."""
        self.place = place
        self.directory = directory
        self.prefix = prefix
        self.timeout = timeout
        self._slots = list(range(64, 0, -1))
        self._lock = threading.Lock()

    def run(
        self,
        environment: Environment,
        test: str,
        policy: str,
        as_with_c: bool = False,
    ) -> Result:
        """Run one file; never raises for what the test does."""
        label = f"{environment.name}-{policy}" + "-as-with-c" * as_with_c
        output = self.place / label / test
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir(parents=True)
        environ = {k: v for k, v in os.environ.items() if not k.startswith(DROPPED)}
        environ["HGMODULEPOLICY"] = policy
        environ["HGAMALGAM_EVIDENCE"] = str(output / "evidence")
        if as_with_c:
            environ["HGAMALGAM_AS_WITH_C"] = "yes"
        with self._lock:
            slot = self._slots.pop()
        # Each run has 3 ports a case and the slots must not meet.
        command = [
            *self.prefix,
            str(environment.python),
            *([] if IS_CPYTHON else ["-c", RUN_ON_PYPY]),
            str(environment.tests / "run-tests.py"),
            f"--with-hg={environment.hg}",
            "--json",
            f"--outputdir={output}",
            f"--timeout={self.timeout}",
            f"--port={20000 + slot * 300}",
            test,
        ]
        begin = time.monotonic()
        with open(output / "log", "wb") as log:
            status = subprocess.run(
                command,
                cwd=self.directory or environment.tests,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            ).returncode
        seconds = time.monotonic() - begin
        with self._lock:
            self._slots.append(slot)
        outcomes, reasons = _read_report(output, test, status)
        return Result(
            test,
            environment.name,
            policy,
            environment.digest,
            outcomes,
            reasons,
            round(seconds, 1),
            as_with_c,
        )


def _read_report(
    output: Path, test: str, status: int
) -> tuple[dict[str, str], dict[str, str]]:
    log = (output / "log").read_text(errors="replace")
    skips = dict(SKIP_LINE.findall(log))
    try:
        text = (output / "report.json").read_text()
        report = json.loads(text.partition("=")[2])
    except (OSError, ValueError):
        report = {}
    outcomes: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for case, entry in report.items():
        outcomes[case] = OUTCOMES[entry["result"]]
        if outcomes[case] == SKIPPED:
            reasons[case] = skips.get(case, "")
        elif outcomes[case] == FAILED:
            reasons[case] = _first_difference(entry.get("diff") or "", log)
    if not outcomes or (status not in (0, 1) and FAILED not in outcomes.values()):
        outcomes[test] = FAILED
        reasons[test] = f"run-tests.py ended with {status}: {log.strip()[-300:]}"
    return outcomes, reasons


def _first_difference(diff: str, log: str) -> str:
    """The first changed lines of a test's diff, for the report."""
    lines = [
        line
        for line in diff.splitlines()
        if line[:1] in "+-" and not line.startswith(("+++", "---"))
    ]
    if lines:
        return " | ".join(lines[:4])
    if "timed out" in log:
        return "timed out"
    return log.strip()[-200:]
