# SPDX-License-Identifier: GPL-2.0-or-later
"""DirstateItem (contract section 2.6)."""

from __future__ import annotations

import itertools

import pytest

MODULE = "parsers"

WC, P1, P2 = 1, 2, 4
EXEC, SYMLINK = 8, 16
EXPECTED_MODIFIED = 1 << 9
DATA, MTIME, AMBIGUOUS = 1 << 10, 1 << 11, 1 << 12
STATES = {0: "n", 1: "a", 2: "r", 3: "n", 4: "r", 5: "n", 6: "r", 7: "m"}


def item_of(subject, places, **keywords):
    return subject.DirstateItem(
        wc_tracked=bool(places & WC),
        p1_tracked=bool(places & P1),
        p2_info=bool(places & P2),
        **keywords,
    )


def clean(subject):
    return subject.DirstateItem(
        wc_tracked=True, p1_tracked=True, parentfiledata=(0o100755, 12, (34, 56, False))
    )


@pytest.mark.parametrize("places", range(8))
def test_what_tracking_says(flavour, places):
    item = item_of(flavour.module, places)
    wc, p1, p2 = bool(places & WC), bool(places & P1), bool(places & P2)
    if places == 0 and flavour.name != "c":
        assert item.state == b"?"
    else:
        assert item.state == STATES[places].encode()
    assert bool(item.tracked) is wc
    assert bool(item.p1_tracked) is p1
    assert bool(item.p2_info) is (wc and p2)
    assert bool(item.any_tracked) is (wc or p1 or p2)
    assert bool(item.added) is (places == WC)
    assert bool(item.modified) is (places == WC | P1 | P2)
    assert bool(item.removed) is (not wc and (p1 or p2))
    assert bool(item.maybe_clean) is (places == WC | P1)
    assert bool(item.from_p2) is (places == WC | P2)


def test_v1_values(subject):
    data = {"parentfiledata": (0o100644, 12, (34, 56, False))}
    sizes = {places: item_of(subject, places, **data).size for places in range(1, 8)}
    assert sizes == {1: -1, 2: 0, 3: 12, 4: -2, 5: -2, 6: -1, 7: -2}
    mtimes = {places: item_of(subject, places, **data).mtime for places in range(1, 8)}
    assert mtimes == {1: -1, 2: 0, 3: 34, 4: 0, 5: -1, 6: 0, 7: -1}
    assert item_of(subject, WC | P1).size == -1
    assert item_of(subject, WC | P1).mtime == -1
    assert item_of(subject, WC | P1).mode == 0
    assert item_of(subject, WC | P1, **data).mode == 0o100644


def test_construction(subject):
    make = subject.DirstateItem
    assert make(1, 1, 0, 1, 1, (0o100644, 2, (3, 4, True))).v2_data() == (
        WC | P1 | DATA | MTIME | AMBIGUOUS,
        2,
        3,
        4,
    )
    no_mtime = make(1, 1, parentfiledata=(0o120777, 2, None))
    assert no_mtime.v2_data() == (WC | P1 | DATA | EXEC | SYMLINK, 2, 0, 0)
    unwanted = make(
        1, 1, 0, has_meaningful_data=False, parentfiledata=(0o100644, 2, (3, 4, True))
    )
    assert unwanted.v2_data() == (WC | P1 | MTIME, 0, 3, 4)
    with pytest.raises(TypeError):
        make(1, 1, parentfiledata=(1, 2))
    with pytest.raises(TypeError):
        make(1, 1, parentfiledata=(1, 2, (3, 4)))
    with pytest.raises(TypeError):
        make(nothing_known=1)


def test_v2_round_trip(subject):
    for flags in itertools.chain(range(1 << 5), (WC | P1 | DATA | MTIME | AMBIGUOUS,)):
        values = (5, 6, 7) if flags & DATA else (0, 0, 0)
        item = subject.DirstateItem.from_v2_data(flags, *values)
        kept = item.v2_data()[0]
        if flags & DATA:
            assert kept == flags
        else:
            assert kept == flags & ~(EXEC | SYMLINK)
    mode = {
        flags: subject.DirstateItem.from_v2_data(WC | P1 | DATA | flags, 1, 0, 0).mode
        for flags in (0, EXEC, SYMLINK)
    }
    assert mode == {0: 0o100644, EXEC: 0o100755, SYMLINK: 0o120644}


def test_expected_modified_drops_the_cache(subject):
    item = subject.DirstateItem.from_v2_data(
        WC | P1 | DATA | MTIME | EXPECTED_MODIFIED, 5, 6, 7
    )
    assert item.v2_data()[0] == WC | P1
    assert (item.size, item.mtime) == (-1, -1)


