# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing stays behind: memory and reference counts are flat under repetition.

Each body holds some 100 kB in flight, so that losing any of it shows.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import struct
import sys
import weakref

import pytest

from modules.flavours import load

PAGE = os.sysconf("SC_PAGE_SIZE")
LINES = [b"line %d\n" % (i % 4000) for i in range(9000)]
TEXT = b"".join(LINES)
EDITED = b"".join(line for i, line in enumerate(LINES) if i % 50)
DELTA = struct.pack(">lll", 5, 10, 50000) + b"x" * 50000
BAD = struct.pack(">lll", 0, 2**31 - 1, 50000) + b"x" * 50000


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE


def module(name):
    return load("c", name).module


def fails(function, *arguments):
    with pytest.raises(Exception):  # noqa: B017
        function(*arguments)


def base85():
    m = module("base85")
    encoded = m.b85encode(TEXT)
    m.b85decode(encoded)
    fails(m.b85decode, encoded[:-1] + b" ")
    fails(m.b85encode, "text")


def bdiff():
    m = module("bdiff")
    m.bdiff(TEXT, EDITED)
    m.storage_diff(bytearray(TEXT), memoryview(EDITED))
    m.blocks(TEXT, EDITED)
    m.xdiffblocks(TEXT, EDITED)
    m.fixws(TEXT, 0)
    m.splitnewlines(TEXT)
    fails(m.bdiff, TEXT, "text")
    fails(m.bdiff, TEXT, memoryview(TEXT)[::2])
    fails(m.fixws, TEXT, "x")


def mpatch():
    m = module("mpatch")
    m.patches(TEXT, [DELTA] * 9)
    fails(m.patches, TEXT, [DELTA, BAD])
    fails(m.patches, TEXT, [DELTA, DELTA[:-1]])
    fails(m.patches, TEXT, [DELTA, "delta"])
    fails(m.patches, TEXT, (DELTA,))
    fails(m.patchedsize, 5, DELTA[:-1])


def osutil():
    m = module("osutil")
    m.listdir(b"/usr/bin", True)
    m.statfiles([b"/usr/bin/env", b"/nowhere", b"/usr"] * 700)
    fails(m.listdir, b"/nowhere")
    fails(m.statfiles, [b"/usr/bin/env"] * 1500 + [None])
    fails(m.getfstype, b"/nowhere")
    assert m.listdir(b"/", skip=b"usr") == []


BODIES = [base85, bdiff, mpatch, osutil]


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
@pytest.mark.parametrize("body", BODIES, ids=[body.__name__ for body in BODIES])
def test_memory_is_flat(body):
    for _ in range(20):
        body()
    before = resident()
    for _ in range(60):
        body()
    # One lost object of 100 kB a time would be 6 MB.
    assert resident() - before < 2_500_000


@pytest.mark.parametrize("body", BODIES, ids=[body.__name__ for body in BODIES])
def test_reference_counts_are_flat(body):
    shared = (TEXT, EDITED, DELTA, BAD, None, LINES)
    body()
    before = [sys.getrefcount(one) for one in shared]
    for _ in range(10):
        body()
    after = [sys.getrefcount(one) for one in shared]
    # None is everybody's.
    assert [abs(a - b) < 10 for a, b in zip(after, before)] == [True] * len(shared)


# What each module makes types of for itself alone, by the name of an attribute.
TYPES = {
    "base85": (),
    "bdiff": (),
    "mpatch": ("mpatchError",),
    "osutil": (),
    "parsers": ("DirstateItem", "dirs", "index", "lazymanifest", "nodetree"),
}


def again(name):
    """The module once more, which nobody else has."""
    path = module(name).__file__
    spec = importlib.util.spec_from_file_location(f"again.{name}", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def use(name, module):
    """Has the module make what it keeps; the types that it shows to nobody else."""
    if name == "mpatch":
        with pytest.raises(module.mpatchError):
            module.patches(b"", [b"x"])
    elif name == "osutil":
        return [type(entry[2]) for entry in module.listdir(b"/", True)[:1]]
    elif name == "parsers":
        index = module.parse_index2(bytes(64), False)[0]
        module.nodetree(index, 4).insert(0)
        list(module.dirs([b"a/b"])), index.headrevs()
        manifest = module.lazymanifest(20, b"a\0" + b"0" * 40 + b"\n")
        items = {b"a": module.DirstateItem(1, 1)}
        module.pack_dirstate(items, {}, (bytes(20), bytes(20)))
        return [type(iter(manifest)), type(manifest.iterentries())]
    return []


@pytest.mark.parametrize("name", TYPES)
def test_types_and_modules_go_away(name):
    """A second import is a module of its own, and can be dropped."""
    kept = [again(name) for _ in range(3)]
    types = [getattr(one, type_name) for one in kept for type_name in TYPES[name]]
    types += [one for module in kept for one in use(name, module)]
    assert len({id(one) for one in [*kept, *types]}) == len([*kept, *types])
    dropped = [weakref.ref(one) for one in [*kept, *types]]
    del kept, types
    gc.collect()
    assert [one() for one in dropped if one() is not None] == []
    assert module(name).version
