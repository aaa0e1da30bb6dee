# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sides of a comparison: each in a Python of its own, in turn.

Two extensions of one name cannot share a process; and of two that could, one would
find the memory as the other has left it.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple

# A process keeps its luck with the memory that it got: more than one is asked.
LAUNCHES = 3
WORKER = Path(__file__).resolve().with_name("worker.py")

# Variables that would lead another Python, or another Mercurial, astray.
CONFUSING = {"PYTHONPATH", "PYTHONHOME", "HGMODULEPOLICY", "HGRCPATH"}


class Side(NamedTuple):
    """What is measured: `whose` modules (see worker.py), in the Python `python`."""

    label: str
    python: str
    whose: str = "ours"


class Worker:
    """A process that measures rows for us."""

    def __init__(self, side: Side, part: str) -> None:
        environ = {k: v for k, v in os.environ.items() if k not in CONFUSING}
        if side.whose == "peer" and part == "rust":
            environ["HGMODULEPOLICY"] = "rust+c"
        self.label = side.label
        self.process = subprocess.Popen(
            [side.python, str(WORKER), part, side.whose],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process that measures {self.label} has died")
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


class Measured(NamedTuple):
    """A row in one pair of processes: the best CPU time of either side, in seconds."""

    name: str
    first: float
    second: float


def measure_once(
    part: str, sides: Sequence[Side], chosen: Callable[[str], bool], rounds: int
) -> Iterator[Measured]:
    """The chosen rows of a part, in one pair of processes, the sides in turn."""
    workers = [Worker(side, part) for side in sides]
    labels = " and ".join(side.label for side in sides)
    try:
        names, others = (worker.answer() for worker in workers)
        if names != others:
            raise SystemExit(f"{part}: {labels} have different rows")
        for row, name in enumerate(names):
            if not chosen(name):
                continue
            best = [math.inf, math.inf]
            digests = set()
            for _ in range(rounds):
                for i, worker in enumerate(workers):
                    seconds, digest = worker.measure(row)
                    best[i] = min(best[i], seconds)
                    digests.add(digest)
            if len(digests) != 1:
                raise SystemExit(f"{part}, {name}: the results of {labels} differ")
            yield Measured(name, *best)
    finally:
        for worker in workers:
            worker.end()


def named(words: Collection[str]) -> Callable[[str], bool]:
    """Chooses the rows that have one of the words in their name; all, if none."""
    return lambda name: not words or any(word in name for word in words)


def compare(
    part: str, sides: Sequence[Side], chosen: Callable[[str], bool], rounds: int
) -> Iterator[Measured]:
    """The chosen rows of a part, the best of LAUNCHES pairs of processes."""
    best: dict[str, Measured] = {}
    for launch in range(LAUNCHES):
        for row in measure_once(part, sides, chosen, rounds):
            known = best.setdefault(row.name, row)
            best[row.name] = Measured(row.name, *map(min, known[1:], row[1:]))
            if launch == LAUNCHES - 1:
                yield best[row.name]
