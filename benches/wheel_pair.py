# SPDX-License-Identifier: GPL-2.0-or-later
"""Two wheels of hg-amalgam beside each other, for benches/modules.py --wheels.

Each is installed beside the same Mercurial in an environment of its own.
"""

from __future__ import annotations

import hashlib
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Callable, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import environments
from environments import BUILD
from peers import Measured, Side, measure_once

PLACE = BUILD / "bench-wheels"

# Pairs of processes that measure every row; and how many more are asked about a row
# below what is required, as long as the median of all is below it.
PAIRS = 3
MORE_PAIRS = (4, 8)

Progress = Callable[[str], None]


def install(wheels: Sequence[Path], progress: Progress) -> list[Side]:
    """An environment for each wheel; those of other wheels are removed."""
    homes = [PLACE / hashlib.sha256(w.read_bytes()).hexdigest()[:16] for w in wheels]
    for old in PLACE.glob("*"):
        if old not in homes:
            shutil.rmtree(old)
    sides = []
    for label, wheel, home in zip(("old", "new"), wheels, homes):
        progress(f"{label}: {wheel.name}, SHA-256 {home.name}...")
        wanted = [str(wheel.resolve())]
        environments.prepare(home, ours=False, extra=wanted, progress=progress)
        sides.append(Side(label, str(environments.python_of(home))))
    return sides


class Ratio(NamedTuple):
    """Seconds of either wheel, and the median of old/new over the pairs."""

    part: str
    name: str
    new: float
    old: float
    ratio: float
    pairs: int


def ratio_of(part: str, measured: Sequence[Measured]) -> Ratio:
    return Ratio(
        part,
        measured[0].name,
        min(one.second for one in measured),
        min(one.first for one in measured),
        statistics.median(one.first / one.second for one in measured),
        len(measured),
    )


def compare(
    part: str,
    sides: Sequence[Side],
    chosen: Callable[[str], bool],
    rounds: int,
    slowest: float,
    progress: Progress,
) -> list[Ratio]:
    """Every chosen row of a part.

    A pair of processes keeps its luck with the memory that it got, so it is the
    median over several pairs that counts. A row whose median is below `slowest` is
    measured in more pairs before it is told.
    """
    measured: dict[str, list[Measured]] = {}

    def measure(pairs: int, wanted: Callable[[str], bool]) -> None:
        for pair in range(pairs):
            progress(f"{part}: pair {pair + 1} of {pairs}")
            for row in measure_once(part, sides, wanted, rounds):
                measured.setdefault(row.name, []).append(row)

    measure(PAIRS, chosen)
    for more in MORE_PAIRS:
        ratios = [ratio_of(part, rows) for rows in measured.values()]
        doubtful = {row.name for row in ratios if row.ratio < slowest}
        if doubtful:
            progress(f"{part}: measured again: {', '.join(sorted(doubtful))}")
            measure(more, doubtful.__contains__)
    return [ratio_of(part, rows) for rows in measured.values()]
