# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of benches/modules.py: `parsers`, at the sizes of a large repository."""

from __future__ import annotations

import functools
import random
import struct
from collections.abc import Iterator
from itertools import starmap
from types import ModuleType
from typing import Any, Callable

Row = tuple[str, Callable[[ModuleType], Any], str]
Call = Callable[[ModuleType], Any]

FILES, MANIFEST, REVISIONS = 260_000, 200_000, 500_000
NODES = bytes(20), bytes(20)
chance = random.Random(11)


@functools.cache
def paths() -> list[bytes]:
    found: set[bytes] = set()
    while len(found) < FILES:
        numbers = [chance.randrange(n) for n in (40, 20, 15, 1000)]
        found.add(b"dir%d/sub%d/module_%d/file%d.py" % tuple(numbers))
    return sorted(found)


def unchanged(path: bytes) -> bytes:
    return path


def per_module(make: Call) -> Call:
    """What `make` gives for a module, made once."""
    made: dict[ModuleType, Any] = {}

    def get(module: ModuleType) -> Any:
        if module not in made:
            made[module] = make(module)
        return made[module]

    return get


def dirstate_v1(names: list[bytes]) -> bytes:
    return bytes(40) + b"".join(
        struct.pack(">Biiii", 110, 0o100644, i % 20000, 10**9 + i, len(name)) + name
        for i, name in enumerate(names)
    )


def parsed(module: ModuleType, data: bytes) -> Any:
    items = module.dict_new_presized(FILES)
    module.parse_dirstate(items, {}, data)
    return items


def dirstate_rows(names: list[bytes]) -> Iterator[tuple[str, Call]]:
    data = dirstate_v1(names)
    copies = {name: name for name in names[::100]}
    mtime = (5, 6, False)
    items = per_module(lambda m: parsed(m, data))
    some = per_module(lambda m: list(items(m).values())[:50000])
    shuffled = chance.sample(names, len(names))

    def deleted(m: ModuleType) -> Any:
        found = m.dirs(names)
        for name in names:
            found.delpath(name)
        return set(found) - {b""}

    yield "parse_dirstate", lambda m: len(parsed(m, data))
    yield "pack_dirstate", lambda m: m.pack_dirstate(items(m), {}, NODES)
    yield "pack_dirstate, copies", lambda m: m.pack_dirstate(items(m), copies, NODES)
    for fold in (-1, 1):
        yield (
            f"make_file_foldmap, {fold}",
            lambda m, f=fold: len(m.make_file_foldmap(items(m), f, unchanged)),  # type: ignore[misc]
        )
    yield "dirs of a dirstate", lambda m: set(m.dirs(items(m), True))
    yield "dirs of a list", lambda m: set(m.dirs(names))
    yield "dirs of a shuffled list", lambda m: set(m.dirs(shuffled))
    yield "dirs.delpath", deleted
    yield "item properties", lambda m: [(i.state, i.mode, i.mtime) for i in some(m)]
    yield "item.v2_data", lambda m: [i.v2_data() for i in some(m)]
    yield (
        "DirstateItem.from_v2_data",
        lambda m: len(
            [m.DirstateItem.from_v2_data(1027, i, 5, 6) for i in range(9999)]
        ),
    )
    yield (
        "DirstateItem()",
        lambda m: len(
            [
                m.DirstateItem(True, True, parentfiledata=(33188, 5, mtime))
                for _ in range(9999)
            ]
        ),
    )


