# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects of `rustext.dirstate` that share one Rust value.

Iterators and their owners, threads, and who keeps whom alive (contract
section 4, "Shared references").
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from modules.rust_binding import MUTATED, is_pyo3, rustext
from modules.rust_dirstate_calls import ITERATORS, MUTATIONS, P1, P2, READS, small_map
from modules.threads import in_threads

dirstate = rustext.dirstate
DirstateMap = dirstate.DirstateMap


@pytest.mark.parametrize("kind", ITERATORS)
def test_iterator_protocol(kind: str) -> None:
    iterator = ITERATORS[kind](small_map())
    assert iter(iterator) is iterator
    count = len(list(iterator))
    assert count == (2 if "copy" in kind else 3)
    for _ in range(3):
        with pytest.raises(StopIteration):
            next(iterator)
    assert list(iterator) == []


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("kind", ITERATORS)
def test_mutation_ends_every_iterator(kind: str, mutation: str) -> None:
    dmap = small_map()
    fresh, started = ITERATORS[kind](dmap), ITERATORS[kind](dmap)
    next(started)
    MUTATIONS[mutation](dmap)
    for iterator in [fresh, started]:
        for _ in range(2):
            with pytest.raises(RuntimeError, match=MUTATED):
                next(iterator)
    again = list(ITERATORS[kind](dmap))
    assert len(again) == len(set(again))


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("kind", ITERATORS)
def test_reading_leaves_iterators_alone(kind: str, read: str) -> None:
    dmap = small_map()
    iterator = ITERATORS[kind](dmap)
    seen = [next(iterator)]
    READS[read](dmap)
    seen += iterator
    assert len(seen) == (2 if "copy" in kind else 3)


def test_an_ended_iterator_stays_ended() -> None:
    dmap = small_map()
    iterator = iter(dmap)
    assert len(list(iterator)) == 3
    dmap.clear()
    assert list(iterator) == []


@pytest.mark.parametrize("kind", ITERATORS)
def test_iterator_outlives_its_owner(kind: str) -> None:
    expected = sorted(map(repr_of, ITERATORS[kind](small_map())))
    iterator = ITERATORS[kind](small_map())
    gc.collect()
    assert sorted(map(repr_of, iterator)) == expected


def repr_of(entry: Any) -> Any:
    if isinstance(entry, tuple) and isinstance(entry[1], dirstate.DirstateItem):
        return entry[0], entry[1].state
    return entry


@pytest.mark.parametrize("kind", ITERATORS)
def test_two_iterators_do_not_disturb_each_other(kind: str) -> None:
    dmap = small_map()
    one, other = ITERATORS[kind](dmap), ITERATORS[kind](dmap)
    pairs = list(zip(one, other))
    assert len(pairs) == (2 if "copy" in kind else 3)
    assert all(repr_of(left) == repr_of(right) for left, right in pairs)


def test_copymap_outlives_the_name_of_its_map() -> None:
    copies = small_map().copymap()
    gc.collect()
    copies[b"a"] = b"b/d"
    assert copies[b"a"] == b"b/d"


@pytest.mark.parametrize("change", ["addpath", "delpath"])
def test_dirs_iterators(change: str) -> None:
    dirs = dirstate.Dirs([b"a/b/c", b"a/b/d"])
    assert sorted(iter(dirs)) == [b"", b"a", b"a/b"]
    started, fresh = iter(dirs), iter(dirs)
    next(started)
    assert b"a" in dirs
    assert len(list(iter(dirs))) == 3
    getattr(dirs, change)(b"a/b/c")
    for iterator in [started, fresh]:
        with pytest.raises(RuntimeError, match=MUTATED):
            next(iterator)
    alone = iter(dirstate.Dirs([b"a/b"]))
    gc.collect()
    assert sorted(alone) == [b"", b"a"]


def test_failed_change_ends_iterators_too() -> None:
    dmap = small_map()
    iterator = iter(dmap)
    with pytest.raises(OSError):
        dmap.set_possibly_dirty(b"absent")
    with pytest.raises(RuntimeError, match=MUTATED):
        next(iterator)


# Who keeps whom alive


def test_iterators_hold_one_reference_to_their_map() -> None:
    dmap = small_map()
    before = sys.getrefcount(dmap)
    iterators = [make(dmap) for make in ITERATORS.values()]
    assert sys.getrefcount(dmap) == before + len(iterators)
    del iterators
    assert sys.getrefcount(dmap) == before
    copies = dmap.copymap()
    assert sys.getrefcount(dmap) == before + 1
    del copies
    assert sys.getrefcount(dmap) == before


