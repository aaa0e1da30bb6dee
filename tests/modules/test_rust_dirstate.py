# SPDX-License-Identifier: GPL-2.0-or-later
"""`dirstate` of either Rust module, call by call.

Contract section 4, pyo3 contract section 3.
"""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
from typing import Any

import pytest

from modules.rust_binding import is_pyo3, rustext

MODULE = "pyo3_rustext" if is_pyo3 else "rustext"

dirstate = rustext.dirstate
DirstateItem = dirstate.DirstateItem
DirstateMap = dirstate.DirstateMap

NULL = b"\0" * 20
P1 = b"1" * 20
P2 = b"2" * 20
CLEAN = (0o644, 7, (1000, 5, False))


def filled_map() -> Any:
    """Clean, added, removed, merged and copied files, and directories."""
    dmap = DirstateMap.new_empty()
    dmap.reset_state(b"clean", True, True, False, True, CLEAN)
    dmap.reset_state(b"dir/sub/clean", True, True, False, True, CLEAN)
    dmap.set_tracked(b"dir/added")
    dmap.reset_state(b"gone/removed", False, True, False, True, None)
    dmap.reset_state(b"merged", True, True, True, True, None)
    dmap.copymap()[b"dir/added"] = b"clean"
    dmap.copymap()[b"merged"] = b"other"
    return dmap


NAMES = {b"clean", b"dir/sub/clean", b"dir/added", b"gone/removed", b"merged"}


# The module


def test_module() -> None:
    assert isinstance(rustext.version, int)
    name = f"{rustext.__name__}.dirstate"
    assert dirstate.__name__ == ("dirstate" if is_pyo3 else name)
    assert dirstate.__package__ == rustext.__name__
    assert sys.modules[name] is dirstate
    assert issubclass(dirstate.FallbackError, RuntimeError)
    assert dirstate.FallbackError.__module__ == MODULE
    if is_pyo3:
        exported = (
            "CopyMap CopyMapItemsIterator CopyMapKeysIterator Dirs "
            "DirsMultisetKeysIterator DirstateIdentity DirstateItem DirstateMap "
            "DirstateMapItemsIterator DirstateMapKeysIterator"
        )
        assert set(exported.split()) <= set(dir(dirstate))
        assert not hasattr(dirstate, "V2_FORMAT_MARKER")
    else:
        assert dirstate.V2_FORMAT_MARKER == b"dirstate-v2\n"
        assert not hasattr(dirstate, "CopyMap")


@pytest.mark.parametrize("package", ["", "mercurial.", "other.pkg."])
def test_module_is_named_as_it_was_loaded(package: str) -> None:
    script = f"""
import importlib.util, sys
name, path = {package + MODULE!r}, {rustext.__file__!r}
spec = importlib.util.spec_from_file_location(name, path)
module = importlib.util.module_from_spec(spec)
sys.modules[name] = module
spec.loader.exec_module(module)
submodule = sys.modules[name + ".dirstate"]
assert submodule is module.dirstate
qualified = "dirstate" if {is_pyo3} else name + ".dirstate"
assert submodule.__name__ == qualified
assert submodule.__package__ == name
assert submodule.DirstateMap.__module__ == ("builtins" if {is_pyo3} else qualified)
assert submodule.FallbackError.__module__ == {MODULE!r}
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_module_under_two_names_in_one_process() -> None:
    script = f"""
import importlib.util, sys
path = {rustext.__file__!r}
modules = []
for name in ("one." + {MODULE!r}, "two." + {MODULE!r}):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    assert sys.modules[name + ".dirstate"] is module.dirstate
    modules.append(module)
one, two = modules
assert one.dirstate.FallbackError is two.dirstate.FallbackError
assert one.dirstate.DirstateMap is two.dirstate.DirstateMap
assert len(two.dirstate.DirstateMap.new_empty()) == 0
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def instances() -> list[Any]:
    dmap = filled_map()
    return [
        dmap,
        dmap[b"clean"],
        dirstate.DirstateIdentity(*range(11)),
        dirstate.Dirs([b"a/b"]),
        dmap.copymap(),
        iter(dmap),
        dmap.items(),
        dmap.copymap().keys(),
        dmap.copymap().items(),
        iter(dirstate.Dirs([b"a/b"])),
    ]


