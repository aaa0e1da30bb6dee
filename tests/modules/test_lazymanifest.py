# SPDX-License-Identifier: GPL-2.0-or-later
"""lazymanifest (contract section 2.9)."""

from __future__ import annotations

import random

import pytest

from modules.parsers_inputs import random_manifest

MODULE = "parsers"

NODES = [bytes([n]) * 20 for n in range(16)]


def line(path, node=NODES[1], flag=b""):
    return path + b"\0" + node.hex().encode() + flag + b"\n"


TEXT = line(b"a") + line(b"b/c", NODES[2], b"x") + line(b"b/d", NODES[3], b"l")


class Model:
    """A manifest as a dict."""

    def __init__(self, text):
        self.entries = {}
        for one in text.splitlines():
            path, _, value = one.partition(b"\0")
            self.entries[path] = (bytes.fromhex(value[:40].decode()), value[40:])

    def text(self):
        return b"".join(
            line(path, *value) for path, value in sorted(self.entries.items())
        )

    def diff(self, other, clean):
        nothing = (None, b"")
        result = {}
        for path in sorted({*self.entries, *other.entries}):
            pair = (
                self.entries.get(path, nothing),
                other.entries.get(path, nothing),
            )
            if pair[0] != pair[1]:
                result[path] = pair
            elif clean:
                result[path] = None
        return result


def test_reading(subject):
    manifest = subject.lazymanifest(20, TEXT)
    assert len(manifest) == 3
    assert list(manifest) == list(manifest.iterkeys()) == [b"a", b"b/c", b"b/d"]
    assert list(manifest.iterentries()) == [
        (b"a", NODES[1], b""),
        (b"b/c", NODES[2], b"x"),
        (b"b/d", NODES[3], b"l"),
    ]
    assert manifest[b"b/c"] == (NODES[2], b"x")
    assert b"b/c" in manifest
    for absent in (b"b", b"b/", b"", b"zz", b"a\0", "a", None, 5):
        assert absent not in manifest
    with pytest.raises(KeyError):
        manifest[b"zz"]
    assert manifest.text() == TEXT


def test_empty(subject):
    manifest = subject.lazymanifest(20, b"")
    assert len(manifest) == 0 and list(manifest) == [] and manifest.text() == b""
    manifest[b"f"] = (NODES[1], b"")
    assert manifest.text() == line(b"f")


def test_long_nodes(subject):
    node = bytes(range(32))
    manifest = subject.lazymanifest(32, line(b"f", node, b"t"))
    assert manifest[b"f"] == (node, b"t")
    manifest[b"g"] = (node[::-1], b"x")
    assert manifest[b"g"] == (node[::-1], b"x")
    assert manifest.text() == line(b"f", node, b"t") + line(b"g", node[::-1], b"x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (line(b"b") + line(b"a"), "not in sorted order"),
        (line(b"a") + line(b"a"), "not in sorted order"),
        (TEXT[:-1], "did not end in a newline"),
        (line(b""), "zero-length filename"),
        (b"a\0" + b"1" * 39 + b"\n", "implausibly-short line"),
        (b"\n", "implausibly-short line"),
    ],
)
def test_what_is_no_manifest(subject, text, message):
    with pytest.raises(ValueError, match=message):
        subject.lazymanifest(20, text)


def test_bad_lines_are_errors_when_read(native):
    for bad in (b"z" * 40, b"1" * 41, b"1" * 60):
        manifest = native.lazymanifest(20, b"f\0" + bad + b"\n")
        assert list(manifest) == [b"f"]
        for _ in range(3):
            with pytest.raises(ValueError):
                manifest[b"f"]
            with pytest.raises(ValueError):
                list(manifest.iterentries())
            with pytest.raises(ValueError):
                manifest.diff(native.lazymanifest(20, b""))
    manifest = native.lazymanifest(20, b"x" * 50 + b"\n")
    with pytest.raises(ValueError, match="too short"):
        list(manifest.iterentries())


def test_arguments(subject):
    for arguments in ((20,), (20, TEXT, 1), (20, "text"), (20, bytearray(TEXT))):
        with pytest.raises(TypeError):
            subject.lazymanifest(*arguments)
    with pytest.raises(TypeError):
        subject.lazymanifest(nodelen=20, data=TEXT)
    for size in (0, 19, 21, 64, -1):
        with pytest.raises(ValueError, match="Unsupported node length"):
            subject.lazymanifest(size, TEXT)


