# SPDX-License-Identifier: GPL-2.0-or-later
"""Every way to ask or change a Rust `DirstateMap`, and one to try it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from modules.rust_binding import is_pyo3, rustext

P1, P2 = b"1" * 20, b"2" * 20


def small_map() -> Any:
    dmap = rustext.dirstate.DirstateMap.new_empty()
    for name in [b"a", b"b/c", b"b/d"]:
        dmap.reset_state(name, True, True, False, False, None)
    dmap.copymap()[b"b/c"] = b"a"
    dmap.copymap()[b"b/d"] = b"a"
    return dmap


ITERATORS: dict[str, Callable[[Any], Iterator[Any]]] = {
    "iter": iter,
    "keys": lambda dmap: dmap.keys(),
    "items": lambda dmap: dmap.items(),
    "copymap iter": lambda dmap: iter(dmap.copymap()),
    "copymap keys": lambda dmap: dmap.copymap().keys(),
    "copymap items": lambda dmap: dmap.copymap().items(),
}

MUTATIONS: dict[str, Callable[[Any], Any]] = {
    "clear": lambda dmap: dmap.clear(),
    "set_tracked": lambda dmap: dmap.set_tracked(b"a"),
    "set_untracked": lambda dmap: dmap.set_untracked(b"absent"),
    "set_clean": lambda dmap: dmap.set_clean(b"a", 0o644, 1, (1, 1, False)),
    "set_possibly_dirty": lambda dmap: dmap.set_possibly_dirty(b"a"),
    "reset_state": lambda dmap: dmap.reset_state(b"a", True, True, False, True, None),
    "hasdir": lambda dmap: dmap.hasdir(b"b"),
    "hastrackeddir": lambda dmap: dmap.hastrackeddir(b"b"),
    "tracked_dirs": lambda dmap: dmap.tracked_dirs(),
    "setparents_fixup": lambda dmap: dmap.setparents_fixup(),
    "copymap set": lambda dmap: dmap.copymap().__setitem__(b"a", b"b/c"),
    "copymap pop": lambda dmap: dmap.copymap().pop(b"absent"),
}

READS: dict[str, Callable[[Any], Any]] = {
    "len": len,
    "in": lambda dmap: b"a" in dmap,
    "get": lambda dmap: dmap.get(b"a"),
    "getitem": lambda dmap: dmap[b"a"],
    "items": lambda dmap: list(dmap.items()),
    "write_v1": lambda dmap: dmap.write_v1(P1, P2),
    "write_v2": lambda dmap: dmap.write_v2(1),
    "debug_iter": lambda dmap: dmap.debug_iter(True),
    "copymap": lambda dmap: dmap.copymap(),
    "copymap copy": lambda dmap: dmap.copymap().copy(),
    "copymap get": lambda dmap: dmap.copymap().get(b"b/c"),
    "copymap in": lambda dmap: b"b/c" in dmap.copymap(),
}
if is_pyo3:
    READS["filefoldmapasdict"] = lambda dmap: dmap.filefoldmapasdict()
else:
    ITERATORS["copymap iteritems"] = lambda dmap: dmap.copymap().iteritems()
    ITERATORS["copymapiter"] = lambda dmap: dmap.copymapiter()
    ITERATORS["copymapitemsiter"] = lambda dmap: dmap.copymapitemsiter()
    MUTATIONS["filefoldmapasdict"] = lambda dmap: dmap.filefoldmapasdict()
    MUTATIONS["copymapsetitem"] = lambda dmap: dmap.copymapsetitem(b"a", b"b/c")
    MUTATIONS["copymappop"] = lambda dmap: dmap.copymappop(b"a", None)
    READS["copymapcopy"] = lambda dmap: dmap.copymapcopy()