@pytest.mark.parametrize("index", range(10))
def test_classes_are_final_and_compare_by_identity(index: int) -> None:
    one, other = instances()[index], instances()[index]
    assert one == one
    assert one != other
    assert hash(one) == hash(one)
    assert len({one, other}) == 2
    # PyO3 leaves no choice.
    assert gc.is_tracked(one) == is_pyo3
    with pytest.raises(TypeError):
        type("Sub", (type(one),), {})
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError):
            pickle.dumps(one, protocol)
    with pytest.raises(TypeError):
        copy.copy(one) if not hasattr(one, "copy") else copy.deepcopy(one)
    with pytest.raises(AttributeError):
        one.attribute = 1


def test_map_is_made_by_its_constructors_only() -> None:
    with pytest.raises(TypeError, match="cannot create"):
        DirstateMap()


def test_identity() -> None:
    names = "mode dev ino nlink uid gid size mtime mtime_nsec ctime ctime_nsec"
    dirstate.DirstateIdentity(**dict.fromkeys(names.split(), 1))
    dirstate.DirstateIdentity(0, 0, 0, 0, 0, 0, 0, -1, 0, -1, 0)
    with pytest.raises(TypeError):
        dirstate.DirstateIdentity()
    with pytest.raises(OverflowError):
        dirstate.DirstateIdentity(-1, *range(10))
    with pytest.raises(TypeError):
        dirstate.DirstateIdentity("1", *range(10))
    identity = dirstate.DirstateIdentity(*range(11))
    assert len(DirstateMap.new_v1(NULL + NULL, identity)[0]) == 0
    with pytest.raises(TypeError):
        DirstateMap.new_v1(NULL + NULL, 3)


# DirstateMap


def test_new_v1() -> None:
    dmap, parents = DirstateMap.new_v1(b"", None)
    assert (len(dmap), parents) == (0, (NULL, NULL))
    dmap, parents = DirstateMap.new_v1(P1 + P2, None)
    assert (len(dmap), parents) == (0, (P1, P2))
    for bad in [bytearray(40), memoryview(NULL + NULL), "", None]:
        with pytest.raises(TypeError):
            DirstateMap.new_v1(bad, None)
    for damaged in [b"x" * 10, b"x" * 70]:
        with pytest.raises(OSError, match=r"^Dirstate error: ") as error:
            DirstateMap.new_v1(damaged, None)
        assert error.value.errno is None


def test_new_v2() -> None:
    data, meta, append = filled_map().write_v2(1)
    assert append is False
    for longer in [data, data + b"more"]:
        dmap = DirstateMap.new_v2(longer, len(data), meta, b"uid", None)
        assert set(dmap) == NAMES
    assert len(DirstateMap.new_v2(b"", 0, bytes(44), b"", None)) == 0
    for arguments in [
        (b"", 1, bytes(44)),
        (data[:-1], len(data), meta),
        (data, len(data), b""),
    ]:
        with pytest.raises(OSError, match=r"^Dirstate error: "):
            DirstateMap.new_v2(*arguments, b"", None)
    with pytest.raises(OverflowError):
        DirstateMap.new_v2(b"", -1, bytes(44), b"", None)
    with pytest.raises(TypeError):
        DirstateMap.new_v2(bytearray(data), len(data), meta, b"uid", None)


def test_reading() -> None:
    dmap = filled_map()
    assert len(dmap) == 5
    assert set(dmap) == set(dmap.keys()) == NAMES
    assert {name for name, _item in dmap.items()} == NAMES
    assert b"clean" in dmap
    assert b"absent" not in dmap
    assert b"dir" not in dmap
    assert dmap[b"clean"].state == b"n"
    assert dmap.get(b"merged").state == b"m"
    assert dmap.get(b"absent") is None
    assert dmap.get(b"absent", 4) == 4
    assert dmap.get(key=b"absent", default=5) == 5
    with pytest.raises(KeyError) as error:
        dmap[b"absent\xff"]
    assert error.value.args == ("absent\ufffd",)
    for call in [dmap.get, dmap.__getitem__, dmap.__contains__, dmap.hasdir]:
        with pytest.raises(TypeError):
            call("str")
    with pytest.raises(TypeError):
        del dmap[b"clean"]


def test_items_are_copies() -> None:
    dmap = filled_map()
    dmap[b"clean"].set_untracked()
    dict(dmap.items())[b"clean"].set_untracked()
    assert dmap[b"clean"].state == b"n"


