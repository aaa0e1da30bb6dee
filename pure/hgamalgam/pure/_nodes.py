# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes, by themselves and by their first digits (contract section 2.8)."""

from __future__ import annotations

from binascii import hexlify
from bisect import bisect_left

from ._records import NODE_SIZE

NODE_DIGITS = 2 * NODE_SIZE
_BITS = 8 * NODE_SIZE


def revlog_error(message: bytes) -> Exception:
    """To raise; looked up now, for an extension may have replaced it."""
    from mercurial import error

    found: Exception = error.RevlogError(message)
    return found


class NodeMap(dict[bytes, int]):
    """From node to revision; what is not in it is a RevlogError."""

    def __missing__(self, node: bytes) -> int:
        check_node(node)
        raise revlog_error(b"unknown node: " + hexlify(node))


def check_node(node: object) -> None:
    """TypeError or ValueError for what is no node."""
    if not isinstance(node, bytes):
        raise TypeError(f"expected bytes, {type(node).__name__} found")
    if len(node) != NODE_SIZE:
        raise ValueError(f"node len {len(node)} != expected node len {NODE_SIZE}")


def shortest_prefix(nodes: list[bytes], node: bytes) -> int:
    """How many digits tell `node` from the other ones; RevlogError if not there.

    nodes: sorted
    """
    check_node(node)
    place = bisect_left(nodes, node)
    if place == len(nodes) or nodes[place] != node:
        raise revlog_error(b"unknown node: " + hexlify(node))
    number = int.from_bytes(node, "big")
    digits = 1
    # Who shares most digits with it stands beside it.
    for other in nodes[max(place - 1, 0) : place] + nodes[place + 1 : place + 2]:
        differing_bits = (number ^ int.from_bytes(other, "big")).bit_length()
        digits = max(digits, (_BITS - differing_bits) // 4 + 1)
    return digits
