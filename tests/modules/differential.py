# SPDX-License-Identifier: GPL-2.0-or-later
"""Our C `parsers` beside Mercurial's own, for the tests that give both the same.

HGAMALGAM_CASES sets how many cases each test tries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from modules import parsers_inputs
from modules.flavours import load
from modules.stock import stock as load_stock

ours = load("c", "parsers").module
stock = load_stock("parsers")

DELTA_ARGUMENTS = parsers_inputs.wants_delta_arguments(stock)

common = settings(
    max_examples=parsers_inputs.cases(150),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(0, 2**48)
small_ints = st.integers(-3, 3) | st.integers(-(2**31), 2**31 - 1)
anything = st.none() | st.integers() | st.text(max_size=2) | st.binary(max_size=2)
flags16 = st.integers(0, 2**16 - 1)


class Raised(NamedTuple):
    """An exception: what callers see of it."""

    type: type
    message: str


def outcome(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """What a call gives: its result, or what it raises."""
    try:
        return function(*args, **keywords)
    except Exception as error:
        return Raised(type(error), str(error))


def both(name: str, *args: Any, **keywords: Any) -> None:
    mine = outcome(getattr(ours, name), *args, **keywords)
    theirs = outcome(getattr(stock, name), *args, **keywords)
    assert mine == theirs
