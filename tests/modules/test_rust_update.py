# SPDX-License-Identifier: GPL-2.0-or-later
"""`rustext.update`: an empty working directory filled with a revision.

Held against stock Mercurial's own update of the same repository (contract
section 4).
"""

from __future__ import annotations

import os
import random
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from mercurial import error, extensions, hg, localrepo, match, posix
from mercurial.dirstateutils import timestamp
from mercurial.node import hex as to_hex

from hgamalgam import rustext
from modules import update_repository as made
from modules.parsers_inputs import cases
from modules.update_repository import Config

FallbackError = rustext.update.FallbackError

V2: Config = {("format", "use-dirstate-v2"): "yes"}
HINT: Config = {("format", "use-dirstate-tracked-hint"): "yes"}
FORMATS: dict[str, Config] = {
    "v1": {},
    "v2": V2,
    "hint": {**V2, **HINT},
    "v1 hint": HINT,
    "zstd": {("format", "revlog-compression"): "zstd"},
    "zlib": {("format", "revlog-compression"): "zlib"},
    "none": {("format", "revlog-compression"): "none"},
    "unsafe": {("format", "use-share-safe"): "no"},
    "no dotencode": {("format", "dotencode"): "no"},
    "no fncache": {("format", "usefncache"): "no"},
    "no store": {("format", "usestore"): "no", ("format", "use-share-safe"): "no"},
    "no generaldelta": {
        ("format", "usegeneraldelta"): "no",
        ("format", "sparse-revlog"): "no",
    },
}


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    made.forget_configuration(monkeypatch)


def compare(source: Path, work: Path, rev: int, workers: int | None) -> Any:
    ours, theirs = work / "ours", work / "theirs"
    for root in (ours, theirs):
        made.clone(source, root)
    assert made.update(ours, rev, workers) == len(
        made.open_repository(source)[rev].manifest()
    )
    expected = made.stock_update(theirs, rev)
    assert made.tree(ours) == made.tree(theirs)
    # What is in the dirstate before a status looks at files.
    repo = made.open_repository(ours)
    assert made.dirstate(repo) == made.dirstate(expected)
    return made.check_clean(ours, rev)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seed", range(cases(2)))
def test_as_stock(tmp_path: Path, name: str, seed: int) -> None:
    rng = random.Random(f"{name} {seed}")
    repo = made.random_repository(tmp_path / "source", rng, FORMATS[name])
    for rev in {0, rng.randrange(len(repo)), len(repo) - 1}:
        work = tmp_path / str(rev)
        work.mkdir()
        compare(tmp_path / "source", work, rev, rng.choice([None, 0, 1, 2, 5]))
    hint = tmp_path / "0" / "ours" / ".hg" / "dirstate-tracked-hint"
    assert hint.exists() == ("hint" in name)


@pytest.mark.parametrize("safe", ["yes", "no"])
@pytest.mark.parametrize("relative", [True, False])
def test_share(tmp_path: Path, safe: str, relative: bool) -> None:
    config = {("format", "use-share-safe"): safe, **V2}
    source, rng = tmp_path / "source", random.Random(safe)
    made.random_repository(source, rng, config)
    ui = made.make_ui(config)
    for name in ("ours", "theirs"):
        there = os.fsencode(tmp_path / name)
        hg.share(ui, os.fsencode(source), there, update=False, relative=relative)
    made.update(tmp_path / "ours", 0)
    made.stock_update(tmp_path / "theirs", 0)
    assert made.tree(tmp_path / "ours") == made.tree(tmp_path / "theirs")
    made.check_clean(tmp_path / "ours", 0)
    assert not made.tree(source)
    # Filters that the source has for all who share it.
    (source / ".hg" / "hgrc").write_text("[decode]\n*.x = cat\n")
    hg.share(ui, os.fsencode(source), os.fsencode(tmp_path / "new"), update=False)
    if safe == "yes":
        with pytest.raises(FallbackError, match="filters"):
            made.update(tmp_path / "new", 0)
    else:
        made.update(tmp_path / "new", 0)


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_many_files(tmp_path: Path, workers: int | None) -> None:
    compare(made.many(tmp_path, 1000, V2), tmp_path, 0, workers)


