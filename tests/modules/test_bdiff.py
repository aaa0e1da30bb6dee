# SPDX-License-Identifier: GPL-2.0-or-later
"""bdiff (contract section 2.2): every flavour gives the same bytes."""

from __future__ import annotations

import random
import struct

import pytest

MODULE = "bdiff"


def applied(text, delta):
    result, position, last = [], 0, 0
    while position < len(delta):
        start, end, length = struct.unpack_from(">lll", delta, position)
        position += 12
        result += [text[last:start], delta[position : position + length]]
        position += length
        last = end
    return b"".join([*result, text[last:]])


def check_blocks(a, b, blocks, last_is_empty):
    """Blocks ascend, are of equal lines, and end at both ends."""
    ends = [0, 0]
    for a1, a2, b1, b2 in blocks:
        assert ends[0] <= a1 <= a2 <= len(a)
        assert ends[1] <= b1 <= b2 <= len(b)
        assert a[a1:a2] == b[b1:b2]
        ends = [a2, b2]
    assert ends == [len(a), len(b)]
    if last_is_empty:
        assert blocks[-1] == (len(a), len(a), len(b), len(b))


def some_texts(seed, count=40):
    chance = random.Random(seed)
    for _ in range(count):
        kinds = chance.choice([2, 8, 60, 5000])
        lines = [
            b" " * chance.randrange(0, 9, 4) + b"%d\n" % chance.randrange(kinds)
            for _ in range(chance.choice([0, 1, 4, 30, 300]))
        ]
        a = list(lines)
        for _ in range(chance.randrange(6)):
            at = chance.randrange(len(lines) + 1)
            some = lines[at : at + chance.randrange(4)]
            lines[at : at + chance.randrange(5)] = [b"new %d\n" % at, b"\n", *some]
        yield b"".join(a), b"".join(lines)[: -1 if chance.random() < 0.3 else None]


def test_only_the_c_flavour_has_a_version(flavour):
    version = getattr(flavour.module, "version", None)
    assert version == (3 if flavour.name == "c" else None)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"", []),
        (b"\n", [b"\n"]),
        (b"a", [b"a"]),
        (b"a\n\nb\r\nc", [b"a\n", b"\n", b"b\r\n", b"c"]),
        (b"a\rb\x0cc\x1c\n", [b"a\rb\x0cc\x1c\n"]),
    ],
)
def test_lines_end_at_newlines_only(subject, text, lines):
    assert subject.splitnewlines(text) == lines


@pytest.mark.parametrize(
    ("text", "one", "none"),
    [
        (b"", b"", b""),
        (b"  a \t\r b\n", b" a b\n", b"ab\n"),
        (b"a \n \nb  ", b"a\n\nb ", b"a\n\nb"),
        (b"\ta\r\n", b" a\n", b"a\n"),
        (b"a\x0b\x0cb\n", b"a\x0b\x0cb\n", b"a\x0b\x0cb\n"),
    ],
)
def test_white_space(subject, text, one, none):
    assert subject.fixws(text, False) == one
    assert subject.fixws(text, True) == none


def test_equal_texts_have_no_delta(subject):
    for text in (b"", b"a", b"a\nb\n", b"a\nb"):
        assert subject.bdiff(text, text) == b""
        assert subject.storage_diff(text, text) == b""


@pytest.mark.parametrize(
    ("a", "b", "hunks"),
    [
        (b"", b"a\n", [(0, 0, b"a\n")]),
        (b"a\n", b"", [(0, 2, b"")]),
        (b"a\nb\nc\n", b"a\nx\nc\n", [(2, 4, b"x\n")]),
        (b"a\nb", b"a\nc", [(2, 3, b"c")]),
        # Added lines are put last among lines they equal.
        (b"a\nb\n", b"a\na\nb\n", [(2, 2, b"a\n")]),
        (b"x\n" * 3, b"x\n" * 5, [(6, 6, b"x\nx\n")]),
    ],
)
def test_known_deltas(subject, a, b, hunks):
    delta = b"".join(
        struct.pack(">lll", start, end, len(data)) + data for start, end, data in hunks
    )
    for function in ("bdiff", "storage_diff", "line_diff", "manifest_diff"):
        assert getattr(subject, function)(a, b) == delta


@pytest.mark.parametrize(
    ("a", "b", "block"),
    [
        # The last of b's lines up to its middle, but the first for a's first.
        (b"0x", b"1x2x3x4", (1, 2, 3, 4)),
        (b"x", b"1x2x3x4", (0, 1, 1, 2)),
        # The last of a's up to its middle, unless that is b's first.
        (b"1x2x3x4567", b"0x", (3, 4, 1, 2)),
        (b"1x2x3x4567", b"x", (1, 2, 0, 1)),
    ],
)
def test_which_of_equally_long_runs_counts(subject, a, b, block):
    a, b = (b"".join(b"%c\n" % c for c in text) for text in (a, b))
    assert subject.blocks(a, b)[0] == block


