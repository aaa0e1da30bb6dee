# SPDX-License-Identifier: GPL-2.0-or-later
"""Our C `parsers` and Mercurial's own, given the same: equal results or errors.

The inputs on which Mercurial's module misbehaves (contract section 2.14) and the
differences listed in docs/differences.md are left out here.
"""

from __future__ import annotations

import random
import re
import struct
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from modules import parsers_inputs
from modules.differential import (
    Raised,
    anything,
    both,
    common,
    flags16,
    ours,
    outcome,
    seeds,
    small_ints,
    stock,
)

# -- DirstateItem ------------------------------------------------------------

PROPERTIES = [
    "state",
    "mode",
    "size",
    "mtime",
    "tracked",
    "p1_tracked",
    "p2_info",
    "added",
    "modified",
    "from_p2",
    "removed",
    "maybe_clean",
    "any_tracked",
]
mtimes = st.tuples(small_ints, small_ints, st.integers(0, 1))
OPERATIONS = st.one_of(
    st.tuples(st.just("set_possibly_dirty")),
    st.tuples(st.just("set_tracked")),
    st.tuples(st.just("set_untracked")),
    st.tuples(st.just("drop_merge_data")),
    st.tuples(st.just("set_clean"), small_ints, small_ints, st.none() | mtimes),
    st.tuples(st.just("mtime_likely_equal_to"), mtimes),
    st.tuples(st.just("fallback_exec"), st.sampled_from([None, True, False])),
    st.tuples(st.just("fallback_symlink"), st.sampled_from([None, True, False])),
)


def apply(item: Any, operation: tuple[Any, ...]) -> Any:
    name, *args = operation
    if name.startswith("fallback"):
        setattr(item, name, *args)
        return None
    return outcome(getattr(item, name), *args)


def assert_same_item(mine: Any, theirs: Any) -> None:
    assert mine.v2_data() == theirs.v2_data()
    for name in PROPERTIES:
        assert getattr(mine, name) == getattr(theirs, name), name


@common
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "wc_tracked": st.integers(0, 1),
            "p1_tracked": st.booleans(),
            "p2_info": st.booleans(),
            "has_meaningful_data": st.booleans(),
            "has_meaningful_mtime": st.booleans(),
            "parentfiledata": st.none()
            | st.tuples(small_ints, small_ints, st.none() | mtimes),
            "fallback_exec": st.sampled_from([None, True, False]),
            "fallback_symlink": st.sampled_from([None, True, False]),
        },
    ),
    st.lists(OPERATIONS, max_size=6),
)
def test_item_constructed(arguments: Any, operations: Any) -> None:
    mine, theirs = ours.DirstateItem(**arguments), stock.DirstateItem(**arguments)
    assert_same_item(mine, theirs)
    for operation in operations:
        assert apply(mine, operation) == apply(theirs, operation)
        assert_same_item(mine, theirs)


@common
@given(flags16, small_ints, small_ints, small_ints, st.lists(OPERATIONS, max_size=6))
def test_item_from_v2(
    flags: int, size: int, seconds: int, nanoseconds: int, operations: Any
) -> None:
    arguments = (flags, size, seconds, nanoseconds)
    mine = ours.DirstateItem.from_v2_data(*arguments)
    theirs = stock.DirstateItem.from_v2_data(*arguments)
    assert_same_item(mine, theirs)
    for operation in operations:
        assert apply(mine, operation) == apply(theirs, operation)
        assert_same_item(mine, theirs)


@common
@given(st.lists(anything, max_size=5))
def test_item_bad_arguments(arguments: Any) -> None:
    mine = outcome(ours.DirstateItem.from_v2_data, *arguments)
    theirs = outcome(stock.DirstateItem.from_v2_data, *arguments)
    if isinstance(theirs, Raised):
        # How arguments are counted is told by CPython, to each function its way.
        assert isinstance(mine, Raised) and mine.type is theirs.type
    else:
        assert_same_item(mine, theirs)


# -- dirstate v1 -------------------------------------------------------------

names = st.binary(min_size=1, max_size=12).filter(lambda name: b"\0" not in name)
records = st.tuples(
    st.sampled_from(b"nnnnmarn"), small_ints, small_ints, small_ints, names,
    st.none() | names,
)  # fmt: skip


def pack_v1(parents: bytes, entries: Any) -> bytes:
    parts = [parents]
    for state, mode, size, mtime, name, source in entries:
        path = name if source is None else name + b"\0" + source
        parts.append(struct.pack(">Biiii", state, mode, size, mtime, len(path)) + path)
    return b"".join(parts)


