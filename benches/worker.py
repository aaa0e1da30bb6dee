# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures one side of a comparison for benches/modules.py, row by row, as told.

    python worker.py c|rust ours|peer      what to measure, and whose

It writes the names of the rows as a JSON list in one line. For each row number that
it then reads it writes `[seconds of CPU time, digest of the outcome]`, the digest
the first time that it is asked for a row.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/modules"))

from name_rows import name_rows
from parsers_rows import parsers_rows
from rows import Row, once
from rust_dirstate_rows import dirstate_rows
from rust_graph_rows import graph_rows
from rust_revlog_rows import revlog_rows
from stock import stock  # type: ignore[import-not-found]
from text_rows import file_rows, text_rows


def normal(value: Any) -> Any:
    """The same for what is equal: without the order of sets and dicts."""
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(value)]
    if isinstance(value, dict):
        return ["dict", *sorted((key, normal(item)) for key, item in value.items())]
    if isinstance(value, (list, tuple)):
        return [normal(item) for item in value]
    return value


def rust_rows(whose: str) -> tuple[ModuleType, list[Row]]:
    package = "hgamalgam" if whose == "ours" else "mercurial"
    rustext = importlib.import_module(f"{package}.rustext")
    return rustext, [*dirstate_rows(), *graph_rows(), *revlog_rows()]


def c_rows(whose: str, directory: bytes) -> Iterator[Row]:
    for rows in (text_rows(), file_rows(directory), name_rows(), parsers_rows()):
        for name, call, module in rows:
            ours = f"hgamalgam.cext.{module}"
            one = importlib.import_module(ours) if whose == "ours" else stock(module)
            run = partial(call, one)
            # These rows make their inputs when they first run.
            warm = once(lambda _, run=run: run() is None)  # type: ignore[misc]
            yield Row(name, lambda _, __, run=run: run(), warm)  # type: ignore[misc]


def main(part: str, whose: str) -> None:
    # Ours and the peer's on the same processor: others may be busier.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    # What an extension prints is not an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    module: Any = None

    def answer(value: Any) -> None:
        print(json.dumps(value), file=answers, flush=True)

    with tempfile.TemporaryDirectory() as directory:
        if part == "c":
            rows = list(c_rows(whose, os.fsencode(directory)))
        else:
            module, rows = rust_rows(whose)
        answer([row.name for row in rows])
        digests: dict[int, str] = {}
        for line in sys.stdin:
            number = int(line)
            row = rows[number]
            prepared = row.prepare(module)
            gc.collect()
            gc.disable()
            start = time.process_time()
            result = row.call(module, prepared)
            seconds = time.process_time() - start
            gc.enable()
            if number not in digests:
                outcome = repr(normal(row.outcome(result))).encode()
                digests[number] = hashlib.sha256(outcome).hexdigest()
            # Not within the next measurement.
            del result, prepared
            answer([seconds, digests[number]])


if __name__ == "__main__":
    main(*sys.argv[1:])
