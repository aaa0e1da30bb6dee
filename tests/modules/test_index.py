# SPDX-License-Identifier: GPL-2.0-or-later
"""The records of a revlog index (contract section 2.8)."""

from __future__ import annotations

import mmap
import sys
from types import SimpleNamespace

import pytest
from mercurial.error import RevlogError

from modules.index_inputs import (
    LAYOUTS,
    NULL_ENTRY,
    heads_of,
    history,
    linear,
    open_index,
)
from modules.parsers_inputs import (
    CHANGELOG_V2,
    ENTRY_SIZES,
    V1,
    V2,
    pack_entry,
    pack_index,
)

MODULE = "parsers"


@pytest.mark.parametrize(("format", "inline"), LAYOUTS)
def test_entries(subject, format, inline):
    entries = history(format, 40, format)
    index = open_index(subject, entries, format, inline)
    assert len(index) == 40
    assert [tuple(one) for one in index] == [tuple(entry) for entry in entries]
    assert tuple(index[7]) == tuple(entries[7])
    assert tuple(index[-1])[:8] == NULL_ENTRY[:8]
    assert index.entry_size == ENTRY_SIZES[format]
    for rev in (40, 41, -2):
        with pytest.raises(IndexError):
            index[rev]
    for rev, entry in enumerate(entries):
        record = pack_entry(entry, format)
        if rev == 0 and format == V1:
            record = record[4:]
        elif rev == 0 and format == V2:
            continue  # the file has a header there
        assert index.entry_binary(rev) == record


def test_null_entry(subject):
    index = open_index(subject, linear(2))
    assert index[-1] == NULL_ENTRY
    assert index[-1] is index[-1]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("inline", [False, True])
def test_cache_and_buffers(subject, kind, inline):
    data = kind(pack_index(linear(3), V1, inline))
    index, cache = subject.parse_index2(data, inline)
    assert len(index) == 3
    if inline:
        assert cache[0] == 0 and cache[1] is data and len(cache) == 2
    else:
        assert cache is None


def test_a_mapped_file_stays_mapped(native, tmp_path):
    path = tmp_path / "index"
    path.write_bytes(pack_index(linear(3), V1, False))
    with path.open("r+b") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    index = native.parse_index2(data, False)[0]
    with pytest.raises(BufferError):
        data.close()
    assert len(list(index)) == 3
    del index
    data.close()


def test_what_is_no_index(native):
    data = pack_index(linear(3), V1, False)
    for bad in (data[:-1], data + b"x", data[:63]):
        with pytest.raises(ValueError, match="corrupt index file"):
            native.parse_index2(bad, False)
    inline = pack_index(linear(3), V1, True)
    for bad in (inline[:-1], inline + b"x", inline + b"x" * 64):
        with pytest.raises(ValueError, match="corrupt index file"):
            native.parse_index2(bad, True)
    long = inline[:8] + b"\xff" * 4 + inline[12:]
    with pytest.raises(ValueError, match="corrupt index file"):
        native.parse_index2(long, True)
    with pytest.raises(RevlogError):
        native.parse_index2(bytes(96), True, format=CHANGELOG_V2)
    with pytest.raises(ValueError, match="format"):
        native.parse_index2(data, False, format=77)
    for bad in (0, "text", None, [data]):
        with pytest.raises(TypeError):
            native.parse_index2(bad, False)
    for arguments in ((), (data,), (data, False, True, True, V1, 0)):
        with pytest.raises(TypeError):
            native.parse_index2(*arguments)
    with pytest.raises(TypeError):
        native.parse_index2(data, False, unknown=1)


def test_index_is_the_type(native):
    data = pack_index(linear(3), V1, False)
    index = native.index(data, False)
    assert type(index) is native.index and len(index) == 3
    assert len(native.index(data, False, V1)) == 3
    assert index.nodemap is index
    index.entry_size = 65
    assert index.entry_size == 65
    for absent in ("head_node_ids", "nodemap_data_all", "update_nodemap_data"):
        assert not hasattr(index, absent)
    with pytest.raises(TypeError):
        type("Sub", (native.index,), {})


def test_which_rust_takes_the_index(native, monkeypatch):
    """`rust_ext_compat` of an index of 6.9's, and of one of 7.2's."""
    data = pack_index(linear(3), V1, False)

    def compatible():
        old = native.parse_index2(data, False)[0]
        new = native.parse_index2(data, False, True, True)[0]
        return old.rust_ext_compat, new.rust_ext_compat

    name = "mercurial.rustext"
    # Nobody asks where there is none. Mercurial's own takes no C index.
    monkeypatch.delitem(sys.modules, name, raising=False)
    assert compatible() == (1, 0)
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(core_CAPI=None))
    assert compatible() == (1, 0)
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(ancestor=None))
    assert compatible() == (0, 0)
    index = native.parse_index2(data, False)[0]
    index.rust_ext_compat = 1
    assert index.rust_ext_compat == 1


def test_the_two_hosts_constructors(native):
    entries = linear(4)
    entries[2] = entries[2]._replace(base=1, compressed=0)
    entries[3] = entries[3]._replace(base=2)
    old = open_index(native, entries)
    new = open_index(native, entries, extra=(True, False))
    named = native.parse_index2(
        pack_index(entries, V1, False), False, uses_generaldelta=1, uses_delta_info=0
    )[0]
    assert old.deltachain(3, None, 1) == ([1, 2, 3], False)
    assert new.deltachain(3, None) == named.deltachain(3, None) == ([1, 3], False)
    with pytest.raises(TypeError):
        old.deltachain(3, None)
    with pytest.raises(TypeError):
        new.deltachain(3, None, 1)
    with pytest.raises(TypeError):
        native.parse_index2(b"", False, uses_generaldelta=True)


