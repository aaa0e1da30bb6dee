# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures one Rust extension for benches/modules.py, row by row, as it is told.

    python rust_worker.py PACKAGE      the package with `rustext` in it

It writes the names of the rows as a JSON list in one line. For each row number that
it then reads it writes `[seconds of CPU time, digest of the outcome]`.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import os
import sys
import time
from typing import Any

from rust_dirstate_rows import dirstate_rows
from rust_graph_rows import graph_rows
from rust_revlog_rows import revlog_rows


def normal(value: Any) -> Any:
    """The same for what is equal: without the order of sets and dicts."""
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(value)]
    if isinstance(value, dict):
        return ["dict", *sorted((key, normal(item)) for key, item in value.items())]
    if isinstance(value, (list, tuple)):
        return [normal(item) for item in value]
    return value


def main(package: str) -> None:
    # What an extension prints is not an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if package == "mercurial":
        rustext: Any = importlib.import_module("mercurial.rustext")
    else:
        rustext = importlib.import_module(f"{package}.rustext")
    rows = [*dirstate_rows(), *graph_rows(), *revlog_rows()]

    def answer(value: Any) -> None:
        print(json.dumps(value), file=answers, flush=True)

    answer([row.name for row in rows])
    for line in sys.stdin:
        row = rows[int(line)]
        prepared = row.prepare(rustext)
        gc.collect()
        gc.disable()
        start = time.process_time()
        result = row.call(rustext, prepared)
        seconds = time.process_time() - start
        gc.enable()
        outcome = repr(normal(row.outcome(result))).encode()
        answer([seconds, hashlib.sha256(outcome).hexdigest()])


if __name__ == "__main__":
    main(sys.argv[1])
