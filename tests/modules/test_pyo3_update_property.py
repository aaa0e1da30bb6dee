# SPDX-License-Identifier: GPL-2.0-or-later
"""`pyo3_rustext.update` beside Mercurial's own update in Python, on random pairs of
revisions: conflicts, symbolic links, executables, directories that go (pyo3
contract section 3).
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mercurial import error, hg, merge

from modules import pyo3_update
from modules import update_repository as made
from modules.parsers_inputs import cases
from modules.pyo3_update import FallbackError, Warned
from modules.update_repository import Config, File

# Few, so that one revision's files are another's directories, and backups.
PATHS = [
    b"A",
    b"a",
    b"a/b",
    b"a/b/c",
    b"a/d",
    b"a.orig",
    b"b",
    b"b/a",
    b"c",
    b"c/a",
    b"c/b",
    b"c/b.orig",
    b"d/e/\xff",
    b"d/e/f",
    b"d/e/g",
    b"d/h",
]
CONTENTS = [b"one", b"two", b"x\n" * 3]
TARGETS = [b"one", b"b", b"../d"]
POLICIES = ["abort", "warn", "ignore"]


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    made.forget_configuration(monkeypatch)


def random_files(rng: random.Random, density: float) -> dict[bytes, File]:
    files: dict[bytes, File] = {}
    for path in PATHS:
        if rng.random() < density and made.fits(path, files):
            flag = rng.choice([b"", b"", b"x", b"l"])
            files[path] = rng.choice(TARGETS if flag == b"l" else CONTENTS), flag
    return files


def other_files(rng: random.Random, files: dict[bytes, File]) -> dict[bytes, File]:
    """Another revision's, some of which are the same but for whether they execute."""
    others = random_files(rng, 0.5)
    for path, (data, flag) in others.items():
        old, old_flag = files.get(path, (b"", b""))
        if flag != b"l" and old_flag != b"l" and rng.random() < 0.3:
            others[path] = old or data, b"x" if old_flag == b"" else b""
    return others


class Case(NamedTuple):
    """A repository at its first of two revisions, and how it is to be updated."""

    root: Path
    config: Config
    policies: tuple[str, str]  # of ignored and of unknown files
    backups: str | None
    is_atomic: bool
    removes_directories: bool


def random_case(rng: random.Random, root: Path) -> Case | None:
    """None where nothing changes, or Mercurial would not ask for the update."""
    source = {("format", "use-dirstate-v2"): rng.choice(["yes", "no"])}
    repo = hg.repository(made.make_ui(source), os.fsencode(root), create=True)
    old = random_files(rng, 0.5)
    new = other_files(rng, old)
    changed = {
        path: new.get(path) for path in {*old, *new} if new.get(path) != old.get(path)
    }
    if not old or not changed:
        return None
    made.commit(repo, dict(old))
    made.commit(repo, changed)
    policies = rng.choice(POLICIES), rng.choice(POLICIES)
    case = Case(
        root,
        {
            ("merge", "checkignored"): policies[0],
            ("merge", "checkunknown"): policies[1],
        },
        policies,
        rng.choice([None, None, ".hg/backups", "bk"]),
        rng.random() < 0.3,
        rng.random() < 0.8,
    )
    yes = {True: "yes", False: "no"}
    case.config["experimental", "update.atomic-file"] = yes[case.is_atomic]
    case.config["experimental", "removeemptydirs"] = yes[case.removes_directories]
    if case.backups:
        case.config["ui", "origbackuppath"] = case.backups
    merge.update(made.open_repository(root, case.config)[0])
    if rng.random() < 0.6:
        add_files_of_the_users(rng, root)
    try:
        status = made.open_repository(root, case.config).status()
    except error.Abort:
        return None
    return None if status.modified or status.deleted else case


def add_files_of_the_users(rng: random.Random, root: Path) -> None:
    """Where nothing is yet."""
    for path, (data, flag) in random_files(rng, 0.25).items():
        full = os.path.join(os.fsencode(root), path)
        try:
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if os.path.lexists(full):
                continue
            if flag == b"l":
                os.symlink(data, full)
                continue
            Path(os.fsdecode(full)).write_bytes(data)
            os.chmod(full, 0o755 if flag == b"x" else 0o644)
        except (FileExistsError, FileNotFoundError, NotADirectoryError):
            continue  # A file, or a link to nowhere, is on the way.
    if rng.random() < 0.5:
        (root / ".hgignore").write_text("^[ac]")
    if rng.random() < 0.1 and (root / "d/e").is_dir():
        (root / "d/e/.hg").mkdir()


class Done(NamedTuple):
    """What came of an update."""

    counts: tuple[int, int] | None  # updated, removed
    error: Exception | None
    warnings: bytes


def in_python(case: Case, root: Path) -> tuple[Any, Done]:
    repo = made.open_repository(root, case.config)
    repo.ui.pushbuffer(error=True)
    counts = failure = None
    try:
        result = merge.update(repo[1])
        counts = result.updatedcount, result.removedcount
    except (error.Abort, OSError) as raised:
        failure = raised
    return repo, Done(counts, failure, repo.ui.popbuffer())