def parse(module: Any, data: Any) -> Any:
    entries: dict[bytes, Any] = {}
    copies: dict[bytes, bytes] = {}
    parents = outcome(module.parse_dirstate, entries, copies, data)
    if isinstance(parents, Raised):
        return parents
    return parents, [(k, v.v2_data()) for k, v in entries.items()], list(copies.items())


@common
@given(st.binary(min_size=40, max_size=40), st.lists(records, max_size=20), st.data())
def test_dirstate_v1(parents: bytes, entries: Any, data: st.DataObject) -> None:
    packed = pack_v1(parents, entries)
    assert parse(ours, packed) == parse(stock, packed)
    cut = packed[: data.draw(st.integers(0, len(packed)))]
    assert parse(ours, cut) == parse(stock, cut)
    results = []
    for module in ours, stock:
        items: dict[bytes, Any] = {}
        copies: dict[bytes, bytes] = {}
        p1p2 = module.parse_dirstate(items, copies, packed)
        results.append(module.pack_dirstate(items, copies, p1p2))
    assert results[0] == results[1]


@common
@given(st.lists(names, max_size=20), st.sampled_from([-1, 0, 1, 2, -2, 2**40]))
def test_foldmap(paths: list[bytes], specification: int) -> None:
    def fallback(name: bytes) -> bytes:
        return name[::-1]

    mine, theirs = (
        outcome(
            module.make_file_foldmap,
            {path: module.DirstateItem(wc_tracked=1) for path in paths},
            specification,
            fallback,
        )
        for module in (ours, stock)
    )
    if specification == 2**40:
        # Stock takes what is left of it in 32 bits.
        assert mine == Raised(TypeError, "invalid normcasespec")
        return
    assert mine == theirs
    assert isinstance(mine, Raised) or list(mine) == list(theirs)


# -- dirs --------------------------------------------------------------------

component = st.sampled_from([b"a", b"b", b"c", b"dd", b""])
paths = st.lists(component, min_size=1, max_size=5).map(b"/".join)


NOT_A_PATH = Raised(ValueError, "found invalid consecutive slashes in path")


def counted(directories: Any) -> set[bytes]:
    # Mercurial's C counts the root twice, and so never forgets it
    return set(directories) | {b""}


@common
@given(st.lists(st.tuples(st.booleans(), paths), max_size=40))
def test_dirs(steps: list[tuple[bool, bytes]]) -> None:
    mine, theirs = ours.dirs([]), stock.dirs([])
    present: list[bytes] = []
    for add, path in steps:
        if add or not present:
            added = outcome(theirs.addpath, path)
            if added is not None:
                # SystemError if some directory was counted before the error
                assert added.type in (ValueError, SystemError)
                assert outcome(mine.addpath, path) == NOT_A_PATH
                return
            assert mine.addpath(path) is None
            present.append(path)
        else:
            path = present.pop(hash(path) % len(present))
            assert outcome(mine.delpath, path) == outcome(theirs.delpath, path)
        assert counted(mine) == counted(theirs)
        for directory in (b"a", b"a/b", b"b/c", path or b"a", 1, None):
            assert (directory in mine) == (directory in theirs)


@common
@given(st.lists(paths, max_size=20), st.booleans(), seeds)
def test_dirs_of_dict(files: list[bytes], only_tracked: bool, seed: int) -> None:
    results = []
    for module in ours, stock:
        flip = random.Random(seed)
        items = {
            path: module.DirstateItem(
                wc_tracked=flip.randrange(2), p1_tracked=flip.randrange(2)
            )
            for path in files
        }
        result = outcome(module.dirs, items, only_tracked)
        results.append(result if isinstance(result, Raised) else set(result))
    if isinstance(results[1], Raised):
        assert results[1].type in (ValueError, SystemError)
        results[1] = NOT_A_PATH
    assert results[0] == results[1]


# -- obsolescence markers ----------------------------------------------------


def random_marker(chance: random.Random) -> bytes:
    flags = chance.choice((0, 0, 1, 2, 3))
    size = 32 if flags & 2 else 20
    successors, parents = chance.randrange(4), chance.choice((0, 1, 2, 3, 3, 7))
    pairs = chance.choice(
        ([], [(b"user", b"me")], [(b"user", b"me"), (b"note", chance.randbytes(5))])
    )
    stored = parents if parents in (1, 2) else 0
    body = chance.randbytes(size * (1 + successors + stored))
    body += b"".join(struct.pack("BB", len(k), len(v)) for k, v in pairs)
    body += b"".join(k + v for k, v in pairs)
    header = struct.pack(
        ">IdhHBBB",
        19 + len(body),
        chance.uniform(0, 2e9),
        chance.randrange(-1000, 1000),
        flags,
        successors,
        parents,
        len(pairs),
    )
    return header + body


