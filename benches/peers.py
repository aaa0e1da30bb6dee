# SPDX-License-Identifier: GPL-2.0-or-later
"""Ours beside a peer's: each in a Python of its own, in turn.

Two extensions of one name cannot share a process; and of two that could, one would
find the memory as the other has left it.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# A process keeps its luck with the memory that it got: more than one is asked.
LAUNCHES = 3
WORKER = Path(__file__).resolve().with_name("worker.py")


class Worker:
    """A process that measures rows for us."""

    def __init__(self, python: str, part: str, whose: str) -> None:
        environ = dict(os.environ)
        if (part, whose) == ("rust", "peer"):
            # What leads to our modules would not lead to theirs.
            environ.pop("PYTHONPATH", None)
            environ["HGMODULEPOLICY"] = "rust+c"
        self.whose = whose
        self.process = subprocess.Popen(
            [python, str(WORKER), part, whose],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the measuring of {self.whose} has died")
        return json.loads(line)

    def measure(self, row: int) -> tuple[float, str]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{row}\n")
        self.process.stdin.flush()
        seconds, digest = self.answer()
        return seconds, digest

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def compare(
    part: str, peer: str, chosen: Sequence[str], rounds: int
) -> Iterator[tuple[str, float, float]]:
    """For each row of `part` its name, and the best times of ours and the peer's.

    `peer` is the Python that has the peer of that part.
    """
    best: dict[str, list[float]] = {}
    digests: dict[str, set[str]] = {}
    for launch in range(LAUNCHES):
        both = [Worker(sys.executable, part, "ours"), Worker(peer, part, "peer")]
        try:
            names, others = (worker.answer() for worker in both)
            if names != others:
                raise SystemExit("ours and the peer have different rows")
            for row, name in enumerate(names):
                if chosen and not any(one in name for one in chosen):
                    continue
                times = best.setdefault(name, [math.inf, math.inf])
                for _ in range(rounds):
                    for i, worker in enumerate(both):
                        seconds, digest = worker.measure(row)
                        times[i] = min(times[i], seconds)
                        digests.setdefault(name, set()).add(digest)
                if len(digests[name]) != 1:
                    raise SystemExit(f"{name}: ours and the peer's results differ")
                if launch == LAUNCHES - 1:
                    yield name, times[0], times[1]
        finally:
            for worker in both:
                worker.end()
