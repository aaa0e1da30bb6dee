# SPDX-License-Identifier: GPL-2.0-or-later
"""`copy_tracing` of either Rust module, beside Mercurial's Python.

Contract section 4, pyo3 contract section 3.
"""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from mercurial import ancestor, copies, metadata

from modules.parsers_inputs import cases, random_entries
from modules.rust_binding import rustext

combine_changeset_copies = rustext.copy_tracing.combine_changeset_copies


def random_files(rng: random.Random, names: list[bytes], merge: bool) -> Any:
    files = metadata.ChangingFiles()
    for name in rng.sample(names, rng.randrange(len(names))):
        kind = rng.choice(["added", "removed", "merged", "salvaged", "touched"])
        getattr(files, f"mark_{kind}")(name)
        if kind != "removed" and rng.random() < 0.5:
            side = rng.choice(["p1", "p2"] if merge else ["p1"])
            source = rng.choice(names)
            getattr(files, f"mark_copied_from_{side}")(source, name)
    return files


@pytest.mark.parametrize("seed", range(cases(150)))
def test_copy_tracing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    entries = random_entries(rng, rng.randrange(1, 25))
    names = [b"f%d" % number for number in range(6)]

    def parents(rev: int) -> tuple[int, int]:
        return (entries[rev].p1, entries[rev].p2) if rev >= 0 else (-1, -1)

    children = dict.fromkeys(range(len(entries)), 0)
    for rev in children:
        for parent in {p for p in parents(rev) if p != -1}:
            children[parent] += 1
    changes = {
        rev: random_files(rng, names, -1 not in parents(rev))
        if rng.random() < 0.8
        else None
        for rev in children
    }

    def raw_info(rev: int) -> Any:
        raw = changes[rev] and next(
            iter(metadata.encode_files_sidedata(changes[rev]).values())
        )
        return (*parents(rev), raw)

    def is_ancestor(low: int, high: int) -> bool:
        return low in ancestor.lazyancestors(parents, [high], 0, True)

    revs, target = list(children), len(entries) - 1
    monkeypatch.setattr(copies, "rustmod", None)
    expected: Any = {}
    if parents(target) != (-1, -1):  # Python asserts that there is a parent
        expected = copies._combine_changeset_copies(
            revs,
            dict(children),
            target,
            lambda rev: (*parents(rev), changes[rev]),
            SimpleNamespace(always=lambda: True),
            is_ancestor,
            False,
        )
    for threads in (False, True):
        found = combine_changeset_copies(
            revs, dict(children), target, raw_info, threads
        )
        assert found == expected
        with pytest.raises(KeyError):
            combine_changeset_copies(
                revs, dict(children), len(entries), raw_info, threads
            )
        with pytest.raises(ZeroDivisionError):
            combine_changeset_copies(
                revs, dict(children), target, lambda rev: 1 // 0, threads
            )


def test_arguments() -> None:
    def info(rev: int) -> Any:
        return -1, -1, None

    assert combine_changeset_copies([0], {}, 0, info, False) == {}
    for arguments in [
        ((0,), {}, 0, info, False),
        ([0], [], 0, info, False),
        ([0], {}, None, info, False),
        ([0], {}, 0, info, 1),
        (["0"], {}, 0, info, False),
        ([0], {"0": 1}, 0, info, False),
        ([0], {0: "1"}, 0, info, False),
        ([0], {}, 0, lambda rev: [-1, -1, None], False),
        ([0], {}, 0, lambda rev: (-1, -1, "data"), False),
        ([0], {}, 0, lambda rev: (-1, None, None), False),
    ]:
        with pytest.raises(TypeError):
            combine_changeset_copies(*arguments)
    for damaged in [b"", b"\0\0\0\1", b"\0\0\0\1\2\0\0\0\1\0\0\0\7a"]:
        with pytest.raises(ValueError, match="^corrupted side data: "):
            combine_changeset_copies(
                [0, 1], {}, 1, lambda rev, data=damaged: (rev - 1, -1, data), False
            )


def test_callers_may_change_what_they_gave() -> None:
    """`rev_info` runs while the revisions are walked."""
    revs, children = [0, 1, 2, 3], dict.fromkeys(range(4), 1)

    def info(rev: int) -> Any:
        children[rev + 100] = 1
        if rev == 1:
            del revs[2:]
        return rev - 1, -1, None

    assert combine_changeset_copies(revs, children, 1, info, False) == {}
    assert len(children) == 6
