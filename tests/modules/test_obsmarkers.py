# SPDX-License-Identifier: GPL-2.0-or-later
"""fm1readmarkers (contract section 2.11)."""

from __future__ import annotations

import struct

import pytest

MODULE = "parsers"


def node(n, size=20):
    return bytes([n]) * size


def marker(successors=(), parents=None, meta=(), flags=0, date=1.5, zone=-90):
    count = 3 if parents is None else len(parents)
    size = 32 if flags & 2 else 20
    body = node(9, size) + b"".join(successors) + b"".join(parents or ())
    body += b"".join(struct.pack("BB", len(k), len(v)) for k, v in meta)
    body += b"".join(k + v for k, v in meta)
    return (
        struct.pack(
            ">IdhHBBB",
            19 + len(body),
            date,
            zone,
            flags,
            len(successors),
            count,
            len(meta),
        )
        + body
    )


def read(subject, data):
    return list(subject.fm1readmarkers(data, 0, len(data)))


def test_fields(subject):
    meta = ((b"user", b"someone"), (b"note", b""))
    data = marker([node(1), node(2)], [node(3)], meta, flags=1)
    assert read(subject, data) == [
        (node(9), (node(1), node(2)), 1, meta, (1.5, -5400), (node(3),))
    ]
    assert read(subject, marker()) == [(node(9), (), 0, (), (1.5, -5400), None)]


def test_sha256(subject):
    data = marker([node(1, 32)], [node(2, 32), node(3, 32)], flags=2)
    (found,) = read(subject, data)
    assert found[0] == node(9, 32)
    assert found[1] == (node(1, 32),)
    assert found[5] == (node(2, 32), node(3, 32))


def test_many(subject):
    metas = [((b"user", b"u%d" % (n // 3)),) for n in range(20)] + [()]
    data = b"".join(marker([node(n % 9)], meta=meta) for n, meta in enumerate(metas))
    assert [found[3] for found in read(subject, data)] == metas
    part = marker([node(0)], meta=metas[0])
    assert len(subject.fm1readmarkers(data, len(part), 2 * len(part))) == 1


def test_nothing(subject):
    assert list(subject.fm1readmarkers(b"", 0, 0)) == []
    assert list(subject.fm1readmarkers(b"xy", 2, 2)) == []


def test_overflow(native):
    data = marker([node(1)], [node(2)], ((b"user", b"me"),))
    for length in range(1, len(data)):
        with pytest.raises(ValueError, match="overflow in obsstore"):
            read(native, data[:length])
    for size in (0, 1, 18, 19, 38, len(data) - 1):
        with pytest.raises(ValueError, match="overflow in obsstore"):
            read(native, struct.pack(">I", size) + data[4:])


def test_arguments(native):
    with pytest.raises(ValueError, match="invalid negative offset"):
        native.fm1readmarkers(b"abc", -1, 2)
    with pytest.raises(ValueError, match="stop longer than data"):
        native.fm1readmarkers(b"abc", 0, 4)
    for data in (bytearray(b"abc"), memoryview(b"abc"), "abc"):
        with pytest.raises(TypeError):
            native.fm1readmarkers(data, 0, 0)
    with pytest.raises(TypeError):
        native.fm1readmarkers(b"abc", None, 0)
