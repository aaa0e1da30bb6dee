# SPDX-License-Identifier: GPL-2.0-or-later
"""Our modules beside their peers: CPU time, same input, equal output checked.

    python benches/modules.py [NAME...]     rows whose name has one of NAMEs

- Our C modules beside Mercurial's own.
- Our Rust extension beside upstream's (see upstream.py).
- What the capsules save (see capsule_rows.py), with what is required of it.

Ours and the peer's are measured in two processes in turn, and that with several
pairs of them (see peers.py). The best of each counts: the ratio is theirs to ours.
Runs where hg-amalgam and stock Mercurial are installed. --only c, rust or capsules
measures that part alone.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence

import peers
import upstream
from capsule_rows import REQUIRED, capsule_rows

# What is required of the functions: of each, and of their mean.
SLOWEST, MEAN = 0.9, 1.3
Measured = tuple[str, float, float]


def geometric_mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def show(title: str, rows: Iterator[Measured]) -> list[float]:
    """Print the rows as they come; their ratios."""
    ratios: list[float] = []
    for name, ours, theirs in rows:
        if not ratios:
            print(f"{title:44} {'ours':>12} {'peer':>12}  ratio")
        ratios.append(theirs / ours)
        print(
            f"{name:44} {ours * 1e3:9.3f} ms {theirs * 1e3:9.3f} ms  {ratios[-1]:5.2f}",
            flush=True,
        )
    if ratios:
        print(f"{'geometric mean':70} {geometric_mean(ratios):5.2f}")
        print(f"{'slowest':70} {min(ratios):5.2f}\n")
    return ratios


def capsules(chosen: Sequence[str]) -> Iterator[Measured]:
    for name, ours, theirs in capsule_rows():
        if not chosen or any(one in name for one in chosen):
            yield name, ours, theirs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--only", choices=("c", "rust", "capsules"))
    parser.add_argument("--rounds", type=int, default=3, help="in each process")
    options = parser.parse_args()
    good = True

    def judge(ratios: list[float]) -> None:
        nonlocal good
        if ratios and not options.names:
            good = good and min(ratios) >= SLOWEST
            good = good and geometric_mean(ratios) >= MEAN
            print(f"required: {SLOWEST} of each, {MEAN} in the mean\n")

    if options.only in (None, "c"):
        rows = peers.compare("c", sys.executable, options.names, options.rounds)
        judge(show("C modules", rows))
    if options.only in (None, "rust"):
        peer = upstream.peer_python(lambda text: print(text, file=sys.stderr))
        rows = peers.compare("rust", str(peer), options.names, options.rounds)
        judge(show("Rust", rows))
    if options.only in (None, "capsules"):
        measured = list(capsules(options.names))
        show("capsules and threads", iter(measured))
        for name, ours, theirs in measured:
            if theirs / ours < REQUIRED[name]:
                good = False
                print(f"{name}: SHORT OF {REQUIRED[name]}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
