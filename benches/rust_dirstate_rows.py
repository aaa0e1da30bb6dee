# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of benches/modules.py: `rustext.dirstate` with 260,000 files.

`status` is measured by benches/status.py, where there are files to look at.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from parsers_rows import FILES, paths
from rows import Row, once, plain_item, plain_items

NULL = bytes(20)
MTIME = (1_000_000_005, 77, False)
V1, V2 = 1, 2


class Inputs:
    """Files, some of them in any order, some new, and their directories."""

    def __init__(self) -> None:
        chance = random.Random(23)
        self.names = paths()
        self.some = chance.sample(self.names, 20_000)
        self.unknown = [name[:-3] + b"_new" for name in self.some]
        self.directories = [name.rpartition(b"/")[0] for name in self.some]
        self.copies = self.names[::100]
        self.v1 = bytes(40) + b"".join(
            struct.pack(">Biiii", 110, 0o100644, i % 20000, 10**9 + i, len(name)) + name
            for i, name in enumerate(self.names)
        )


def read_v2(rustext: ModuleType, written: Any) -> Any:
    data, metadata, _append = written
    return rustext.dirstate.DirstateMap.new_v2(data, len(data), metadata, b"id", None)


def map_rows(inputs: Inputs, version: int) -> Iterator[Row]:
    """Rows that exist for a map read from either format."""
    some, unknown, copies = inputs.some, inputs.unknown, inputs.copies

    def read_v1(m: ModuleType) -> Any:
        return m.dirstate.DirstateMap.new_v1(inputs.v1, None)[0]

    def with_copies(m: ModuleType) -> Any:
        dirstate = read_v1(m)
        for name in copies:
            dirstate.copymapsetitem(name, b"some/source")
        return dirstate

    # Each reads what itself wrote: the orders of paths in the file differ.
    data = once(lambda m: with_copies(m).write_v2(1))
    if version == V1:
        fresh, shared = with_copies, once(with_copies)
    else:
        fresh = lambda m: read_v2(m, data(m))  # noqa: E731
        shared = once(fresh)

    def row(name: str, call: Any, prepare: Any = shared, **more: Any) -> Row:
        return Row(f"{name}, v{version}", call, prepare, **more)

    def sets(call: Any, known: bool = True) -> Any:
        names = some if known else unknown
        return lambda m, d: [call(d, name) for name in names]

    def edited(m: ModuleType) -> Any:
        dirstate = fresh(m)
        for name in some[:50]:
            dirstate.set_clean(name, 0o100644, 5, MTIME)
        return dirstate

    def removed(m: ModuleType) -> Any:
        dirstate = fresh(m)
        for name in some:
            dirstate.reset_state(name, True, True, True, False, None)
        return dirstate

    if version == V1:
        yield Row(
            "DirstateMap.new_v1",
            lambda m, _: m.dirstate.DirstateMap.new_v1(inputs.v1, None),
            outcome=lambda made: (len(made[0]), made[1]),
        )
    else:
        yield Row(
            "DirstateMap.new_v2",
            lambda m, written: [read_v2(m, written) for _ in range(2000)],
            data,
            outcome=lambda made: len(made[0]),
        )
    yield row("get", sets(lambda d, n: d.get(n, None)), outcome=plain_items)
    yield row(
        "get, first 20,000", sets(lambda d, n: d.get(n, None)), fresh, outcome=len
    )
    yield row(
        "get, in order",
        lambda m, d: [d.get(n, None) for n in inputs.names[::9]],
        outcome=plain_items,
    )
    yield row("get, unknown", sets(lambda d, n: d.get(n, None), False))
    yield row("in", sets(lambda d, n: n in d))
    yield row("in, unknown", sets(lambda d, n: n in d, False))
    yield row("[]", sets(lambda d, n: d[n]), outcome=plain_items)
    yield row("len", lambda m, d: [len(d) for _ in range(20_000)])
    yield row("iter", lambda m, d: list(d), outcome=sorted)
    yield row("keys", lambda m, d: list(d.keys()), outcome=sorted)
    yield row(
        "items",
        lambda m, d: list(d.items()),
        outcome=lambda items: sorted((name, plain_item(item)) for name, item in items),
    )
    yield row("debug_iter", lambda m, d: d.debug_iter(True), outcome=sorted)
    yield row("set_tracked, new", sets(lambda d, n: d.set_tracked(n), False), fresh)
    yield row("set_tracked, known", sets(lambda d, n: d.set_tracked(n)), fresh)
    yield row("set_untracked", sets(lambda d, n: d.set_untracked(n)), fresh)
    yield row("set_clean", sets(lambda d, n: d.set_clean(n, 0o100644, 9, MTIME)), fresh)
    yield row("set_possibly_dirty", sets(lambda d, n: d.set_possibly_dirty(n)), fresh)
    yield row(
        "reset_state",
        sets(
            lambda d, n: d.reset_state(n, True, True, False, True, (0o100644, 9, MTIME))
        ),
        fresh,
    )
    yield row(
        "reset_state, new",
        sets(
            lambda d, n: d.reset_state(
                n, True, True, False, True, (0o100644, 9, MTIME)
            ),
            False,
        ),
        fresh,
    )
    yield row(
        "reset_state, dropping",
        sets(lambda d, n: d.reset_state(n, False, False, False, False, None)),
        fresh,
    )
    yield row("setparents_fixup", lambda m, d: d.setparents_fixup(), removed)
    yield row("clear", lambda m, d: d.clear(), fresh)
    yield row("hasdir", lambda m, d: [d.hasdir(n) for n in inputs.directories])
    yield row(
        "hastrackeddir", lambda m, d: [d.hastrackeddir(n) for n in inputs.directories]
    )
    yield row("tracked_dirs", lambda m, d: d.tracked_dirs(), outcome=sorted)
    yield row("filefoldmapasdict", lambda m, d: d.filefoldmapasdict())
    yield row("write_v1", lambda m, d: d.write_v1(NULL, NULL), outcome=len)
    yield row("write_v2, new", lambda m, d: d.write_v2(1), outcome=lambda w: len(w[0]))
    if version == V2:
        yield row(
            "write_v2, appending",
            lambda m, d: d.write_v2(0),
            edited,
            outcome=lambda w: w[2],
        )
        yield row(
            "write_v2, nothing new",
            lambda m, d: d.write_v2(0),
            fresh,
            outcome=lambda w: w[2],
        )
        yield row(
            "new_v2, 50 changes, write_v2",
            lambda m, _: edited(m).write_v2(0),
            data,
            outcome=lambda w: w[2],
        )
    yield row("copymapget", sets(lambda d, n: d.copymapget(n, None)))
    yield row("copymapgetitem", lambda m, d: [d.copymapgetitem(n) for n in copies])
    yield row("copymapcontains", sets(lambda d, n: d.copymapcontains(n)))
    yield row("copymaplen", lambda m, d: [d.copymaplen() for _ in range(20_000)])
    yield row("copymap", lambda m, d: [d.copymap() for _ in range(20_000)], outcome=len)
    yield row(
        "copymap.get",
        lambda m, c: [c.get(n, None) for n in some],
        lambda m: shared(m).copymap(),
    )
    yield row(
        "copymap.items",
        lambda m, c: list(c.items()),
        lambda m: shared(m).copymap(),
        outcome=sorted,
    )
    yield row("copymapcopy", lambda m, d: d.copymapcopy())
    yield row("copymapsetitem", sets(lambda d, n: d.copymapsetitem(n, b"a/b")), fresh)
    yield row("copymappop", lambda m, d: [d.copymappop(n, None) for n in copies], fresh)