@pytest.mark.parametrize(("format", "inline"), LAYOUTS)
@pytest.mark.parametrize("look_first", [False, True])
def test_append_and_strip(subject, format, inline, look_first):
    entries = history(9, 60, format)
    index = open_index(subject, entries[:20], format, inline)
    if look_first:
        assert not index.has_node(b"unknown" + bytes(13))
    for entry in entries[20:]:
        index.append(tuple(entry))
        assert index.rev(entry.node) == entry.link
    assert [tuple(one) for one in index] == [tuple(entry) for entry in entries]
    for length in (50, 20, 11, 0):
        del index[length:-1]
        assert len(index) == length
        for rev, entry in enumerate(entries):
            assert index.get_rev(entry.node) == (rev if rev < length else None)
            assert index.has_node(entry.node) == (rev < length)
    for entry in entries:
        index.append(tuple(entry))
    if format == CHANGELOG_V2:
        assert [one[7] for one in index] == [entry.node for entry in entries]
    else:
        assert [tuple(one) for one in index] == [tuple(entry) for entry in entries]
    assert index.headrevs() == heads_of(entries, range(60))


def test_first_record_without_a_header(subject):
    entry = linear(1)[0]._replace(offset_flags=(7 << 16) | 3)
    index = subject.parse_index2(b"", False)[0]
    index.append(tuple(entry))
    assert index[0][0] == (7 << 16) | 3
    assert open_index(subject, [entry])[0][0] == 3


def test_append_refuses(subject):
    index = open_index(subject, linear(1))
    good = tuple(linear(2)[1])
    for bad in (None, [], good[:12], (*good, 0), list(good)):
        with pytest.raises(TypeError, match="12-tuple required"):
            index.append(bad)
    for place, value in ((1, 2**31), (3, None), (0, b"x"), (7, 5), (7, "x" * 20)):
        with pytest.raises(TypeError, match="12-tuple required"):
            index.append((*good[:place], value, *good[place + 1 :]))
    with pytest.raises(TypeError, match="invalid node"):
        index.append((*good[:7], b"short", *good[8:]))
    for place in (10, 11):
        with pytest.raises(ValueError, match="compression mode"):
            index.append((*good[:place], 1, *good[place + 1 :]))
    assert len(index) == 1


def test_strip_refuses(native):
    index = open_index(native, linear(5))
    for bad in (slice(1, 3), slice(0, 6), slice(2, None)):
        with pytest.raises(IndexError, match="deletion indices are invalid"):
            del index[bad]
    with pytest.raises(ValueError, match="step size"):
        del index[0:5:2]
    with pytest.raises(TypeError):
        del index[1]
    del index[5:-1]
    del index[3:2]
    assert len(index) == 5
    del index[4:1:-1]
    assert len(index) == 2


def test_nodes_can_be_set_and_forgotten(native):
    index = open_index(native, linear(3))
    node = linear(3)[1].node
    assert index.rev(node) == 1
    del index[node]
    index[node] = 1
    assert index.rev(node) == 1
    for rev in (-1, 2**31, 2**40):
        with pytest.raises(ValueError, match="rev out of range"):
            index[node] = rev
    with pytest.raises(OverflowError):
        index[node] = 2**70
    with pytest.raises(TypeError):
        index[node] = None
    index[node] = 2
    assert index.rev(linear(3)[2].node) == 2


def test_the_newest_of_equal_nodes(subject):
    entries = linear(3)
    twin = entries[1]._replace(link=3)
    index = open_index(subject, entries)
    assert index.rev(twin.node) == 1
    index.append(tuple(twin))
    assert index.rev(twin.node) == 3


def test_replace_sidedata_info(subject):
    for format in (V2, CHANGELOG_V2):
        entries = history(4, 10, format)
        index = open_index(subject, entries[:6], format)
        for entry in entries[6:]:
            index.append(tuple(entry))
        index.replace_sidedata_info(8, 1234, 56, 789 << 16, 1)
        found = index[8]
        assert (found[0], found[8], found[9], found[11]) == (789 << 16, 1234, 56, 1)
        assert found[10] == entries[8].data_mode
        for rev in (5, -1, 10):
            with pytest.raises(IndexError):
                index.replace_sidedata_info(rev, 1, 2, 3, 1)
    with pytest.raises(RevlogError):
        open_index(subject, linear(2)).replace_sidedata_info(0, 1, 2, 3, 1)


def test_headers(subject):
    index = open_index(subject, linear(1))
    assert index.pack_header(0x10001) == b"\0\1\0\1"
    with pytest.raises(Exception, match="docket"):
        open_index(subject, history(1, 2, V2), V2).pack_header(1)


def test_entry_binary_out_of_range(subject):
    index = open_index(subject, linear(2))
    for rev in (-1, 2, 2**40):
        with pytest.raises(ValueError, match="out of range"):
            index.entry_binary(rev)
    with pytest.raises(TypeError):
        index.entry_binary(b"x")


def test_cycles_are_collected(native):
    import gc
    import weakref

    class Filter(frozenset):
        pass

    index = open_index(native, linear(3))
    filtered = Filter([1])
    filtered.index = index
    index.headrevs(filtered)
    gone = weakref.ref(filtered)
    del index, filtered
    gc.collect()
    assert gone() is None
