# SPDX-License-Identifier: GPL-2.0-or-later
"""dirs (contract section 2.10)."""

from __future__ import annotations

import random

import pytest

MODULE = "parsers"


def ancestors(path):
    while path:
        path = path.rpartition(b"/")[0]
        yield path


def test_of_iterables(subject):
    expected = {b"", b"a", b"a/b", b"c"}
    files = [b"a/b/1", b"a/b/2", b"c/3", b"4"]
    assert set(subject.dirs(files)) == expected
    assert set(subject.dirs(iter(files))) == expected
    assert set(subject.dirs(dict.fromkeys(files))) == expected
    assert set(subject.dirs()) == set()


def test_contains(subject):
    found = subject.dirs([b"a/b/c"])
    assert b"a/b" in found and b"a" in found and b"" in found
    assert b"a/b/c" not in found and b"a/" not in found
    for other in ("a", 1, None):
        assert other not in found


def test_only_tracked(subject):
    items = {
        b"tracked/file": subject.DirstateItem(1, 1),
        b"removed/file": subject.DirstateItem(0, 1),
    }
    assert set(subject.dirs(items, only_tracked=True)) == {b"", b"tracked"}
    assert set(subject.dirs(items)) == {b"", b"tracked", b"removed"}


def test_against_a_model(subject):
    chance = random.Random(3)
    names = [b"a", b"b", b"dd"]
    found, files = subject.dirs(), []
    for _ in range(2000):
        if files and chance.random() < 0.48:
            found.delpath(files.pop(chance.randrange(len(files))))
        else:
            depth = chance.randrange(1, 5)
            files.append(b"/".join(chance.choice(names) for _ in range(depth)))
            found.addpath(files[-1])
        assert set(found) == {up for path in files for up in ancestors(path)}


def test_consecutive_slashes(subject):
    for path in (b"a//b", b"a//b/c", b"//a"):
        with pytest.raises(ValueError):
            subject.dirs().addpath(path)
    with pytest.raises(ValueError):
        subject.dirs([b"a//b"])


def test_unknown_paths_cannot_be_deleted(native):
    found = native.dirs([b"a/b"])
    with pytest.raises(ValueError, match="expected a value, found none"):
        found.delpath(b"c/d")
    found.delpath(b"a/b")
    assert set(found) == set()
    with pytest.raises(ValueError):
        found.delpath(b"a/b")


def test_depth(native):
    found = native.dirs()
    found.addpath(b"/".join([b"d"] * 2048))
    with pytest.raises(ValueError, match="too deep"):
        found.addpath(b"/".join([b"e"] * 3000))


def test_arguments(native):
    with pytest.raises(TypeError, match="expected string key"):
        native.dirs({"a/b": None})
    with pytest.raises(TypeError, match="expected a dirstate tuple"):
        native.dirs({b"a/b": None}, True)
    with pytest.raises(ValueError, match="only_tracked"):
        native.dirs([b"a"], only_tracked=True)
    with pytest.raises(TypeError, match="expected string"):
        native.dirs(["a/b"])
    with pytest.raises(TypeError):
        native.dirs(5)
    for method in ("addpath", "delpath"):
        with pytest.raises(TypeError):
            getattr(native.dirs(), method)("a/b")
    with pytest.raises(TypeError):
        len(native.dirs())


def test_errors_of_the_iterable(native):
    def paths():
        yield b"a/b"
        raise KeyError("here")

    with pytest.raises(KeyError):
        native.dirs(paths())


def test_changes_show_while_iterating(native):
    found = native.dirs([b"a/b"])
    with pytest.raises(RuntimeError):
        for _ in found:
            found.addpath(b"new/file")
