# SPDX-License-Identifier: GPL-2.0-or-later
"""Our modules beside their peers: CPU time, same input, equal output checked.

    python benches/modules.py [NAME...]     rows whose name has one of NAMEs
    python benches/modules.py --wheels OLD.whl NEW.whl [NAME...]

- Our C modules beside Mercurial's own.
- Our Rust extension beside upstream's (see upstream.py).
- What the capsules save (see capsule_rows.py), with what is required of it.
- With --wheels: everything of one wheel of ours beside another's, the pure and the
  cffi flavour too (see wheel_pair.py).

The two sides are measured in two processes in turn, and that with several pairs of
them (see peers.py). The ratio is theirs to ours, or the old wheel's to the new one's.
The exit status is 1 if less than what is required was reached. Without --wheels it
runs where hg-amalgam and stock Mercurial are installed.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import peers
import upstream
import wheel_pair
from capsule_rows import Saving, savings
from peers import Measured, Side, named
from wheel_pair import Ratio

# What is required of the functions, of each and of their mean: beside peers, and
# beside an older wheel.
BESIDE_PEERS = 0.9, 1.3
BESIDE_A_WHEEL = 0.95, 1.0
COMPARED = ("c", "rust", "capsules")
BEGIN = time.monotonic()


def progress(text: str) -> None:
    print(f"[{time.monotonic() - BEGIN:6.1f} s] {text}", file=sys.stderr, flush=True)


def geometric_mean(ratios: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def line(name: str, ours: float, theirs: float, ratio: float) -> None:
    times = f"{ours * 1e3:9.3f} ms {theirs * 1e3:9.3f} ms"
    print(f"{name:52} {times}  {ratio:6.3f}", flush=True)


def heading(title: str, ours: str, theirs: str) -> None:
    print(f"{title:52} {ours:>12} {theirs:>12}   ratio")


def summary(ratios: Sequence[float]) -> None:
    print(f"{len(ratios)} rows, geometric mean {geometric_mean(ratios):.3f}, ", end="")
    print(f"slowest {min(ratios):.3f}\n")


class Judge:
    """Whether ratios reach what is required: of each, and of their mean."""

    def __init__(self, slowest: float, mean: float) -> None:
        self.slowest, self.mean = slowest, mean
        self.good = True

    def judge(self, ratios: Sequence[float]) -> None:
        """Ratios count as they are told, to three decimals."""
        told = [round(ratio, 3) for ratio in ratios]
        reached = min(told) >= self.slowest
        reached = reached and round(geometric_mean(ratios), 3) >= self.mean
        self.good = self.good and reached
        print(
            f"required: {self.slowest} of each, {self.mean} in the mean: "
            f"{'reached' if reached else 'NOT REACHED'}\n"
        )


def beside_peer(title: str, rows: Iterable[Measured]) -> list[float]:
    """Print the rows, ours first, as they come; their ratios."""
    ratios: list[float] = []
    for row in rows:
        if not ratios:
            heading(title, "ours", "peer")
        ratios.append(row.second / row.first)
        line(row.name, row.first, row.second, ratios[-1])
    if ratios:
        summary(ratios)
    return ratios


def show_savings(rows: Iterable[Saving]) -> bool:
    """Print what the capsules save; whether it is what is required."""
    good = True
    heading("capsules and threads", "ours", "peer")
    for row in rows:
        ratio = row.theirs / row.ours
        line(row.name, row.ours, row.theirs, ratio)
        if ratio < row.required:
            good = False
            print(f"{row.name}: SHORT OF {row.required}")
    return good


def beside_peers(options: argparse.Namespace, judge: Judge) -> bool:
    chosen = named(options.names)
    ours = Side("ours", sys.executable)
    for part, title in (("c", "C modules"), ("rust", "Rust")):
        if options.only not in (None, part):
            continue
        python = sys.executable
        if part == "rust":
            python = str(upstream.peer_python(progress))
        both = [ours, Side("the peer", python, "peer")]
        rows = peers.compare(part, both, chosen, options.rounds)
        ratios = beside_peer(title, rows)
        if ratios and not options.names:
            judge.judge(ratios)
    good = judge.good
    if options.only in (None, "capsules"):
        good = show_savings(one for one in savings() if chosen(one.name)) and good
    return good


def beside_a_wheel(options: argparse.Namespace, judge: Judge) -> bool:
    sides = wheel_pair.install(options.wheels, progress)
    found: list[Ratio] = []
    for part in (options.only,) if options.only else (*COMPARED, "cffi", "pure"):
        rows = wheel_pair.compare(
            *(part, sides, named(options.names), options.rounds),
            *(judge.slowest, progress),
        )
        if not rows:
            continue
        heading(part, "new", "old")
        for row in rows:
            line(row.name, row.new, row.old, row.ratio)
        summary([row.ratio for row in rows])
        found += rows
    if not found:
        raise SystemExit("no row has such a name")
    heading("the slowest of all", "new", "old")
    for row in sorted(found, key=lambda row: row.ratio)[:12]:
        name = f"{row.part}: {row.name} ({row.pairs} pairs)"
        line(name, row.new, row.old, row.ratio)
    summary([row.ratio for row in found])
    judge.judge([row.ratio for row in found])
    return judge.good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--only", choices=(*COMPARED, "cffi", "pure"))
    parser.add_argument("--rounds", type=int, default=3, help="in each process")
    parser.add_argument(
        "--wheels",
        nargs=2,
        type=Path,
        metavar=("OLD", "NEW"),
        help="compare two wheels of hg-amalgam",
    )
    parser.add_argument("--slowest", type=float, help="required of each row")
    parser.add_argument("--mean", type=float, help="required in the mean")
    options = parser.parse_args()
    if not options.wheels and options.only in ("cffi", "pure"):
        parser.error("these are compared by benches/cffi.py, or with --wheels")
    slowest, mean = BESIDE_A_WHEEL if options.wheels else BESIDE_PEERS
    judge = Judge(
        slowest if options.slowest is None else options.slowest,
        mean if options.mean is None else options.mean,
    )
    good = (beside_a_wheel if options.wheels else beside_peers)(options, judge)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
