# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rustext` makes of an index while that changes, dies, or is damaged.

Contract section 4, "Shared references".
"""

from __future__ import annotations

import gc
import mmap
import random
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from tempfile import TemporaryFile
from types import SimpleNamespace
from typing import Any

import pytest
from mercurial import ancestor, error
from mercurial.cext import parsers as stock_parsers

from hgamalgam import rustext
from modules.parsers_inputs import (
    V1,
    Entry,
    outcome,
    pack_index,
    random_entries,
)
from modules.rust_graphs import (
    C_PARSERS,
    MUTATED,
    c_index,
    compatible,
    graph,
    indexes,
    new_index,
    parents_of,
)
from modules.threads import in_threads


@pytest.mark.parametrize("parsers", C_PARSERS.values(), ids=C_PARSERS)
def test_c_index_is_checked(parsers: Any) -> None:
    _, entries = graph(3)
    index = c_index(parsers, entries)
    index.rust_ext_compat = 0
    with pytest.raises(TypeError, match="not compatible with Rust"):
        rustext.ancestor.LazyAncestors(index, [0], 0, True)
    for nonsense in (None, object(), parsers, b"index"):
        with pytest.raises(TypeError):
            rustext.dagop.headrevs(nonsense, [0])


def parts(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Another pair of revisions for the last two, of which the last has the
    node that the last has."""
    other, same = random_entries(random.Random(2), 2, V1, 28)
    return entries[28:], [other, same._replace(node=entries[29].node)]


