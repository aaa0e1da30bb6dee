# SPDX-License-Identifier: GPL-2.0-or-later
"""`pyo3_rustext.update`, held against Mercurial's own update (pyo3 contract
section 3).
"""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from mercurial import error

from modules import update_repository as made
from modules.parsers_inputs import cases
from modules.rust_binding import rustext

DirstateMap = rustext.dirstate.DirstateMap
FallbackError = rustext.update.FallbackError


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    made.forget_configuration(monkeypatch)


class Updated:
    """An update by ours: what it answered, warned of and recorded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warnings: list[list[bytes]] = []
        self.map = DirstateMap.new_empty()
        self.answer: Any = None

    def from_null(self, rev: int, workers: int | None = None, **changed: Any) -> Any:
        self.answer = rustext.update.update_from_null(
            **{
                "repo_path": os.fsencode(self.root),
                "to": rev,
                "dirstate": self.map,
                "num_cpus": workers,
                "on_warnings": self.warnings.append,
                "devel_abort_dirstate": False,
                "ignored_conflict": b"abort",
                "unknown_conflict": b"abort",
                **changed,
            }
        )
        return self.answer

    def from_clean(self, old: int, new: int, **changed: Any) -> Any:
        opened = made.open_repository(self.root)
        data = (self.root / ".hg/dirstate").read_bytes()
        self.map, _parents = DirstateMap.new_v1(data, None)
        self.answer = rustext.update.update_from_clean(
            **{
                "repo_path": os.fsencode(self.root),
                "dirstate": self.map,
                "wc_manifest": opened[old].manifest(),
                "target_rev": new,
                "target_manifest": opened[new].manifest(),
                "num_cpus": None,
                "remove_empty_dirs": True,
                "devel_abort_dirstate": False,
                "orig_backup_path": None,
                "atomic_file": False,
                "on_warnings": self.warnings.append,
                "ignored_conflict": b"abort",
                "unknown_conflict": b"abort",
                **changed,
            }
        )
        return self.answer

    def states(self) -> dict[bytes, int]:
        return {row[0]: row[1] for row in self.map.debug_iter(False)}


def states_of(repo: Any) -> dict[bytes, int]:
    return {path: ord(item.state) for path, item in repo.dirstate._map.items()}


@pytest.mark.parametrize("seed", range(cases(12)))
def test_as_stock(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    source = tmp_path / "source"
    revisions = len(made.random_repository(source, rng, {}))
    first, second = rng.randrange(revisions), rng.randrange(revisions)
    theirs = made.clone(source, tmp_path / "theirs")
    ours = Updated(made.clone(source, tmp_path / "ours"))
    expected = made.stock_update(theirs, first)

    assert ours.from_null(first, rng.choice([None, 0, 1, 3])) == len(
        expected[first].manifest()
    )
    assert made.tree(ours.root) == made.tree(theirs)
    assert ours.states() == states_of(expected)

    ours = Updated(made.clone(theirs, tmp_path / "again"))
    before = made.open_repository(theirs)[first].manifest()
    expected = made.stock_update(theirs, second)
    after = expected[second].manifest()
    added, updated, merged, removed, unresolved = ours.from_clean(first, second)
    assert made.tree(ours.root) == made.tree(theirs)
    assert ours.states() == states_of(expected)
    assert (merged, unresolved) == (0, 0)
    assert added == len(set(after) - set(before))
    assert removed == len(set(before) - set(after))
    differ = [path for path in after if before.get(path) != after[path]]
    flags = [
        path
        for path in after
        if path in before and before.flags(path) != after.flags(path)
    ]
    assert updated == len({*differ, *flags})
    assert ours.warnings == [[]]


def one_file(tmp_path: Path) -> Updated:
    root = tmp_path / "ours"
    made.hg.repository(made.make_ui(), os.fsencode(root), create=True)
    repo = made.open_repository(root)
    made.commit(repo, {b"a": (b"one\n", b"")})
    made.commit(repo, {b"a": (b"two\n", b""), b"b": (b"new\n", b"")})
    made.stock_update(root, 0)
    return Updated(root)


def test_conflicts(tmp_path: Path) -> None:
    ours = one_file(tmp_path)
    (ours.root / "b").write_bytes(b"mine\n")
    with pytest.raises(error.StateError, match="untracked files"):
        ours.from_clean(0, 1)
    assert ours.warnings == [[b"b: untracked file differs\n"]]
    assert (ours.root / "a").read_bytes() == b"one\n"
    assert ours.states() == {b"a": ord("n")}
    with pytest.raises(error.ConfigError, match=r"merge\.checkunknown not valid"):
        ours.from_clean(0, 1, unknown_conflict=b"perhaps")
    ours.warnings.clear()
    assert ours.from_clean(0, 1, unknown_conflict=b"warn") == (1, 2, 0, 0, 0)
    assert ours.warnings == [[b"b: replacing untracked file\n"]]
    assert (ours.root / "b.orig").read_bytes() == b"mine\n"
    assert (ours.root / "b").read_bytes() == b"new\n"


def test_backups_have_a_place_of_their_own(tmp_path: Path) -> None:
    ours = one_file(tmp_path)
    (ours.root / "b").write_bytes(b"mine\n")
    options = {"unknown_conflict": b"ignore", "orig_backup_path": b".hg/backups"}
    ours.from_clean(0, 1, atomic_file=True, **options)
    assert (ours.root / ".hg/backups/b").read_bytes() == b"mine\n"
    assert ours.warnings == [[]]


def test_left_to_python(tmp_path: Path) -> None:
    ours = one_file(tmp_path)
    (ours.root / ".hg/hgrc").write_text("[decode]\n*.x = cat\n")
    (ours.root / "b").write_bytes(b"mine\n")
    with pytest.raises(FallbackError, match="filters"):
        ours.from_clean(0, 1, unknown_conflict=b"warn")
    # Python warns itself.
    assert ours.warnings == [[]]
    assert (ours.root / "a").read_bytes() == b"one\n"


def test_trouble(tmp_path: Path) -> None:
    ours = one_file(tmp_path)
    with pytest.raises(error.Abort, match="simulated error") as simulated:
        ours.from_clean(0, 1, devel_abort_dirstate=True)
    assert type(simulated.value) is error.Abort
    assert (ours.root / "a").read_bytes() == b"two\n"
    with pytest.raises(FallbackError):
        Updated(tmp_path / "absent").from_null(0)

    def warn(lines: list[bytes]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Updated(ours.root).from_null(0, on_warnings=warn)


def test_arguments(tmp_path: Path) -> None:
    ours = one_file(tmp_path)
    for wrong in [
        {"repo_path": str(ours.root)},
        {"to": "0"},
        {"to": 2**31},
        {"dirstate": {}},
        {"num_cpus": "1"},
        {"devel_abort_dirstate": 0},
        {"ignored_conflict": "abort"},
    ]:
        with pytest.raises(TypeError):
            ours.from_null(0, **wrong)
    with pytest.raises(OverflowError):
        ours.from_null(0, -1)
    with pytest.raises(TypeError):
        ours.from_clean(0, 1, target_manifest=type("M", (), {"text": lambda _: ""})())
    assert ours.warnings == []


def test_interrupted(tmp_path: Path) -> None:
    """A signal ends it soon. The map is in use until then, and free after."""
    source = tmp_path / "source"
    repo = made.hg.repository(made.make_ui(), os.fsencode(source), create=True)
    large = b"line\n" * 200_000
    made.commit(repo, {b"f%d" % number: (large, b"") for number in range(100)})
    ours = Updated(source)
    refused: list[str] = []

    def handle(*_: Any) -> None:
        try:
            len(ours.map)
        except RuntimeError as busy:
            refused.append(str(busy))
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGINT, handle)
    try:
        for attempt in range(50):
            ours = Updated(made.clone(source, tmp_path / str(attempt)))
            timer = threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT))
            try:
                timer.start()
                ours.from_null(0, 1)
                timer.join()
            except KeyboardInterrupt:
                if refused:
                    break
    finally:
        signal.signal(signal.SIGINT, old)
    assert refused == ["the dirstate map is in use by another call"]
    assert ours.answer is None
    assert len(ours.map) == 0
    assert len(made.tree(ours.root)) < 100