def test_arguments_of_from_v2_data(native):
    for arguments in ((), (1, 2, 3), (1, 2, 3, 4, 5), (1, b"2", 3, 4), (None,) * 4):
        with pytest.raises(TypeError):
            native.DirstateItem.from_v2_data(*arguments)


def test_operations(subject):
    item = clean(subject)
    assert (item.state, item.mode, item.size, item.mtime) == (b"n", 0o100755, 12, 34)
    assert item.set_possibly_dirty() is None
    assert (item.size, item.mtime) == (12, -1)

    item = clean(subject)
    assert item.set_untracked() is None
    assert (item.state, item.mode, item.size, item.mtime) == (b"r", 0, 0, 0)
    assert item.set_tracked() is None
    assert (item.state, item.size, item.mtime) == (b"n", -1, -1)
    assert item.set_clean(0o100644, 3, (4, 5, False)) is None
    assert item.v2_data() == (WC | P1 | DATA | MTIME, 3, 4, 5)

    merged = item_of(subject, WC | P1 | P2)
    assert merged.drop_merge_data() is None
    assert (merged.state, merged.p2_info) == (b"n", False)
    untouched = clean(subject)
    untouched.drop_merge_data()
    assert untouched.v2_data() == clean(subject).v2_data()


def test_set_clean_replaces_all_in_c(native):
    item = native.DirstateItem(1, 1, 1, fallback_exec=True)
    item.set_clean(0o100644, 3, None)
    assert item.v2_data() == (WC | P1 | DATA | MTIME, 3, 0, 0)


@pytest.mark.parametrize("name", ["fallback_exec", "fallback_symlink"])
def test_fallback_flags(flavour, name):
    # Mercurial's C stores them and never tells.
    make = flavour.module.DirstateItem
    for value in (None, True, False):
        item = make(1, 1, **{name: value})
        assert getattr(item, name) is value
        assert bool(getattr(item, f"has_{name}")) is (value is not None)
    item = make(1, 1)
    if flavour.name != "c":
        return  # Mercurial's own pure has a setter of another name
    for value in (True, False, None, 1):
        setattr(item, name, value)
        assert getattr(item, name) is (value if value is None else bool(value))
    delattr(item, name)
    assert getattr(item, name) is None


def test_mtime_likely_equal_to(subject):
    def make(nanoseconds, ambiguous):
        return subject.DirstateItem(
            1, 1, parentfiledata=(0o100644, 1, (10, nanoseconds, ambiguous))
        )

    assert make(5, False).mtime_likely_equal_to((10, 5, False))
    assert not make(5, False).mtime_likely_equal_to((10, 6, False))
    assert not make(5, False).mtime_likely_equal_to((11, 5, False))
    assert make(0, False).mtime_likely_equal_to((10, 5, False))
    assert make(5, False).mtime_likely_equal_to((10, 0, False))
    assert not make(0, True).mtime_likely_equal_to((10, 5, False))
    assert make(5, True).mtime_likely_equal_to((10, 5, True))
    assert not subject.DirstateItem(1, 1).mtime_likely_equal_to((0, 0, False))


def test_mtime_must_be_a_tuple(native):
    item = clean(native)
    for mtime in (None, 5, [10, 5, False], (10, 5), (10, b"5", 0)):
        with pytest.raises(TypeError):
            item.mtime_likely_equal_to(mtime)
    for bad in ((1, 2), (1, 2, 3, 4), (1, 2, (3, 4)), (1, None, None)):
        with pytest.raises(TypeError):
            item.set_clean(*bad)
    with pytest.raises(OverflowError):
        item.set_clean(2**31, 0, None)
    assert item.v2_data() == clean(native).v2_data()


def test_the_c_type(native):
    import copy
    import gc
    import pickle

    item = clean(native)
    assert native.DirstateItem.__name__ == "dirstate_tuple"
    assert native.DirstateItem.__module__ == "builtins"
    assert repr(item).startswith("<dirstate_tuple object at")
    assert not gc.is_tracked(item)
    assert item != clean(native)
    assert {item: 1}[item] == 1
    for refused in (copy.copy, pickle.dumps):
        with pytest.raises(TypeError):
            refused(item)
    with pytest.raises(TypeError):
        type("Sub", (native.DirstateItem,), {})
    with pytest.raises(AttributeError):
        item.state = b"n"
    with pytest.raises(AttributeError):
        item.other = 1