def test_set_tracked_and_untracked() -> None:
    dmap = filled_map()
    assert dmap.set_tracked(b"new/file") is True
    assert dmap.set_tracked(b"new/file") is False
    assert dmap[b"new/file"].added
    assert dmap.set_tracked(b"clean") is False
    assert dmap[b"clean"].mtime == -1
    assert dmap.set_tracked(b"gone/removed") is True
    assert dmap[b"gone/removed"].state == b"n"
    assert dmap.set_untracked(b"absent") is False
    assert dmap.set_untracked(b"dir/added") is True
    assert b"dir/added" not in dmap
    assert b"dir/added" not in dmap.copymap()
    assert dmap.set_untracked(b"merged") is True
    assert dmap.copymap()[b"merged"] == b"other"
    assert dmap[b"merged"].removed


def test_set_clean_and_possibly_dirty() -> None:
    dmap = filled_map()
    dmap.copymap()[b"clean"] = b"source"
    assert dmap.set_clean(b"clean", 0o755, 9, (2**33 + 4, 6, False)) is None
    assert (dmap[b"clean"].size, dmap[b"clean"].mtime) == (9, 4)
    assert b"clean" not in dmap.copymap()
    assert dmap.set_clean(b"clean", 0o644, 2**31 + 1, (-1, 6, False)) is None
    assert (dmap[b"clean"].size, dmap[b"clean"].mtime) == (1, 2**31 - 1)
    assert dmap.set_possibly_dirty(b"clean") is None
    assert dmap[b"clean"].mtime == -1
    for call in [
        lambda: dmap.set_clean(b"absent", 0, 0, (0, 0, False)),
        lambda: dmap.set_possibly_dirty(b"absent"),
    ]:
        with pytest.raises(OSError, match="Dirstate error"):
            call()
    with pytest.raises(ValueError, match="expected mtime"):
        dmap.set_clean(b"clean", 0o644, 1, (1, 10**9, False))
    with pytest.raises(TypeError):
        dmap.set_clean(b"clean", 0o644, 1, None)
    with pytest.raises(OverflowError):
        dmap.set_clean(b"clean", -1, 1, (1, 1, False))


def test_reset_state() -> None:
    dmap = filled_map()
    assert dmap.reset_state(b"merged", True, True, False, True, CLEAN) is None
    assert (dmap[b"merged"].state, dmap[b"merged"].mtime) == (b"n", 1000)
    assert b"merged" not in dmap.copymap()
    dmap.reset_state(b"merged", True, True, False, False, CLEAN)
    assert (dmap[b"merged"].size, dmap[b"merged"].mtime) == (7, -1)
    dmap.reset_state(b"merged", True, True, False, True, (0o644, 2**31 + 3, None))
    assert dmap[b"merged"].size == 3
    dmap.reset_state(b"merged", False, False, False, True, None)
    assert b"merged" not in dmap
    assert not dmap.hasdir(b"merged")
    if is_pyo3:
        dmap.reset_state(b"merged", True)
        assert dmap[b"merged"].added
        dmap.reset_state(b"merged")
        assert b"merged" not in dmap
    else:
        with pytest.raises(TypeError):
            dmap.reset_state(b"merged", True, True, False, True)
    with pytest.raises(TypeError):
        dmap.reset_state(b"merged", 1, True, False, True, None)
    dmap.reset_state(
        f=b"k",
        wc_tracked=True,
        p1_tracked=False,
        p2_info=False,
        has_meaningful_mtime=True,
        parentfiledata=None,
    )
    assert dmap[b"k"].added


def test_clear() -> None:
    dmap = filled_map()
    assert dmap.clear() is None
    assert len(dmap) == 0
    assert list(dmap) == []
    assert len(dmap.copymap()) == 0
    assert dmap.write_v1(P1, P2) == P1 + P2


def test_directories() -> None:
    dmap = filled_map()
    for call, known in [
        (dmap.hasdir, {b"dir", b"dir/sub", b"gone"}),
        (dmap.hastrackeddir, {b"dir", b"dir/sub"}),
    ]:
        for path in [
            b"",
            b"dir",
            b"dir/sub",
            b"gone",
            b"clean",
            b"absent",
            b"dir/added",
        ]:
            assert call(path) is (path in known), (call, path)
    assert sorted(dmap.tracked_dirs()) == [b"dir", b"dir/sub"]


def test_filefoldmapasdict() -> None:
    dmap = filled_map()
    dmap.set_tracked(b"Dir/FILE\xc9")
    folded = dmap.filefoldmapasdict()
    assert folded.pop(b"dir/file\xc9") == b"Dir/FILE\xc9"
    assert folded == {name: name for name in NAMES - {b"gone/removed"}}


