# SPDX-License-Identifier: GPL-2.0-or-later
"""Our modules beside their peers: CPU time, same input, equal output checked.

    python benches/modules.py [NAME...]     rows whose name has one of NAMEs

- Our C modules beside Mercurial's own, in turn in one process.
- Our Rust extension beside upstream's (see upstream.py), in turn in two processes.
- What the capsules save (see capsule_rows.py), with what is required of it.

Runs where hg-amalgam and stock Mercurial are installed. The best of each counts:
the ratio is theirs to ours. --only c, rust or capsules measures that part alone.
"""

from __future__ import annotations

import argparse
import importlib
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/modules"))

import rust_peers
import upstream
from capsule_rows import REQUIRED, capsule_rows
from name_rows import name_rows
from parsers_rows import parsers_rows
from stock import stock  # type: ignore[import-not-found]
from text_rows import file_rows, text_rows

ROUNDS = 9
# What is required of the functions: of each, and of their mean.
SLOWEST, MEAN = 0.9, 1.3
Measured = tuple[str, float, float]


def best(call: Callable[[ModuleType], Any], modules: list[ModuleType]) -> list[float]:
    times = [math.inf] * len(modules)
    for _ in range(ROUNDS):
        for i, module in enumerate(modules):
            start = time.process_time()
            call(module)
            times[i] = min(times[i], time.process_time() - start)
    return times


def c_modules(chosen: Sequence[str]) -> Iterator[Measured]:
    with tempfile.TemporaryDirectory() as directory:
        for rows in (
            text_rows(),
            file_rows(os.fsencode(directory)),
            name_rows(),
            parsers_rows(),
        ):
            for name, call, module in rows:
                if chosen and not any(one in name for one in chosen):
                    continue
                ours = importlib.import_module(f"hgamalgam.cext.{module}")
                both = [ours, stock(module)]
                if call(both[0]) != call(both[1]):
                    sys.exit(f"{name}: ours and stock give different results")
                mine, theirs = best(call, both)
                yield name, mine, theirs


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
        mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
        print(f"{'geometric mean':70} {mean:5.2f}")
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
    parser.add_argument("--rounds", type=int, default=5, help="of the Rust rows")
    options = parser.parse_args()
    good = True

    def judge(ratios: list[float]) -> None:
        nonlocal good
        if ratios and not options.names:
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            good = good and min(ratios) >= SLOWEST and mean >= MEAN
            print(f"required: {SLOWEST} of each, {MEAN} in the mean\n")

    if options.only in (None, "c"):
        judge(show("C modules", c_modules(options.names)))
    if options.only in (None, "rust"):
        peer = upstream.peer_python(lambda text: print(text, file=sys.stderr))
        rows = rust_peers.compare(str(peer), options.names, options.rounds)
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
