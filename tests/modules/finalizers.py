# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects that change in the middle of a call, as a garbage collection can do it.

CPython up to 3.11 collects garbage when it allocates: any call that makes a tuple
may run a finalizer. Later ones do so between two instructions of Python only.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

COLLECTS_WHILE_ALLOCATING = sys.version_info < (3, 12)


class Change:
    """Something to do at every garbage collection; `count` is how often it was."""

    def __init__(self, change: Callable[[], object]) -> None:
        self.change = change
        self.armed = False
        self.count = 0

    @contextmanager
    def at_every_collection(self) -> Iterator[None]:
        """Within, each allocation that can collect garbage does, and so changes."""
        threshold = gc.get_threshold()
        # No collection needs to look at what is there already. One that is full
        # drops the free lists, from which a tuple would come without collecting.
        gc.freeze()
        gc.collect()
        self.armed = True
        _Finalized(self)
        gc.set_threshold(1)
        try:
            yield
        finally:
            self.armed = False
            gc.set_threshold(*threshold)
            gc.collect()
            gc.unfreeze()


class _Finalized:
    """Garbage whose end makes a change, and leaves more such garbage behind."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self.cycle = self

    def __del__(self) -> None:
        change = self.change
        if change.armed:
            change.count += 1
            change.change()
            _Finalized(change)
