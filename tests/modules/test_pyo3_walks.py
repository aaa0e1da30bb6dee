# SPDX-License-Identifier: GPL-2.0-or-later
"""What `pyo3_rustext` makes of an index while that changes, and for how long it
keeps it (pyo3 contract sections 2 and 3).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from modules.parsers_inputs import V1, random_entries
from modules.rust_binding import MUTATED, rustext
from modules.rust_graphs import graph, new_index

AncestorsIterator = rustext.ancestor.AncestorsIterator
LazyAncestors = rustext.ancestor.LazyAncestors
MissingAncestors = rustext.ancestor.MissingAncestors
PartialDiscovery = rustext.discovery.PartialDiscovery


def repo_of(index: Any) -> Any:
    return SimpleNamespace(changelog=SimpleNamespace(index=index))


@pytest.mark.parametrize("change", ["append", "strip"])
def test_a_change_ends_what_was_derived(change: str) -> None:
    index = new_index(random_entries(random.Random(1), 30))
    walk = AncestorsIterator(index, [29], 0, True)
    lazy = LazyAncestors(index, [20], 0, True)
    started = iter(lazy)
    missing = MissingAncestors(index, [3])
    discovery = PartialDiscovery(repo_of(index), [29], True, False)
    assert next(walk) == 29 and next(started) == 20
    if change == "append":
        (entry,) = random_entries(random.Random(2), 1, V1, 30)
        index.append(tuple(entry))
    else:
        del index[29:]
    uses: list[Callable[[], Any]] = [
        lambda: next(walk),
        lambda: 5 in walk,
        lambda: next(started),
        lambda: 5 in lazy,
        lambda: "no revision" in lazy,
        lambda: bool(lazy),
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
    # Of the index as it is now.
    assert next(iter(lazy)) == 20


def test_who_keeps_the_index() -> None:
    index = new_index(graph(9)[1])

    def counts() -> tuple[int, int]:
        return sys.getrefcount(index), sys.getrefcount(index.inner)

    (proxy, inner) = before = counts()
    for make, expected in [
        (lambda: AncestorsIterator(index, [0], 0, True), (proxy, inner + 1)),
        (lambda: LazyAncestors(index, [0], 0, True), (proxy + 1, inner + 1)),
        (lambda: iter(LazyAncestors(index, [0], 0, True)), (proxy, inner + 1)),
        (lambda: MissingAncestors(index, [0]), (proxy + 1, inner + 1)),
        (lambda: PartialDiscovery(repo_of(index), [0], True), (proxy, inner + 1)),
    ]:
        made = make()
        assert counts() == expected
        del made
        assert counts() == before


def test_iterators_are_asked_by_iterating() -> None:
    entries = random_entries(random.Random(1), 30)
    walk = AncestorsIterator(new_index(entries), [20], 0, True)
    wanted = list(AncestorsIterator(new_index(entries), [20], 0, True))
    assert iter(walk) is walk
    assert wanted[1] in walk
    assert list(walk) == wanted[2:]


def test_graph_errors() -> None:
    _, entries = graph(9)
    entries[-1] = entries[-1]._replace(p1=len(entries))
    last = len(entries) - 1
    index = new_index(entries)
    with pytest.raises(rustext.GraphError) as caught:
        list(AncestorsIterator(index, [last], 0, True))
    assert caught.value.args == ("ParentOutOfRange", last)
    for unknown in (len(entries), 2**31 - 1, -2):
        with pytest.raises(rustext.GraphError) as caught:
            MissingAncestors(index, [unknown])
        assert caught.value.args == ("InvalidRevision", unknown)
    assert rustext.GraphError.__module__ == "pyo3_rustext"
    assert issubclass(rustext.GraphError, ValueError)


def test_arguments() -> None:
    index = new_index(graph(9)[1])
    unread = "failed to extract field PyRevision.0"
    for revs in (["a"], [2**31], [1.5], [None]):
        for call in [
            lambda revs=revs: AncestorsIterator(index, revs, 0, True),
            lambda revs=revs: MissingAncestors(index, revs),
            lambda revs=revs: rustext.dagop.headrevs(index, revs),
            lambda revs=revs: PartialDiscovery(repo_of(index), revs, True),
        ]:
            with pytest.raises(TypeError, match=f"^{unread}$"):
                call()
    with pytest.raises(TypeError, match=f"^{unread}"):
        LazyAncestors(index, [0], 2**40, True)
    for nonsense, expected in [
        (None, AttributeError),
        (index.inner, AttributeError),
        (SimpleNamespace(inner=3), TypeError),
    ]:
        with pytest.raises(expected):
            rustext.dagop.headrevs(nonsense, [0])
    for wrong in [
        lambda: AncestorsIterator(index, [0], 0, 1),
        lambda: PartialDiscovery(repo_of(index), [0], 1),
        lambda: PartialDiscovery(repo_of(index), [0], True).addinfo([[0, True]]),
        lambda: PartialDiscovery(repo_of(index), [0], True).addinfo([(0, 1)]),
    ]:
        with pytest.raises(TypeError):
            wrong()


def test_the_callers_set_is_changed_by_its_own_method() -> None:
    index = new_index(random_entries(random.Random(1), 30))
    missing = MissingAncestors(index, [20])
    given = []

    class Revisions(set):  # type: ignore[type-arg]
        def intersection_update(self, *others: Any) -> None:
            given.append(others)

    assert missing.removeancestorsfrom(Revisions({20, 25})) is None
    assert given == [((25,),)]
    with pytest.raises(AttributeError):
        missing.removeancestorsfrom([20])
