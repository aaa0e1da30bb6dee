# SPDX-License-Identifier: GPL-2.0-or-later
"""Random graphs for the tests of Rust, and the indexes that hold them."""

from __future__ import annotations

import random
from typing import Any

from mercurial.cext import parsers as stock_parsers

from hgamalgam.cext import parsers as own_parsers
from modules.parsers_inputs import V1, Entry, pack_index, random_entries
from modules.rust_binding import MUTATED, is_pyo3, rustext

__all__ = ["MUTATED"]
# The C indexes that Rust takes too.
C_PARSERS = {} if is_pyo3 else {"stock": stock_parsers, "own": own_parsers}


def new_index(entries: list[Entry], inline: bool = False) -> Any:
    """What Rust takes for an index: for PyO3, Mercurial's proxy of one."""
    data = pack_index(entries, V1, inline)
    if not is_pyo3:
        return rustext.revlog.Index(data, 1 | inline << 16)
    from mercurial import revlog
    from mercurial.revlogutils import config

    inner = rustext.revlog.InnerRevlog(
        vfs_base=b"/nowhere",
        vfs_is_readonly=True,
        index_data=data,
        index_file=b"00changelog.i",
        data_file=b"00changelog.d",
        sidedata_file=None,
        inline=inline,
        data_config=config.DataConfig(),
        delta_config=config.DeltaConfig(),
        feature_config=config.FeatureConfig(),
        chunk_cache=None,
        default_compression_header=None,
        revlog_type=1001,
        encoding=1,
    )
    return revlog.RustIndexProxy(inner)


def c_index(parsers: Any, entries: list[Entry], inline: bool = False) -> Any:
    return parsers.parse_index2(pack_index(entries, V1, inline), inline)[0]


def compatible(parsers: Any, entries: list[Entry]) -> Any:
    """A C index that says that Rust may use it, which stock's does if asked."""
    index = c_index(parsers, entries)
    if parsers is stock_parsers:
        assert index.rust_ext_compat == 0
        index.rust_ext_compat = 1
    assert index.rust_ext_compat == 1
    return index


def graph(seed: int, count: int = 80) -> tuple[random.Random, list[Entry]]:
    rng = random.Random(seed)
    return rng, random_entries(rng, rng.randrange(1, count))


def some(rng: random.Random, entries: list[Entry], least: int = 0) -> list[int]:
    return [rng.randrange(len(entries)) for _ in range(rng.randrange(least, 5))]


def parents_of(entries: list[Entry]) -> Any:
    return lambda rev: (entries[rev].p1, entries[rev].p2) if rev >= 0 else (-1, -1)


def indexes(entries: list[Entry]) -> dict[str, Any]:
    found = {name: compatible(module, entries) for name, module in C_PARSERS.items()}
    return {"rust": new_index(entries), **found}
