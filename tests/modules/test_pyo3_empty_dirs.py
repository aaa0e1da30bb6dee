# SPDX-License-Identifier: GPL-2.0-or-later
"""The directories that a status lists for `hg purge` (pyo3 contract section 3)."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path
from typing import Any

import pytest
from mercurial import match

from modules.parsers_inputs import cases
from modules.rust_binding import rustext

DirstateMap = rustext.dirstate.DirstateMap


def emptied(
    dmap: Any, root: Path, matcher: Any = None, keep_files: bool = False, **listed: bool
) -> set[bytes]:
    result = rustext.dirstate.status(
        dmap,
        matcher or match.always(),
        bytes(root),
        [bytes(root / ".hgignore")],
        True,
        False,
        listed.get("ignored", False),
        listed.get("unknown", True),
        True,
        keep_files,
    )
    directories = result[10]
    assert len(set(directories)) == len(directories)
    return set(directories)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # What a Rust policy needs is kept in matchers.
    monkeypatch.setattr(match, "rustmod", rustext.dirstate)
    root = tmp_path / "root"
    root.mkdir()
    (root / ".hgignore").write_text("syntax: glob\n*.o\nignored\n")
    return root


def plant(root: Path, *paths: str) -> None:
    for path in paths:
        place = root / path
        if path.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("x")


def test_what_stays(root: Path) -> None:
    plant(root, "empty/deep/", "unknown/deep/file", "objects/a.o", "both/a.o", "both/a")
    plant(root, "ignored/deep/", "tracked/file", "tracked/empty/", "removed/file")
    plant(root, "nested/.hg/", "nested/deep/")
    os.mkfifo(root / "unknown/fifo")
    dmap = DirstateMap.new_empty()
    dmap.set_tracked(b"tracked/file")
    dmap.set_tracked(b"gone/deep/file")
    dmap.set_tracked(b"empty/gone")
    dmap.reset_state(b"removed/file", False, True)
    always = {b"empty", b"empty/deep", b"tracked/empty"}
    deep = b"unknown/deep"
    assert emptied(dmap, root) == {*always, deep}
    assert emptied(dmap, root, keep_files=True) == always
    assert emptied(dmap, root, unknown=False, ignored=True) == {
        *always,
        b"objects",
        b"ignored",
        b"ignored/deep",
    }
    everything = {b"unknown", b"objects", b"both", b"ignored", b"ignored/deep"}
    assert emptied(dmap, root, ignored=True) == {*always, deep, *everything}


def test_what_does_not_match_stays(root: Path) -> None:
    plant(root, "d/empty/", "d/file", "e/empty/", "e/file")
    dmap = DirstateMap.new_empty()
    for pattern, expected in [
        (b"path:d", {b"d", b"d/empty"}),
        (b"path:d/empty", {b"d/empty"}),
        (b"glob:*/file", set()),
        # `d` matches, and a file in it does not.
        (b"glob:{d,e/empty}", {b"e/empty"}),
    ]:
        matcher = match.match(bytes(root), b"", [pattern])
        assert emptied(dmap, root, matcher) == expected, pattern
    for pattern, expected in [
        (b"path:d", {b"d", b"d/empty"}),
        (b"glob:{d,e/empty}", {b"d", b"d/empty", b"e/empty"}),
    ]:
        matcher = match.match(bytes(root), b"", include=[pattern])
        assert emptied(dmap, root, matcher) == expected, pattern
    named = match.exact([b"d/file", b"d/empty"])
    assert emptied(dmap, root, named) == set()


def test_directories_that_may_not_be_read_stay(root: Path) -> None:
    plant(root, "a/b/c/", "a/d/")
    (root / "a/b").chmod(0)
    try:
        readable = os.access(root / "a/b", os.R_OK)
        expected = {b"a", b"a/b", b"a/b/c", b"a/d"} if readable else {b"a/d"}
        assert emptied(DirstateMap.new_empty(), root) == expected
    finally:
        (root / "a/b").chmod(0o755)


def test_directories_that_are_known_from_the_cache(root: Path) -> None:
    plant(root, "d/file", "d/e/a.o")
    dmap = DirstateMap.new_empty()
    dmap.set_tracked(b"d/file")
    dmap.set_tracked(b"d/e/gone")
    data, meta, _append = dmap.write_v2(1)
    dmap = DirstateMap.new_v2(data, len(data), meta, b"uid", None)
    for directory in (root / "d/e", root / "d", root):
        os.utime(directory, (1, 1))
    for _ in range(2):
        assert emptied(dmap, root) == set()
    (root / "d/e/a.o").unlink()
    os.utime(root / "d/e", (1, 1))
    assert emptied(dmap, root) == {b"d/e"}


def model(
    root: Path, dmap: Any, ignored: bool, unknown: bool, keep_files: bool
) -> set[bytes]:
    """By looking at all that is there, from below."""
    found = set()

    def vanishes(path: bytes, above_ignored: bool) -> bool:
        place = os.path.join(bytes(root), path)
        hidden = above_ignored or path.endswith(b".o") or path.endswith(b"ignored")
        if not os.path.islink(place) and os.path.isdir(place):
            if path and os.path.isdir(os.path.join(place, b".hg")):
                return False
            inside = [os.path.join(path, name) for name in os.listdir(place)]
            below = [vanishes(each, hidden) for each in inside if each != b".hg"]
            goes = bool(path) and all(below) and (ignored or not hidden)
            if goes:
                found.add(path)
            return goes
        if not os.path.islink(place) and not os.path.isfile(place):
            return ignored
        if path in dmap:
            return False
        return (ignored if hidden else unknown) and not keep_files

    vanishes(b"", False)
    return found


@pytest.mark.parametrize("seed", range(cases(60)))
def test_random_trees(root: Path, seed: int) -> None:
    rng = random.Random(seed)
    dmap = DirstateMap.new_empty()
    names = ["a", "b", "c.o", "ignored"]
    for _ in range(rng.randrange(1, 14)):
        path = "/".join(rng.choice(names) for _ in range(rng.randrange(1, 5)))
        kind = rng.randrange(8)
        try:
            if kind < 3:
                plant(root, path + "/")
            elif kind < 5:
                plant(root, path)
            elif kind == 5:
                (root / path).symlink_to("a")
            elif kind == 6:
                os.mkfifo(root / path)
            elif rng.random() < 0.2:
                plant(root, path + "/.hg/")
            if rng.random() < 0.3:
                dmap.reset_state(os.fsencode(path), rng.random() < 0.5, True)
        except OSError:
            continue  # Something else is in the way.
    for ignored, unknown, keep_files in itertools.product([False, True], repeat=3):
        if not (ignored or unknown):
            continue  # Nobody reads directories then.
        listed = {"ignored": ignored, "unknown": unknown}
        found = emptied(dmap, root, keep_files=keep_files, **listed)
        assert found == model(root, dmap, ignored, unknown, keep_files), (
            listed,
            keep_files,
        )
