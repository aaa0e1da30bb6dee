# SPDX-License-Identifier: GPL-2.0-or-later
"""Rows of benches/modules.py: the functions of `parsers` on names and short texts."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from parsers_rows import Row, dirstate_v1, parsed, paths, per_module


def name_rows() -> Iterator[Row]:
    for name, call in (*encoding_rows(), *character_rows(), *foldmap_rows()):
        yield name, call, "parsers"


def stored(names: list[bytes]) -> list[bytes]:
    """Names as the store has them; some need escapes, some a hash."""
    plain = [b"data/" + name + b".i" for name in names]
    mixed = [b"data/Lib.d/Some_%d/AUX/x y%d~.PY.i" % (i, i) for i in range(20_000)]
    deep = [b"data/" + b"deep_Directory/" * 9 + b"f%d.i" % i for i in range(20_000)]
    return plain[:60_000] + mixed + deep


def encoding_rows() -> Iterator[tuple[str, Any]]:
    names = stored(paths())
    for function in ("pathencode", "encodedir", "lowerencode"):
        yield (
            f"{function}, 100,000 paths",
            lambda m, f=function: list(map(getattr(m, f), names)),
        )


def character_rows() -> Iterator[tuple[str, Any]]:
    names = paths()
    text = b"\n".join(names)
    quoted = text.replace(b"1", b'"')
    for size, texts in (("10 MB", [text]), ("100,000 names", names[:100_000])):
        for function in ("isasciistr", "asciilower", "asciiupper"):
            yield (
                f"{function}, {size}",
                lambda m, f=function, t=texts: list(map(getattr(m, f), t)),
            )
        for paranoid in (False, True):
            yield (
                f"jsonescapeu8fast, {size}, paranoid={paranoid}",
                lambda m, p=paranoid, t=texts: [m.jsonescapeu8fast(x, p) for x in t],
            )
    yield "jsonescapeu8fast, quotes", lambda m: m.jsonescapeu8fast(quoted, False)


def foldmap_rows() -> Iterator[tuple[str, Any]]:
    names = paths()
    data = dirstate_v1(names)
    items = per_module(lambda m: parsed(m, data))

    def fallback(name: bytes) -> bytes:
        return name.lower()

    def folded(m: ModuleType, spec: int) -> Any:
        return m.make_file_foldmap(items(m), spec, fallback)

    yield "make_file_foldmap, lower", lambda m: folded(m, -1)
    yield "make_file_foldmap, upper", lambda m: folded(m, 1)
    yield "make_file_foldmap, fallback", lambda m: folded(m, 0)
