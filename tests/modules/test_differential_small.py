# SPDX-License-Identifier: GPL-2.0-or-later
"""Ours and Mercurial's own C modules, on the same random input in one process.

HGAMALGAM_CASES sets how many cases each test tries. What contract section 2.14
lists is left out, and bytes above 127 for b85decode, where Mercurial's reads beyond
its table.
"""

from __future__ import annotations

import os
import struct

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from modules.flavours import flavours, load
from modules.stock import outcome, stock

CASES = settings(
    max_examples=int(os.environ.get("HGAMALGAM_CASES", "300")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def ours(module):
    return load("c", module).module


OURS = {name: ours(name) for name in ("base85", "bdiff", "mpatch", "osutil")}
STOCK = {name: stock(name) for name in (*OURS, "parsers")}


def both(module, function, *arguments):
    """Call both, compare, and return the outcome."""
    mine = outcome(getattr(OURS[module], function), *arguments)
    theirs = outcome(getattr(STOCK[module], function), *arguments)
    assert mine == theirs
    return mine


# base85

DIGITS = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    b"!#$%&()*+-;<=>?@^_`{|}~"
)
ENCODED = st.one_of(
    st.lists(st.sampled_from(DIGITS), max_size=30).map(bytes),
    st.lists(st.integers(0, 127), max_size=12).map(bytes),
    st.lists(st.sampled_from(b"~|NsC0z\0"), max_size=12).map(bytes),
)


@CASES
@given(st.binary(max_size=60), st.booleans())
def test_b85encode(text, pad):
    both("base85", "b85encode", text, pad)


@CASES
@given(ENCODED)
@example(b"~~~~")
@example(b"|NsC1")
def test_b85decode(text):
    both("base85", "b85decode", text)


# bdiff

LINES = st.sampled_from(
    [b"\n", b"  \n", b"\t}\n", b"}\n", b"    a\n", b"    b\n", b"a\n", b"b\n", b"c\n"]
)
VARIED = st.one_of(LINES, st.integers(0, 60).map(lambda i: b"%d\n" % i))


@st.composite
def texts(draw):
    """Two texts, of which the second was made from the first."""
    kind = draw(st.sampled_from([LINES, VARIED]))
    lines = draw(st.lists(kind, max_size=60)) * draw(st.sampled_from([1, 1, 1, 3]))
    unique = draw(st.sampled_from([0, 0, 0, 3, 130, 700]))
    lines += [b"unique %d\n" % i for i in range(unique)]
    lines += draw(st.lists(kind, max_size=20))
    edited = list(lines)
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(edited)))
        until = draw(st.integers(at, min(at + 8, len(edited))))
        edited[at:until] = draw(st.lists(kind, max_size=6))
    a, b = b"".join(lines), b"".join(edited)
    if draw(st.booleans()):
        a = a[:-1]
    if draw(st.booleans()):
        b = b[:-1]
    return (a, b) if draw(st.booleans()) else (b, a)


@CASES
@given(texts())
def test_blocks(pair):
    both("bdiff", "blocks", *pair)


@CASES
@given(texts())
def test_bdiff(pair):
    both("bdiff", "bdiff", *pair)


@CASES
@given(texts())
def test_xdiffblocks(pair):
    both("bdiff", "xdiffblocks", *pair)


@CASES
@given(texts())
def test_storage_diff(pair):
    for function in ("storage_diff", "line_diff", "manifest_diff"):
        if hasattr(STOCK["bdiff"], function):  # since 7.2
            both("bdiff", function, *pair)
        else:
            text, delta = pair[0], getattr(OURS["bdiff"], function)(*pair)
            assert STOCK["mpatch"].patches(text, [delta] * bool(delta)) == pair[1]


@CASES
@given(st.binary(max_size=30), st.binary(max_size=30))
def test_diffs_of_arbitrary_bytes(a, b):
    for function in ("blocks", "bdiff", "xdiffblocks"):
        both("bdiff", function, a, b)


