# SPDX-License-Identifier: GPL-2.0-or-later
"""`pyo3_rustext.revlog`: what calls take, answer, raise (pyo3 contract section 4)."""

from __future__ import annotations

import gc
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mercurial import error, revlog

from modules.rust_binding import rustext

InnerRevlog = rustext.revlog.InnerRevlog
NodeTree = rustext.revlog.NodeTree
NULL = b"\0" * 20
APART = 0x0002_0001
INLINE = 0x0003_0001


def node(rev: int) -> bytes:
    return bytes([rev * 16 + 1]) + b"\x11" * 19


def entry(rev: int, parents: tuple[int, int] | None = None, size: int = 6) -> Any:
    p1, p2 = parents or (rev - 1, -1)
    return (rev * size << 16, size, 5, rev, rev, p1, p2, node(rev), 0, 0, 2, 2, -1)


def packed(entries: list[Any]) -> bytes:
    data = b"".join(struct.pack(">Qiiiiii20s12x", *entry[:8]) for entry in entries)
    return struct.pack(">I", APART) + data[4:] if entries else b""


def configs(**changes: Any) -> dict[str, Any]:
    data = SimpleNamespace(check_ambig=False, uncompressed_cache_factor=None)
    delta = SimpleNamespace(general_delta=True, sparse_revlog=True, delta_info=False)
    feature = SimpleNamespace(compression_engine=b"zlib", compression_engine_options={})
    for name, value in changes.items():
        for config in (data, delta, feature):
            if hasattr(config, name):
                setattr(config, name, value)
    return {"data_config": data, "delta_config": delta, "feature_config": feature}


def inner(base: Path, entries: list[Any], **changes: Any) -> Any:
    arguments = {
        "vfs_base": bytes(base),
        "vfs_is_readonly": False,
        "index_data": packed(entries),
        "index_file": b"x.i",
        "data_file": b"x.d",
        "sidedata_file": None,
        "inline": False,
        "chunk_cache": None,
        "default_compression_header": None,
        "revlog_type": 1004,
        "encoding": 0,
    }
    return InnerRevlog(**arguments | configs() | changes)


@pytest.fixture
def three(tmp_path: Path) -> Any:
    """Three revisions, of which 1 and 2 are children of 0."""
    (tmp_path / "x.d").write_bytes(b"".join(b"utext%d" % rev for rev in range(3)))
    return inner(tmp_path, [entry(0), entry(1), entry(2, (0, -1))])


class Transaction:
    def __init__(self, refused: int = -1) -> None:
        self.told: list[tuple[bytes, int]] = []
        self.refused = refused

    def add(self, name: bytes, offset: int) -> None:
        if len(self.told) == self.refused:
            raise LookupError(name)
        self.told.append((name, offset))


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for changes, kind in (
        ({"revlog_type": 1005}, error.RevlogError),
        ({"encoding": 3}, ValueError),
        ({"index_data": bytearray(64)}, ValueError),
        ({"index_data": "text"}, TypeError),
        ({"index_data": struct.pack(">I", 2) + bytes(60)}, error.RevlogError),
        ({"index_data": packed([entry(0)])[:-1]}, error.RevlogError),
        ({"data_config": object()}, AttributeError),
        (configs(compression_engine=b"lzo"), ValueError),
        (configs(compression_engine_options={b"zlib.level": 10}), ValueError),
    ):
        with pytest.raises(kind):
            inner(tmp_path, [], **changes)


def test_proxy(three: Any) -> None:
    index = revlog.RustIndexProxy(three)
    assert (len(index), index.entry_size, index.rust_ext_compat) == (3, 64, 1)
    assert [item[7] for item in index] == [node(rev) for rev in range(3)]
    assert index[2] == entry(2, (0, -1)) and index[2] is not index[2]
    assert index[-1][7] == NULL and index[node(1)] == 1 and index[b"\x05" * 20] is None
    assert node(1) in index and b"\x05" * 20 not in index
    for key, kind in ((3, IndexError), (-2, IndexError), (b"x", ValueError)):
        with pytest.raises(kind):
            index[key]
    for no_key in ("x", 2**31, 1.5):
        with pytest.raises(TypeError):
            index[no_key]
    assert index.get_rev(NULL) == -1 and index.get_rev(b"\x05" * 20) is None
    with pytest.raises(error.RevlogError) as raised:
        index.rev(b"\x05" * 20)
    assert raised.value.args == (b"None",)
    assert index.partialmatch(b"11") == node(1)
    assert index.shortest(node(1)) == 1
    for hex_ in (b"", b"x", b"1" * 41):
        with pytest.raises(ValueError, match="Invalid node or prefix"):
            index.partialmatch(hex_)
    index.append((*entry(3)[:7], b"\x12" + b"\0" * 19))
    with pytest.raises(error.RevlogError) as raised:
        index.partialmatch(b"1")
    assert raised.value.args == (b"1",)