def other_rows(inputs: Inputs) -> Iterator[Row]:
    some = inputs.some
    data = (0o100644, 5, MTIME)
    items = once(
        lambda m: [
            m.dirstate.DirstateItem(True, True, parentfiledata=data)
            for _ in range(20_000)
        ]
    )
    yield Row(
        "DirstateItem()",
        lambda m, _: [
            m.dirstate.DirstateItem(True, True, parentfiledata=data)
            for _ in range(20_000)
        ],
        outcome=plain_items,
    )
    yield Row(
        "DirstateItem, properties",
        lambda m, items: [(i.state, i.mode, i.mtime, i.tracked) for i in items],
        items,
    )
    yield Row(
        "DirstateItem, changes",
        lambda m, items: [
            (i.set_possibly_dirty(), i.set_clean(0o100644, 5, MTIME)) for i in items
        ],
        items,
    )

    def new_map(m: ModuleType) -> Any:
        dirstate = m.dirstate.DirstateMap.new_empty()
        for name in some:
            dirstate.set_tracked(name)
        return dirstate

    def dirs(m: ModuleType) -> Any:
        return m.dirstate.Dirs(some)

    yield Row("new_empty, 20,000 files", lambda m, _: len(new_map(m)))
    yield Row("Dirs()", lambda m, _: dirs(m), outcome=sorted)
    yield Row("Dirs, iter", lambda m, d: list(d), once(dirs), outcome=sorted)
    yield Row("Dirs, in", lambda m, d: [n in d for n in inputs.directories], once(dirs))
    yield Row("Dirs.addpath", lambda m, d: [d.addpath(n) for n in inputs.unknown], dirs)
    yield Row("Dirs.delpath", lambda m, d: [d.delpath(n) for n in some], dirs)


def dirstate_rows() -> Iterator[Row]:
    inputs = Inputs()
    assert len(inputs.names) == FILES
    yield from map_rows(inputs, V1)
    yield from map_rows(inputs, V2)
    yield from other_rows(inputs)
