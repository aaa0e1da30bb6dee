# SPDX-License-Identifier: GPL-2.0-or-later
"""What the capsules save: C calls instead of Python calls, and threads that overlap.

- `index_parents` of `revlog_CAPI`, called from a loop in C (capsule_loop.c, built
  with the system's compiler), beside `index[rev][5:7]` in a loop in Python. Both
  loops count in full, so what is compared is what a caller pays for a revision.
- `LazyAncestors` over the C index of our `parsers` beside Mercurial's
  `ancestor.lazyancestors` over the same index, on histories of several shapes.
- Two threads in `missingancestors` at once, beside one after the other.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, NamedTuple

from rows import Row, once
from rust_revlog_rows import data_and_nodes, fresh_index
from shape_rows import walk_rows
from shapes import SHAPES, index_of

SOURCE = Path(__file__).resolve().with_name("capsule_loop.c")
CAPSULE = b"mercurial.cext.parsers.revlog_CAPI"
ROUNDS = 5


class Saving(NamedTuple):
    """Seconds that ours takes and what it is compared with, and the ratio required."""

    name: str
    ours: float
    theirs: float
    required: float


class Capi(ctypes.Structure):
    """The beginning of HgamalgamRevlogCapi, see hgamalgam_capi.h."""

    _fields_ = (
        ("abi_version", ctypes.c_int),
        ("index_length", ctypes.c_void_p),
        ("index_node", ctypes.c_void_p),
        ("fast_rank", ctypes.c_void_p),
        ("index_parents", ctypes.c_void_p),
    )


def best(call: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest time of a call in seconds, and what it gives."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def c_loop(parsers: Any) -> Callable[[Any], int]:
    """A function from an index to the sum of all its parents, through C."""
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
    pointer_of.restype = ctypes.c_void_p
    capi = Capi.from_address(pointer_of(parsers.revlog_CAPI, CAPSULE))
    if capi.abi_version != 3:
        raise SystemExit(f"revlog_CAPI has ABI {capi.abi_version}, 3 is required")
    with tempfile.TemporaryDirectory() as directory:
        library = os.path.join(directory, "capsule_loop.so")
        compiler = os.environ.get("CC", "cc")
        command = [compiler, "-O2", "-shared", "-fPIC", "-o", library, str(SOURCE)]
        subprocess.run(command, check=True)
        # PyDLL keeps the GIL, as the capsule demands.
        loop = ctypes.PyDLL(library).sum_of_parents
    loop.argtypes = [ctypes.c_void_p, ctypes.py_object, ctypes.c_int]
    loop.restype = ctypes.c_longlong
    return lambda index: loop(capi.index_parents, index, len(index))


def python_loop(index: Any) -> int:
    total = 0
    for rev in range(len(index)):
        p1, p2 = index[rev][5:7]
        total += p1 + p2
    return total


def own_index(data: bytes) -> Any:
    from hgamalgam.cext import parsers  # type: ignore[attr-defined]

    return parsers.parse_index2(data, False)[0]


def savings() -> Iterator[Saving]:
    yield index_parents()
    yield lazy_ancestors("mixed", data_and_nodes()[0])
    for shape in SHAPES:
        yield lazy_ancestors(shape, index_of(shape))
    yield two_threads()


def index_parents() -> Saving:
    from hgamalgam.cext import parsers  # type: ignore[attr-defined]

    index = own_index(data_and_nodes()[0])
    loop = c_loop(parsers)
    ours, total = best(lambda: loop(index))
    theirs, expected = best(lambda: python_loop(index))
    check(total == expected, "index_parents")
    count = len(index)
    return Saving("index_parents, a call", ours / count, theirs / count, 20.0)


def lazy_ancestors(shape: str, data: bytes) -> Saving:
    from mercurial import ancestor

    from hgamalgam import rustext  # type: ignore[attr-defined]

    index = own_index(data)
    tip = len(index) - 1

    def parents(rev: int) -> Any:
        return index[rev][5:7]

    ours, mine = best(
        lambda: list(rustext.ancestor.LazyAncestors(index, [tip], 0, True))
    )
    theirs, expected = best(
        lambda: list(ancestor.lazyancestors(parents, [tip], inclusive=True))
    )
    check(mine == expected, f"LazyAncestors, {shape}")
    return Saving(f"LazyAncestors on a C index, {shape}", ours, theirs, 5.0)


def two_threads() -> Saving:
    from hgamalgam import rustext  # type: ignore[attr-defined]

    graph = fresh_index(rustext)
    tip = len(graph) - 1

    def missing() -> None:
        # A walk from the tip to the bottom, which finds nothing: making a list
        # of revisions for Python would need the GIL.
        for _ in range(40):
            rustext.ancestor.MissingAncestors(graph, [tip]).missingancestors([0])

    def both() -> None:
        threads = [threading.Thread(target=missing) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    together, _ = best(both)
    alone, _ = best(missing)
    return Saving("two threads, missingancestors", together, 2 * alone, 1.3)


def rows_over_capsules() -> Iterator[Row]:
    """What goes through the capsules, as rows of a module, `rustext`."""

    def loop_over(shape: str) -> Callable[[ModuleType], Any]:
        def make(_: ModuleType) -> Any:
            from hgamalgam.cext import parsers  # type: ignore[attr-defined]

            return c_loop(parsers), own_index(index_of(shape))

        return make

    for shape in SHAPES:
        yield Row(
            f"index_parents in C, {shape}",
            lambda _, both: both[0](both[1]),
            once(loop_over(shape)),
        )
    yield from walk_rows(" on a C index", lambda _, data: own_index(data))


def check(equal: bool, what: str) -> None:
    if not equal:
        raise SystemExit(f"{what}: different results")
