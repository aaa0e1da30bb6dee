# SPDX-License-Identifier: GPL-2.0-or-later
"""Each method of an index and of a nodetree, with something to call it with.

The kinds are of the form of parsers_calls.py.
"""

from __future__ import annotations

from typing import Any, Callable, ClassVar

from modules.index_inputs import linear, open_index
from modules.parsers_inputs import V1, V2, Entry

ON_DISK, LENGTH = 20, 90
ENTRIES = linear(LENGTH)
NODE = ENTRIES[60].node
# Appended by finalizers: roots, which no answer about the others shows.
OTHERS = [
    Entry(rev << 20, 7, 7, rev, rev, -1, -1, b"other node" + b"%010d" % rev)
    for rev in range(LENGTH, 4000)
]
LAST = OTHERS.pop()

# Calls, and what they are called with.
METHODS: dict[str, Callable[[Any], Any]] = {
    "append": lambda index: index.append(tuple(OTHERS[-1])),
    "clearcaches": lambda index: index.clearcaches(),
    "commonancestorsheads": lambda index: index.commonancestorsheads(60, 70),
    "ancestors": lambda index: index.ancestors(60, 70),
    "computephasesmapsets": lambda index: index.computephasesmapsets(
        {1: {40, 41}, 2: {50}}
    ),
    "contains": lambda index: NODE in index,
    "contains a number": lambda index: 60 in index,
    "deltachain": lambda index: index.deltachain(60, None, 1),
    "entry": lambda index: index[60],
    "entry_binary": lambda index: index.entry_binary(60),
    "findsnapshots": lambda index: index.findsnapshots({}, 0, 89),
    "forget": lambda index: index.__delitem__(NODE),
    "get_rev": lambda index: index.get_rev(NODE),
    "has_node": lambda index: index.has_node(NODE),
    "headrevs": lambda index: index.headrevs(),
    "headrevs of some": lambda index: index.headrevs(None, 60),
    "headrevs, filtered": lambda index: index.headrevs(frozenset([70, 89])),
    "headrevs, known": lambda index: (index.headrevs(), index.headrevs())[1],
    "headrevsdiff": lambda index: index.headrevsdiff(50, 80),
    "issnapshot": lambda index: index.issnapshot(60),
    "iteration": lambda index: [entry[7] for entry in index][:5],
    "len": lambda index: len(index) > 0,
    "node": lambda index: index[NODE],
    "null entry": lambda index: index[-1],
    "pack_header": lambda index: index.pack_header(1),
    "partialmatch": lambda index: index.partialmatch(NODE.hex().encode()),
    "reachableroots2": lambda index: index.reachableroots2(0, [80], [30], True),
    "rev": lambda index: index.rev(NODE),
    "set": lambda index: index.__setitem__(NODE, 60),
    "shortest": lambda index: index.shortest(NODE),
    "slicechunktodensity": lambda index: index.slicechunktodensity(
        [10, 40, 60, 80], 0.9, 0
    ),
    "stats": lambda index: set(index.stats()) >= {b"revs in memory"},
    "strip": lambda index: index.__delitem__(slice(80, -1)),
}

TREE_METHODS: dict[str, Callable[[Any], Any]] = {
    "insert": lambda tree: tree.insert(80),
    "shortest": lambda tree: tree.shortest(NODE),
}


def new_index(module: Any, entries: list[Entry] = ENTRIES, format: int = V1) -> Any:
    """An index with revisions of a file and appended ones, and all its caches."""
    index = open_index(module, entries[:ON_DISK], format)
    for entry in entries[ON_DISK:]:
        index.append(tuple(entry))
    for _ in range(6):
        index.get_rev(b"unknown" + bytes(13))
    index.shortest(NODE)
    return index


def refused(call: Callable[..., Any], *arguments: Any) -> str:
    """The kind of the exception; but MemoryError goes on."""
    try:
        call(*arguments)
    except MemoryError:
        raise
    except Exception as error:
        return type(error).__name__
    raise AssertionError("nothing was raised")


def check_index(module: Any, index: Any, forgotten: bytes | None = None) -> None:
    """All that knows of revisions knows the same ones, and of the next too."""
    assert index.headrevs() == index.headrevs(frozenset())
    index.append(tuple(LAST))
    entries = [index[rev] for rev in range(len(index))]
    again = open_index(module, [Entry(*entry[:8]) for entry in entries])
    assert index.headrevs() == index.headrevs(frozenset()) == again.headrevs()
    for rev, entry in enumerate(entries):
        assert index.get_rev(entry[7]) == rev or entry[7] == forgotten
    assert index.shortest(entries[3][7]) == again.shortest(entries[3][7])


class Indexes:
    """An index, its caches filled."""

    name = "index"

    def __init__(self, module: Any) -> None:
        self.module = module
        self.one = new_index(module)

    methods: ClassVar[dict[str, Callable[[Any], Any]]] = {
        **{
            name: lambda self, call=call: call(self.one)
            for name, call in METHODS.items()
            # Of entries, which are asked for one by one.
            if name != "iteration"
        },
        # The first question of an index, which fills what answers it.
        **{
            f"first {name}": lambda self, call=METHODS[name]: call(
                open_index(self.module, ENTRIES)
            )
            for name in ("get_rev", "partialmatch", "shortest", "set")
        },
        "__new__": lambda self: len(open_index(self.module, ENTRIES, V1, True)),
        "a filter in Python": lambda self: self.one.headrevs([70, 89]),
        "ambiguous": lambda self: refused(self.one.partialmatch, b"0"),
        "corrupt": lambda self: refused(self.module.parse_index2, b"short", False),
        "unknown": lambda self: refused(self.one.rev, LAST.node),
    }

    def check(self) -> None:
        check_index(self.module, self.one, NODE)


class SidedataIndexes:
    name = "index of format 2"

    def __init__(self, module: Any) -> None:
        self.module = module
        self.one = new_index(module, ENTRIES, V2)

    methods: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "replace_sidedata_info": lambda self: self.one.replace_sidedata_info(
            80, 1 << 33, 5, 77 << 16, 1
        ),
    }

    def check(self) -> None:
        assert self.one[80][9] in (0, 5)
        check_index(self.module, self.one)


class NodeTrees:
    name = "nodetree"

    def __init__(self, module: Any) -> None:
        self.module = module
        self.index = new_index(module)
        self.one = module.nodetree(self.index, 4)
        for rev in range(20, 70):
            self.one.insert(rev)

    def stripped(self) -> Any:
        del self.index[65:-1]
        return self.one.shortest(NODE)

    methods: ClassVar[dict[str, Callable[[Any], Any]]] = {
        **{
            name: lambda self, call=call: call(self.one)
            for name, call in TREE_METHODS.items()
        },
        "__new__": lambda self: bool(self.module.nodetree(self.index, 4)),
        "stripped": stripped,
    }

    def check(self) -> None:
        self.one.insert(3)
        assert self.one.shortest(ENTRIES[3].node) == 1
        assert self.one.shortest(NODE) == 2
        check_index(self.module, self.index)


KINDS = (Indexes, SidedataIndexes, NodeTrees)
CASES = [(kind, name) for kind in KINDS for name in kind.methods]