def test_heads(three: Any) -> None:
    heads = three._index_headrevs()
    assert heads == [1, 2] and three._index_headrevs(None) is heads
    hidden = three._index_headrevs([2])
    assert hidden == [1] and three._index_headrevs({2}) is hidden
    assert three._index_headrevs(None, 2) == [1]
    assert three._index_headrevs(None, 0) == []
    assert three._index_headrevs(None, 9) == [1, 2]
    assert three._index_head_node_ids() == [node(1), node(2)]
    with pytest.raises(rustext.GraphError) as raised:
        three._index_headrevs([7])
    assert raised.value.args == ("InvalidRevision", 7)
    assert three._index_headrevsdiff(1, 3) == ([0], [2, 1])
    assert three._index_headrevsdiff(3, 1) == ([], [])
    with pytest.raises(ValueError, match="^revlog index out of range: 4$"):
        three._index_headrevsdiff(0, 4)


def test_walks(three: Any) -> None:
    assert (
        three._index_ancestors(1, 2) == three._index_commonancestorsheads(1, 2) == [0]
    )
    assert three._index_ancestors() == three._index_ancestors(1, -1) == []
    with pytest.raises(TypeError, match="failed to extract field PyRevision.0"):
        three._index_ancestors("x")
    assert sorted(three._index_reachableroots2(0, [2], [0], True)) == [0, 2]
    with pytest.raises(IndexError, match="^head out of range$"):
        three._index_reachableroots2(0, [3], [0], True)
    assert three._index_computephasesmapsets({1: [1], 2: {2}, 0: [0]}) == (
        3,
        {1: {1}, 2: {2}, 32: set(), 96: set()},
    )
    with pytest.raises(error.RevlogError, match="invalid phase value 3"):
        three._index_computephasesmapsets({3: [0]})
    assert three._index_slicechunktodensity([], 0.5, 1) == []
    assert three._index_deltachain(2, None) == ([2], False)


def test_records_of_an_inline_revlog_are_gaps(three: Any, tmp_path: Path) -> None:
    """Mercurial 7 counts what stands between chunks in the file."""
    assert three._index_slicechunktodensity([0, 2], 0.9, 30) == ([0, 2],)
    entries = [entry(rev) for rev in range(3)]
    apart = packed(entries)
    records = [apart[at : at + 64] for at in range(0, len(apart), 64)]
    data = b"".join(record + b"utext%d" % rev for rev, record in enumerate(records))
    data = struct.pack(">I", INLINE) + data[4:]
    (tmp_path / "y.i").write_bytes(data)
    changes = {"index_data": data, "index_file": b"y.i", "inline": True}
    inline = inner(tmp_path, [], **changes)
    assert inline._index_slicechunktodensity([0, 2], 0.9, 133) == [[0], [2]]
    assert inline._index_slicechunktodensity([0, 2], 0.9, 134) == ([0, 2],)


def test_strip_and_append(three: Any) -> None:
    del revlog.RustIndexProxy(three)[1:-1]
    assert three._index___len__() == 1 and three._index_get_rev(node(2)) is None
    with pytest.raises(ValueError, match="Inconsistency: Revision 5 found"):
        three._index___delitem__(5)
    with pytest.raises(error.RevlogError, match="unknown revlog index flags: 1"):
        three._index_append((1, *entry(1)[1:]))
    with pytest.raises(IndexError):
        three._index_append(entry(1)[:7])
    three._index_append(entry(1))
    assert three._index_get_rev(node(1)) == 1


def test_node_map(three: Any) -> None:
    data = three._index_nodemap_data_all()
    assert three._index_nodemap_data_incremental() is None
    docket = SimpleNamespace(tip_rev=1)
    three._index_update_nodemap_data(docket, data)
    (returned, changed, more) = three._index_nodemap_data_incremental()
    assert returned is docket and changed > 0 and len(more) % 64 == 0
    assert three._index_nodemap_data_incremental() is None
    with pytest.raises(ValueError):
        three._index_update_nodemap_data(SimpleNamespace(tip_rev=3), data)
    with pytest.raises(ValueError):
        three._index_update_nodemap_data(docket, data[:-1])
    assert three._index_rev(node(2)) == 2


def test_texts(three: Any, tmp_path: Path) -> None:
    with three.reading():
        assert three.is_open
        assert three.raw_text(1) == (1, b"text1", False)
    assert not three.is_open
    assert three.get_cached_text(1) is None
    text = b"another"
    three.cache_revision_text(1, text, False)
    cached = three.get_cached_text(1)
    assert three.raw_text(1) is cached and cached[1] is text
    three.cache_revision_text(1, b"right", True)
    three.cache_revision_text(1, b"wrong", False)
    assert three.raw_text(1) == (1, b"right", True)
    three.clear_cached_text(2)
    assert three.get_cached_text(1) is not None
    three.clear_cache()
    assert three.raw_text(1) == (1, b"text1", False)
    assert three.rev_diff(1, 1, None) == b""
    assert three.raw_text(-1) == (-1, b"", True)
    (tmp_path / "x.d").write_bytes(b"utext0qtext1")
    with pytest.raises(error.RevlogError, match="unknown compression header '113'"):
        three._chunk(1)
    with pytest.raises(error.RevlogError, match="revision 2"):
        three._chunk(2)
    (tmp_path / "x.d").unlink()
    with pytest.raises(error.RevlogError, match="^abort: when reading .*/x.d: No such"):
        three.reading().__enter__()
    assert not three.is_open


