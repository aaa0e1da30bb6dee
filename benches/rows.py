# SPDX-License-Identifier: GPL-2.0-or-later
"""What a row of benches/modules.py is made of.

Rows are made twice from the same seeds: in a process that measures ours, and in one
for the peer's (see worker.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, Callable, NamedTuple


def nothing(module: Any) -> None:
    """The preparation of a row that needs none."""


class Row(NamedTuple):
    """`call(module, prepare(module))` is measured without the preparation.

    `outcome` makes of the result what must be equal, outside the measurement.
    """

    name: str
    call: Callable[[Any, Any], Any]
    prepare: Callable[[Any], Any] = nothing
    outcome: Callable[[Any], Any] = lambda result: result


def bound(row: Row, module: Any) -> Row:
    """The row on `module`, whatever it is then called with."""
    return row._replace(
        call=lambda _, prepared: row.call(module, prepared),
        prepare=lambda _: row.prepare(module),
    )


def once(make: Callable[[ModuleType], Any]) -> Callable[[ModuleType], Any]:
    """`make`, called when first needed, and then remembered."""
    made: list[Any] = []

    def get(rustext: ModuleType) -> Any:
        if not made:
            made.append(make(rustext))
        return made[0]

    return get


ITEM = (
    *("state", "mode", "size", "mtime", "tracked", "p1_tracked", "p2_info"),
    *("added", "removed", "modified"),
)


def plain_item(item: Any) -> Any:
    """The values of a DirstateItem, an untracked one having none."""
    if item is None or not hasattr(item, "any_tracked"):
        return item
    return [getattr(item, name) for name in ITEM] if item.any_tracked else None


def plain_items(items: Sequence[Any]) -> list[Any]:
    return [plain_item(item) for item in items]
