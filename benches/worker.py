# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures one side of a comparison for benches/modules.py, row by row, as told.

    python worker.py PART ours|peer      what to measure (see PARTS), and whose

It writes the names of the rows as a JSON list in one line. For each row number that
it then reads it writes `[seconds of CPU time, digest of the outcome]`, the digest
the first time that it is asked for a row.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/modules"))

from capsule_rows import rows_over_capsules
from flavour_rows import flavour_rows
from name_rows import name_rows
from parsers_rows import open_index, parsers_rows
from rows import Row, bound, once
from rust_dirstate_rows import dirstate_rows
from rust_graph_rows import graph_rows
from rust_revlog_rows import index_from, revlog_rows
from shape_rows import index_rows, walk_rows
from stock import stock  # type: ignore[import-not-found]
from text_rows import file_rows, text_rows

# A short call is measured over and over: an interruption then costs one of many.
ENOUGH, LONGEST, MOST = 0.02, 0.2, 500


def normal(value: Any) -> Any:
    """The same for what is equal: without the order of sets and dicts."""
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(value)]
    if isinstance(value, dict):
        return ["dict", *sorted((key, normal(item)) for key, item in value.items())]
    if isinstance(value, (list, tuple)):
        return [normal(item) for item in value]
    return value


def rust_rows(whose: str, directory: bytes) -> Iterator[Row]:
    package = "hgamalgam" if whose == "ours" else "mercurial"
    rustext = importlib.import_module(f"{package}.rustext")
    rows = (
        *(*dirstate_rows(), *graph_rows(), *revlog_rows()),
        *(*index_rows(index_from), *walk_rows("", index_from)),
    )
    return (bound(row, rustext) for row in rows)


def capsule_rows(whose: str, directory: bytes) -> Iterator[Row]:
    rustext = importlib.import_module("hgamalgam.rustext")
    return (bound(row, rustext) for row in rows_over_capsules())


def c_rows(whose: str, directory: bytes) -> Iterator[Row]:
    def module(name: str) -> Any:
        if whose == "ours":
            return importlib.import_module(f"hgamalgam.cext.{name}")
        return stock(name)

    for rows in (text_rows(), file_rows(directory), name_rows(), parsers_rows()):
        for name, call, home in rows:
            run = partial(call, module(home))
            # These rows make their inputs when they first run.
            warm = once(lambda _, run=run: run() is None)  # type: ignore[misc]
            yield Row(name, lambda _, __, run=run: run(), warm)  # type: ignore[misc]
    parsers = module("parsers")
    for row in index_rows(open_index):
        yield bound(row, parsers)


def rows_of_flavour(flavour: str, whose: str, directory: bytes) -> Iterator[Row]:
    for home, row in flavour_rows():
        yield bound(row, importlib.import_module(f"hgamalgam.{flavour}.{home}"))


# The rows of each part, given whose modules and a directory for files.
PARTS: dict[str, Callable[[str, bytes], Iterator[Row]]] = {
    "c": c_rows,
    "cffi": partial(rows_of_flavour, "cffi"),
    "pure": partial(rows_of_flavour, "pure"),
    "rust": rust_rows,
    "capsules": capsule_rows,
}


def measure(row: Row) -> tuple[float, Any]:
    """The shortest CPU time of several calls, in seconds, and the last's result."""
    best, spent, result = math.inf, 0.0, None
    begin = time.perf_counter()
    gc.collect()
    # What is there to stay need not be looked at before the next row.
    gc.freeze()
    gc.disable()
    for _ in range(MOST):
        # Nothing is freed within the measurement.
        del result
        prepared = row.prepare(None)
        start = time.process_time()
        result = row.call(None, prepared)
        seconds = time.process_time() - start
        del prepared
        best, spent = min(best, seconds), spent + seconds
        if spent > ENOUGH or time.perf_counter() - begin > LONGEST:
            break
    gc.enable()
    return best, result


def main(part: str, whose: str) -> None:
    # Ours and the peer's on the same processor: others may be busier.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    # What an extension prints is not an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value: Any) -> None:
        print(json.dumps(value), file=answers, flush=True)

    with tempfile.TemporaryDirectory() as directory:
        rows = list(PARTS[part](whose, os.fsencode(directory)))
        answer([row.name for row in rows])
        digests: dict[int, str] = {}
        for line in sys.stdin:
            number = int(line)
            row = rows[number]
            seconds, result = measure(row)
            if number not in digests:
                outcome = repr(normal(row.outcome(result))).encode()
                digests[number] = hashlib.sha256(outcome).hexdigest()
            # Not within the next measurement.
            del result
            answer([seconds, digests[number]])


if __name__ == "__main__":
    main(*sys.argv[1:])
