# SPDX-License-Identifier: GPL-2.0-or-later
"""mpatch (contract section 2.3)."""

from __future__ import annotations

import random
import struct
import sys

import pytest

MODULE = "mpatch"


def delta(*hunks):
    return b"".join(
        struct.pack(">lll", start, end, len(data)) + data for start, end, data in hunks
    )


def replaced(text, hunks):
    for start, end, data in reversed(hunks):
        text = text[:start] + data + text[end:]
    return text


def test_only_the_c_flavour_has_a_version(flavour):
    version = getattr(flavour.module, "version", None)
    assert version == (1 if flavour.name == "c" else None)


def test_the_error_belongs_to_the_module(subject):
    assert issubclass(subject.mpatchError, Exception)
    assert subject.mpatchError.__name__ == "mpatchError"
    home = subject.mpatchError.__module__
    assert home == subject.__name__ or sys.modules[home].mpatchError


def test_no_deltas_give_the_very_text(subject):
    for text in (b"text", object(), None):
        assert subject.patches(text, []) is text


@pytest.mark.parametrize(
    ("text", "hunks", "result"),
    [
        (b"", [(0, 0, b"abc")], b"abc"),
        (b"abc", [(0, 3, b"")], b""),
        (b"abcdef", [(1, 3, b"XYZ")], b"aXYZdef"),
        (b"abcdef", [(0, 0, b"<"), (3, 3, b"|"), (6, 6, b">")], b"<abc|def>"),
        (b"abcdef", [(2, 2, b"x"), (2, 4, b"y")], b"abxyef"),
    ],
)
def test_one_delta(subject, text, hunks, result):
    assert subject.patches(text, [delta(*hunks)]) == result
    assert subject.patches(bytearray(text), [memoryview(delta(*hunks))]) == result
    assert subject.patchedsize(len(text), delta(*hunks)) == len(result)


def test_an_empty_delta_changes_nothing(subject):
    assert subject.patches(b"abc", [b""]) == b"abc"
    assert subject.patches(b"abc", [b"", delta((1, 2, b"")), b""]) == b"ac"
    assert subject.patchedsize(5, b"") == 5


def some_hunks(chance, size):
    places = sorted(chance.randrange(size + 1) for _ in range(2 * chance.randrange(5)))
    return [
        (start, end, bytes(chance.choices(b"ABCDEFGH", k=chance.randrange(8))))
        for start, end in zip(places[::2], places[1::2])
    ]


@pytest.mark.parametrize("seed", range(60))
def test_chains(subject, seed):
    chance = random.Random(seed)
    text = expected = bytes(chance.choices(b"0123456789", k=chance.randrange(60)))
    deltas = []
    for _ in range(chance.randrange(1, 40)):
        hunks = some_hunks(chance, len(expected))
        size = subject.patchedsize(len(expected), delta(*hunks))
        expected = replaced(expected, hunks)
        assert size == len(expected)
        deltas.append(delta(*hunks))
        assert subject.patches(text, deltas) == expected


@pytest.mark.parametrize(
    "bad",
    [
        b"short",
        delta((0, 0, b"abc"))[:-1],
        delta((0, 0, b"abc")) + b"junk",
        struct.pack(">lll", -1, 0, 0),
        struct.pack(">lll", 2, 1, 0),
        struct.pack(">lll", 0, 0, -1),
        struct.pack(">lll", 0, 0, -12),
        struct.pack(">lll", 0, 0, 2**31 - 1),
    ],
)
def test_deltas_that_cannot_be_decoded(subject, bad):
    for deltas in ([bad], [b"", bad], [bad, delta((0, 0, b"x"))]):
        with pytest.raises(subject.mpatchError, match="patch cannot be decoded"):
            subject.patches(b"some text", deltas)


@pytest.mark.parametrize(
    "bad", [b"short", delta((0, 0, b"abc"))[:-1], struct.pack(">lll", 2, 1, 0)]
)
def test_sizes_of_deltas_that_cannot_be_decoded(subject, bad):
    with pytest.raises(subject.mpatchError, match="patch cannot be decoded"):
        subject.patchedsize(9, bad)
    with pytest.raises(subject.mpatchError, match="patch cannot be decoded"):
        subject.patchedsize(9, struct.pack(">lll", 0, 0, -12))


@pytest.mark.parametrize(
    "hunks",
    [
        [(0, 10, b"")],
        [(10, 10, b"")],
        [(3, 5, b""), (4, 6, b"")],
        [(3, 5, b""), (0, 1, b"")],
        [(0, 2**31 - 1, b"")],
    ],
)
def test_deltas_that_do_not_fit(subject, hunks):
    with pytest.raises(subject.mpatchError, match="invalid patch"):
        subject.patches(b"123456789", [delta(*hunks)])


def test_sizes_are_not_checked_against_the_text(subject):
    assert subject.patchedsize(0, delta((5, 10, b"ab"))) == -3


def test_deltas_come_as_a_list(subject):
    for deltas in (None, 5, (b"",), b"", {}):
        with pytest.raises(TypeError):
            subject.patches(b"text", deltas)


def test_what_is_no_buffer(subject):
    for text, deltas in (("text", [b""]), (b"text", ["delta"]), (None, [b""])):
        with pytest.raises(TypeError):
            subject.patches(text, deltas)