CHANGES: dict[str, Callable[[Any, list[Entry]], None]] = {
    "append": lambda index, more: index.append(tuple(more[0])),
    "strip": lambda index, more: index.__delitem__(slice(29, -1)),
    "strip and append": lambda index, more: (
        index.__delitem__(slice(28, -1)),
        [index.append(tuple(entry)) for entry in more],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("parsers", [None, *C_PARSERS.values()])
def test_a_change_ends_what_was_derived(parsers: Any, change: str) -> None:
    entries = random_entries(random.Random(1), 30)
    old, more = parts(entries)
    if parsers is stock_parsers:
        # It does not count its strips: the last node tells.
        more = random_entries(random.Random(3), 2, V1, 28)
    else:
        assert old[-1].node == more[-1].node
    index = new_index(entries) if parsers is None else compatible(parsers, entries)
    walk = rustext.ancestor.AncestorsIterator(index, [29], 0, True)
    lazy = rustext.ancestor.LazyAncestors(index, [20], 0, True)
    started = iter(lazy)
    missing = rustext.ancestor.MissingAncestors(index, [3])
    repo = SimpleNamespace(changelog=SimpleNamespace(index=index))
    discovery = rustext.discovery.PartialDiscovery(repo, [29], True, False)
    assert next(walk) == 29 and next(started) == 20
    CHANGES[change](index, more)
    uses: list[Callable[[], Any]] = [
        lambda: next(walk),
        lambda: 5 in walk,
        lambda: next(started),
        lambda: 5 in lazy,
        lambda: missing.missingancestors([7]),
        lambda: missing.addbases([5]),
        lambda: missing.basesheads(),
        lambda: missing.removeancestorsfrom({1}),
        lambda: discovery.addcommons([3]),
        lambda: discovery.addmissings([3]),
        lambda: discovery.addinfo([(3, True)]),
        lambda: discovery.commonheads(),
        lambda: discovery.takefullsample({29}, 5),
        lambda: discovery.takequicksample({29}, 5),
    ]
    for use in uses * 2:
        with pytest.raises(RuntimeError, match=MUTATED):
            use()
    # A new iterator starts from the index as it is.
    expected = ancestor.lazyancestors(lambda rev: index[rev][5:7], [20], inclusive=True)
    assert list(lazy) == sorted(set(expected) - {-1}, reverse=True)


@pytest.mark.parametrize("parsers", [None, *C_PARSERS.values()])
def test_what_changes_no_revision_ends_nothing(parsers: Any) -> None:
    entries = random_entries(random.Random(1), 30)
    index = new_index(entries) if parsers is None else compatible(parsers, entries)
    walk = rustext.ancestor.AncestorsIterator(index, [29], 0, True)
    seen = [next(walk)]
    index.clearcaches()
    assert index.rev(entries[3].node) == 3
    index.headrevs()
    assert seen + list(walk) == list(
        rustext.ancestor.LazyAncestors(index, [29], 0, True)
    )


@pytest.mark.parametrize("parsers", [None, *C_PARSERS.values()])
def test_the_owner_may_go_first(parsers: Any) -> None:
    entries = random_entries(random.Random(1), 300)
    index = new_index(entries) if parsers is None else compatible(parsers, entries)
    expected = list(rustext.ancestor.LazyAncestors(index, [299], 0, True))
    walk = rustext.ancestor.AncestorsIterator(index, [299], 0, True)
    lazy = rustext.ancestor.LazyAncestors(index, [299], 0, True)
    missing = rustext.ancestor.MissingAncestors(index, [-1])
    repo = SimpleNamespace(changelog=SimpleNamespace(index=index))
    discovery = rustext.discovery.PartialDiscovery(repo, [299], True, False)
    del index, repo
    gc.collect()
    assert list(walk) == list(lazy) == expected
    assert missing.missingancestors([299]) == expected[::-1]
    discovery.addcommons([expected[3]])
    assert discovery.commonheads()


@pytest.mark.parametrize("parsers", [None, *C_PARSERS.values()])
def test_another_thread_changes_the_index(parsers: Any) -> None:
    """Every answer is that of the index as it was, or the documented error."""
    entries = random_entries(random.Random(1), 600)
    index = new_index(entries) if parsers is None else compatible(parsers, entries)
    parents = parents_of(entries)
    expected = sorted(
        set(ancestor.lazyancestors(parents, [500], 0, True)) - {-1}, reverse=True
    )
    stop = threading.Event()
    outcomes = {"whole": 0, "ended": 0}

    def change() -> None:
        while not stop.is_set():
            del index[550:-1]
            for entry in entries[550:]:
                index.append(tuple(entry))

    def walk() -> None:
        try:
            for _ in range(300):
                try:
                    found = list(rustext.ancestor.LazyAncestors(index, [500], 0, True))
                    assert found == expected
                    outcomes["whole"] += 1
                except RuntimeError as error:
                    assert re.search(MUTATED, str(error)) or "in use" in str(error)
                    outcomes["ended"] += 1
        finally:
            stop.set()

    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        assert in_threads(change, walk) == []
    finally:
        sys.setswitchinterval(old)
    assert sum(outcomes.values()) == 300


def test_references_to_the_index() -> None:
    _, entries = graph(9)
    for index in indexes(entries).values():
        before = sys.getrefcount(index)
        for _ in range(50):
            lazy = rustext.ancestor.LazyAncestors(index, [0], 0, True)
            missing = rustext.ancestor.MissingAncestors(index, [0])
            list(lazy)
            missing.missingancestors([0])
        del lazy, missing
        assert sys.getrefcount(index) == before
        walk = rustext.ancestor.AncestorsIterator(index, [0], 0, True)
        assert sys.getrefcount(index) == before + 1
        del walk


def test_graph_errors() -> None:
    _, entries = graph(9)
    entries[-1] = entries[-1]._replace(p1=len(entries))
    last = len(entries) - 1
    for index in indexes(entries).values():
        with pytest.raises(rustext.GraphError) as caught:
            list(rustext.ancestor.AncestorsIterator(index, [last], 0, True))
        assert caught.value.args == ("ParentOutOfRange", last)
        for unknown in (len(entries), 2**31 - 1, -2):
            with pytest.raises(rustext.GraphError) as caught:
                rustext.ancestor.MissingAncestors(index, [unknown])
            assert caught.value.args == ("InvalidRevision", unknown)
    assert rustext.GraphError.__module__ == "rustext"
    assert issubclass(rustext.GraphError, ValueError)


@pytest.mark.parametrize("parsers", [None, *C_PARSERS.values()])
def test_a_graph_error_comes_again(parsers: Any) -> None:
    """What lies below the damage is not known, and so no answer is given."""
    entries = random_entries(random.Random(2), 30)
    last = len(entries) - 1
    entries[-1] = entries[-1]._replace(p1=last - 1)
    entries[-2] = entries[-2]._replace(p1=len(entries))
    index = new_index(entries) if parsers is None else compatible(parsers, entries)
    lazy = rustext.ancestor.LazyAncestors(index, [last], 0, True)
    walk = rustext.ancestor.AncestorsIterator(index, [last], 0, True)
    missing = rustext.ancestor.MissingAncestors(index, [])
    repo = SimpleNamespace(changelog=SimpleNamespace(index=index))
    discovery = rustext.discovery.PartialDiscovery(repo, [last], True, False)
    assert next(walk) == last
    questions: list[Callable[[], Any]] = [
        lambda: 3 in lazy,
        lambda: next(walk),
        lambda: 3 in walk,
        lambda: missing.missingancestors([last]),
        lambda: missing.addbases([3, len(entries)]),
        lambda: discovery.takefullsample({last}, 5),
        lambda: discovery.addmissings([3]),
    ]
    for question in questions * 2:
        with pytest.raises(rustext.GraphError):
            question()
    assert last in lazy
    assert not missing.hasbases()


def test_writable_buffers_are_refused() -> None:
    """Walks read an index without the GIL: nobody may write to it meanwhile."""
    _, entries = graph(9)
    data = pack_index(entries, V1, False)
    with mmap.mmap(-1, len(data)) as writable:
        writable.write(data)
        for refused in (bytearray(data), memoryview(bytearray(data)), writable):
            with pytest.raises(ValueError, match="invalid memory representation"):
                rustext.revlog.Index(refused, 1)
    index = rustext.revlog.Index(memoryview(data), 1)
    nodes = index.nodemap_data_all()
    docket = SimpleNamespace(tip_rev=len(entries) - 1)
    with pytest.raises(ValueError, match="invalid memory representation"):
        index.update_nodemap_data(docket, bytearray(nodes))
    index.update_nodemap_data(docket, memoryview(nodes))
    with TemporaryFile() as file:
        file.write(data)
        file.flush()
        # As Mercurial maps a file.
        flags, access = mmap.MAP_PRIVATE, mmap.PROT_READ
        mapped = mmap.mmap(file.fileno(), len(data), flags=flags, prot=access)
        assert rustext.revlog.Index(memoryview(mapped), 1)[0][7] == entries[0].node


def test_a_finalizer_asks_the_index_that_lets_go() -> None:
    """What Python lent may die with any call; its death may ask the same index."""
    entries = random_entries(random.Random(2), 30)
    index = new_index(entries)
    data = index.nodemap_data_all()
    answers: list[int] = []

    class Asking:
        tip_rev = 29

        def __del__(self) -> None:
            answers.append(index.rev(entries[3].node))

    class AskingData(Asking, bytes):
        pass

    def let_go() -> None:
        index.update_nodemap_data(Asking(), AskingData(data))
        index.update_nodemap_data(Asking(), AskingData(data))
        index.clearcaches()

    assert in_threads(let_go) == []
    assert answers == [3] * 4


def test_an_exception_asks_the_object_that_raises_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Mercurial's extensions put classes of their own in its place."""
    entries = random_entries(random.Random(2), 30)
    index = new_index(entries)
    tree = rustext.revlog.NodeTree(index)
    tree.insert(3)
    node = entries[3].node
    answers: list[Any] = []

    class Asking(error.RevlogError):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            answers.append((index.rev(node), tree.shortest(node)))

    monkeypatch.setattr(error, "RevlogError", Asking)
    for call in (index.rev, index.shortest, tree.shortest):
        with pytest.raises(Asking):
            call(b"no such node, really")
    assert [rev for rev, _ in answers] == [3, 3, 3]


@pytest.mark.parametrize("parsers", [None, *C_PARSERS.values()])
def test_a_finalizer_asks_the_object_that_raises(parsers: Any) -> None:
    """The tuple of an exception's arguments may start a garbage collection."""
    entries = random_entries(random.Random(2), 30)
    last = len(entries) - 1
    entries[-1] = entries[-1]._replace(p1=last - 1)
    entries[-2] = entries[-2]._replace(p1=len(entries))
    index = new_index(entries) if parsers is None else compatible(parsers, entries)
    walk = rustext.ancestor.AncestorsIterator(index, [last], 0, True)
    assert next(walk) == last
    missing = rustext.ancestor.MissingAncestors(index, [1])
    answers: list[Any] = []

    class Asking:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            answers.append((outcome(list, walk), missing.bases()))

    failed = 0
    thresholds = gc.get_threshold()
    for call in (partial(next, walk), partial(missing.missingancestors, [last])):
        gc.collect()
        gc.disable()
        try:
            Asking()
            # All tuples that Python keeps for the next to come are in use.
            held = [(number, number) for number in range(10_000)]
            gc.set_threshold(1)
            gc.enable()
            try:
                call()
            except rustext.GraphError:
                failed += 1
        finally:
            gc.set_threshold(*thresholds)
            gc.enable()
        del held
    assert failed == 2
    assert answers == [(rustext.GraphError, {1})] * 2


def test_two_threads_on_one_object() -> None:
    entries = random_entries(random.Random(4), 2000)
    index = new_index(entries)
    expected = set(ancestor.lazyancestors(parents_of(entries), [1999], 0, True))
    lazy = rustext.ancestor.LazyAncestors(index, [1999], 0, True)

    def ask(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(3000):
            rev = rng.randrange(2000)
            assert (rev in lazy) == (rev in expected)

    assert in_threads(*(partial(ask, seed) for seed in range(4))) == []


def test_damaged_indexes() -> None:
    entries = random_entries(random.Random(6), 4)
    for inline in (False, True):
        data = pack_index(entries, V1, inline)
        header = 1 | inline << 16
        for end in range(len(data)):
            try:
                index = rustext.revlog.Index(data[:end], header)
            except error.RevlogError:
                continue
            list(index)
        for at in range(len(data)):
            damaged = bytearray(data)
            damaged[at] ^= 0xFF
            try:
                index = rustext.revlog.Index(bytes(damaged), header)
            except error.RevlogError:
                continue
            list(index)
            for name in ("headrevs", "nodemap_data_all", "head_node_ids"):
                answer = outcome(getattr(index, name))
                assert answer is not SystemError
            for rev in range(-1, len(index)):
                assert outcome(index.issnapshot, rev) is not SystemError
                assert outcome(index.deltachain, rev, None, 1) is not SystemError
