# SPDX-License-Identifier: GPL-2.0-or-later
"""Our Rust extension beside upstream's: each in a Python of its own, in turn."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

WORKER = Path(__file__).resolve().with_name("rust_worker.py")


class Worker:
    """A process that measures rows for us."""

    def __init__(self, title: str, python: str, package: str) -> None:
        environ = dict(os.environ)
        if package == "mercurial":
            # What leads to our modules would not lead to theirs.
            environ.pop("PYTHONPATH", None)
            environ["HGMODULEPOLICY"] = "rust+c"
        self.title = title
        self.process = subprocess.Popen(
            [python, str(WORKER), package],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
            text=True,
        )
        self.names: list[str] = []

    def answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the measuring of {self.title} has died")
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
    peer: str, chosen: Sequence[str], rounds: int
) -> Iterator[tuple[str, float, float]]:
    """For each row its name, and the best times of ours and of the peer's.

    `peer` is the Python of a Mercurial with its own Rust extension.
    """
    both = [
        Worker("ours", sys.executable, "hgamalgam"),
        Worker("the peer", peer, "mercurial"),
    ]
    try:
        for worker in both:
            worker.names = worker.answer()
        names = both[0].names
        if both[1].names != names:
            raise SystemExit("ours and the peer have different rows")
        for row, name in enumerate(names):
            if chosen and not any(one in name for one in chosen):
                continue
            times = [math.inf, math.inf]
            digests = set()
            for _ in range(rounds):
                for i, worker in enumerate(both):
                    seconds, digest = worker.measure(row)
                    times[i] = min(times[i], seconds)
                    digests.add(digest)
            if len(digests) != 1:
                raise SystemExit(f"{name}: ours and upstream's give different results")
            yield name, times[0], times[1]
    finally:
        for worker in both:
            worker.end()
