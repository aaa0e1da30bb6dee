# SPDX-License-Identifier: GPL-2.0-or-later
"""A `DirstateMap` and a `Dirs` that finalizers ask and change in the middle of a call.

Whoever comes in the middle of a call gets an answer: nothing is borrowed while Python
may run (contract section 4, "Shared references").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modules.finalizers import COLLECTS_WHILE_ALLOCATING, Change
from modules.rust_binding import MUTATED, rustext
from modules.rust_dirstate_calls import ITERATORS, MUTATIONS, READS, small_map


def drained(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Goes to the end, or until it is told that the map has changed."""

    def drain(dmap: Any) -> None:
        with pytest.raises((RuntimeError, StopIteration)) as raised:
            iterator = make(dmap)
            while True:
                next(iterator)
        if isinstance(raised.value, RuntimeError):
            raised.match(MUTATED)

    return drain


def refused(call: Callable[[Any], Any], error: type[Exception]) -> Callable[[Any], Any]:
    """Raises an exception, as it should."""

    def expect(dmap: Any) -> None:
        with pytest.raises(error):
            call(dmap)

    return expect


CALLS: dict[str, Callable[[Any], Any]] = {
    **{name: call for name, call in READS.items() if name != "items"},
    **MUTATIONS,
    **{f"drained {name}": drained(make) for name, make in ITERATORS.items()},
    "no such file": refused(lambda dmap: dmap[b"absent"], KeyError),
    "no such copy": refused(lambda dmap: dmap.copymap()[b"absent"], KeyError),
    "no entry": refused(lambda dmap: dmap.set_possibly_dirty(b"absent"), OSError),
    "no path": refused(lambda dmap: dmap.set_tracked(b"a//b"), ValueError),
    "no source": refused(
        lambda dmap: dmap.copymap().__setitem__(b"a", b""), ValueError
    ),
    "no mode": refused(lambda dmap: dmap.write_v2(7), ValueError),
}

QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "ask": lambda dmap: (len(dmap), dmap.get(b"a"), list(dmap.items())),
    "change": lambda dmap: dmap.set_possibly_dirty(b"b/c"),
}


class Asked(Change):
    """Asks an object at every collection, and keeps what that raised."""

    def __init__(self, question: Callable[[Any], Any], subject: Any) -> None:
        super().__init__(self.ask)
        self.question = question
        self.subject = subject
        self.failures: list[BaseException] = []

    def ask(self) -> None:
        # What this allocates would collect again, and ask again.
        self.armed = False
        try:
            self.question(self.subject)
        except BaseException as error:
            self.failures.append(error)
        self.armed = True


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("call", CALLS)
def test_a_map_answers_in_the_middle_of_a_call(call: str, question: str) -> None:
    dmap = small_map()
    asked = Asked(QUESTIONS[question], dmap)
    for _ in range(3):
        dmap.set_tracked(b"a")
        with asked.at_every_collection():
            CALLS[call](dmap)
    assert asked.failures == []


@pytest.mark.parametrize(
    "call",
    ["tracked_dirs", "debug_iter", "drained items", "drained copymap items"],
)
def test_finalizers_do_run_in_the_middle(call: str) -> None:
    dmap = small_map()
    asked = Asked(QUESTIONS["ask"], dmap)
    with asked.at_every_collection():
        CALLS[call](dmap)
    assert asked.count or not COLLECTS_WHILE_ALLOCATING


def test_directories_answer_in_the_middle_of_a_call() -> None:
    dirs = rustext.dirstate.Dirs([b"a/b/c", b"a/d"])
    asked = Asked(lambda dirs: (b"a" in dirs, list(dirs)), dirs)
    with asked.at_every_collection():
        assert sorted(dirs) == [b"", b"a", b"a/b"]
        for wrong in [
            lambda: dirs.addpath(b"a//b"),
            lambda: dirs.delpath(b"absent/file"),
        ]:
            with pytest.raises(ValueError):
                wrong()
        dirs.addpath(b"e/f")
        dirs.delpath(b"e/f")
    assert asked.failures == []
    assert asked.count or not COLLECTS_WHILE_ALLOCATING
