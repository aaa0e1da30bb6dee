# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of benches/modules.py: `rustext.revlog` on an index of 500,000 revisions."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

from parsers_rows import REVISIONS, index_data
from rows import Row, once

TIP = REVISIONS - 1
HALF = REVISIONS // 2
VERSION_1 = 1

data_and_nodes = functools.lru_cache(maxsize=None)(index_data)


def index_from(m: ModuleType, data: bytes) -> Any:
    return m.revlog.Index(data, VERSION_1)


def fresh_index(m: ModuleType) -> Any:
    return index_from(m, data_and_nodes()[0])


shared_index = once(fresh_index)


def node_rows() -> Iterator[Row]:
    data, nodes = data_and_nodes()
    chance = random.Random(43)
    some = chance.sample(nodes, 20_000)
    unknown = [chance.randbytes(20) for _ in some]
    prefixes = [node.hex().encode()[:12] for node in some]
    recent = range(TIP - 5000, TIP)

    def all_known(m: ModuleType) -> Any:
        index = shared_index(m)
        index.rev(nodes[0])
        return index

    def mapped(m: ModuleType, upto: int) -> Any:
        """An index whose nodemap on disk ends before `upto`."""
        index = fresh_index(m)
        docket = SimpleNamespace(tip_rev=upto - 1)
        index.update_nodemap_data(docket, nodemap(m, upto))
        return index

    @functools.cache
    def nodemap(m: ModuleType, upto: int) -> bytes:
        return bytes(m.revlog.Index(data[: upto * 64], VERSION_1).nodemap_data_all())

    def tree(m: ModuleType) -> Any:
        made = m.revlog.NodeTree(shared_index(m))
        for rev in recent:
            made.insert(rev)
        return made

    ready = once(lambda m: mapped(m, REVISIONS))
    yield Row("rev, 20,000 first", lambda m, i: [i.rev(n) for n in some], fresh_index)
    yield Row("rev", lambda m, i: [i.rev(n) for n in some], all_known)
    yield Row("rev, from the nodemap", lambda m, i: [i.rev(n) for n in some], ready)
    yield Row("get_rev", lambda m, i: [i.get_rev(n) for n in some], all_known)
    yield Row(
        "get_rev, unknown", lambda m, i: [i.get_rev(n) for n in unknown], all_known
    )
    yield Row("has_node", lambda m, i: [i.has_node(n) for n in unknown], all_known)
    yield Row("in Index", lambda m, i: [n in i for n in some], all_known)
    yield Row("Index[node]", lambda m, i: [i[n] for n in some], all_known)
    yield Row(
        "partialmatch", lambda m, i: [i.partialmatch(p) for p in prefixes], all_known
    )
    yield Row("shortest", lambda m, i: [i.shortest(n) for n in some], all_known)
    yield Row(
        "nodemap_data_all", lambda m, i: i.nodemap_data_all(), fresh_index, outcome=len
    )
    yield Row(
        "update_nodemap_data, rev of the tip",
        lambda m, _: [mapped(m, REVISIONS).rev(nodes[TIP]) for _ in range(999)],
        lambda m: nodemap(m, REVISIONS),
    )
    yield Row(
        "update_nodemap_data, incremental, 2000 new",
        lambda m, data: mapped(m, REVISIONS - 2000).nodemap_data_incremental()[1:],
        lambda m: nodemap(m, REVISIONS - 2000),
        outcome=lambda made: (made[0], len(made[1])),
    )
    yield Row(
        "NodeTree.insert",
        lambda m, _: tree(m),
        shared_index,
        outcome=lambda t: t.is_invalidated(),
    )
    yield Row(
        "NodeTree.shortest", lambda m, t: [t.shortest(nodes[r]) for r in recent], tree
    )
    yield Row(
        "NodeTree.prefix_rev_lookup",
        lambda m, t: [
            t.prefix_rev_lookup(nodes[r].hex().encode()[:10]) for r in recent
        ],
        tree,
    )


