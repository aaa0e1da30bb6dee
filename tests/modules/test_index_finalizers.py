# SPDX-License-Identifier: GPL-2.0-or-later
"""An index that changes during a call (contract section 2.8).

CPython up to 3.11 collects garbage when it allocates, so that a finalizer can run in
the middle of any method. Here finalizers change the very index, or the index of the
very tree: each method must answer for the index as it was at some moment, or raise
what stands for a change, and `make asan` sees what is read of it.
"""

from __future__ import annotations

import gc

import pytest

from modules import finalizers
from modules.finalizers import COLLECTS_WHILE_ALLOCATING
from modules.flavours import load
from modules.index_calls import (
    ENTRIES,
    LENGTH,
    METHODS,
    NODE,
    ON_DISK,
    OTHERS,
    TREE_METHODS,
    check_index,
    new_index,
)
from modules.parsers_inputs import V2

MODULE = "parsers"
# What a method may say when the index was changed while it ran.
REFUSALS = (IndexError, RuntimeError, ValueError)


class Change(finalizers.Change):
    """A change of an index by a finalizer."""

    def __init__(self, index):
        super().__init__(self)
        self.index = index
        self.others = iter(OTHERS)

    def append(self, count):
        for _ in range(count):
            entry = next(self.others, None)
            if entry is not None:
                self.index.append(tuple(entry))


class Append(Change):
    """Moves the appended records to other memory."""

    def __call__(self):
        self.append(200)


class Strip(Change):
    """Takes away what a call is about."""

    def __call__(self):
        del self.index[5:-1]


class Replace(Change):
    """Puts other revisions in the place of those that a call is about."""

    def __call__(self):
        length = len(self.index)
        del self.index[30:-1]
        self.append(length - 30)


class Clear(Change):
    """Frees what was computed for look-ups and heads."""

    def __call__(self):
        self.index.clearcaches()


class AskHeads(Change):
    """Has the index keep the heads of other revisions, so that it drops others."""

    def __call__(self):
        self.index.headrevs(frozenset([self.count]))


CHANGES = [Append, Strip, Replace, Clear, AskHeads]

# Those that make an object that the garbage collector knows.
ALLOCATING = {
    *("ancestors", "commonancestorsheads", "computephasesmapsets", "deltachain"),
    *("entry", "findsnapshots", "headrevs", "headrevsdiff", "iteration"),
    *("reachableroots2", "slicechunktodensity", "stats"),
}


def disturbed(call, change):
    """What a call gives while the index changes, or None if it refuses."""
    refused = (*REFUSALS, pytest.importorskip("mercurial.error").RevlogError)
    with change.at_every_collection():
        try:
            return call()
        except refused:
            return None


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", METHODS)
def test_methods(native, name, change):
    method = METHODS[name]
    expected = method(new_index(native))
    index = new_index(native)
    changing = change(index)
    answer = disturbed(lambda: method(index), changing)
    if name in ALLOCATING and COLLECTS_WHILE_ALLOCATING:
        assert changing.count
    if change in (Clear, AskHeads) or (
        change is Append and "headrevs" not in name and "phases" not in name
    ):
        assert answer == expected
    # Whatever happened, the index goes on.
    index.append(tuple(OTHERS[0]))
    assert index[len(index) - 1] == tuple(OTHERS[0])
    assert index.headrevs() == index.headrevs(frozenset())


# Of pure Python, which reads no freed memory, what can be out of date.
IN_PYTHON = [
    *(("cffi", name, change) for name in METHODS for change in CHANGES),
    *(("pure", name, Replace) for name in METHODS if name != "stats"),
]


@pytest.mark.parametrize(("kind", "name", "change"), IN_PYTHON)
def test_methods_in_python(kind, name, change):
    """Python runs between any two calls of C: each of those is whole by itself."""
    module = load(kind, MODULE).module
    method = METHODS[name]
    expected = method(new_index(module))
    index = new_index(module)
    changing = change(index)
    answer = disturbed(lambda: method(index), changing)
    if change in (Clear, AskHeads):
        assert answer == expected
    # Whatever happened, it goes on.
    check_index(module, index, NODE if name == "forget" else None)


@pytest.mark.parametrize("change", [Append, Replace])
def test_an_entry_is_of_one_moment(native, change):
    """All fields are of one revision, none of what took its place."""
    for rev in range(ON_DISK, LENGTH):
        index = new_index(native)
        changing = change(index)
        with changing.at_every_collection():
            found = [index[rev], index.entry_binary(rev), index[rev]]
        possible = {tuple(ENTRIES[rev])} | {tuple(entry) for entry in OTHERS}
        assert found[0] in possible and found[2] in possible
        assert found[1][32:52] in {entry[7] for entry in possible}
        if COLLECTS_WHILE_ALLOCATING:
            assert changing.count