def test_setparents_fixup() -> None:
    dmap = filled_map()
    dmap.reset_state(b"from-p2", True, False, True, True, None)
    assert dmap.setparents_fixup() == {b"merged": b"other"}
    assert dmap[b"merged"].state == b"n"
    assert dmap[b"from-p2"].added
    assert b"merged" not in dmap.copymap()
    assert dmap.setparents_fixup() == {}


def test_write_v1() -> None:
    dmap = filled_map()
    again, parents = DirstateMap.new_v1(dmap.write_v1(P1, P2), None)
    assert parents == (P1, P2)
    assert {name: item.state for name, item in again.items()} == {
        name: item.state for name, item in dmap.items()
    }
    assert again.copymap().copy() == dmap.copymap().copy()
    for node in [b"", b"1" * 19, b"1" * 21]:
        with pytest.raises(ValueError):
            dmap.write_v1(node, P2)
        with pytest.raises(ValueError):
            dmap.write_v1(P1, node)
    with pytest.raises(TypeError):
        dmap.write_v1("1" * 20, P2)


def test_write_v1_is_read_by_c() -> None:
    from mercurial.cext import parsers

    dmap, entries, copies = filled_map(), {}, {}
    assert parsers.parse_dirstate(entries, copies, dmap.write_v1(P1, P2)) == (P1, P2)
    assert copies == dmap.copymap().copy()
    for name, item in dmap.items():
        for fact in ["state", "size", "mtime", "tracked", "added", "removed"]:
            assert getattr(entries[name], fact) == getattr(item, fact), (name, fact)


def test_write_v2_modes() -> None:
    data, meta, append = filled_map().write_v2(0)
    assert append is False
    assert type(data) is type(meta) is bytes
    assert len(meta) == 44
    dmap = DirstateMap.new_v2(data, len(data), meta, b"uid", None)
    dmap.set_tracked(b"dir/another")
    for mode, appends in [(0, {True, False}), (1, {False}), (2, {True})]:
        more, new_meta, append = dmap.write_v2(mode)
        assert append in appends
        whole = data + more if append else more
        again = DirstateMap.new_v2(whole, len(whole), new_meta, b"uid", None)
        assert set(again) == NAMES | {b"dir/another"}
        assert again.copymap().copy() == dmap.copymap().copy()
    for mode in [3, 2**40]:
        if is_pyo3:
            assert dmap.write_v2(mode) == dmap.write_v2(0)
        else:
            with pytest.raises(ValueError):
                dmap.write_v2(mode)
    with pytest.raises(OverflowError):
        dmap.write_v2(-1)
    with pytest.raises(TypeError):
        dmap.write_v2("0")


def test_write_v2_appends_only_what_changed() -> None:
    dmap = DirstateMap.new_empty()
    for number in range(500):
        dmap.set_tracked(b"d%d/f%d" % (number % 10, number))
    data, meta, _append = dmap.write_v2(1)
    dmap = DirstateMap.new_v2(data, len(data), meta, b"uid", None)
    dmap.set_tracked(b"d0/new")
    more, _meta, append = dmap.write_v2(0)
    assert append
    assert len(more) < len(data) / 2


def test_debug_iter() -> None:
    dmap = filled_map()
    rows = {row[0]: row[1:] for row in dmap.debug_iter(False)}
    assert set(rows) == NAMES
    assert rows[b"clean"] == (ord("n"), dmap[b"clean"].mode, 7, 1000)
    assert rows[b"dir/added"] == (ord("a"), 0, -1, -1)
    rows = {row[0]: row[1:] for row in dmap.debug_iter(all=True)}
    assert set(rows) == NAMES | {b"dir", b"dir/sub", b"gone"}
    assert rows[b"dir"][0] == 32
    assert type(dmap.debug_iter(True)) is list


# CopyMap and its flat equivalents