@CASES
@given(st.lists(st.sampled_from(b"a \t\r\n\x0b"), max_size=30).map(bytes))
def test_white_space_and_lines(text):
    both("bdiff", "fixws", text, 0)
    both("bdiff", "fixws", text, 1)
    both("bdiff", "splitnewlines", text)


@pytest.mark.parametrize("seed", range(3))
def test_large_texts(seed):
    """Over 31000 lines other limits hold."""
    lines = [b"%d\n" % (i * i % (20011 + seed)) for i in range(32000)]
    for every in (7, 13):
        lines[::every] = [b"\n"] * len(lines[::every])
    edited = list(lines)
    for at in range(seed, 31000, 997):
        edited[at : at + at % 5] = lines[at // 2 : at // 2 + at % 3]
    a, b = b"".join(lines), b"".join(edited)
    for function in ("blocks", "bdiff", "xdiffblocks"):
        both("bdiff", function, a, b)


@pytest.mark.parametrize("step", [2, 3, 5])
def test_texts_beyond_the_cost_of_a_minimal_diff(step):
    a = b"".join(b"%d\n" % (i * 7919 % 3001) for i in range(3000))
    b = b"".join(b"%d\n" % (i * 104729 % 3001) for i in range(0, 3000, step))
    runs = [b"run %d\n" % i for i in range(60)] * 2
    for left, right in ((a, b), (b"".join([a, *runs, b]), b"".join([b, *runs, a]))):
        both("bdiff", "xdiffblocks", left, right)


# mpatch


def hunk(start, end, data):
    return struct.pack(">lll", start, end, len(data)) + data


HUNKS = st.tuples(st.integers(0, 40), st.integers(0, 12), st.binary(max_size=6)).map(
    lambda parts: (parts[0], parts[0] + parts[1], parts[2])
)


@st.composite
def valid_deltas(draw, size):
    """A delta for a text of `size` bytes, and the size it then has."""
    places = sorted(draw(st.lists(st.integers(0, size), max_size=8)))
    result = b""
    grown = size
    for start, end in zip(places[::2], places[1::2]):
        data = draw(st.binary(max_size=6))
        result += hunk(start, end, data)
        grown += len(data) - (end - start)
    return result, grown


@st.composite
def chains(draw):
    text = draw(st.binary(max_size=50))
    size, deltas = len(text), []
    for _ in range(draw(st.integers(1, 12))):
        delta, size = draw(valid_deltas(size))
        deltas.append(delta)
    return text, deltas


@CASES
@given(chains())
def test_patches(chain):
    assert both("mpatch", "patches", *chain)[0] == "returned"


@CASES
@given(
    st.binary(max_size=50),
    st.lists(st.lists(HUNKS, max_size=4), min_size=1, max_size=6),
)
def test_patches_that_may_not_fit(text, chain):
    deltas = [b"".join(hunk(*parts) for parts in delta) for delta in chain]
    both("mpatch", "patches", text, deltas)


@CASES
@given(
    st.binary(max_size=20),
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.tuples(*[st.integers(-3, 20)] * 3).map(
                lambda header: struct.pack(">lll", *header) + b"data"
            ),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_patches_that_are_none(text, deltas):
    both("mpatch", "patches", text, deltas)


@CASES
@given(st.integers(-5, 2**40), st.lists(HUNKS, max_size=5), st.booleans())
def test_patchedsize(size, hunks, broken):
    delta = b"".join(hunk(*parts) for parts in hunks)
    if broken and delta:
        delta = delta + hunk(0, 0, b"abcdef")[:-3]  # a whole header
    both("mpatch", "patchedsize", size, delta)


# The text functions of parsers, in every flavour that has them


def all_as_stock(module, function, *arguments):
    theirs = outcome(getattr(STOCK["parsers"], function), *arguments)
    for flavour in flavours(module):
        mine = outcome(getattr(flavour.module, function), *arguments)
        # What is returned, or the type of what is raised: codecs have texts of
        # their own, which no caller reads.
        assert mine[:2] == theirs[:2], flavour.name


WORDS = b"/ / . .hg .i .d aux con com1 com0 lpt9 nul prn com A _ x ~ \\ :".split()
PIECES = st.one_of(st.sampled_from([*WORDS, b" ", b"long" * 9]), st.binary(max_size=3))
# No path has a NUL, of which Mercurial's C and Python make different things.
PATHS = st.lists(PIECES, max_size=60).map(
    lambda some: b"".join(some).replace(b"\0", b"")
)


@CASES
@given(PATHS, st.sampled_from([b"", b"data/", b"meta/"]), st.sampled_from([b"", b".i"]))
@example(b"x" * 115, b"data/", b"")
@example(b"x" * 5460, b"data/", b".i")
@example(b"/" + b"x" * 118, b"data/", b"")
@example(b"//" + b"x" * 118, b"data/", b".i")
@example(b"/a//b/" + b"x" * 118, b"data/", b".i")
@example(b"//a/" + b"long/" * 30, b"meta/", b".i")
def test_path_encoding(path, root, suffix):
    for function in ("encodedir", "lowerencode", "pathencode"):
        all_as_stock("pathencode", function, root + path + suffix)


@CASES
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(st.characters(max_codepoint=130), max_size=60).map(str.encode),
    )
)
def test_characters(text):
    for function in ("isasciistr", "asciilower", "asciiupper"):
        all_as_stock("charencode", function, text)
    for paranoid in (False, True):
        all_as_stock("charencode", "jsonescapeu8fast", text, paranoid)


