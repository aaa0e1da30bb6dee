# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of benches/modules.py: `rustext.ancestor`, `dagop`, `discovery` on an index
of 500,000 revisions, and `copy_tracing` on 20,000."""

from __future__ import annotations

import random
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

from parsers_rows import REVISIONS
from rows import Row, once
from rust_revlog_rows import shared_index

TIP = REVISIONS - 1
HALF = REVISIONS // 2


def ancestor_rows() -> Iterator[Row]:
    chance = random.Random(31)
    recent = [TIP - chance.randrange(5000) for _ in range(2000)]
    anywhere = chance.sample(range(REVISIONS), 20_000)
    near = [(TIP - chance.randrange(200), TIP - chance.randrange(200)) for _ in recent]

    def lazy(m: ModuleType) -> Any:
        return m.ancestor.LazyAncestors(shared_index(m), [TIP], 0, True)

    def walked(m: ModuleType) -> Any:
        ancestors = lazy(m)
        ancestors.__contains__(0)
        return ancestors

    def missing(m: ModuleType, bases: Any) -> Any:
        return m.ancestor.MissingAncestors(shared_index(m), bases)

    def iterator(m: ModuleType, revs: Any, stop: int) -> Any:
        return m.ancestor.AncestorsIterator(shared_index(m), revs, stop, True)

    yield Row("AncestorsIterator, all", lambda m, _: list(iterator(m, [TIP], 0)))
    yield Row(
        "AncestorsIterator, 20 back",
        lambda m, _: [list(iterator(m, [rev], rev - 20)) for rev in recent],
        shared_index,
    )
    yield Row(
        "in AncestorsIterator", lambda m, it: 0 in it, lambda m: iterator(m, [TIP], 0)
    )
    yield Row("LazyAncestors, iter", lambda m, it: list(it), lazy)
    yield Row("0 in LazyAncestors", lambda m, it: [0 in it, 0 in it], lazy)
    yield Row("in LazyAncestors", lambda m, it: [r in it for r in anywhere], lazy)
    yield Row(
        "in LazyAncestors, walked", lambda m, it: [r in it for r in anywhere], walked
    )
    yield Row(
        "LazyAncestors, bool",
        lambda m, _: [bool(lazy(m)) for _ in recent],
        shared_index,
    )
    yield Row(
        "in LazyAncestors, near",
        lambda m, _: [
            one in m.ancestor.LazyAncestors(shared_index(m), [other], one, True)
            for one, other in near
        ],
        shared_index,
    )
    yield Row(
        "missingancestors, half",
        lambda m, found: found.missingancestors([TIP]),
        lambda m: missing(m, [HALF]),
    )
    yield Row(
        "missingancestors, near",
        lambda m, _: [missing(m, [a]).missingancestors([b]) for a, b in near],
        shared_index,
    )
    yield Row(
        "removeancestorsfrom",
        lambda m, state: (state[0].removeancestorsfrom(state[1]), state[1]),
        lambda m: (missing(m, [TIP - 9]), set(range(HALF, TIP, 3))),
    )
    yield Row(
        "basesheads",
        lambda m, found: found.basesheads(),
        lambda m: missing(m, range(HALF)),
    )
    yield Row(
        "addbases, bases",
        lambda m, found: (found.addbases(anywhere), found.bases()),
        lambda m: missing(m, [5]),
    )
    yield Row(
        "MissingAncestors.hasbases",
        lambda m, found: [found.hasbases() for _ in anywhere],
        lambda m: missing(m, [5]),
    )
    everything = list(range(REVISIONS))
    yield Row(
        "dagop.headrevs, all",
        lambda m, i: m.dagop.headrevs(i, everything),
        shared_index,
    )
    some = anywhere[:1000]
    yield Row(
        "dagop.headrevs, 1000", lambda m, i: m.dagop.headrevs(i, some), shared_index
    )


def discovery_rows() -> Iterator[Row]:
    chance = random.Random(37)
    common = [chance.randrange(HALF) for _ in range(200)]
    absent = [TIP - chance.randrange(HALF // 8) for _ in range(200)]
    info = [(rev, rev < HALF) for rev in common + absent]

    def fresh(m: ModuleType) -> Any:
        index = shared_index(m)
        heads = [TIP]
        repo = SimpleNamespace(changelog=SimpleNamespace(index=index))
        return m.discovery.PartialDiscovery(repo, heads, True, False)

    def ready(m: ModuleType) -> Any:
        discovery = fresh(m)
        discovery.addcommons(common)
        discovery.takefullsample([], 200)
        return discovery

    def exchange(m: ModuleType, discovery: Any) -> Any:
        """All questions to a peer that lacks the revisions from one on."""
        border, asked = TIP - 7000, 0
        while not discovery.iscomplete():
            sample = discovery.takefullsample([], 200)
            asked += 1
            discovery.addinfo([(rev, rev < border) for rev in sample])
        return asked > 1, discovery.commonheads(), discovery.stats()

    def filled(m: ModuleType) -> Any:
        discovery = fresh(m)
        discovery.addcommons(range(0, HALF, 5))
        return discovery

    yield Row("discovery, addcommons", lambda m, d: d.addcommons(common), fresh)
    yield Row(
        "discovery, addcommons again",
        lambda m, d: (d.addcommons([HALF]), d.stats()),
        ready,
    )
    yield Row(
        "discovery, addmissings", lambda m, d: (d.addmissings(absent), d.stats()), fresh
    )
    yield Row("discovery, addinfo", lambda m, d: (d.addinfo(info), d.stats()), fresh)
    yield Row("discovery, commonheads", lambda m, d: d.commonheads(), filled)
    yield Row(
        "discovery, takefullsample", lambda m, d: len(d.takefullsample([], 200)), ready
    )
    yield Row(
        "discovery, takequicksample",
        lambda m, d: len(d.takequicksample([TIP], 200)),
        ready,
    )
    yield Row(
        "discovery, stats",
        lambda m, d: [(d.stats(), d.hasinfo(), d.iscomplete()) for _ in range(9999)],
        ready,
    )
    yield Row("discovery, whole exchange", exchange, fresh)


def copies_rows() -> Iterator[Row]:
    from mercurial import metadata

    chance = random.Random(41)
    count = 20_000
    names = [b"dir%d/file%d" % (i % 90, i) for i in range(5000)]
    infos: list[tuple[int, int, Any]] = [(-1, -1, None)]
    children = {0: 0}
    for rev in range(1, count):
        p1 = rev - 1 if rev % 9 else max(0, rev - chance.randrange(1, 20))
        p2 = max(0, rev - 1) if p1 != rev - 1 else -1
        files = metadata.ChangingFiles()
        if p2 == -1:
            for name in chance.sample(names, 5):
                files.mark_touched(name)
            if chance.random() < 0.4:
                source, target = chance.sample(names, 2)
                files.mark_added(target)
                files.mark_copied_from_p1(source, target)
            if chance.random() < 0.2:
                files.mark_removed(chance.choice(names))
        data = metadata.encode_files_sidedata(files)
        infos.append((p1, p2, next(iter(data.values()))))
        children[rev] = 0
        for parent in (p1, p2):
            if parent != -1:
                children[parent] += 1
    revs = list(range(1, count))

    def combined(threads: bool) -> Any:
        return lambda m, _: m.copy_tracing.combine_changeset_copies(
            revs, children, count - 1, infos.__getitem__, threads
        )

    yield Row("combine_changeset_copies", combined(False))
    yield Row("combine_changeset_copies, threads", combined(True))
    single = once(lambda m: revs[:50])
    few = {rev: children[rev] for rev in range(51)}
    yield Row(
        "combine_changeset_copies, 50 revisions",
        lambda m, some: [
            m.copy_tracing.combine_changeset_copies(
                some, few, 50, infos.__getitem__, False
            )
            for _ in range(20)
        ],
        single,
    )


def graph_rows() -> Iterator[Row]:
    yield from ancestor_rows()
    yield from discovery_rows()
    yield from copies_rows()