def test_values_that_are_refused(native):
    manifest = native.lazymanifest(20, TEXT)
    for value in (
        [NODES[1], b""],
        (NODES[1],),
        (NODES[1], b"", b""),
        (b"short", b""),
        (NODES[1].hex(), b""),
        (NODES[1], "x"),
        (NODES[1], b"q"),
        (NODES[1], b"xl"),
        None,
    ):
        with pytest.raises(TypeError):
            manifest[b"a"] = value
    for key in ("a", 5, None):
        with pytest.raises(TypeError):
            manifest[key] = (NODES[1], b"")
        with pytest.raises(TypeError):
            manifest[key]
        with pytest.raises(TypeError):
            del manifest[key]
    for path in (b"", b"a\0b", b"a\nb"):
        with pytest.raises(ValueError):
            manifest[path] = (NODES[1], b"")
    assert manifest.text() == TEXT


def test_against_a_model(subject):
    chance = random.Random(11)
    text = random_manifest(chance, 80)
    manifest, model = subject.lazymanifest(20, text), Model(text)
    start, first = subject.lazymanifest(20, text), Model(text)
    paths = [*model.entries, b"new", b"A", b"zz/zz", b"b/\xff"]
    for step in range(1500):
        path = chance.choice(paths)
        action = chance.randrange(10)
        if action < 4:
            value = (chance.randbytes(20), chance.choice((b"", b"x", b"l", b"t")))
            manifest[path] = value
            model.entries[path] = value
        elif action < 6:
            if path in model.entries:
                del manifest[path]
                del model.entries[path]
            else:
                with pytest.raises(KeyError):
                    del manifest[path]
        elif action < 8:
            assert (path in manifest) == (path in model.entries)
            if path in model.entries:
                assert manifest[path] == model.entries[path]
        elif action == 8:
            for clean in (False, True):
                found = manifest.diff(start, clean)
                assert list(found.items()) == list(model.diff(first, clean).items())
                found = start.diff(manifest, clean)
                assert found == first.diff(model, clean)
        assert len(manifest) == len(model.entries)
        if step % 7 == 0:
            assert list(manifest) == sorted(model.entries)
            assert manifest.text() == model.text()
    assert start.text() == text


def test_copies_are_apart(subject):
    manifest = subject.lazymanifest(20, TEXT)
    copy = manifest.copy()
    manifest[b"a"] = (NODES[9], b"")
    del manifest[b"b/c"]
    assert copy.text() == TEXT
    copy[b"new"] = (NODES[8], b"x")
    again = copy.copy()
    del copy[b"new"]
    assert b"new" in again and b"new" not in copy and b"new" not in manifest
    assert manifest.text() == line(b"a", NODES[9]) + line(b"b/d", NODES[3], b"l")


def test_iterators_see_what_was(subject):
    manifest = subject.lazymanifest(20, TEXT)
    seen = []
    for path in manifest:
        seen.append(path)
        del manifest[path]
        manifest[b"0" + path] = (NODES[1], b"")
    assert seen == [b"a", b"b/c", b"b/d"]
    assert list(manifest) == [b"0a", b"0b/c", b"0b/d"]


def test_filtercopy(subject):
    manifest = subject.lazymanifest(20, TEXT)
    kept = manifest.filtercopy(lambda path: path.startswith(b"b/"))
    assert list(kept) == [b"b/c", b"b/d"]
    assert kept.text() == line(b"b/c", NODES[2], b"x") + line(b"b/d", NODES[3], b"l")
    assert manifest.text() == TEXT
    assert len(manifest.filtercopy(lambda path: False)) == 0
    with pytest.raises(ZeroDivisionError):
        manifest.filtercopy(lambda path: 1 / 0)
    with pytest.raises(TypeError):
        manifest.filtercopy(5)


def test_filters_may_change_the_manifest(subject):
    manifest = subject.lazymanifest(20, TEXT)

    def match(path):
        manifest[path] = (NODES[7], b"")
        return True

    assert manifest.filtercopy(match).text() == TEXT
    assert manifest[b"a"] == (NODES[7], b"")


def test_diff_of_another_type(subject):
    with pytest.raises(TypeError):
        subject.lazymanifest(20, TEXT).diff({})
    with pytest.raises(TypeError):
        subject.lazymanifest(20, TEXT).diff()
    with pytest.raises(TypeError):
        subject.lazymanifest(20, TEXT).diff(other=subject.lazymanifest(20, TEXT))


def test_iterators_cannot_be_made(subject):
    manifest = subject.lazymanifest(20, TEXT)
    for iterator in (iter(manifest), manifest.iterentries()):
        with pytest.raises(TypeError):
            type(iterator)()
        with pytest.raises(TypeError):
            object.__new__(type(iterator))
