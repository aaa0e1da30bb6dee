# SPDX-License-Identifier: GPL-2.0-or-later
"""Walks over large C indexes, which give the GIL up on their way."""

from __future__ import annotations

import random
import struct
import threading
from typing import Any

import pytest
from mercurial import ancestor

from hgamalgam import rustext
from modules.parsers_inputs import V1, Entry, pack_index, random_entries
from modules.rust_graphs import (
    C_PARSERS,
    MUTATED,
    compatible,
    new_index,
    parents_of,
)
from modules.test_rust_shared import in_threads, runs_beside

MissingAncestors = rustext.ancestor.MissingAncestors

# Several times what a walk looks up before it gives the GIL up.
COUNT = 120_000
TIP = COUNT - 1


def lines_of_history() -> list[Entry]:
    """Long lines of revisions with branches and merges, for walks that go far."""
    rng = random.Random(3)
    entries = []
    for rev, entry in enumerate(random_entries(rng, COUNT)):
        p1 = rev - 1 if rev % 50 else max(rev - 30, -1)
        p2 = rng.randrange(max(p1 - 900, 0), p1) if rev % 7 == 0 and p1 > 0 else -1
        entries.append(entry._replace(p1=p1, p2=p2))
    return entries


ENTRIES = lines_of_history()


@pytest.fixture(params=sorted(C_PARSERS))
def index(request: pytest.FixtureRequest) -> Any:
    return compatible(C_PARSERS[request.param], ENTRIES)


def test_the_same_as_on_a_rust_index(index: Any) -> None:
    rng = random.Random(5)
    own = new_index(ENTRIES)
    for _ in range(4):
        bases = [rng.randrange(COUNT) for _ in range(3)]
        revs = [rng.randrange(COUNT // 2, COUNT) for _ in range(3)]
        found = []
        for graph in (index, own):
            missing = MissingAncestors(graph, bases)
            heads = missing.basesheads()
            left = set(range(0, COUNT, 3))
            missing.removeancestorsfrom(left)
            found.append((missing.missingancestors(revs), heads, left))
            found[-1] += (rustext.dagop.headrevs(graph, range(COUNT)),)
            found[-1] += (rustext.dagop.rank(graph, *revs[:2]),)
            lazy = rustext.ancestor.LazyAncestors(graph, revs, 0, True)
            found[-1] += ([rev in lazy for rev in range(0, COUNT, 999)],)
        assert found[0] == found[1]


def test_the_same_as_in_python(index: Any) -> None:
    expected = ancestor.incrementalmissingancestors(parents_of(ENTRIES), [7])
    found = MissingAncestors(index, [7]).missingancestors([TIP])
    assert len(found) > COUNT // 2
    assert found == expected.missingancestors([TIP])


def test_other_threads_run_meanwhile(index: Any) -> None:
    assert runs_beside(lambda: MissingAncestors(index, [0]).missingancestors([TIP]))


def test_threads_share_an_index(index: Any) -> None:
    expected = MissingAncestors(index, [5]).missingancestors([TIP])

    def walk() -> None:
        for _ in range(3):
            assert MissingAncestors(index, [5]).missingancestors([TIP]) == expected

    assert in_threads(walk, walk, walk) == []


def test_revisions_that_come_meanwhile_do_no_harm() -> None:
    index = compatible(C_PARSERS["own"], ENTRIES)
    expected = MissingAncestors(index, [5]).missingancestors([TIP])
    stop = threading.Event()

    def append() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            node = struct.pack(">20xI", number)[4:]
            rev = len(index)
            index.append((0, 1, 1, rev, rev, rev - 1, -1, node, 0, 0, 2, 2, -1))

    def walk() -> None:
        try:
            for _ in range(20):
                # Begun after an append, or before one: the walk goes on.
                missing = retry_until_made(index, [5])
                try:
                    assert missing.missingancestors([TIP]) == expected
                except RuntimeError as error:
                    # Something came between the making and the walk.
                    assert str(error) == MUTATED.strip("^$")
        finally:
            stop.set()

    assert in_threads(walk, append) == []


def retry_until_made(index: Any, bases: list[int]) -> Any:
    while True:
        try:
            return MissingAncestors(index, bases)
        except RuntimeError as error:
            assert str(error) == MUTATED.strip("^$")


def test_an_index_stripped_meanwhile_is_an_error() -> None:
    """Or the walk was over before: never a wrong answer, never a crash."""
    expected = None
    outcomes = set()
    for delay in range(12):
        index = compatible(C_PARSERS["own"], ENTRIES)
        missing = MissingAncestors(index, [5])
        if expected is None:
            expected = MissingAncestors(index, [5]).missingancestors([TIP])
        started = threading.Event()

        def strip(index: Any = index, started: threading.Event = started) -> None:
            started.wait()
            for _ in range(delay * 100):  # noqa: B023
                pass
            del index[COUNT // 2 : -1]

        thread = threading.Thread(target=strip)
        thread.start()
        started.set()
        try:
            assert missing.missingancestors([TIP]) == expected
            outcomes.add("walked")
        except RuntimeError as error:
            assert str(error) == MUTATED.strip("^$")
            outcomes.add("refused")
        thread.join()
        with pytest.raises(RuntimeError, match=MUTATED):
            missing.missingancestors([TIP])
    assert outcomes <= {"walked", "refused"}


def test_a_corrupt_parent_far_down(index: Any) -> None:
    parsers = next(m for m in C_PARSERS.values() if m.index is type(index))
    data = bytearray(pack_index(ENTRIES, V1, False))
    chain = MissingAncestors(index, [5]).missingancestors([TIP])
    rev = chain[len(chain) // 3]
    struct.pack_into(">i", data, rev * 64 + 24, COUNT + 7)
    damaged = parsers.parse_index2(bytes(data), False)[0]
    damaged.rust_ext_compat = 1
    with pytest.raises(rustext.GraphError) as raised:
        MissingAncestors(damaged, [5]).missingancestors([TIP])
    assert raised.value.args == ("ParentOutOfRange", rev)