def test_copymap() -> None:
    dmap = filled_map()
    copies = dmap.copymap()
    assert copies is not dmap.copymap()
    expected = {b"dir/added": b"clean", b"merged": b"other"}
    assert len(copies) == 2
    assert copies.copy() == dict(copies) == {**copies} == expected
    assert type(copies.copy()) is dict
    assert set(copies) == set(copies.keys()) == set(expected)
    assert dict(copies.items()) == copies.copy() == expected
    if is_pyo3:
        assert dict(dirstate.CopyMap(dsm=dmap).items()) == expected
    else:
        assert dict(copies.iteritems()) == expected
    assert b"merged" in copies
    assert b"clean" not in copies
    assert copies[b"merged"] == b"other"
    assert copies.get(b"merged") == b"other"
    assert copies.get(b"clean") is None
    assert copies.get(b"clean", 3) == 3
    copies[b"clean"] = b"x"
    assert dmap.copymap()[b"clean"] == b"x"
    assert copies.pop(b"clean") == b"x"
    assert copies.pop(b"clean") is None
    assert copies.pop(b"clean", 7) == 7
    with pytest.raises(KeyError) as error:
        copies[b"clean"]
    assert error.value.args == ("clean",)
    with pytest.raises(NotImplementedError):
        del copies[b"merged"]
    for bad in ["merged", None, bytearray(b"merged")]:
        with pytest.raises(TypeError):
            copies[bad]
        with pytest.raises(TypeError):
            bad in copies  # noqa: B015
        with pytest.raises(TypeError):
            copies[b"merged"] = bad
        with pytest.raises(TypeError):
            copies.pop(bad)


def test_flat_copymap() -> None:
    dmap = filled_map()
    if is_pyo3:
        assert not [name for name in dir(dmap) if name.startswith("copymap")][1:]
        return
    assert dmap.copymaplen() == 2
    assert dmap.copymapcontains(b"merged") is True
    assert dmap.copymapcontains(b"clean") is False
    assert dmap.copymapgetitem(b"merged") == b"other"
    assert dmap.copymapget(b"merged", None) == b"other"
    assert dmap.copymapget(b"clean", 1) == 1
    assert dmap.copymapsetitem(b"clean", b"x") is None
    assert dmap.copymappop(b"clean", None) == b"x"
    assert dmap.copymappop(b"clean", 1) == 1
    assert set(dmap.copymapiter()) == {b"dir/added", b"merged"}
    assert dict(dmap.copymapitemsiter()) == dmap.copymapcopy()
    with pytest.raises(KeyError):
        dmap.copymapgetitem(b"clean")


# Dirs


def test_dirs() -> None:
    dirs = dirstate.Dirs([b"a/b/c", b"a/d"])
    assert sorted(dirs) == [b"", b"a", b"a/b"]
    assert b"a/b" in dirs
    assert b"a/b/c" not in dirs
    assert dirs.addpath(b"x/y") is None
    assert b"x" in dirs
    assert dirs.delpath(path=b"x/y") is None
    assert b"x" not in dirs
    assert sorted(dirstate.Dirs(map=iter(filled_map()))) == [
        b"",
        b"dir",
        b"dir/sub",
        b"gone",
    ]
    assert sorted(dirstate.Dirs(filled_map())) == [b"", b"dir", b"dir/sub", b"gone"]


def test_dirs_errors() -> None:
    dirs = dirstate.Dirs([b"a/b"])
    with pytest.raises(TypeError):
        dirstate.Dirs({b"a/b": 1})
    with pytest.raises(TypeError):
        dirstate.Dirs(["a/b"])
    with pytest.raises(TypeError):
        dirstate.Dirs(None)
    with pytest.raises(TypeError):
        dirstate.Dirs()
    with pytest.raises(TypeError):
        dirstate.Dirs([b"a/b"], b"n")
    with pytest.raises(TypeError):
        len(dirs)
    for bad in ["a", None, 1]:
        with pytest.raises(TypeError):
            dirs.addpath(bad)
        if is_pyo3:
            assert bad not in dirs
        else:
            with pytest.raises(TypeError):
                bad in dirs  # noqa: B015
    with pytest.raises(ValueError, match=r"^expected a value, found none$"):
        dirs.delpath(b"x/y")
    with pytest.raises(ValueError):
        dirs.addpath(b"a//b")
    with pytest.raises(ValueError):
        dirstate.Dirs([b"a//b"])
    assert sorted(dirs) == [b"", b"a"]


@pytest.mark.parametrize("path", [b"/a", b"/", b"a/", b"", b"a/b/c/", b"a"])
def test_dirs_of_odd_paths_agree_with_c(path: bytes) -> None:
    from mercurial.cext import parsers

    assert sorted(dirstate.Dirs([path])) == sorted(parsers.dirs([path]))


def test_dirs_propagates_exceptions_of_its_iterable() -> None:
    def broken() -> Any:
        yield b"a/b"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        dirstate.Dirs(broken())