def test_no_files_and_no_revisions(tmp_path: Path) -> None:
    source = tmp_path / "source"
    repo = hg.repository(made.make_ui(), os.fsencode(source), create=True)
    for rev in (0, -1, 1, -2):
        with pytest.raises(FallbackError):
            made.update(source, rev)
    made.commit(repo, {b"a": (b"", b"")})
    made.commit(repo, {b"a": None})
    with pytest.raises(FallbackError):
        made.update(source, 2)
    assert made.update(source, 1) == 0
    made.check_clean(source, 1)


@pytest.mark.parametrize("umask", [0o002, 0o022, 0o027, 0o077, 0o026, 0o050])
def test_umask(tmp_path: Path, umask: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = made.many(tmp_path, 20)
    monkeypatch.setattr(posix, "umask", umask)
    before = os.umask(umask)
    try:
        compare(source, tmp_path, 0, 1)
    finally:
        os.umask(before)


@pytest.mark.parametrize("config", [{}, V2, HINT])
@pytest.mark.parametrize("mode", [0o700, 0o2770, 0o755])
def test_modes_of_the_dirstate(tmp_path: Path, config: Config, mode: int) -> None:
    source = made.many(tmp_path, 4, config)
    (source / ".hg" / "store").chmod(mode)
    for name in ("ours", "theirs"):
        made.clone(source, tmp_path / name)
    made.update(tmp_path / "ours", 0)
    made.stock_update(tmp_path / "theirs", 0)

    def modes(name: str) -> dict[str, int]:
        found = (tmp_path / name / ".hg").glob("dirstate*")
        return {
            re.sub(r"\.\w{8}$", ".*", one.name): one.stat().st_mode for one in found
        }

    assert modes("ours") == modes("theirs")


def test_data_file_of_v2_is_replaced(tmp_path: Path) -> None:
    source = made.many(tmp_path, 4, V2)
    repo = made.stock_update(source, 0)
    hg.updaterepo(repo, -1, overwrite=True)
    before = set((source / ".hg").glob("dirstate.*"))
    assert len(before) == 1
    made.update(source, 0)
    after = set((source / ".hg").glob("dirstate.*"))
    assert len(after) == 1 and after != before
    made.check_clean(source, 0)


@pytest.mark.parametrize("config", [{}, V2])
def test_a_change_right_after_is_seen(tmp_path: Path, config: Config) -> None:
    source = made.many(tmp_path, 100, config)
    for number in range(5):
        root = made.clone(source, tmp_path / str(number))
        made.update(root, 0)
        # Of the same size, and maybe of the same tick of the clock.
        for name in ("f001", "d1/e/f1"):
            (root / name).write_bytes(b"x\n")
        status = made.open_repository(root).status()
        assert sorted(status.modified) == [b"d1/e/f1", b"f001"]


def test_times_are_kept_where_they_prove_something(tmp_path: Path) -> None:
    root = made.clone(made.many(tmp_path, 100, V2), tmp_path / "v2")
    made.update(root, 0)
    entries = made.open_repository(root).dirstate._map
    assert len(entries) == 100
    for path, entry in entries.items():
        found = timestamp.mtime_of(os.stat(root / os.fsdecode(path)))
        assert entry.mtime_likely_equal_to(found)
        assert not entry.mtime_likely_equal_to((found[0], found[1] ^ 1, False))


HASH = b"0" * 40


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (b".hg/hgrc", b"path '.hg/hgrc' is inside the '.hg' folder"),
        (b".HG", b"path '.HG' is inside the '.hg' folder"),
        (b"a/.hg/b", b"path 'a/.hg/b' is inside nested repo 'a'"),
        (b"a'/.hG./b", b"path 'a'/.hG./b' is inside nested repo \"a'\""),
        (b"../x", b"path contains illegal component: ../x"),
        (b"a/../../x", b"path contains illegal component: a/../../x"),
        (b"/x", b"path contains illegal component: /x"),
        (b"HG~1/x", b"path contains illegal component: HG~1/x"),
        (b"x/", b"path ends in directory separator: x/"),
        (b"\xe2\x80\x8c.hg", b"path '\xe2\x80\x8c.hg' is inside the '.hg' folder"),
    ],
)
def test_paths_that_must_not_be(tmp_path: Path, path: bytes, message: bytes) -> None:
    root = made.many(tmp_path, 4)
    repo = made.open_repository(root)
    lines = repo[0].manifest().text().splitlines(True)
    lines.append(path + b"\0" + HASH + b"\n")
    rev = made.add_manifest(repo, sorted(lines))
    with pytest.raises(error.InputError) as raised:
        made.update(root, rev)
    assert raised.value.message == message
    with pytest.raises(error.InputError) as raised:
        repo.auditor(path)
    assert raised.value.message == message or b"is inside the" in message
    assert made.tree(root) == {}
    assert sorted(os.listdir(tmp_path)) == ["source"]