def in_rust(rng: random.Random, case: Case, dirstate: Any) -> Done:
    warned = Warned()
    counts = failure = None
    try:
        result = pyo3_update.update_from_clean(
            case.root,
            dirstate,
            num_cpus=rng.choice([None, 1, 2]),
            remove_empty_dirs=case.removes_directories,
            orig_backup_path=case.backups and case.backups.encode(),
            atomic_file=case.is_atomic,
            on_warnings=warned,
            ignored_conflict=case.policies[0].encode(),
            unknown_conflict=case.policies[1].encode(),
        )
        assert (result[2], result[4]) == (0, 0)
        counts = result[1], result[3]
    except (error.Abort, OSError, RuntimeError) as raised:
        failure = raised
    assert warned.calls == 1
    return Done(counts, failure, b"".join(warned.lines))


def kept(state: bytes, mode: int, size: int) -> tuple[bytes, int, int]:
    """What either format of the dirstate keeps of an entry."""
    return state, mode & 0o170111, size


def check_done(case: Case, dirstate: Any, their_root: Path, their_repo: Any) -> None:
    """Both working directories and both dirstates are the same."""
    ours, expected = made.tree(case.root), made.tree(their_root)
    if case.is_atomic:
        # Python gives a file that is renamed into place the mode of a new one.
        ours, expected = (
            {path: (mode & 0o170100, data) for path, (mode, data) in found.items()}
            for found in (ours, expected)
        )
    assert ours == expected
    entries = pyo3_update.entries(dirstate)
    known = made.dirstate(their_repo)
    assert entries.keys() == known.keys()
    for path, (state, mode, size) in entries.items():
        their_state, their_mode, their_size = known[path]
        assert state == their_state, path
        # Neither need know what a status looks at.
        if size >= 0 and their_size >= 0:
            theirs = kept(their_state, their_mode, their_size)
            assert kept(state, mode, size) == theirs, path


def check_case(rng: random.Random, case: Case, theirs: Path) -> str:
    """What came of it here and there, once all is found to be as it should."""
    shutil.copytree(case.root, theirs, symlinks=True)
    before = made.tree(case.root)
    dirstate = pyo3_update.dirstate_map(case.root)
    entries = pyo3_update.entries(dirstate)
    done = in_rust(rng, case, dirstate)
    if done.error is not None:
        assert made.tree(case.root) == before
        assert pyo3_update.entries(dirstate) == entries
    their_repo, expected = in_python(case, theirs)
    if isinstance(done.error, FallbackError):
        # Python goes on, as if nothing had been tried.
        assert not done.warnings
        _, again = in_python(case, case.root)
        assert type(again.error) is type(expected.error)
        assert again.warnings == expected.warnings
        assert made.tree(case.root) == made.tree(theirs)
        return "left to Python"
    if done.error is not None:
        assert expected.error is not None, done.error
        if isinstance(done.error, error.StateError):
            assert isinstance(expected.error, error.StateError)
            assert done.warnings == expected.warnings
            assert made.tree(theirs) == before
        return "refused"
    assert expected.error is None
    assert done.warnings == expected.warnings
    assert done.counts == expected.counts
    check_done(case, dirstate, theirs, their_repo)
    return "done"


def test_as_python(tmp_path: Path) -> None:
    found: dict[str, int] = {}
    for seed in range(cases(120)):
        rng = random.Random(seed)
        work = tmp_path / str(seed)
        case = random_case(rng, work / "ours")
        if case is not None:
            kind = check_case(rng, case, work / "theirs")
            found[kind] = found.get(kind, 0) + 1
        shutil.rmtree(work)
    assert found["done"] > cases(120) / 4 and found["refused"] > cases(120) / 20, found


@pytest.mark.parametrize("version", ["yes", "no"])
@pytest.mark.parametrize("seed", range(cases(3)))
def test_from_null_as_python(tmp_path: Path, seed: int, version: str) -> None:
    rng = random.Random(seed)
    config = {("format", "use-dirstate-v2"): version}
    repo = made.random_repository(tmp_path / "ours", rng, config)
    rev = rng.randrange(len(repo))
    theirs = made.clone(tmp_path / "ours", tmp_path / "theirs")
    dirstate = pyo3_update.dirstate_map(tmp_path / "ours")
    warned = Warned()
    count = pyo3_update.update_from_null(
        tmp_path / "ours", dirstate, rev, rng.choice([None, 1, 3]), warned
    )
    assert warned.lines == [] and warned.calls == 1
    expected = made.stock_update(theirs, rev)
    assert count == len(expected[rev].manifest())
    assert made.tree(tmp_path / "ours") == made.tree(theirs)
    entries, known = pyo3_update.entries(dirstate), made.dirstate(expected)
    assert {path: kept(*entry) for path, entry in entries.items()} == {
        path: kept(*entry) for path, entry in known.items()
    }
