# SPDX-License-Identifier: GPL-2.0-or-later
"""make_file_foldmap, which C alone has (contract section 2.7)."""

from __future__ import annotations

import pytest

MODULE = "parsers"

LOWER, OTHER, UPPER = -1, 0, 1


def never(path):
    raise AssertionError(path)


def items(module, *paths):
    return {path: module.DirstateItem(1, 1) for path in paths}


def test_only_c_has_it(flavour):
    assert hasattr(flavour.module, "make_file_foldmap") == (flavour.name == "c")


def test_folding(native):
    files = items(native, b"Dir/File", b"plain", b"UP", b"x" * 600 + b"Y")
    assert native.make_file_foldmap(files, LOWER, never) == {
        path.lower(): path for path in files
    }
    assert native.make_file_foldmap(files, UPPER, never) == {
        path.upper(): path for path in files
    }
    assert native.make_file_foldmap(files, OTHER, lambda path: path[::-1]) == {
        path[::-1]: path for path in files
    }
    assert native.make_file_foldmap({}, LOWER, never) == {}


def test_names_that_are_not_ascii_go_to_the_fallback(native):
    files = items(native, b"caf\xc3\xa9", b"Plain", b"x" * 600 + b"\xff")
    folded = native.make_file_foldmap(files, LOWER, lambda path: b"folded" + path[:2])
    assert folded == {
        b"foldedca": b"caf\xc3\xa9",
        b"plain": b"Plain",
        b"foldedxx": b"x" * 600 + b"\xff",
    }


def test_removed_files_are_in_it(native):
    files = {b"Gone": native.DirstateItem(0, 1)}
    assert native.make_file_foldmap(files, LOWER, never) == {b"gone": b"Gone"}


def test_arguments(native):
    files = items(native, b"\xff")
    for specification in (2, -2, 2**40):
        with pytest.raises(TypeError, match="invalid normcasespec"):
            native.make_file_foldmap(files, specification, never)
    for arguments in ((None, LOWER, never), (files, None, never), (files, LOWER, len)):
        with pytest.raises(TypeError):
            native.make_file_foldmap(*arguments)
    with pytest.raises(TypeError, match="expected a dirstate tuple"):
        native.make_file_foldmap({b"a": None}, LOWER, never)
    with pytest.raises(TypeError):
        native.make_file_foldmap(items(native, "a"), LOWER, never)
    with pytest.raises(AssertionError):
        native.make_file_foldmap(files, LOWER, never)


def test_a_fallback_that_changes_the_map(native):
    files = items(native, b"\xff1", b"\xff2")

    def add(path):
        files[b"new" + path] = files[path]
        return path

    with pytest.raises(RuntimeError, match="changed size"):
        native.make_file_foldmap(files, LOWER, add)
