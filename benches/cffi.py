# SPDX-License-Identifier: GPL-2.0-or-later
"""The cffi flavour beside the pure one: time, same input, equal results checked.

    python benches/cffi.py [NAME...]     rows whose name has one of NAMEs

Runs where hg-amalgam is installed, on PyPy as on CPython. The two take turns in one
process, and the best of each counts: the ratio is pure to cffi.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import platform
import random
import struct
import sys
import time
from collections.abc import Iterator
from typing import Any, Callable

ROUNDS = 7
REVISIONS = FILES = 200_000
# A name, a module, what is not timed, and what is.
Row = tuple[str, str, Callable[[Any], Any], Callable[[Any, Any], Any]]
chance = random.Random(7)


def module(m: Any) -> Any:
    return m


def texts() -> tuple[list[bytes], list[bytes]]:
    """A source file of 5000 lines, and it with 60 edits."""
    words = [b"%x" % chance.getrandbits(24) for _ in range(900)]
    lines = [b" ".join(chance.choices(words, k=9)) + b"\n" for _ in range(5000)]
    edited = list(lines)
    for at in chance.sample(range(5000), 60):
        edited[at : at + chance.randrange(3)] = [chance.choice(words) + b"\n"]
    return lines, edited


def text_rows() -> Iterator[Row]:
    a, b = map(b"".join, texts())
    for name in ("bdiff", "blocks", "xdiffblocks"):
        yield name, "bdiff", module, lambda m, _, name=name: getattr(m, name)(a, b)  # type: ignore[misc]
    chain = []
    for _ in range(100):
        places = sorted(chance.sample(range(0, len(a) - 100, 50), 6))
        hunks = [struct.pack(">lll", at, at + 40, 40) + b"x" * 40 for at in places]
        chain.append(b"".join(hunks))
    one = importlib.import_module("hgamalgam.pure.bdiff").bdiff(a, b)
    yield "patches, 100 deltas", "mpatch", module, lambda m, _: m.patches(a, chain)
    yield "patches, 1 delta", "mpatch", module, lambda m, _: m.patches(a, [one])
    encoded = importlib.import_module("hgamalgam.pure.base85").b85encode(a)
    yield "b85encode", "base85", module, lambda m, _: m.b85encode(a)
    yield "b85decode", "base85", module, lambda m, _: m.b85decode(encoded)
    yield (
        *("jsonescapeu8fast", "charencode", module),
        lambda m, _: m.jsonescapeu8fast(a, False),
    )


def index_rows() -> Iterator[Row]:
    nodes = [hashlib.sha1(b"%d" % rev).digest() for rev in range(REVISIONS)]
    records = []
    for rev, node in enumerate(nodes):
        p1 = rev - 1 if chance.random() < 0.8 else chance.randrange(-1, rev)
        p2 = chance.randrange(-1, rev) if rev and chance.random() < 0.2 else -1
        base = rev - bool(rev % 200)
        numbers = (rev * 100 << 16, 100, 200, base, rev, max(p1, -1 if rev else p1), p2)
        records.append(struct.pack(">Qiiiiii20s12x", *numbers, node))
    data, tip = b"".join(records), REVISIONS - 1

    def opened(m: Any) -> Any:
        return m.parse_index2(data, False)[0]

    def warm(m: Any) -> Any:
        index = opened(m)
        index.headrevs(), index.rev(nodes[0]), index.ancestors(5, tip)
        return index

    some = chance.sample(nodes, 5000)
    calls: dict[str, Callable[[Any], Any]] = {
        "headrevs": lambda i: i.headrevs(),
        "rev, one": lambda i: i.rev(nodes[0]),
        "rev, 5000": lambda i: [i.rev(node) for node in some],
        "shortest": lambda i: i.shortest(nodes[7]),
        "reachableroots2": lambda i: sorted(i.reachableroots2(0, [tip], [0], True)),
        "ancestors": lambda i: i.ancestors(tip, tip // 2),
        "computephasesmapsets": lambda i: i.computephasesmapsets({1: {tip // 2}}),
        "headrevsdiff, 1000": lambda i: i.headrevsdiff(tip - 1000, tip),
        "deltachain, 999": lambda i: [i.deltachain(r, None, 1) for r in range(999)],
        "slicechunktodensity": lambda i: i.slicechunktodensity(
            list(range(0, tip, 999)), 0.5, 9
        ),
    }
    for name, call in calls.items():
        yield f"{name}, index new", "parsers", opened, lambda _, i, call=call: call(i)  # type: ignore[misc]
        yield f"{name}, index used", "parsers", warm, lambda _, i, call=call: call(i)  # type: ignore[misc]


def manifest_rows() -> Iterator[Row]:
    lines = [
        b"dir%03d/file%06d.c\0%040x\n" % (i // 999, i, chance.getrandbits(160))
        for i in range(FILES)
    ]
    text, paths = b"".join(lines), [line.split(b"\0")[0] for line in lines]
    other = b"".join(
        line[:-3] + b"ff\n" if not i % 99 else line for i, line in enumerate(lines)
    )
    some = chance.sample(paths, 5000)

    def parsed(m: Any) -> Any:
        return m.lazymanifest(20, text)

    def edited(manifest: Any) -> bytes:
        manifest = manifest.copy()
        for path in some[:100]:
            manifest[path] = (b"n" * 20, b"x")
        return bytes(manifest.text())

    yield "lazymanifest", "parsers", module, lambda m, _: len(parsed(m))
    yield (
        *("diff", "parsers", lambda m: (parsed(m), m.lazymanifest(20, other))),
        lambda _, both: list(both[0].diff(both[1]).items()),
    )
    yield "iterkeys", "parsers", parsed, lambda _, m: list(m)
    yield "iterentries", "parsers", parsed, lambda _, m: list(m.iterentries())
    yield "get, 5000 paths", "parsers", parsed, lambda _, m: [m[path] for path in some]
    yield "copy, 100 edits, text", "parsers", parsed, lambda _, m: edited(m)


def timed(run: Callable[[Any, Any], Any], m: Any, given: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    result = run(m, given)
    return time.perf_counter() - start, result


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}")
    ratios = []
    for rows in (text_rows, index_rows, manifest_rows):
        for name, home, prepare, run in rows():
            if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
                continue
            best: dict[str, float] = {}
            expected = None
            for flavour in ("pure", "cffi") * ROUNDS:
                m = importlib.import_module(f"hgamalgam.{flavour}.{home}")
                seconds, result = timed(run, m, prepare(m))
                if flavour == "pure":
                    expected = result
                assert result == expected, f"{name}: cffi and pure differ"
                best[flavour] = min(seconds, best.get(flavour, seconds))
            ratios.append(best["pure"] / best["cffi"])
            milliseconds = [f"{1000 * best[one]:10.3f} ms" for one in ("pure", "cffi")]
            print(f"{name:32}", *milliseconds, f"{ratios[-1]:9.2f}x", flush=True)
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    print(f"{len(ratios)} rows, geometric mean {mean:.2f}")


if __name__ == "__main__":
    main()
