# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cffi flavour's `parsers` takes from C, it gives back, on errors too."""

from __future__ import annotations

import gc
import mmap
import os
import random

import pytest

from modules.flavours import load
from modules.parsers_inputs import NULL_NODE, V1, outcome, pack_index, random_entries

ours = load("cffi", "parsers").module


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * mmap.PAGESIZE


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
def test_memory_is_flat():
    entries = random_entries(random.Random(5), 2000)
    data = pack_index(entries[:1500], V1, False)
    broken = entries[:]
    broken[1000] = entries[1000]._replace(p1=5000)
    broken_data = pack_index(broken, V1, False)
    text = b"".join(b"%05d\0%040x\n" % (i, i) for i in range(3000))

    def body():
        index = ours.parse_index2(data, False)[0]
        for entry in entries[1500:]:
            index.append(tuple(entry))
        for entry in entries[::50]:
            index.rev(entry.node), index.shortest(entry.node)
        index.headrevs(), index.headrevsdiff(9, 1900), index.ancestors(1999, 1900)
        index.reachableroots2(0, [1999], [3], True)
        index.slicechunktodensity(list(range(0, 1900, 9)), 0.9, 0)
        index.findsnapshots({}, 0, 1900), index.deltachain(1800, None, 1)
        del index[700:-1]
        for name, arguments in (
            ("headrevs", ()),
            ("headrevsdiff", (0, 2000)),
            ("reachableroots2", (0, [1999, b"x"], [3], True)),
        ):
            bad = ours.parse_index2(broken_data, False)[0]
            assert isinstance(outcome(getattr(bad, name), *arguments), type)
        manifest = ours.lazymanifest(20, text)
        copy = manifest.copy()
        manifest[b"00005"] = (NULL_NODE, b"")
        del manifest[b"00006"]
        next(iter(manifest))
        manifest.diff(copy), copy.filtercopy(lambda path: path < b"01").text()
        manifest[b"00007"] = (NULL_NODE, b"x")
        outcome(ours.lazymanifest, 20, text[:-1])

    for _ in range(30):
        body()
    gc.collect()
    before = resident()
    for _ in range(60):
        body()
    gc.collect()
    assert resident() - before < 6_000_000