def record_rows() -> Iterator[Row]:
    data, nodes = data_and_nodes()
    chance = random.Random(47)
    some = range(0, TIP, 9)
    more = [
        (0, 5, 6, rev, rev, rev - 1, -1, chance.randbytes(20), 0, 0, 2, 2, -1)
        for rev in range(REVISIONS, REVISIONS + 20_000)
    ]

    def append(m: ModuleType, index: Any) -> Any:
        for entry in more:
            index.append(entry)
        return len(index)

    def strip(m: ModuleType, index: Any) -> Any:
        del index[HALF:]
        return len(index)

    yield Row("Index()", lambda m, _: [len(fresh_index(m)) for _ in range(2000)])
    yield Row("len(Index)", lambda m, i: [len(i) for _ in some], shared_index)
    yield Row("Index[rev]", lambda m, i: [i[rev] for rev in some], shared_index)
    yield Row(
        "entry_binary", lambda m, i: [i.entry_binary(r) for r in some], shared_index
    )
    yield Row(
        "pack_header", lambda m, i: [i.pack_header(7) for _ in some], shared_index
    )
    yield Row("entry_size", lambda m, i: [i.entry_size for _ in some], shared_index)
    yield Row("append", append, fresh_index)
    yield Row("del Index[half:]", strip, fresh_index)
    yield Row(
        "clearcaches", lambda m, i: [i.clearcaches() for _ in range(9999)], fresh_index
    )


def graph_rows() -> Iterator[Row]:
    chance = random.Random(53)
    near = [(TIP - chance.randrange(99), TIP - chance.randrange(99)) for _ in range(99)]
    far = [(TIP - chance.randrange(20_000), TIP - i) for i in range(20)]
    hidden = frozenset(chance.sample(range(REVISIONS), 500))

    def cached(m: ModuleType) -> Any:
        index = shared_index(m)
        index.headrevs()
        return index

    def heads_to_keep(m: ModuleType, index: Any) -> Any:
        """Lists that the caller may change, which upstream has him copy."""
        if m.__name__.startswith("hgamalgam"):
            return [index.headrevs() for _ in range(99)][-1]
        return [list(index.headrevs()) for _ in range(99)][-1]

    shared = shared_index
    yield Row("headrevs", lambda m, i: i.headrevs(), fresh_index)
    yield Row("headrevs, cached", heads_to_keep, cached)
    yield Row("headrevs, filtered", lambda m, i: i.headrevs(hidden), fresh_index)
    yield Row("head_node_ids", lambda m, i: i.head_node_ids(), fresh_index)
    yield Row("headrevsdiff", lambda m, i: i.headrevsdiff(HALF, TIP), shared)
    yield Row(
        "headrevsdiff, near",
        lambda m, i: [i.headrevsdiff(TIP - 9, TIP) for _ in far],
        shared,
    )
    for name, roots in (
        ("one root", {1: {TIP - 9}}),
        ("half", {1: {HALF}, 2: {TIP - 99}}),
    ):
        yield Row(
            f"computephasesmapsets, {name}",
            lambda m, i, roots=roots: i.computephasesmapsets(roots),  # type: ignore[misc]
            shared,
        )
    yield Row(
        "reachableroots2", lambda m, i: i.reachableroots2(0, [TIP], [0], False), shared
    )
    yield Row(
        "reachableroots2, path",
        lambda m, i: i.reachableroots2(HALF, [TIP], [HALF], True),
        shared,
        outcome=sorted,
    )
    yield Row(
        "Index.ancestors, near", lambda m, i: [i.ancestors(*p) for p in near], shared
    )
    yield Row(
        "Index.ancestors, far", lambda m, i: [i.ancestors(*p) for p in far], shared
    )
    yield Row(
        "commonancestorsheads, near",
        lambda m, i: [i.commonancestorsheads(*p) for p in near],
        shared,
    )
    yield Row(
        "commonancestorsheads, far",
        lambda m, i: [i.commonancestorsheads(*p) for p in far],
        shared,
    )


def delta_rows() -> Iterator[Row]:
    def snapshots(m: ModuleType, index: Any) -> Any:
        cache: dict[int, set[int]] = {}
        index.findsnapshots(cache, 0, TIP)
        return cache

    shared = shared_index
    yield Row(
        "deltachain",
        lambda m, i: [i.deltachain(r, None, True) for r in range(0, TIP, 97)],
        shared,
    )
    yield Row(
        "issnapshot", lambda m, i: [i.issnapshot(r) for r in range(0, TIP, 9)], shared
    )
    yield Row("findsnapshots", snapshots, shared)
    yield Row(
        "slicechunktodensity",
        lambda m, i: [
            i.slicechunktodensity(list(range(rev, rev + 60)), 0.5, 300)
            for rev in range(0, HALF, 500)
        ],
        shared,
    )


def revlog_rows() -> Iterator[Row]:
    yield from node_rows()
    yield from record_rows()
    yield from graph_rows()
    yield from delta_rows()
