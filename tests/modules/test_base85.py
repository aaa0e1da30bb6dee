# SPDX-License-Identifier: GPL-2.0-or-later
"""base85 (contract section 2.1)."""

from __future__ import annotations

import pytest

MODULE = "base85"
ALPHABET = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    b"!#$%&()*+-;<=>?@^_`{|}~"
)


def test_only_the_c_flavour_has_a_version(flavour):
    version = getattr(flavour.module, "version", None)
    assert version == (1 if flavour.name == "c" else None)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (b"", b""),
        (b"\0", b"00"),
        (b"\xff", b"{{"),
        (b"\0\0\0\0", b"00000"),
        (b"\xff\xff\xff\xff", b"|NsC0"),
        (b"Mercurial", b"O=WUpb#iH8Yy"),
    ],
)
def test_known_values(subject, text, encoded):
    assert subject.b85encode(text) == encoded
    assert subject.b85decode(encoded) == text


def test_padding_fills_the_last_word_with_nuls(subject):
    for length in range(10):
        text = bytes(range(250, 250 - length, -1))
        padded = subject.b85encode(text, True)
        assert padded == subject.b85encode(text + b"\0" * (-length % 4))
        assert subject.b85encode(text) == padded[: len(padded) - (-length % 4)]


def test_round_trip(subject):
    for length in range(300):
        text = bytes((7 * i * i + length) % 256 for i in range(length))
        assert subject.b85decode(subject.b85encode(text)) == text


def test_a_lone_character_decodes_to_nothing(subject):
    assert subject.b85decode(b"~") == b""
    assert subject.b85decode(b"00000~") == b"\0\0\0\0"


def test_bits_beyond_the_bytes_of_a_short_word_are_dropped(subject):
    assert subject.b85decode(b"~~~~") == b"\x08x\x0f"


def test_characters_outside_the_alphabet(subject):
    # The quirk that C takes NUL for a digit has a test of its own.
    for c in set(range(1, 256)) - set(ALPHABET):
        for position in range(7):
            text = bytearray(b"0000000")
            text[position] = c
            # The last character of a group is numbered one too high.
            number = {4: 5, 6: 7}.get(position, position)
            with pytest.raises(ValueError, match=f"character at position {number}$"):
                subject.b85decode(bytes(text))


def test_nul_is_a_digit_for_the_c_flavour_only(flavour):
    if flavour.name == "pure":
        with pytest.raises(ValueError, match="character at position 1"):
            flavour.module.b85decode(b"0\0000")
    else:
        assert flavour.module.b85decode(b"000\0000") == (85 * 85).to_bytes(4, "big")


@pytest.mark.parametrize("text", [b"|NsC1", b"~~~~~", b"00000|NsD0"])
def test_words_beyond_32_bits(subject, text):
    with pytest.raises(ValueError, match=f"sequence at position {len(text)}$"):
        subject.b85decode(text)


def test_the_first_error_counts(subject):
    with pytest.raises(ValueError, match=r"sequence at position 5$"):
        subject.b85decode(b"~~~~~ 0000")
    with pytest.raises(ValueError, match=r"character at position 0$"):
        subject.b85decode(b" 0000~~~~~")


def test_only_bytes(subject):
    for value in ("text", None, 1):
        with pytest.raises(TypeError):
            subject.b85encode(value)
        with pytest.raises(TypeError):
            subject.b85decode(value)
