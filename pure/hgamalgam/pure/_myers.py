# SPDX-License-Identifier: GPL-2.0-or-later
"""E. Myers, "An O(ND) Difference Algorithm and Its Variations", section 4b.

Paths grow from both corners of a box until they meet, and the box is split there.
A diagonal is the x of a point less its y; x counts lines of a, y lines of b.
"""

from __future__ import annotations

from typing import NamedTuple

# Beyond this many edits a long snake is good enough to split at.
_LEAST_COST = 256
# A snake of more lines than this is long.
_LONG_SNAKE = 20
# A point is good if it has come this many times further than its edits.
_GOOD_REACH = 4

_BEFORE_ALL = -1
_BEYOND_ALL = 1 << 62


def rough_root(n: int) -> int:
    """A power of two at or a little above the square root."""
    root = 1
    while n > 0:
        root *= 2
        n >>= 2
    return root


class _Box(NamedTuple):
    """Lines x1..x2 of a against y1..y2 of b; `minimal` whatever that costs."""

    x1: int
    x2: int
    y1: int
    y2: int
    minimal: bool


class _Split(NamedTuple):
    x: int
    y: int
    minimal_before: bool
    minimal_after: bool


class _Frontier:
    """The furthest x by diagonal, on every other one from low to high."""

    def __init__(self, middle: int, x: int) -> None:
        self.x = {middle: x}
        self.low = self.high = self.middle = middle

    def widen(self, lowest: int, highest: int, outside: int) -> None:
        """One more edit: one more diagonal on each side, inside the box."""
        if self.low > lowest:
            self.low -= 1
            self.x[self.low - 1] = outside
        else:
            self.low += 1
        if self.high < highest:
            self.high += 1
            self.x[self.high + 1] = outside
        else:
            self.high -= 1

    def diagonals(self) -> range:
        return range(self.high, self.low - 1, -2)


