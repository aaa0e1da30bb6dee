# SPDX-License-Identifier: GPL-2.0-or-later
"""`parsers` in C keeps nothing: memory and reference counts are flat."""

from __future__ import annotations

import gc
import os
import random
import struct
import sys

import pytest

from modules.flavours import load
from modules.parsers_inputs import V1, pack_index, random_entries, random_manifest

PAGE = os.sysconf("SC_PAGE_SIZE")
CHANCE = random.Random(1)
ENTRIES = random_entries(CHANCE, 2500)
INDEX = pack_index(ENTRIES[:1500], V1, False)
INLINE = pack_index(ENTRIES[:1500], V1, True)
BROKEN = INDEX[: 900 * 64 + 24] + b"\x7f" * 8 + INDEX[900 * 64 + 32 :]
MANIFEST = random_manifest(CHANCE, 1500)
FILES = [line.partition(b"\0")[0] for line in MANIFEST.splitlines()]
NODE = b"\xee" * 20


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE


def module():
    return load("c", "parsers").module


def fails(function, *arguments):
    with pytest.raises(Exception):  # noqa: B017
        function(*arguments)


def dirstate():
    m = module()
    items = {path: m.DirstateItem(1, 1, fallback_exec=True) for path in FILES}
    data = m.pack_dirstate(items, {FILES[0]: b"source"}, (NODE, NODE))
    items, copies = {}, {}
    m.parse_dirstate(items, copies, data)
    m.make_file_foldmap(items, 1, lambda path: path)
    fails(m.parse_dirstate, {}, {}, data[:-1])
    fails(m.parse_dirstate, {}, {}, data[:40] + b"x" + data[41:])
    fails(m.pack_dirstate, {**items, b"last": None}, {}, (NODE, NODE))
    fails(m.pack_dirstate, items, {FILES[-1]: None}, (NODE, NODE))
    fails(m.make_file_foldmap, {**items, b"last": None}, -1, lambda path: path)
    fails(m.DirstateItem, 1, 1, 1, 1, 1, (1, 2, None, 3))
    fails(m.DirstateItem.from_v2_data, 1, 2, 3, None)


def dirs():
    m = module()
    found = m.dirs(FILES)
    for path in FILES:
        found.addpath(path)
        found.delpath(path)
    set(found)
    fails(m.dirs, [*FILES, b"a//b"])
    fails(m.dirs, dict.fromkeys(FILES), True)
    fails(found.delpath, b"nowhere/at all")


def obsmarkers():
    m = module()
    body = NODE * 3 + b"\4\2user" + b"me"
    one = struct.pack(">IdhHBBB", 19 + len(body), 1.5, 60, 0, 1, 1, 1) + body
    m.fm1readmarkers(one * 900, 0, 900 * len(one))
    fails(m.fm1readmarkers, (one * 900)[:-1], 0, 900 * len(one) - 1)
    fails(m.fm1readmarkers, one * 900 + b"x" * 40, 0, 900 * len(one) + 40)


def lazymanifest():
    m = module()
    manifest = m.lazymanifest(20, MANIFEST)
    copy = manifest.copy()
    for path in FILES[::3]:
        manifest[path] = (NODE, b"x")
        manifest[path + b"new"] = (NODE, b"")
        del manifest[path]
    list(copy.iterentries()), list(manifest)
    manifest.diff(copy), copy.diff(manifest, True)
    copy.filtercopy(lambda path: len(path) % 2).text()
    for path in FILES[::5]:
        manifest[path] = (NODE, b"l")
    partly = iter(copy)
    next(partly)
    fails(m.lazymanifest, 20, MANIFEST[:-1])
    fails(copy.filtercopy, lambda path: path[100])
    bad = m.lazymanifest(20, MANIFEST + b"\xff\0" + b"z" * 40 + b"\n")
    fails(lambda: list(bad.iterentries()))
    fails(bad.diff, copy)
    fails(copy.diff, bad)


def index():
    m = module()
    for data, inline in ((INDEX, False), (INLINE, True)):
        one, _cache = m.parse_index2(data, inline)
        list(one)
        for entry in ENTRIES[1500:]:
            one.append(tuple(entry))
        for entry in ENTRIES[::7]:
            one.rev(entry.node), one.shortest(entry.node)
            one.partialmatch(entry.node.hex().encode())
        one.headrevs(), one.headrevs(frozenset([5])), one.headrevs([2499])
        one.headrevsdiff(100, 2500)
        one.computephasesmapsets({1: {3, 900}})
        one.reachableroots2(0, [2499], [3], True)
        one.ancestors(2499, 2300), one.deltachain(2400, None, 1)
        one.slicechunktodensity(list(range(0, 2400, 9)), 0.9, 0)
        one.findsnapshots({}, 0, 2400)
        one.stats()
        tree = m.nodetree(one, 5)
        for rev in range(300):
            tree.insert(rev)
        tree.shortest(ENTRIES[5].node)
        fails(one.rev, NODE)
        fails(one.append, (1, 2))
        fails(one.headrevs, lambda rev: rev)
        fails(one.computephasesmapsets, {1: {5, b"x"}})
        fails(one.reachableroots2, 0, [5, b"x"], [5], True)
        fails(one.slicechunktodensity, [5, b"x"], 0.5, 0)
        del one[700:-1]
        tree.shortest(ENTRIES[5].node)
    fails(m.parse_index2, INDEX[:-1], False)
    fails(m.parse_index2, INLINE[:-1], True)
    broken = m.parse_index2(BROKEN, False)[0]
    fails(broken.headrevs)
    fails(broken.headrevsdiff, 0, 1500)
    fails(broken.computephasesmapsets, {1: {3}})
    fails(broken.reachableroots2, 0, list(range(1500)), [3], True)


BODIES = [dirstate, dirs, obsmarkers, lazymanifest, index]


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
@pytest.mark.parametrize("body", BODIES, ids=[body.__name__ for body in BODIES])
def test_memory_is_flat(body):
    for _ in range(15):
        body()
    before = resident()
    for _ in range(40):
        body()
    assert resident() - before < 2_000_000


@pytest.mark.parametrize("body", BODIES, ids=[body.__name__ for body in BODIES])
def test_reference_counts_are_flat(body):
    m = module()
    types = (m.DirstateItem, m.dirs, m.lazymanifest, m.index, m.nodetree)
    shared = (INDEX, INLINE, MANIFEST, FILES, NODE, None, *types)
    body()
    gc.collect()
    before = [sys.getrefcount(one) for one in shared]
    for _ in range(10):
        body()
    gc.collect()
    after = [sys.getrefcount(one) for one in shared]
    # None is everybody's
    assert [abs(a - b) < 10 for a, b in zip(after, before)] == [True] * len(shared)
