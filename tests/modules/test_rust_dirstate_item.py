# SPDX-License-Identifier: GPL-2.0-or-later
"""`dirstate.DirstateItem` of either Rust module.

Contract sections 2.6 and 4, pyo3 contract section 3.
"""

from __future__ import annotations

from typing import Any

import pytest

from modules.rust_binding import is_pyo3, rustext

DirstateItem = rustext.dirstate.DirstateItem

CLEAN = (0o644, 7, (1000, 5, False))


def item_facts(item: Any) -> dict[str, Any]:
    names = (
        "state mode size mtime tracked p1_tracked p2_info added removed modified "
        "maybe_clean any_tracked has_fallback_exec fallback_exec "
        "has_fallback_symlink fallback_symlink"
    )
    return {name: getattr(item, name) for name in names.split()}


@pytest.mark.parametrize(
    ("flags", "state", "size", "mtime", "true"),
    [
        ((0, 0, 0), b"n", 7, -1, ""),
        ((1, 0, 0), b"a", -1, -1, "added tracked any_tracked"),
        ((0, 1, 0), b"r", 0, 0, "removed p1_tracked any_tracked"),
        ((1, 1, 0), b"n", 7, 1000, "tracked p1_tracked maybe_clean any_tracked"),
        ((0, 0, 1), b"r", -2, 0, "removed any_tracked"),
        ((1, 0, 1), b"n", -2, -1, "tracked p2_info any_tracked"),
        ((0, 1, 1), b"r", -1, 0, "removed p1_tracked any_tracked"),
        ((1, 1, 1), b"m", -2, -1, "tracked p1_tracked p2_info modified any_tracked"),
    ],
)
def test_item_states(
    flags: tuple[int, int, int], state: bytes, size: int, mtime: int, true: str
) -> None:
    wc_tracked, p1_tracked, p2_info = map(bool, flags)
    item = DirstateItem(wc_tracked, p1_tracked, p2_info, parentfiledata=CLEAN)
    facts = item_facts(item)
    assert facts["state"] == state
    assert facts["size"] == size
    assert facts["mtime"] == mtime
    booleans = {name for name, value in facts.items() if value is True}
    assert booleans == set(true.split())


def test_item_agrees_with_c() -> None:
    """Every property of every constructed item, except what C gets wrong."""
    from mercurial.cext import parsers

    datas = [
        None,
        (0o755, 3, None),
        CLEAN,
        (0o644, 3, (9, 0, True)),
        (0o100644, 2**31 - 1, (2**31 - 1, 999_999_999, False)),
    ]
    compared = 0
    for bits in range(32):
        flags = [bool(bits >> position & 1) for position in range(5)]
        for data in datas:
            ours, theirs = (
                DirstateItem(*flags, data),
                parsers.DirstateItem(*flags, data),
            )
            for name, value in item_facts(ours).items():
                assert getattr(theirs, name) == value, (flags, data, name)
                compared += 1
            for mtime in [(1000, 5, False), (9, 0, False), (9, 4, True), (1, 1, False)]:
                assert ours.mtime_likely_equal_to(
                    mtime
                ) == theirs.mtime_likely_equal_to(mtime), (flags, data, mtime)
            for name in ["set_possibly_dirty", "set_tracked", "set_untracked"]:
                ours, theirs = (
                    DirstateItem(*flags, data),
                    parsers.DirstateItem(*flags, data),
                )
                assert getattr(ours, name)() is getattr(theirs, name)() is None
                ours.drop_merge_data()
                theirs.drop_merge_data()
                for fact, value in item_facts(ours).items():
                    assert getattr(theirs, fact) == value, (flags, data, name, fact)
    assert compared == 32 * len(datas) * 16


