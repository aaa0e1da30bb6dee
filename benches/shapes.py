# SPDX-License-Identifier: GPL-2.0-or-later
"""Histories of several shapes, the inputs of graph walks, from fixed seeds.

Each is a list of parents `(p1, p2)`, -1 for none, by revision number.
"""

from __future__ import annotations

import functools
import gzip
import random
import struct
from pathlib import Path
from typing import Callable

REVISIONS = 300_000
Parents = list[tuple[int, int]]

# The commits of the public Git repository rust-lang/cargo in topological order, a
# line each: how far back its first parent is, and its second one if it has any. A
# root's distance leads to -1. Of an octopus merge it has the first two parents.
REAL_HISTORY = Path(__file__).resolve().with_name("cargo_history.gz")


def linear() -> Parents:
    return [(rev - 1, -1) for rev in range(REVISIONS)]


def bushy() -> Parents:
    """p1 among the last 20 revisions, for one in ten a p2 among the last 200."""
    chance = random.Random(59)
    parents = [(-1, -1)]
    for rev in range(1, REVISIONS):
        p1, p2 = chance.randrange(max(0, rev - 20), rev), -1
        if chance.random() < 0.1:
            p2 = chance.randrange(max(0, rev - 200), rev)
        parents.append((p1, -1 if p2 == p1 else p2))
    return parents


def criss_cross() -> Parents:
    """Two lines, each of whose revisions merges the last ones of both."""
    parents = [(-1, -1), (-1, -1)]
    for rev in range(2, REVISIONS, 2):
        parents.append((rev - 2, rev - 1))
        parents.append((rev - 1, rev - 2))
    return parents


def real() -> Parents:
    """A real history over and over, each time on the tip of the time before."""
    distances = [
        [int(number) for number in line.split()]
        for line in gzip.decompress(REAL_HISTORY.read_bytes()).splitlines()
    ]
    parents: Parents = []
    for start in range(0, REVISIONS, len(distances)):
        for rev, back in enumerate(distances, start):
            p1, p2 = (rev - one for one in (*back, rev + 1)[:2])
            parents.append((p1, p2))
    return parents[:REVISIONS]


SHAPES: dict[str, Callable[[], Parents]] = {
    "linear": linear,
    "bushy": bushy,
    "criss-cross": criss_cross,
    "real": real,
}


@functools.cache
def index_of(shape: str) -> bytes:
    """An index file (revlog v1, not inline) of the history of that shape."""
    parents = SHAPES[shape]()
    nodes = random.Random(61).randbytes(20 * len(parents))
    pack = struct.Struct(">Qiiiiii20s12x").pack
    records = [
        pack(rev << 24, 100, 200, rev, rev, p1, p2, nodes[20 * rev : 20 * rev + 20])
        for rev, (p1, p2) in enumerate(parents)
    ]
    return b"".join([b"\0\0\0\1" + records[0][4:], *records[1:]])