@pytest.mark.parametrize(
    "line",
    [
        b"a//b\0" + HASH,
        b"a/./b\0" + HASH,
        b"./a\0" + HASH,
        b"d0\0" + HASH,  # a directory too
        b"tree\0" + HASH + b"t",
        b"a" * 5000 + b"\0" + HASH,
        b"a/" * 300 + b"a\0" + HASH,
        b"a\0" + HASH + b"?",
        b"a\0short",
        b"no node",
        b"missing\0" + b"1" * 40,
    ],
)
def test_manifests_for_python_to_judge(tmp_path: Path, line: bytes) -> None:
    root = made.many(tmp_path, 4)
    good = made.open_repository(root)[0].manifest().text().splitlines(True)
    rev = made.add_manifest(made.open_repository(root), sorted([*good, line + b"\n"]))
    with pytest.raises(FallbackError):
        made.update(root, rev, 1)
    if not line.startswith(b"missing"):
        assert made.tree(root) == {}


def test_a_path_below_a_link(tmp_path: Path) -> None:
    """As test-audit-path.t has it: with `--clean`, Python refuses it."""
    root = made.many(tmp_path, 4)
    lines = made.open_repository(root)[0].manifest().text().splitlines(True)
    lines += [path + b"\0" + HASH + b"l\n" for path in (b"a", b"a-b", b"a/b")]
    rev = made.add_manifest(made.open_repository(root), sorted(lines))
    with pytest.raises(error.InputError) as raised:
        made.update(root, rev)
    assert raised.value.message == b"path 'a/b' traverses symbolic link 'a'"
    overwrite = True
    with pytest.raises(FallbackError, match="traverses"):
        rustext.update.update_from_null(os.fsencode(root), rev, None)
    assert overwrite and made.tree(root) == {}


def test_a_manifest_that_is_not_sorted(tmp_path: Path) -> None:
    root = made.many(tmp_path, 4)
    lines = made.open_repository(root)[0].manifest().text().splitlines(True)
    for wrong in (lines[::-1], [*lines, lines[-1]], [*lines, b"zzz"]):
        rev = made.add_manifest(made.open_repository(root), wrong)
        with pytest.raises(FallbackError):
            made.update(root, rev)
        assert made.tree(root) == {}


def planted(root: Path, outside: Path) -> None:
    (root / "d1").symlink_to(outside)


def planted_deep(root: Path, outside: Path) -> None:
    (root / "d1").mkdir()
    (root / "d1" / "e").symlink_to(outside)


def planted_file(root: Path, outside: Path) -> None:
    (root / "f001").symlink_to(outside / "file")


def planted_directory(root: Path, outside: Path) -> None:
    (root / "f001").mkdir()


@pytest.mark.parametrize(
    "plant", [planted, planted_deep, planted_file, planted_directory]
)
@pytest.mark.parametrize("workers", [1, 4])
def test_what_is_in_the_way(tmp_path: Path, plant: Any, workers: int) -> None:
    root, outside = made.many(tmp_path, 200), tmp_path / "outside"
    outside.mkdir()
    plant(root, outside)
    before = made.tree(root)
    with pytest.raises(FallbackError):
        made.update(root, 0, workers)
    assert os.listdir(outside) == []
    after = made.tree(root)
    assert before.items() <= after.items()
    assert made.open_repository(root).dirstate.p1() == b"\0" * 20


