# SPDX-License-Identifier: GPL-2.0-or-later
"""The cffi flavour beside the pure one: time, same input, equal results checked.

    python benches/cffi.py [NAME...]     rows whose name has one of NAMEs

Runs where hg-amalgam is installed, on PyPy as on CPython. The two take turns in one
process, and the best of each counts: the ratio is pure to cffi.
"""

from __future__ import annotations

import importlib
import math
import platform
import sys
import time
from typing import Any

from flavour_rows import flavour_rows
from rows import Row

ROUNDS = 7


def timed(row: Row, m: Any) -> tuple[float, Any]:
    prepared = row.prepare(m)
    start = time.perf_counter()
    result = row.call(m, prepared)
    return time.perf_counter() - start, result


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}")
    ratios = []
    for home, row in flavour_rows():
        if sys.argv[1:] and not any(word in row.name for word in sys.argv[1:]):
            continue
        best: dict[str, float] = {}
        expected = None
        for flavour in ("pure", "cffi") * ROUNDS:
            m = importlib.import_module(f"hgamalgam.{flavour}.{home}")
            seconds, result = timed(row, m)
            if flavour == "pure":
                expected = result
            assert result == expected, f"{row.name}: cffi and pure differ"
            best[flavour] = min(seconds, best.get(flavour, seconds))
        ratios.append(best["pure"] / best["cffi"])
        milliseconds = [f"{1000 * best[one]:10.3f} ms" for one in ("pure", "cffi")]
        print(f"{row.name:32}", *milliseconds, f"{ratios[-1]:9.2f}x", flush=True)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"{len(ratios)} rows, geometric mean {mean:.2f}")


if __name__ == "__main__":
    main()