# osutil


def as_tuple(status):
    names = ("st_dev", "st_mode", "st_nlink", "st_size", "st_mtime", "st_ctime")
    return status and tuple(getattr(status, name) for name in names)


def listed(module, path, skip):
    kind, *found = outcome(module["osutil"].listdir, path, True, skip)
    if kind == "returned":
        found = sorted((*entry[:2], as_tuple(entry[2])) for entry in found[0])
    return kind, found


def test_listdir(tmp_path):
    for i in range(300):
        (tmp_path / f"file{i}").write_bytes(b"x" * i)
        (tmp_path / f"directory{i}").mkdir()
        (tmp_path / f"link{i}").symlink_to(f"directory{i}")
    for path in (os.fsencode(tmp_path), b"/", b"/dev", b"/etc", b"nowhere"):
        for skip in (None, b"directory7", b"file7"):
            # Others may write there: what counts is when nobody did.
            for _ in range(20):
                before = listed(STOCK, path, skip)
                ours = listed(OURS, path, skip)
                if listed(STOCK, path, skip) == before:
                    break
            assert ours == before


def test_statfiles(tmp_path):
    names = []
    for i in range(40):
        directory = tmp_path / f"{i % 7}" / "deeper"
        directory.mkdir(parents=True, exist_ok=True)
        for j in range(i):
            (directory / f"{i}-{j}").write_bytes(b"x" * j)
            names.append(os.fsencode(directory / f"{i}-{j}"))
    names += [b"nowhere", b"/", b"/etc", b"", b"/etc/", b"/dev/null", names[0] + b"/"]
    names += [os.path.relpath(name) for name in names[:50]]
    found = [
        [as_tuple(one) for one in module["osutil"].statfiles(names)]
        for module in (OURS, STOCK)
    ]
    assert found[0] == found[1]


def test_file_system_types():
    for path in (b"/", b"/proc", b"/sys", b"/dev", b"/tmp", b"nowhere"):
        theirs = outcome(STOCK["osutil"].getfstype, path)
        if theirs != ("returned", None):  # we know some more
            assert outcome(OURS["osutil"].getfstype, path) == theirs