def with_hgrc(root: Path) -> None:
    (root / ".hg" / "hgrc").write_text("[decode]\n**.txt = tr a b\n")


def with_user_configuration(root: Path) -> None:
    path = root.parent / "rc"
    path.write_text("[x]\ny = z\n%include more\n")
    (root.parent / "more").write_text("[decode]\n**.txt = tr a b\n")
    os.environ["HGRCPATH"] = str(path)


def with_requirement(name: str) -> Any:
    def add(root: Path) -> None:
        with (root / ".hg" / "requires").open("a") as file:
            file.write(name + "\n")

    return add


def with_store_requirement(root: Path) -> None:
    with (root / ".hg" / "store" / "requires").open("a") as file:
        file.write("treemanifest\n")


def with_sparse_profile(root: Path) -> None:
    (root / ".hg" / "sparse").write_text("[include]\nd1\n")


def with_added_file(root: Path) -> None:
    repo = made.open_repository(root)
    (root / "new").touch()
    with repo.wlock(), repo.dirstate.changing_files(repo):
        repo.dirstate.set_tracked(b"new")
    (root / "new").unlink()


def with_other_dirstate(root: Path) -> None:
    (root / ".hg" / "dirstate").write_bytes(b"dirstate-v2\n")


@pytest.mark.parametrize("config", [{}, V2])
@pytest.mark.parametrize(
    "spoil",
    [
        with_hgrc,
        with_user_configuration,
        with_requirement("exp-sparse"),
        with_requirement("narrowhg-experimental"),
        with_requirement("of-the-future"),
        with_store_requirement,
        with_sparse_profile,
        with_added_file,
        with_other_dirstate,
    ],
)
def test_left_to_python(
    tmp_path: Path, config: Config, spoil: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HGRCPATH", "")
    root = made.many(tmp_path, 200, config)
    spoil(root)

    def inside() -> dict[str, bytes]:
        files = (path for path in (root / ".hg").rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    before = inside()
    with pytest.raises(FallbackError):
        made.update(root, 0)
    assert inside() == before
    assert made.tree(root) == {}


def test_filters_that_are_turned_off(tmp_path: Path) -> None:
    root = made.many(tmp_path, 4)
    (root / ".hg" / "hgrc").write_text("[decode]\n**.txt = !\n[encode]\na = b\n")
    made.update(root, 0)
    made.check_clean(root, 0)


@pytest.mark.parametrize("name", [b"eol", b"keyword", b"largefiles", b"win32text"])
def test_extensions(
    tmp_path: Path, name: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = made.many(tmp_path, 4)
    monkeypatch.setattr(extensions, "extensions", made.has_extensions(b"purge", name))
    with pytest.raises(FallbackError, match=name.decode()):
        made.update(root, 0)
    monkeypatch.undo()
    monkeypatch.setattr(extensions, "extensions", made.has_extensions(b"purge"))
    assert made.update(root, 0) == 4


def test_what_only_the_caller_knows(tmp_path: Path) -> None:
    """As `mercurial.merge` calls it: with a local variable `repo`."""
    root = made.many(tmp_path, 4)
    config = {("decode", "**"): "cat"}
    repo = made.open_repository(root, config)
    with pytest.raises(FallbackError, match="filters"):
        rustext.update.update_from_null(repo.root, 0, None)
    repo = made.open_repository(root)

    class Writes(type(repo.unfiltered())):  # type: ignore[misc]
        def wwrite(self, *arguments: Any) -> Any:
            raise AssertionError

    repo.__class__ = Writes
    repo = repo.unfiltered().filtered(b"visible")
    with pytest.raises(FallbackError, match="writes files"):
        rustext.update.update_from_null(repo.root, 0, None)
    assert made.tree(root) == {}
    repo = made.open_repository(root)
    assert rustext.update.update_from_null(repo.root, 0, None) == 4


@pytest.mark.parametrize("config", [{}, V2, HINT])
@pytest.mark.parametrize("word", ["no", "file", "directory"])
def test_fsync(tmp_path: Path, config: Config, word: str) -> None:
    """What it does to the order of writes `hg_core`'s own tests see."""
    source = made.many(tmp_path, 100, config)
    for number, where in enumerate(("command line", "repository")):
        root = made.clone(source, tmp_path / where)
        settings: Config = {("amalgam", "fsync"): word} if number == 0 else {}
        if number == 1:
            with (root / ".hg" / "hgrc").open("a") as hgrc:
                hgrc.write(f"[amalgam]\nfsync = {word}\n")
        repo = made.open_repository(root, settings)
        assert rustext.update.update_from_null(repo.root, 0, None) == 100
        made.check_clean(root, 0)


def test_fsync_of_an_unknown_kind(tmp_path: Path) -> None:
    root = made.many(tmp_path, 4)
    message = "amalgam.fsync is 'always', not no, file or directory"
    repo = made.open_repository(root, {("amalgam", "fsync"): "always"})
    with pytest.raises(error.ConfigError, match=f"^{message}$"):
        rustext.update.update_from_null(repo.root, 0, None)
    (root / ".hg" / "hgrc").write_text("[amalgam]\nfsync = always\n")
    del repo
    with pytest.raises(error.ConfigError, match=f"^{message}$"):
        made.update(root, 0)
    assert made.tree(root) == {}


@pytest.mark.parametrize(
    "profile",
    [
        b"[include]\nd1\nglob:f0?1\n",
        b"[exclude]\nd1\nd2/e/f2\n",
        b"[include]\nd1\n[exclude]\nre:.*8$\n",
        b"[exclude]\n**\n",
        b"%include rules\n",
    ],
)
def test_sparse(
    tmp_path: Path, profile: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The profile is Python's to read; without it there is no update."""
    # The extension, which is all about commands, would stay for other tests.
    monkeypatch.setattr(localrepo, "ensurerequirementscompatible", lambda *_: None)
    # With Rust, matchers keep what Rust needs to know.
    monkeypatch.setattr(match, "rustmod", rustext.dirstate)
    source = made.many(tmp_path, 100)
    made.commit(made.open_repository(source), {b"rules": (b"[include]\nd3\n", b"")})
    with_requirement("exp-sparse")(source)
    (source / ".hg" / "sparse").write_bytes(profile)
    ours, theirs = (made.clone(source, tmp_path / name) for name in ("o", "t"))
    with pytest.raises(FallbackError, match="sparse"):
        made.update(ours, 1)
    assert made.tree(ours) == {}
    expected = made.stock_update(theirs, 1)
    repo = made.open_repository(ours)
    count = rustext.update.update_from_null(repo.root, 1, None)
    assert made.tree(ours) == made.tree(theirs)
    repo = made.open_repository(ours)
    assert made.dirstate(repo) == made.dirstate(expected)
    assert count == len(made.dirstate(repo))
    status = repo.status(unknown=True)
    assert not status.modified and not status.deleted and not status.unknown


def test_the_tracked_hint_is_new_each_time(tmp_path: Path) -> None:
    root = made.many(tmp_path, 4, HINT)
    keys = set()
    for _ in range(3):
        made.update(root, 0)
        text = (root / ".hg" / "dirstate-tracked-hint").read_text()
        assert re.fullmatch(r"1\n[0-9a-f]{32}\n", text)
        keys.add(text)
        repo = made.open_repository(root)
        hg.updaterepo(repo, -1, overwrite=True)
        assert made.tree(root) == {}
    assert len(keys) == 3


def test_arguments(tmp_path: Path) -> None:
    root = os.fsencode(made.many(tmp_path, 4))
    function = rustext.update.update_from_null
    assert FallbackError is rustext.dirstate.FallbackError
    for arguments in [(), (root,), (root, b"0", None), (os.fsdecode(root), 0, None)]:
        with pytest.raises(TypeError):
            function(*arguments)
    with pytest.raises(OverflowError):
        function(root, 2**40, None)
    with pytest.raises(FallbackError):
        function(root + b"/nowhere", 0, None)
    assert function(repo_path=root, to=0, num_cpus=-5) == 4
    mode = os.stat(root + b"/d0/e/f0").st_mode
    assert stat.S_IMODE(mode) & 0o100
    node = made.open_repository(Path(os.fsdecode(root)))[b"."].hex()
    assert to_hex(made.open_repository(Path(os.fsdecode(root)))[0].node()) == node
