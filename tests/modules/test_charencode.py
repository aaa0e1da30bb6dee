# SPDX-License-Identifier: GPL-2.0-or-later
"""The charencode functions (contract section 2.13)."""

from __future__ import annotations

import json

import pytest

MODULE = "charencode"


def test_only_pure_has_the_fallback(flavour):
    assert hasattr(flavour.module, "jsonescapeu8fallback") == (flavour.name == "pure")


def test_ascii_at_every_length_and_place(subject):
    for length in range(70):
        text = b"x" * length
        assert subject.isasciistr(text) is True
        for at in range(length):
            bad = text[:at] + b"\x80" + text[at + 1 :]
            assert subject.isasciistr(bad) is False
            for change in (subject.asciilower, subject.asciiupper):
                with pytest.raises(UnicodeDecodeError) as raised:
                    change(bad)
                error = raised.value
                assert (error.encoding, error.object) == ("ascii", bad)
                assert (error.start, error.end) == (at, at + 1)


def test_case(subject):
    every = bytes(range(128))
    for shift in range(9):
        text = every[shift:]
        assert subject.asciilower(text) == text.lower()
        assert subject.asciiupper(text) == text.upper()


def test_json_of_every_character(subject):
    for code in range(128):
        for text in (bytes([code]), b"0123456789" + bytes([code]) + b"0123456789"):
            for paranoid in (False, True):
                escaped = subject.jsonescapeu8fast(text, paranoid)
                assert json.loads(b'"' + escaped + b'"') == text.decode()
                special = code < 32 or code == 127 or code in b'"\\'
                special = special or (paranoid and code in b"<>")
                assert (escaped != text) == special


def test_json_short_forms(subject):
    escaped = subject.jsonescapeu8fast(b'\b\t\n\f\r"\\\x01\x1f\x7f<>/', False)
    assert escaped == b'\\b\\t\\n\\f\\r\\"\\\\\\u0001\\u001f\\u007f<>/'
    assert subject.jsonescapeu8fast(b"<>\x7f", True) == b"\\u003c\\u003e\\u007f"


def test_json_beyond_ascii(subject):
    text = "äöü\n".encode()
    assert subject.jsonescapeu8fast(text, False) == text[:-1] + b"\\n"
    with pytest.raises(ValueError, match="non-ascii"):
        subject.jsonescapeu8fast(text, True)


def test_json_of_plain_text_is_the_very_text(flavour):
    text = b"nothing to escape here" * 5
    assert flavour.module.jsonescapeu8fast(text, True) is text


def test_the_fallback_escapes_all_beyond_ascii(flavour):
    if flavour.name != "pure":
        return
    fallback = flavour.module.jsonescapeu8fallback
    assert fallback("ä€\U0001f600\n<".encode(), False) == (
        b"\\u00e4\\u20ac\\ud83d\\ude00\\n<"
    )
    assert fallback(b"<\xed\xa0\x80", True) == b"\\u003c\\ud800"
    with pytest.raises(UnicodeDecodeError):
        fallback(b"\xff", True)


def test_types(flavour):
    subject = flavour.module
    for value in ("text", None, 1):
        for function in (subject.isasciistr, subject.asciilower, subject.asciiupper):
            if value == "text" and flavour.name != "c":
                continue  # str has the same methods, and Python's are used
            with pytest.raises(TypeError):
                function(value)
        with pytest.raises(TypeError):
            subject.jsonescapeu8fast(value, False)