@pytest.mark.parametrize(
    ("hunk", "problem"),
    [
        ((3, 1, 0), "patch cannot be decoded"),
        ((0, 9, 0), "invalid patch"),
        ((0, 0, -1), "patch insert more data than available: 4294967295 < 0"),
        ((0, 0, 7), "patch insert more data than available: 7 < 0"),
    ],
)
def test_deltas_that_do_not_apply(
    tmp_path: Path, hunk: tuple[int, int, int], problem: str
) -> None:
    delta = b"u" + struct.pack(">iii", *hunk)
    (tmp_path / "x.d").write_bytes(b"utext0" + delta)
    second = (6 << 16, len(delta), -1, 0, *entry(1)[4:])
    revlog = inner(tmp_path, [entry(0), second])
    with pytest.raises(error.RevlogError) as raised, revlog.reading():
        revlog.raw_text(1)
    assert str(raised.value) == f"abort: corrupted revlog, {problem}"


def write(revlog: Any, transaction: Transaction, rev: int) -> Any:
    revlog._index_append(entry(rev))
    data = (b"u", b"text%d" % rev)
    arguments = (rev, rev * 6, None, None, None, None, None)
    return revlog.write_entry(transaction, packed([entry(rev)]), data, *arguments)


def test_a_refusal_leaves_the_files_as_they_were(tmp_path: Path) -> None:
    for refused in range(4):
        revlog = inner(tmp_path, [])
        transaction = Transaction(refused)
        with pytest.raises(LookupError), revlog.writing(transaction):
            assert revlog.is_writing
            write(revlog, transaction, 0)
        assert not revlog.is_writing and revlog._writinghandles is None
        sizes = [path.stat().st_size for path in tmp_path.iterdir()]
        assert sum(sizes) == 0
    with pytest.raises(error.RevlogError, match="outside of the `with_write` context"):
        write(revlog, transaction, 1)
    read_only = inner(tmp_path, [], vfs_is_readonly=True)
    with pytest.raises(error.RevlogError, match="write access in a readonly vfs"):
        read_only.writing(transaction).__enter__()


def test_a_transaction_may_use_the_revlog(tmp_path: Path) -> None:
    revlog = inner(tmp_path, [])

    class Curious(Transaction):
        def add(self, name: bytes, offset: int) -> None:
            super().add(name, offset)
            self.seen = (revlog._index___len__(), revlog._index_get_rev(node(9)))
            revlog._index_clearcaches()
            gc.collect()

    transaction = Curious()
    with revlog.writing(transaction):
        assert write(revlog, transaction, 0) == (64, 6)
        index, data, none = revlog._writinghandles
        assert (index.tell(), data.tell(), none) == (64, 6, None)
        assert revlog.raw_text(0) == (0, b"text0", False)
        with revlog.writing(Transaction(0)):
            assert revlog.is_writing
        assert revlog.is_writing
    assert not revlog.is_writing
    assert transaction.told == [(b"x.d", 0), (b"x.i", 0)] * 2
    assert transaction.seen == (1, None)


def test_delayed_writes_keep_the_caches(three: Any) -> None:
    assert three.delay() is None and three.is_delaying
    with pytest.raises(AssertionError):
        three.clear_cache()
    with pytest.raises(error.RevlogError, match="in use"), three.reading():
        three.write_pending()


def test_node_tree(three: Any) -> None:
    proxy = revlog.RustIndexProxy(three)
    before = sys.getrefcount(three)
    tree = NodeTree(proxy)
    assert sys.getrefcount(three) == before + 1
    tree.insert(0)
    tree.insert(0)
    tree.insert(1)
    assert tree.prefix_rev_lookup(b"1") == 1
    assert tree.shortest(node(1)) == 1
    for rev in (-1, 3):
        with pytest.raises(ValueError, match=f"revlog index out of range: {rev}"):
            tree.insert(rev)
    with pytest.raises(error.RevlogError):
        tree.shortest(node(2))
    assert not tree.is_invalidated()
    proxy.append(entry(3))
    assert tree.is_invalidated()
    with pytest.raises(RuntimeError, match="after mutation"):
        tree.shortest(node(1))
    del tree
    assert sys.getrefcount(three) == before
    with pytest.raises(AttributeError):
        NodeTree(three)