def marker_rows() -> Iterator[tuple[str, Call]]:
    markers = []
    for i in range(50_000):
        meta = ((b"user", b"test user <u%d@example.org>" % (i // 50)), (b"ef1", b"4"))
        body = chance.randbytes(40)
        body += b"".join(bytes([len(k), len(v)]) for k, v in meta)
        body += b"".join(k + v for k, v in meta)
        head = struct.pack(">IdhHBBB", 19 + len(body), 1e9 + i, 0, 0, 1, 3, len(meta))
        markers.append(head + body)
    data = b"".join(markers)
    yield "fm1readmarkers", lambda m: m.fm1readmarkers(data, 0, len(data))


def manifest_rows(names: list[bytes]) -> Iterator[tuple[str, Call]]:
    names = names[:MANIFEST]
    lines = [b"%b\0%040x\n" % (name, chance.getrandbits(160)) for name in names]
    text = b"".join(lines)
    changed = b"".join(
        line if i % 500 else line.replace(b".py", b".pyx")
        for i, line in enumerate(lines)
    )
    manifest = per_module(lambda m: m.lazymanifest(20, text))
    other = per_module(lambda m: m.lazymanifest(20, changed))
    some = chance.sample(names, 20_000)
    value = (b"n" * 20, b"x")

    def edit(m: ModuleType) -> Any:
        found = manifest(m).copy()
        for name in some[:300]:
            found[name] = value
        for name in some[300:400]:
            del found[name]
        for name in some[400:600]:
            found[name + b"_new"] = value
        return found.text()

    yield "lazymanifest()", lambda m: len(m.lazymanifest(20, text))
    yield "lazymanifest, keys", lambda m: list(manifest(m))
    yield "lazymanifest, entries", lambda m: list(manifest(m).iterentries())
    yield (
        "lazymanifest[], any order",
        lambda m: list(map(manifest(m).__getitem__, some)),
    )
    yield (
        "lazymanifest[], in order",
        lambda m: list(map(manifest(m).__getitem__, names)),
    )
    yield "in lazymanifest", lambda m: list(map(manifest(m).__contains__, some))
    yield "lazymanifest.copy", lambda m: [len(manifest(m).copy()) for _ in range(999)]
    yield (
        "lazymanifest.filtercopy",
        lambda m: len(manifest(m).filtercopy(lambda path: True)),
    )
    yield "lazymanifest.diff", lambda m: manifest(m).diff(other(m))
    yield "lazymanifest.diff, clean", lambda m: manifest(m).diff(other(m), True)
    yield "lazymanifest, 600 edits and text", edit


def index_data() -> tuple[bytes, list[bytes]]:
    records, offset = [], 0
    for rev in range(REVISIONS):
        back = int(chance.expovariate(0.05)) if chance.random() < 0.1 else 0
        p1 = max(-1, rev - 1 - back)
        p2 = chance.randrange(max(0, rev - 40), rev) if rev % 12 == 11 else -1
        base = p1 if rev % 100 and p1 >= 0 else rev
        records.append(
            struct.pack(
                ">Qiiiiii20s12x",
                offset << 16,
                chance.randrange(20, 200),
                500,
                base,
                rev,
                p1,
                -1 if p2 == p1 else p2,
                chance.randbytes(20),
            )
        )
        offset += 200 + (3000 if rev % 7 == 0 else 0)
    data = b"".join([b"\0\0\0\1" + records[0][4:], *records[1:]])
    return data, [record[32:52] for record in records]


def open_index(m: ModuleType, data: bytes) -> Any:
    """An index of the module from the bytes of an index file."""
    try:
        return m.parse_index2(data, False)[0]
    except TypeError:  # Mercurial 7.2's
        return m.parse_index2(data, False, True, False)[0]


def index_rows() -> Iterator[tuple[str, Call]]:
    data, nodes = index_data()
    tip = REVISIONS - 1
    half = REVISIONS // 2

    def fresh(m: ModuleType) -> Any:
        return open_index(m, data)

    def chain(m: ModuleType, rev: int) -> Any:
        try:
            return index(m).deltachain(rev, None, 1)
        except TypeError:
            return index(m).deltachain(rev, None)

    index = per_module(fresh)
    some = chance.sample(nodes, 50_000)
    unknown = [chance.randbytes(20) for _ in range(20_000)]
    prefixes = [node.hex().encode()[:12] for node in some[:20_000]]
    near = [(tip - chance.randrange(99), tip - chance.randrange(99)) for _ in range(99)]
    far = [(tip - chance.randrange(20_000), tip - i) for i in range(20)]
    more = [
        (0, 5, 6, rev, rev, rev - 1, -1, chance.randbytes(20), 0, 0, 2, 2, -1)
        for rev in range(REVISIONS, REVISIONS + 20_000)
    ]
    warm = per_module(lambda m: [index(m).get_rev(n) for n in (*unknown[:9], *nodes)])

    def append(m: ModuleType) -> Any:
        grown = fresh(m)
        for entry in more:
            grown.append(entry)
        return [grown.rev(entry[7]) for entry in more]

    def snapshots(m: ModuleType) -> Any:
        cache: dict[int, set[int]] = {}
        index(m).findsnapshots(cache, 0, tip)
        return cache

    def nodetree(m: ModuleType) -> Any:
        tree = m.nodetree(index(m), 2000)
        for rev in range(tip - 2000, tip):
            tree.insert(rev)
        return [tree.shortest(nodes[rev]) for rev in range(tip - 2000, tip)]

    def after_strip(m: ModuleType) -> Any:
        stripped = fresh(m)
        del stripped[half:-1]
        return stripped.headrevs()

    yield "parse_index2", lambda m: [len(fresh(m)) for _ in range(999)]
    yield "list(index)", lambda m: list(index(m))
    yield "index[rev]", lambda m: list(map(index(m).__getitem__, range(0, tip, 9)))
    yield "entry_binary", lambda m: list(map(index(m).entry_binary, range(0, tip, 9)))
    yield "append, rev", append
    yield "strip, headrevs", after_strip
    yield "rev of the tip, first", lambda m: fresh(m).rev(nodes[tip])
    yield "rev of an old one, first", lambda m: fresh(m).rev(nodes[9])
    yield "rev, 50,000 first", lambda m: list(map(fresh(m).rev, some))
    yield "rev", lambda m: warm(m) and list(map(index(m).rev, some))
    yield "has_node, unknown", lambda m: list(map(index(m).has_node, unknown))
    yield "partialmatch, first", lambda m: fresh(m).partialmatch(prefixes[0])
    yield "partialmatch", lambda m: list(map(index(m).partialmatch, prefixes))
    yield "shortest", lambda m: list(map(index(m).shortest, some[:20_000]))
    yield "nodetree", nodetree
    yield "headrevs, first", lambda m: fresh(m).headrevs()
    yield "headrevs, filtered", lambda m: index(m).headrevs(frozenset([5]))
    yield (
        "headrevsdiff, tip",
        lambda m: [index(m).headrevsdiff(tip - 50, tip) for _ in range(999)],
    )
    yield "headrevsdiff, half", lambda m: index(m).headrevsdiff(half, tip)
    yield (
        "computephasesmapsets, tip",
        lambda m: index(m).computephasesmapsets({1: {tip - 3000}}),
    )
    yield (
        "computephasesmapsets, half",
        lambda m: index(m).computephasesmapsets({1: {half}, 2: {tip - 100}}),
    )
    yield (
        "reachableroots2",
        lambda m: index(m).reachableroots2(0, [tip], [0], False),
    )
    yield (
        "reachableroots2, path",
        lambda m: sorted(index(m).reachableroots2(half, [tip], [half], True)),
    )
    yield "ancestors, near", lambda m: list(starmap(index(m).ancestors, near))
    yield "ancestors, far", lambda m: list(starmap(index(m).ancestors, far))
    yield (
        "commonancestorsheads",
        lambda m: list(starmap(index(m).commonancestorsheads, near)),
    )
    yield "deltachain", lambda m: [chain(m, rev) for rev in range(0, tip, 97)]
    yield "issnapshot", lambda m: list(map(index(m).issnapshot, range(0, tip, 9)))
    yield "findsnapshots", snapshots
    yield (
        "slicechunktodensity",
        lambda m: [
            index(m).slicechunktodensity(list(range(rev, rev + 60)), 0.5, 300)
            for rev in range(0, half, 500)
        ],
    )


def parsers_rows() -> Iterator[Row]:
    names = paths()
    for rows in (
        dirstate_rows(names),
        marker_rows(),
        manifest_rows(names),
        index_rows(),
    ):
        for name, call in rows:
            yield name, call, "parsers"
