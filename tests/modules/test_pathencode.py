# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of files in the store (contract section 2.12)."""

from __future__ import annotations

import hashlib

import pytest

MODULE = "pathencode"


def test_encodedir(flavour):
    encodedir = flavour.module.encodedir
    for path in (b"", b"data/foo.i", b"data/foo.i.hg", b".hg", b"hg/x", b"a.hgi/b"):
        assert encodedir(path) is path
    assert encodedir(b"data/foo.i/bla.i") == b"data/foo.i.hg/bla.i"
    assert encodedir(b"a.hg.hg/.d/.i/x.hg/y") == b"a.hg.hg.hg/.d.hg/.i.hg/x.hg.hg/y"


def test_lowerencode(subject):
    assert subject.lowerencode(b"Hello:World_x") == b"hello~3aworld_x"
    assert subject.lowerencode(b'\\|*?<>"\x07~\x7f\xff') == (
        b"~5c~7c~2a~3f~3c~3e~22~07~7e~7f~ff"
    )
    assert subject.lowerencode(b"A" * 999) == b"a" * 999


@pytest.mark.parametrize(
    ("path", "encoded"),
    [
        (b"data/HELLO_world.i", b"data/_h_e_l_l_o__world.i"),
        (b"data/foo:bar\xff.i", b"data/foo~3abar~ff.i"),
        (b"data/.hidden/ x /y./z .i", b"data/~2ehidden/~20x~20/y~2e/z .i"),
        (b"data/aux/con.txt/prn", b"data/au~78/co~6e.txt/pr~6e"),
        (b"data/nul/com1/lpt9.x", b"data/nu~6c/co~6d1/lp~749.x"),
        (b"data/auxx/com0/com10/lpt/COM1", b"data/auxx/com0/com10/lpt/_c_o_m1"),
        (b"data/foo.i/bar.d/.hg/x", b"data/foo.i.hg/bar.d.hg/~2ehg.hg/x"),
        (b"..", b"~2e~2e"),
        (b"a//b/", b"a//b/"),
    ],
)
def test_basic_encoding(subject, path, encoded):
    assert subject.pathencode(path) == encoded


def test_unchanged_paths_are_the_very_same(flavour):
    for path in (b"", b"data/plain/path.i", b"x" * 120):
        assert flavour.module.pathencode(path) is path


def test_long_names_are_hashed(subject):
    path = b"data/" + b"directory.i/" * 12 + b"Name.Suffix"
    digest = hashlib.sha1(path.replace(b".i/", b".i.hg/")).hexdigest().encode()
    hashed = subject.pathencode(path)
    assert hashed.startswith(b"dh/director/director/")
    assert hashed.endswith(digest + b".suffix")
    assert len(hashed) == 120
    # So are short ones that grow beyond the limit.
    hashed = subject.pathencode(b"data/" + b"X" * 80)
    assert hashed.startswith(b"dh/xxxxxxxx") and len(hashed) == 120


def test_hashed_directories_end_well(subject):
    path = b"data/" + b"1234567. tail/" * 20 + b"n.i"
    assert subject.pathencode(path).startswith(b"dh/1234567_/1234567_/")
    # Hashed names of the path's own length are hashed all the same.
    assert subject.pathencode(b"A" * 120) != b"A" * 120


def test_sha1_at_every_block_length(subject):
    for length in range(121, 330):
        path = b"data/" + b"x" * (length - 5)
        digest = hashlib.sha1(path).hexdigest().encode()
        assert digest in subject.pathencode(path)


def test_too_long(subject):
    assert len(subject.pathencode(b"x" * 5465)) == 120
    with pytest.raises(ValueError, match="too long"):
        subject.pathencode(b"x" * 5466)
    longest = subject.pathencode(b"data/" + b".d/" * 1800 + b"AUX." + b":" * 56)
    assert longest.startswith(b"dh/~2ed.hg/~2ed.hg/")


def test_types(subject):
    for value in ("path", None, bytearray(b"x")):
        for function in (subject.encodedir, subject.pathencode, subject.lowerencode):
            with pytest.raises(TypeError):
                function(value)