def test_item_keywords_and_types() -> None:
    item = DirstateItem(
        wc_tracked=True,
        p1_tracked=True,
        p2_info=False,
        has_meaningful_data=True,
        has_meaningful_mtime=False,
        parentfiledata=CLEAN,
        fallback_exec=True,
        fallback_symlink=None,
    )
    assert (item.size, item.mtime, item.fallback_exec) == (7, -1, True)
    for arguments in [
        (1,),
        (True, None),
        (True, True, False, True, True, [1, 2, None]),
    ]:
        with pytest.raises(TypeError):
            DirstateItem(*arguments)
    with pytest.raises(TypeError):
        DirstateItem(fallback_exec=1)
    with pytest.raises(TypeError):
        DirstateItem(no_such=True)
    with pytest.raises((TypeError, ValueError)):
        DirstateItem(parentfiledata=(1, 2))


@pytest.mark.parametrize("mtime", [(2**31, 0, False), (0, 10**9, False)])
def test_item_timestamps_are_checked(mtime: tuple[int, int, bool]) -> None:
    text = "expected mtime truncated to 31 bits"
    with pytest.raises(ValueError, match=text):
        DirstateItem(True, True, parentfiledata=(0o644, 1, mtime))
    with pytest.raises(ValueError, match=text):
        DirstateItem().set_clean(0o644, 1, mtime)
    with pytest.raises(ValueError, match=text):
        DirstateItem().mtime_likely_equal_to(mtime)


def test_item_size_is_kept_modulo_31_bits() -> None:
    item = DirstateItem(True, True, parentfiledata=(0o644, 2**31 + 5, None))
    assert item.size == 5
    item.set_clean(0o644, 2**31 + 6, (1, 1, False))
    assert item.size == 6


@pytest.mark.parametrize("name", ["fallback_exec", "fallback_symlink"])
def test_item_fallback_flags_work(name: str) -> None:
    item = DirstateItem(True)
    assert getattr(item, name) is None
    assert getattr(item, "has_" + name) is False
    if is_pyo3:
        set_as_pyo3_does(item, name)
        return
    for value in [True, False, True]:
        setattr(item, name, value)
        assert getattr(item, name) is value
        assert getattr(item, "has_" + name) is True
    setattr(item, name, None)
    assert getattr(item, name) is None
    setattr(item, name, False)
    delattr(item, name)
    assert getattr(item, "has_" + name) is False
    for value in [1, "yes", b""]:
        with pytest.raises(TypeError):
            setattr(item, name, value)
    with pytest.raises(AttributeError):
        setattr(item, "has_" + name, True)
    other = {"fallback_exec", "fallback_symlink"} - {name}
    assert getattr(item, other.pop()) is None
    assert getattr(DirstateItem(**{name: False}), name) is False


def set_as_pyo3_does(item: Any, name: str) -> None:
    """One can be set, to what is true or not, the other only when it is made."""
    with pytest.raises(AttributeError):
        delattr(item, name)
    if name == "fallback_symlink":
        with pytest.raises(AttributeError):
            item.fallback_symlink = True
        item = DirstateItem(True, fallback_symlink=True)
        assert (item.fallback_symlink, item.has_fallback_symlink) == (True, True)
        return
    for value in [True, 0, 1, "yes", b""]:
        item.fallback_exec = value
        assert item.fallback_exec is bool(value)
        assert item.has_fallback_exec
    item.fallback_exec = None
    assert not item.has_fallback_exec


def test_item_methods() -> None:
    item = DirstateItem(True, True, False, parentfiledata=CLEAN)
    assert item.set_possibly_dirty() is None
    assert (item.mtime, item.size) == (-1, 7)
    assert item.set_clean(0o755, 8, (5, 6, False)) is None
    assert (item.mode & 0o777, item.size, item.mtime) == (0o755, 8, 5)
    with pytest.raises(TypeError):
        item.set_clean(0o755, 8, None)
    with pytest.raises(AttributeError):
        item.size = 3
    assert item.set_untracked() is None
    assert (item.removed, item.size, item.mtime) == (True, 0, 0)
    assert item.set_tracked() is None
    assert (item.state, item.mtime) == (b"n", -1)
    merged = DirstateItem(True, True, True, parentfiledata=CLEAN)
    assert merged.drop_merge_data() is None
    assert (merged.state, merged.size, merged.mtime) == (b"n", -1, -1)