@pytest.mark.parametrize("seed", range(5))
def test_deltas_give_the_other_text(subject, seed):
    for a, b in some_texts(seed):
        for function in ("bdiff", "storage_diff", "line_diff", "manifest_diff"):
            assert applied(a, getattr(subject, function)(a, b)) == b


@pytest.mark.parametrize("seed", range(5))
def test_blocks_are_of_equal_lines(subject, seed):
    for a, b in some_texts(seed):
        lines = [text.splitlines(True) for text in (a, b)]
        check_blocks(*lines, subject.blocks(a, b), True)
        check_blocks(*lines, subject.xdiffblocks(a, b), False)


def test_popular_lines_are_no_anchors_but_belong_to_runs(subject):
    # Too popular is what is in b more than 1000000 // (lines of b + 1) times.
    filler = [b"%d\n" % i for i in range(1000)] + [b"p\n"] * 1000
    a = [b"z\n", b"p\n", b"A\n", b"p\n"]
    b = [*filler, b"A\n", b"p\n"]
    ends = len(a), len(b)
    assert subject.blocks(b"".join(a), b"".join(b)) == [
        (1, 4, 1999, 2002),
        (ends[0], ends[0], ends[1], ends[1]),
    ]


def test_a_popular_first_line_is_left_out_of_the_run_it_begins(subject):
    filler = [b"%d\n" % i for i in range(1000)] + [b"p\n"] * 1000
    a = [b"p\n", b"A\n", b"B\n"]
    b = [*filler, b"A\n", b"B\n"]
    assert subject.blocks(b"".join(a), b"".join(b))[0] == (1, 3, 2000, 2002)


@pytest.mark.parametrize(
    ("a", "b", "blocks"),
    [
        (b"", b"", [(0, 0, 0, 0)]),  # how hghave asks for xdiff
        (b"a\nb\n", b"a\nb\n", [(0, 2, 0, 2)]),
        (b"a\n", b"", [(1, 1, 0, 0)]),
        (b"a\nb\n", b"a\nc\n", [(0, 1, 0, 1), (2, 2, 2, 2)]),
        (b"a\nb\nc\n", b"a\nc\n", [(0, 1, 0, 1), (2, 3, 1, 2)]),
    ],
)
def test_known_xdiff_blocks(subject, a, b, blocks):
    assert subject.xdiffblocks(a, b) == blocks


def test_changes_slide_to_where_indentation_reads_best(subject):
    one = b"def f():\n    return 1\n\n"
    two = b"def g():\n    return 1\n\n"
    three = b"def h():\n    return 1\n\n"
    # Not from inside f to inside g, as their common last lines would allow.
    assert subject.xdiffblocks(one + three, one + two + three) == [
        (0, 3, 0, 3),
        (3, 6, 6, 9),
    ]


def test_common_ends_beyond_a_hundred_lines(subject):
    head = b"".join(b"head %d\n" % i for i in range(350))
    tail = b"".join(b"tail %d\n" % i for i in range(420))
    a, b = head + b"a\n" + tail, head + b"b\nb\n" + tail
    blocks = [(0, 350, 0, 350), (351, 771, 352, 772)]
    assert subject.xdiffblocks(a, b) == blocks
    assert subject.xdiffblocks(a[:-1], b[:-1]) == blocks


def test_texts_with_nothing_in_common_and_many_edits(subject):
    a = b"".join(b"%d\n" % (i * i % 977) for i in range(1500))
    b = b"".join(b"%d\n" % (i * i % 983) for i in range(1500))
    for found in (subject.blocks(a, b), subject.xdiffblocks(a, b)):
        check_blocks(a.splitlines(True), b.splitlines(True), found, False)


def test_deep_recursion_is_no_problem(subject):
    # Every other line differs, and each match is found left of the one before.
    a = b"".join(b"%d\n" % i for i in range(20000))
    b = b"".join(b"%d\n%s" % (i, b"x\n" * (i % 2)) for i in range(20000))
    assert applied(a, subject.bdiff(a, b)) == b


def test_buffers(subject):
    a, b = b"a\nb\n", b"a\nc\n"
    expected = subject.bdiff(a, b)
    assert subject.bdiff(bytearray(a), memoryview(b)) == expected
    with pytest.raises(TypeError):
        subject.bdiff("a", b)


def test_bytes_only(flavour):
    for function in ("blocks", "splitnewlines", "fixws"):
        arguments = {"blocks": ("a", b""), "splitnewlines": ("a",)}
        with pytest.raises(TypeError):
            getattr(flavour.module, function)(*arguments.get(function, ("a", 0)))
