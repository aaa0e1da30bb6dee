# SPDX-License-Identifier: GPL-2.0-or-later
"""The dirstate-v1 functions (contract section 2.7)."""

from __future__ import annotations

import struct

import pytest

MODULE = "parsers"

P1, P2 = b"1" * 20, b"2" * 20


def record(state, mode, size, mtime, path):
    return struct.pack(">cllll", state, mode, size, mtime, len(path)) + path


FILE = P1 + P2 + b"".join(
    [
        record(b"n", 0o100644, 7, 99, b"zz/clean"),
        record(b"n", 0, -1, -1, b"a/dirty"),
        record(b"n", 0, -2, -1, b"from-p2"),
        record(b"a", 0, -1, -1, b"added"),
        record(b"m", 0, -2, -1, b"merged"),
        record(b"r", 0, 0, 0, b"removed"),
        record(b"r", 0, -1, 0, b"removed-merged"),
        record(b"r", 0, -2, 0, b"removed-p2"),
        record(b"n", 0o100755, 5, 100, b"copy\0source"),
    ]
)  # fmt: skip


def parse(subject, data):
    items, copies = {}, {}
    parents = subject.parse_dirstate(items, copies, data)
    return tuple(parents), items, copies


def test_parse(subject):
    parents, items, copies = parse(subject, FILE)
    assert parents == (P1, P2)
    assert list(items)[:3] == [b"zz/clean", b"a/dirty", b"from-p2"]
    assert copies == {b"copy": b"source"}
    values = {
        path: (item.state, item.mode, item.size, item.mtime)
        for path, item in items.items()
    }
    assert values == {
        b"zz/clean": (b"n", 0o100644, 7, 99),
        b"a/dirty": (b"n", 0, -1, -1),
        b"from-p2": (b"n", 0, -2, -1),
        b"added": (b"a", 0, -1, -1),
        b"merged": (b"m", 0, -2, -1),
        b"removed": (b"r", 0, 0, 0),
        b"removed-merged": (b"r", 0, -1, 0),
        b"removed-p2": (b"r", 0, -2, 0),
        b"copy": (b"n", 0o100755, 5, 100),
    }


def test_round_trip(subject):
    parents, items, copies = parse(subject, FILE)
    assert subject.pack_dirstate(items, copies, parents) == FILE
    assert subject.pack_dirstate({}, {}, (P1, P2)) == P1 + P2


def test_many_records(subject):
    data = (
        P1
        + P2
        + b"".join(record(b"n", 0o100644, n, n, b"f%d" % n) for n in range(1000))
    )
    parents, items, copies = parse(subject, data)
    assert list(items) == [b"f%d" % n for n in range(1000)]
    assert subject.pack_dirstate(items, copies, parents) == data


def test_the_last_of_a_name_wins(subject):
    data = P1 + P2 + record(b"a", 0, -1, -1, b"f") + record(b"r", 0, 0, 0, b"f")
    assert parse(subject, data)[1][b"f"].state == b"r"


@pytest.mark.parametrize("length", range(40))
def test_too_short_for_parents(native, length):
    with pytest.raises(ValueError, match="too little data for parents"):
        parse(native, FILE[:length])


def test_cut_short(native):
    for length in range(41, len(FILE)):
        try:
            parse(native, FILE[:length])
        except ValueError as error:
            assert str(error) == "overflow in dirstate"
        else:
            assert parse(native, FILE[:length])[2] in ({}, {b"copy": b"source"})
    huge = P1 + P2 + struct.pack(">cllll", b"n", 0, 0, 0, -1)
    with pytest.raises(ValueError, match="overflow"):
        parse(native, huge)


def test_unknown_state(native):
    with pytest.raises(RuntimeError, match="unknown state: `x`"):
        parse(native, P1 + P2 + record(b"x", 1, 2, 3, b"f"))
    with pytest.raises(RuntimeError, match="unknown state"):
        parse(native, P1 + P2 + record(b"\xff", 1, 2, 3, b"f"))


def test_arguments(native):
    with pytest.raises(TypeError):
        native.parse_dirstate([], {}, FILE)
    with pytest.raises(TypeError):
        native.parse_dirstate({}, None, FILE)
    for data in (bytearray(FILE), memoryview(FILE), "text", None):
        with pytest.raises(TypeError):
            native.parse_dirstate({}, {}, data)


def test_pack_refuses_what_it_cannot_pack(native):
    item = native.DirstateItem(1, 1)
    good = (P1, P2)
    for arguments in (
        ({b"f": item}, {}, (P1,)),
        ({b"f": item}, {}, [P1, P2]),
        ({b"f": item}, {}, (P1, b"short")),
        ({b"f": item}, {}, (P1, "2" * 20)),
        ({"f": item}, {}, good),
        ({b"f": (b"n", 0, 0, 0)}, {}, good),
        ({b"f": item}, {b"f": "source"}, good),
        ([], {}, good),
        ({}, [], good),
    ):
        for _ in range(5):
            with pytest.raises(TypeError):
                native.pack_dirstate(*arguments)
    assert native.pack_dirstate({b"f": item}, {b"other": "source"}, good)


def test_pack_can_be_replaced(native):
    kept = native.pack_dirstate
    try:
        native.pack_dirstate = None
        assert native.pack_dirstate is None
    finally:
        native.pack_dirstate = kept


def test_dict_new_presized(subject):
    for size in (0, 1, 5, 100000):
        made = subject.dict_new_presized(size)
        assert made == {} and type(made) is dict
        made[b"key"] = 1
        assert made == {b"key": 1}