@pytest.mark.parametrize("change", [Append, Replace])
def test_heads_are_kept_for_the_index_as_it_is(native, change):
    """What a finalizer appends is among the heads that are asked for next."""
    index = new_index(native)
    with change(index).at_every_collection():
        index.headrevs()
    assert index.headrevs() == index.headrevs(frozenset())


class Filter(frozenset):
    """Hides revisions; `end` runs when nobody holds it any more."""

    end = None

    def __del__(self):
        if self.end is not None:
            self.end()


@pytest.mark.parametrize("asked", [None, frozenset([89])])
def test_a_filter_whose_end_changes_the_index(native, asked):
    """The heads kept for a filter go with it, not with the next one."""
    index = new_index(native)
    entry = tuple(OTHERS[0])

    def keep(end):
        hidden = Filter([89])
        index.headrevs(hidden)
        hidden.end = end

    expected = {None: [89, 90], frozenset([89]): [88, 90]}
    keep(lambda: index.append(entry))
    assert index.headrevs(asked) in (expected[asked], [expected[asked][0]])
    assert index.headrevs(asked) == expected[asked]
    assert index.headrevs() == [89, 90]
    hidden = frozenset([90])
    keep(lambda: index.headrevs(hidden))
    assert index.headrevs(asked) == expected[asked]
    assert index.headrevs(hidden) == [89]
    keep(index.clearcaches)
    assert index.headrevs(asked) == expected[asked]
    for change in (
        lambda: index.append(entry),
        lambda: index.__delitem__(slice(9, -1)),
    ):
        keep(lambda: index.__delitem__(slice(30, -1)))
        change()
        assert index.headrevs(frozenset()) == index.headrevs()


def test_a_slice_that_strips_while_it_is_read(native):
    class Place:
        def __init__(self, place):
            self.place = place

        def __index__(self):
            del index[10:-1]
            return self.place

    for place, length in ((80, 10), (5, 5), (10, 10)):
        index = new_index(native)
        del index[Place(place) : -1]
        assert len(index) == length
        index.append(tuple(OTHERS[0]))
        assert index[length] == tuple(OTHERS[0])


def test_roots_that_go_while_they_are_read(native):
    """The sets belong to the caller, who may drop one while it is read."""
    index = new_index(native)
    expected = index.computephasesmapsets({1: {40}, 2: {50}})
    for _ in range(3):
        roots = {1: {40}, 2: {50}}

        class Drop(Change):
            def __call__(self):
                self.index.update({1: {40}, 2: {50}})

        with Drop(roots).at_every_collection():
            assert index.computephasesmapsets(roots) == expected


def test_an_index_is_seen_when_it_is_whole(native):
    """A finalizer finds no index that is still being made."""
    index = new_index(native)
    seen = []

    class Look(Change):
        def __call__(self):
            for one in gc.get_objects():
                if type(one) is native.index and one is not index:
                    seen.append(one.pack_header(1))

    class Truth:
        def __bool__(self):
            Look(index)()
            return False

    data = bytes(64)
    with Look(index).at_every_collection():
        native.parse_index2(data, Truth())
    native.parse_index2(data, Truth(), Truth(), Truth())
    assert set(seen) <= {b"\0\0\0\1"}


def test_replace_sidedata_info(native):
    entries = [entry._replace(base=entry.link) for entry in ENTRIES]
    for change in CHANGES:
        index = new_index(native, entries, V2)
        disturbed(lambda: index.replace_sidedata_info(80, 1, 2, 3, 0), change(index))  # noqa: B023
        index.append(tuple(OTHERS[0]))

        class Number:
            def __init__(self, value):
                self.value = value

            def __index__(self):
                Strip(index)()  # noqa: B023
                return self.value

        with pytest.raises(IndexError):
            index.replace_sidedata_info(Number(80), 1, 2, 3, 0)
        index = new_index(native, entries, V2)
        with pytest.raises(IndexError):
            index.replace_sidedata_info(80, 1, Number(2), 3, 0)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", TREE_METHODS)
def test_trees(native, name, change):
    index = new_index(native)
    tree = native.nodetree(index, 4)
    for rev in range(20, 70):
        tree.insert(rev)
    disturbed(lambda: TREE_METHODS[name](tree), change(index))
    for rev in range(5):
        tree.insert(rev)
        assert tree.shortest(ENTRIES[rev].node) >= 1


def test_a_tree_whose_argument_strips(native):
    index = new_index(native)
    tree = native.nodetree(index, 4)

    class Rev:
        def __index__(self):
            Strip(index)()
            return 80

    with pytest.raises(ValueError, match="out of range"):
        tree.insert(Rev())
    with pytest.raises(pytest.importorskip("mercurial.error").RevlogError):
        tree.shortest(NODE)


def test_making_a_tree(native):
    for change in CHANGES:
        index = new_index(native)
        with change(index).at_every_collection():
            tree = native.nodetree(index, 4)
        tree.insert(3)
        assert tree.shortest(ENTRIES[3].node) == 1
