# SPDX-License-Identifier: GPL-2.0-or-later
"""The capsule revlog_CAPI (contract section 3), called as C would."""

from __future__ import annotations

import ctypes
import random

import pytest

from modules.capsules import REVLOG_NAME, context_of, pointer_of
from modules.parsers_inputs import CHANGELOG_V2, V1, pack_index, random_entries
from modules.stock import stock

MODULE = "parsers"


class RevlogCapi(ctypes.Structure):
    _fields_ = (
        ("abi_version", ctypes.c_int),
        ("index_length", ctypes.PYFUNCTYPE(ctypes.c_ssize_t, ctypes.py_object)),
        (
            "index_node",
            ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_ssize_t),
        ),
        (
            "fast_rank",
            ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_ssize_t),
        ),
        (
            "index_parents",
            ctypes.PYFUNCTYPE(
                ctypes.c_int,
                ctypes.py_object,
                ctypes.c_int,
                ctypes.POINTER(ctypes.c_int * 2),
            ),
        ),
    )


class RevlogContext(ctypes.Structure):
    _fields_ = (
        ("abi_version", ctypes.c_int),
        ("size", ctypes.c_size_t),
        ("index_truncations", ctypes.PYFUNCTYPE(ctypes.c_uint64, ctypes.py_object)),
    )


@pytest.fixture
def capi(native):
    return RevlogCapi.from_address(pointer_of(native.revlog_CAPI, REVLOG_NAME))


def parents(capi, index, rev):
    found = (ctypes.c_int * 2)(-7, -7)
    assert capi.index_parents(index, rev, ctypes.byref(found)) == 0
    return tuple(found)


def test_shape(capi):
    assert capi.abi_version == 3
    assert ctypes.sizeof(RevlogCapi) == 5 * ctypes.sizeof(ctypes.c_void_p)


def test_only_c_has_one(flavour):
    assert hasattr(flavour.module, "revlog_CAPI") == (flavour.name == "c")


@pytest.mark.parametrize("inline", [False, True])
def test_reading(native, capi, inline):
    entries = random_entries(random.Random(8), 60)
    index = native.parse_index2(pack_index(entries[:40], V1, inline), inline)[0]
    for entry in entries[40:]:
        index.append(tuple(entry))
    assert capi.index_length(index) == 60
    for rev, entry in enumerate(entries):
        assert ctypes.string_at(capi.index_node(index, rev), 20) == entry.node
        assert parents(capi, index, rev) == (entry.p1, entry.p2)
        assert capi.fast_rank(index, rev) == -1
    assert ctypes.string_at(capi.index_node(index, -1), 20) == bytes(20)
    assert parents(capi, index, -1) == (-1, -1)
    for rev in (60, 2**40, -2):
        assert capi.index_node(index, rev) is None


def test_ranks(native, capi):
    entries = random_entries(random.Random(9), 30, CHANGELOG_V2)
    data = pack_index(entries, CHANGELOG_V2, False)
    index = native.parse_index2(data, False, format=CHANGELOG_V2)[0]
    ranks = [capi.fast_rank(index, rev) for rev in range(30)]
    assert ranks == [entry.rank for entry in entries]
    assert capi.fast_rank(index, -1) == 0
    assert capi.fast_rank(index, 30) == -1


def test_errors(native, capi):
    entries = random_entries(random.Random(8), 3)
    entries[1] = entries[1]._replace(p1=9)
    index = native.parse_index2(pack_index(entries, V1, False), False)[0]
    found = (ctypes.c_int * 2)()
    for rev in (3, -2, 2**31 - 1, -(2**31)):
        with pytest.raises(IndexError, match=f"rev out of range: {rev}"):
            capi.index_parents(index, rev, ctypes.byref(found))
    with pytest.raises(ValueError, match="parent out of range"):
        capi.index_parents(index, 1, ctypes.byref(found))
    for other in (None, [], native.dirs()):
        with pytest.raises(SystemError):
            capi.index_parents(other, 0, ctypes.byref(found))


def test_the_context_counts_strips(native):
    context = RevlogContext.from_address(context_of(native.revlog_CAPI))
    assert (context.abi_version, context.size) == (1, ctypes.sizeof(RevlogContext))
    entries = random_entries(random.Random(8), 20)
    index = native.parse_index2(pack_index(entries, V1, False), False)[0]
    before = context.index_truncations(index)
    index.clearcaches()
    del index[15:-1]
    index.append(tuple(random_entries(random.Random(8), 1, V1, 15)[0]))
    del index[entries[3].node]
    assert context.index_truncations(index) == before + 1
    assert context_of(stock("parsers").revlog_CAPI) is None