def test_the_map_borrows_the_bytes_it_was_given() -> None:
    data = small_map().write_v1(P1, P2)
    before = sys.getrefcount(data)
    dmap, _parents = DirstateMap.new_v1(data, None)
    assert sys.getrefcount(data) > before
    iterator = iter(dmap)
    del dmap
    assert sys.getrefcount(data) > before
    del iterator
    assert sys.getrefcount(data) == before
    with pytest.raises(OSError):
        DirstateMap.new_v1(data[:-1] * 1, None)
    data, meta, _append = small_map().write_v2(1)
    before = sys.getrefcount(data)
    dmap = DirstateMap.new_v2(data, len(data), meta, b"uid", None)
    assert sys.getrefcount(data) > before
    del dmap
    assert sys.getrefcount(data) == before


def test_nothing_leaks() -> None:
    """Every call, over and over: no reference count and no memory grows."""
    name, source, key = b"b/c" * 1, b"source-file", b"absent/file"
    default = object()
    v1 = small_map().write_v1(P1, P2)
    v2, meta, _append = small_map().write_v2(1)
    identity = dirstate.DirstateIdentity(*range(11))
    watched = [name, source, key, default, v1, v2, meta, identity, P1, None, True]
    types = [type(small_map()), dirstate.DirstateItem, dirstate.Dirs]
    types += [type(make(small_map())) for make in ITERATORS.values()]

    def everything() -> None:
        for dmap in [
            DirstateMap.new_v1(v1, identity)[0],
            DirstateMap.new_v2(v2, len(v2), meta, b"uid", identity),
        ]:
            for read in READS.values():
                read(dmap)
            for make in ITERATORS.values():
                list(make(dmap))
                abandoned = make(dmap)
                next(abandoned)
            for mutation in MUTATIONS.values():
                mutation(dmap)
            dmap.get(key, default)
            dmap.copymap().get(key, default)
            dmap.copymap().pop(key, default)
            dmap.set_tracked(name)
            dmap.copymap()[name] = source
            for failing in [
                lambda dmap=dmap: dmap[key],
                lambda dmap=dmap: dmap.copymap()[key],
                lambda dmap=dmap: dmap.set_possibly_dirty(key),
                lambda dmap=dmap: dmap.get("str"),
                lambda dmap=dmap: dmap.write_v1(key, P1),
                lambda: DirstateMap.new_v1(source, identity),
                lambda: dirstate.Dirs([name, "x"]),
                lambda: dirstate.Dirs([name]).delpath(key),
            ]:
                with pytest.raises((KeyError, OSError, TypeError, ValueError)):
                    failing()
        item = dirstate.DirstateItem(True, fallback_exec=True)
        item.fallback_exec = None
        assert item.state == b"a"
        dirs = dirstate.Dirs([name, key])
        dirs.addpath(name)
        dirs.delpath(name)
        assert b"b" in dirs
        assert len(list(dirs)) == 3

    def counts() -> list[int]:
        gc.collect()
        return [sys.getrefcount(thing) for thing in [*watched, *types]]

    for _ in range(5):
        everything()
    before, blocks = counts(), sys.getallocatedblocks()
    for _ in range(200):
        everything()
    # The interpreter itself keeps a few references to None and True.
    slack = [20 if thing is None or thing is True else 0 for thing in watched]
    slack += [0] * len(types)
    for old, new, allowed in zip(before, counts(), slack):
        assert abs(new - old) <= allowed
    assert sys.getallocatedblocks() - blocks < 200


# Threads


def large_map(files: int) -> Any:
    dmap = DirstateMap.new_empty()
    for number in range(files):
        dmap.set_tracked(b"directory%d/file%d" % (number % 97, number))
    return dmap


def test_threads_read_while_the_map_is_written_out() -> None:
    dmap = large_map(20_000)
    expected = dmap.write_v1(P1, P2)

    def write() -> None:
        for _ in range(5):
            assert dmap.write_v1(P1, P2) == expected
            assert len(dmap.write_v2(1)[0]) > 0

    def read() -> None:
        for _ in range(5):
            assert sum(1 for _ in dmap.items()) == 20_000
            assert dmap[b"directory1/file1"].added

    assert in_threads(write, read, write, read) == []