@common
@given(seeds, st.integers(0, 12), st.integers(0, 3))
def test_obsmarkers(seed: int, count: int, before: int) -> None:
    chance = random.Random(seed)
    data = chance.randbytes(before)
    data += b"".join(random_marker(chance) for _ in range(count))
    both("fm1readmarkers", data, before, len(data))
    both("fm1readmarkers", data, before, len(data) + 1)
    both("fm1readmarkers", data, -1, len(data))
    for _ in range(5):
        cut = data[: chance.randrange(len(data) + 1)]
        both("fm1readmarkers", cut, min(before, len(cut)), len(cut))
        if data:
            broken = bytearray(data)
            broken[chance.randrange(len(data))] = chance.randrange(256)
            both("fm1readmarkers", bytes(broken), before, len(broken))


# -- lazymanifest ------------------------------------------------------------


def manifest_state(manifest: Any) -> Any:
    return len(manifest), list(manifest.iterentries()), list(manifest)


@common
@given(seeds, st.integers(0, 60))
def test_lazymanifest(seed: int, count: int) -> None:
    chance = random.Random(seed)
    text = parsers_inputs.random_manifest(chance, count)
    other_text = b"".join(
        line[:-1].replace(b"0", b"1") + b"\n" if chance.random() < 0.3 else line
        for line in text.splitlines(True)
        if chance.random() < 0.9
    )
    files = [line.partition(b"\0")[0] for line in text.splitlines()]
    pair = ours.lazymanifest(20, text), stock.lazymanifest(20, text)
    others = ours.lazymanifest(20, other_text), stock.lazymanifest(20, other_text)
    copies = pair[0].copy(), pair[1].copy()

    def name() -> bytes:
        if files and chance.random() < 0.7:
            return chance.choice(files)
        return chance.choice((b"a", b"a/b", b"zz", b"A.b", b"\xe9")) + bytes(
            [chance.randrange(97, 100)]
        )

    for _ in range(30):
        path = name()
        step = chance.randrange(9)
        value = (chance.randbytes(20), chance.choice((b"", b"x", b"l", b"t", b"q")))
        for_all = chance.choice((b"", b"a", b"b"))
        clean = chance.random() < 0.5
        results = []
        for mine, other in zip(pair, others):
            if step == 0:
                result = outcome(mine.__setitem__, path, value)
            elif step == 1:
                result = outcome(mine.__delitem__, path)
            elif step == 2:
                result = outcome(mine.__getitem__, path), path in mine
            elif step == 3:
                result = mine.text()
            elif step == 4:
                result = list(mine.diff(other, clean).items())
            elif step == 5:
                result = list(other.diff(mine, clean).items())
            elif step == 6:
                found = mine.filtercopy(
                    lambda file, start=for_all: file.startswith(start)
                )
                result = manifest_state(found), found.text()
            elif step == 7:
                result = manifest_state(mine.copy())
            else:
                result = manifest_state(mine)
            results.append(result)
        assert results[0] == results[1]
    assert manifest_state(copies[0]) == manifest_state(copies[1])
    assert copies[0].text() == text


def sound(text: bytes) -> bool:
    """Whether every line has a node of 40 hexadecimal digits and at most one flag:
    of others Mercurial's module says what happens to be in memory."""
    return all(
        re.fullmatch(rb"[^\0]+\0[0-9a-f]{40}.?", line)
        for line in text.split(b"\n")[:-1]
    )


@common
@given(seeds, st.integers(1, 8))
def test_lazymanifest_damaged(seed: int, count: int) -> None:
    chance = random.Random(seed)
    text = bytearray(parsers_inputs.random_manifest(chance, count))
    for _ in range(10):
        damaged = bytearray(text)
        place = chance.randrange(len(damaged))
        how = chance.randrange(3)
        if how == 0:
            damaged[place] = chance.choice(b"\n\0azA")
        elif how == 1:
            del damaged[place]
        else:
            del damaged[place:]
        pair = [outcome(m.lazymanifest, 20, bytes(damaged)) for m in (ours, stock)]
        refused = [isinstance(one, Raised) for one in pair]
        assert refused[0] == refused[1]
        if refused[0]:
            assert pair[0] == pair[1]
        elif sound(bytes(damaged)):
            states = [outcome(manifest_state, one) for one in pair]
            assert states[0] == states[1]
            assert pair[0].text() == pair[1].text() == bytes(damaged)
