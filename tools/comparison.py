# SPDX-License-Identifier: GPL-2.0-or-later
"""Timing `hg status` of several contenders in one run, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sample_repository import Hg, Progress


@dataclass
class Contender:
    """A way to run `hg status` on a repository, and what it took.

    The one whose `reference` is true is what the others are compared with.
    """

    title: str
    hg: Hg
    repository: Path
    reference: bool = False
    seconds: list[float] = field(default_factory=list)
    output: bytes = b""

    def median(self) -> float:
        return statistics.median(self.seconds)

    def status(self) -> bytes:
        return self.hg.run(self.repository, "status")


def measure(contenders: Sequence[Contender], rounds: int, progress: Progress) -> None:
    """Each in turn, round after round, so that no one gets the quiet moments."""
    for contender in contenders:
        contender.status()
    for number in range(rounds):
        progress(f"hg status, round {number + 1} of {rounds}")
        for contender in contenders:
            begin = time.perf_counter()
            contender.output = contender.status()
            contender.seconds.append(time.perf_counter() - begin)


def show(contenders: Sequence[Contender], files: int) -> bool:
    """Print the table; return whether all outputs are the same."""
    reference = next(c for c in contenders if c.reference)
    lines = reference.output.count(b"\n")
    print(f"\n`hg status` of {files} tracked files, {lines} lines to report\n")
    width = max(len(c.title) for c in contenders)
    print(f"{'':{width}}    median       best   times as fast   output")
    equal = True
    for contender in contenders:
        same = contender.output == reference.output
        equal = equal and same
        ratio = reference.median() / contender.median()
        print(
            f"{contender.title:{width}}  {contender.median() * 1000:5.0f} ms   "
            f"{min(contender.seconds) * 1000:5.0f} ms  {ratio:14.2f}   "
            f"{'equal' if same else 'DIFFERENT'}"
        )
    if not equal:
        print("\nThe outputs differ: this is a bug, please report it.")
    return equal