def test_threads_that_change_a_busy_map() -> None:
    """They are refused, or wait for their turn."""
    dmap = large_map(5_000)
    stop = threading.Event()
    refused: list[str] = []

    def write() -> None:
        try:
            for _ in range(30):
                dmap.write_v2(1)
        finally:
            stop.set()

    def change() -> None:
        while not stop.is_set():
            try:
                dmap.set_tracked(b"another")
            except RuntimeError as error:
                refused.append(str(error))

    failures = in_threads(write, change)
    # The writer is never refused by a change: no change releases the GIL.
    assert failures == []
    busy = "the dirstate map is in use by another call"
    assert set(refused) == (set() if is_pyo3 else {busy})
    assert len(dmap) == 5_001 or len(dmap) == 5_000
    dmap.set_tracked(b"another")
    assert len(dmap) == 5_001


def test_threads_share_an_iterator() -> None:
    dmap = large_map(3_000)
    iterator = dmap.items()
    seen: list[bytes] = []

    def consume() -> None:
        for name, _item in iterator:
            seen.append(name)

    failures = in_threads(consume, consume, consume)
    assert all(isinstance(failure, RuntimeError) for failure in failures)
    seen += [name for name, _item in iterator]
    assert sorted(seen) == sorted(dmap)


def test_threads_iterate_while_others_change() -> None:
    dmap = large_map(2_000)
    stop = threading.Event()
    outcomes = {"whole": 0, "refused": 0}

    def iterate() -> None:
        deadline = time.monotonic() + 30
        try:
            # Python gives the other thread its turn every few milliseconds, in which
            # a fast machine may be done with a hundred.
            while sum(outcomes.values()) < 100 or not outcomes["refused"]:
                assert time.monotonic() < deadline
                try:
                    assert sum(1 for _ in dmap) >= 2_000
                    outcomes["whole"] += 1
                except RuntimeError:
                    outcomes["refused"] += 1
        finally:
            stop.set()

    def change() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            dmap.set_tracked(b"changing/%d" % number)
            dmap.copymap()[b"changing/%d" % number] = b"source"

    assert in_threads(iterate, change) == []
    assert outcomes["refused"]


@pytest.mark.parametrize("call", ["new_v1", "write_v1", "write_v2"])
def test_long_calls_release_the_gil(call: str) -> None:
    dmap = large_map(20_000)
    data = dmap.write_v1(P1, P2)
    calls = {
        "new_v1": lambda: DirstateMap.new_v1(data, None),
        "write_v1": lambda: dmap.write_v1(P1, P2),
        "write_v2": lambda: dmap.write_v2(1),
    }
    assert runs_beside(calls[call])


def runs_beside(job: Callable[[], Any]) -> int:
    """How often another thread came to its turn during `job`."""
    turns = 0
    stop = threading.Event()

    def take_turns() -> None:
        nonlocal turns
        while not stop.is_set():
            turns += 1
            time.sleep(0)

    thread = threading.Thread(target=take_turns)
    old = sys.getswitchinterval()
    # Nobody is made to give the GIL away: only who releases it loses it.
    sys.setswitchinterval(1000)
    try:
        thread.start()
        before = turns
        # On a busy machine the other thread may sleep through a job or two.
        for _ in range(200):
            job()
            if turns > before:
                break
        return turns - before
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(old)


def test_finalizers_run_in_the_middle_of_an_iteration() -> None:
    """Garbage collection inside `next` runs code that uses the same objects."""
    dmap = small_map()
    outcomes: list[str] = []

    class Cycle:
        def __init__(self, iterator: Iterator[Any]) -> None:
            self.me = self
            self.iterator = iterator

        def __del__(self) -> None:
            for attempt in [
                lambda: next(self.iterator),
                lambda: dmap.set_tracked(b"from-finalizer"),
                lambda: dmap[b"a"].state,
            ]:
                try:
                    attempt()
                    outcomes.append("done")
                except (RuntimeError, StopIteration) as error:
                    outcomes.append(type(error).__name__)

    old = gc.get_threshold()
    try:
        for _ in range(200):
            iterator = dmap.items()
            Cycle(iterator)
            gc.set_threshold(1)
            try:
                for _entry in iterator:
                    pass
            except RuntimeError:
                pass
            gc.set_threshold(*old)
    finally:
        gc.set_threshold(*old)
    gc.collect()
    assert len(outcomes) == 600
    assert "done" in outcomes
