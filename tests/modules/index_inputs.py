# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the revlog index have in common."""

from __future__ import annotations

import random

from modules.parsers_inputs import (
    CHANGELOG_V2,
    NULL_NODE,
    V1,
    V2,
    Entry,
    pack_index,
    random_entries,
)

NULL_ENTRY = (0, 0, 0, -1, -1, -1, -1, NULL_NODE, 0, 0, 2, 2, -1)
LAYOUTS = [(V1, False), (V1, True), (V2, False), (V2, True), (CHANGELOG_V2, False)]
BAD_PARENTS = (2, -2, 65536, 2**31 - 1, -(2**31))


def open_index(subject, entries, format=V1, inline=False, extra=()):
    keywords = {} if format == V1 else {"format": format}
    data = pack_index(entries, format, inline)
    return subject.parse_index2(data, inline, *extra, **keywords)[0]


def history(seed, count, format=V1):
    return random_entries(random.Random(seed), count, format)


def linear(count):
    """A history whose revisions each have the one before as parent."""
    return [
        Entry(rev * 10 << 16, 10, 20, rev, rev, rev - 1, -1, bytes([rev + 1]) * 20)
        for rev in range(count)
    ]


def parents_of(entries):
    return [[p for p in (e.p1, e.p2) if p >= 0] for e in entries]


def ancestors_of(entries, revs):
    """The revisions and all they descend from."""
    parents, seen, left = parents_of(entries), set(), list(revs)
    while left:
        rev = left.pop()
        if rev not in seen:
            seen.add(rev)
            left.extend(parents[rev])
    return seen


def heads_of(entries, revs):
    parents = parents_of(entries)
    return sorted(set(revs) - {p for rev in revs for p in parents[rev]})