class _Search:
    """Where to split a box neither side of which is empty."""

    def __init__(self, a: list[int], b: list[int], box: _Box, cost: int) -> None:
        self.a, self.b, self.box, self.cost = a, b, box, cost
        self.forward = _Frontier(box.x1 - box.y1, box.x1)
        self.backward = _Frontier(box.x2 - box.y2, box.x2)
        self.long_snake = False

    def split(self) -> _Split:
        box, forward, backward = self.box, self.forward, self.backward
        lowest, highest = box.x1 - box.y2, box.x2 - box.y1
        odd = (forward.middle - backward.middle) % 2 == 1
        edits = 0
        while True:
            edits += 1
            self.long_snake = False
            forward.widen(lowest, highest, _BEFORE_ALL)
            found = self.step_forward(odd)
            if found is None:
                backward.widen(lowest, highest, _BEYOND_ALL)
                found = self.step_backward(not odd)
            if found is None and not box.minimal:
                if self.long_snake and edits > _LEAST_COST:
                    found = self.good_forward(edits) or self.good_backward(edits)
                if found is None and edits >= self.cost:
                    found = self.furthest()
            if found is not None:
                return found

    def step_forward(self, check: bool) -> _Split | None:
        """Grow paths from the top left; where one meets a path that came back."""
        a, b, box = self.a, self.b, self.box
        reach, behind = self.forward.x, self.backward
        for k in self.forward.diagonals():
            left, right = reach[k - 1], reach[k + 1]
            x = start = left + 1 if left >= right else right
            y = x - k
            while x < box.x2 and y < box.y2 and a[x] == b[y]:
                x += 1
                y += 1
            if x - start > _LONG_SNAKE:
                self.long_snake = True
            reach[k] = x
            if check and behind.low <= k <= behind.high and behind.x[k] <= x:
                return _Split(x, y, True, True)
        return None

    def step_backward(self, check: bool) -> _Split | None:
        """The mirror image, from the bottom right."""
        a, b, box = self.a, self.b, self.box
        reach, ahead = self.backward.x, self.forward
        for k in self.backward.diagonals():
            left, right = reach[k - 1], reach[k + 1]
            x = start = left if left < right else right - 1
            y = x - k
            while x > box.x1 and y > box.y1 and a[x - 1] == b[y - 1]:
                x -= 1
                y -= 1
            if start - x > _LONG_SNAKE:
                self.long_snake = True
            reach[k] = x
            if check and ahead.low <= k <= ahead.high and x <= ahead.x[k]:
                return _Split(x, y, True, True)
        return None

    def snake_before(self, x: int, y: int) -> bool:
        """Whether long enough a snake ends here."""
        return self.a[x - _LONG_SNAKE : x] == self.b[y - _LONG_SNAKE : y]

    def good_forward(self, edits: int) -> _Split | None:
        """The best point that ends a long snake, if one is good enough."""
        box = self.box
        best, found = 0, None
        for k in self.forward.diagonals():
            x = self.forward.x[k]
            y = x - k
            reach = x - box.x1 + y - box.y1 - abs(k - self.forward.middle)
            if (
                reach > _GOOD_REACH * edits
                and reach > best
                and box.x1 + _LONG_SNAKE <= x < box.x2
                and box.y1 + _LONG_SNAKE <= y < box.y2
                and self.snake_before(x, y)
            ):
                best, found = reach, _Split(x, y, True, False)
        return found

    def good_backward(self, edits: int) -> _Split | None:
        box = self.box
        best, found = 0, None
        for k in self.backward.diagonals():
            x = self.backward.x[k]
            y = x - k
            reach = box.x2 - x + box.y2 - y - abs(k - self.backward.middle)
            if (
                reach > _GOOD_REACH * edits
                and reach > best
                and box.x1 < x <= box.x2 - _LONG_SNAKE
                and box.y1 < y <= box.y2 - _LONG_SNAKE
                and self.snake_before(x + _LONG_SNAKE, y + _LONG_SNAKE)
            ):
                best, found = reach, _Split(x, y, False, True)
        return found

    def furthest(self) -> _Split:
        """Too many edits: the point furthest from where its path began."""
        box = self.box
        ahead, ahead_x = -1, -1
        for k in self.forward.diagonals():
            x = min(self.forward.x[k], box.x2, box.y2 + k)
            if x + x - k > ahead:
                ahead, ahead_x = x + x - k, x
        behind, behind_x = _BEYOND_ALL, -1
        for k in self.backward.diagonals():
            x = max(self.backward.x[k], box.x1, box.y1 + k)
            if x + x - k < behind:
                behind, behind_x = x + x - k, x
        if box.x2 + box.y2 - behind < ahead - box.x1 - box.y1:
            return _Split(ahead_x, ahead - ahead_x, True, False)
        return _Split(behind_x, behind - behind_x, False, True)


def mark(a: list[int], b: list[int]) -> tuple[list[int], list[int]]:
    """The lines of a and of b that the edit script deletes and adds."""
    cost = max(rough_root(len(a) + len(b) + 3), _LEAST_COST)
    deleted: list[int] = []
    added: list[int] = []
    boxes = [_Box(0, len(a), 0, len(b), False)]
    while boxes:
        x1, x2, y1, y2, minimal = boxes.pop()
        while x1 < x2 and y1 < y2 and a[x1] == b[y1]:
            x1 += 1
            y1 += 1
        while x1 < x2 and y1 < y2 and a[x2 - 1] == b[y2 - 1]:
            x2 -= 1
            y2 -= 1
        if x1 == x2 or y1 == y2:
            deleted.extend(range(x1, x2))
            added.extend(range(y1, y2))
            continue
        split = _Search(a, b, _Box(x1, x2, y1, y2, minimal), cost).split()
        boxes.append(_Box(split.x, x2, split.y, y2, split.minimal_after))
        boxes.append(_Box(x1, split.x, y1, split.y, split.minimal_before))
    return deleted, added
