# SPDX-License-Identifier: GPL-2.0-or-later
"""Repositories for the tests of `update`, made by stock Mercurial."""

from __future__ import annotations

import os
import random
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from mercurial import context, extensions, hg, metadata, node
from mercurial import ui as uimod

from modules.rust_binding import rustext

# Names around "/" in the order of bytes, long ones that the store hashes, ones
# it encodes, and ones that are not UTF-8.
NAMES = [
    b"a",
    b"a-b",
    b"a.b",
    b"A",
    b"aux",
    b"d.i",
    b".x",
    b"e f",
    b"~1",
    b"\xc3\xa9",
    b"\xff",
    b"Capitals" * 12,
    b"l" * 200,
]

Config = dict[tuple[str, str], str]
File = tuple[bytes, bytes]  # content, flag


def make_ui(config: Config | None = None) -> Any:
    ui = uimod.ui.load()
    settings: Config = {
        ("ui", "username"): "test",
        ("ui", "quiet"): "yes",
        ("storage", "dirstate-v2.slow-path"): "allow",
        **(config or {}),
    }
    for (section, name), value in settings.items():
        ui.setconfig(section.encode(), name.encode(), value.encode(), b"test")
    return ui


def open_repository(path: Path, config: Config | None = None) -> Any:
    return hg.repository(make_ui(config), os.fsencode(path))


def commit(repo: Any, files: dict[bytes, File | None], copies: Any = None) -> bytes:
    """Add a revision without touching the working directory."""

    def content(repo: Any, ctx: Any, path: bytes) -> Any:
        found = files[path]
        if found is None:
            return None
        data, flag = found
        source = (copies or {}).get(path)
        return context.memfilectx(
            repo, ctx, path, data, flag == b"l", flag == b"x", source
        )

    parents = (repo[b"tip"].node(), node.nullid)
    date = b"0 0"
    ctx = context.memctx(repo, parents, b"text", sorted(files), content, date=date)
    result: bytes = repo.commitctx(ctx)
    return result


def content(rng: random.Random) -> bytes:
    kind = rng.randrange(8)
    if kind == 0:
        return b""
    if kind == 1:
        return b"\x01\nlooks like metadata"
    if kind == 2:
        return rng.randbytes(rng.randrange(4000))
    if kind == 3:
        return rng.randbytes(70_000)  # no longer inline
    if kind == 4:
        return b"u" + rng.randbytes(20)
    return b"".join(b"line %d\n" % rng.randrange(50) for _ in range(rng.randrange(200)))


def random_path(rng: random.Random) -> bytes:
    return b"/".join(rng.choice(NAMES) for _ in range(rng.randrange(1, 5)))


def fits(path: bytes, files: dict[bytes, File]) -> bool:
    """No file is a directory, and none that only differs in case is there."""
    parts = path.split(b"/")
    above = {b"/".join(parts[:count]) for count in range(1, len(parts))}
    below = any(other.startswith(path + b"/") for other in files)
    return not below and not above & set(files)


def random_repository(path: Path, rng: random.Random, config: Config) -> Any:
    """Some revisions of some files; returns the repository, at null."""
    repo = hg.repository(make_ui(config), os.fsencode(path), create=True)
    files: dict[bytes, File] = {}
    for _ in range(rng.randrange(1, 6)):
        changed: dict[bytes, File | None] = {}
        copies = {}
        for _ in range(rng.randrange(1, 25)):
            if files and rng.random() < 0.5:
                name = rng.choice(sorted(files))
            else:
                name = random_path(rng)
            if name in files and rng.random() < 0.2:
                changed[name] = None
                del files[name]
                continue
            if not fits(name, files):
                continue
            flag = rng.choice([b"", b"", b"x", b"l"])
            data = content(rng)
            if flag == b"l":
                data = b"target" if len(data) > 1000 or b"\0" in data else data or b"x"
            elif name in files and rng.random() < 0.5:
                data = files[name][0] + b"more\n"
            elif name not in files and name not in changed and files:
                copies[name] = rng.choice(sorted(files))
            files[name] = changed[name] = (data, flag)
        known = set(repo[b"tip"].manifest())
        changed = {
            name: found
            for name, found in changed.items()
            if found is not None or name in known
        }
        copies = {name: old for name, old in copies.items() if old in known}
        if changed:
            commit(repo, changed, copies)
    return repo


def add_manifest(repo: Any, lines: list[bytes]) -> int:
    """A revision with any manifest, as nobody but an attacker would make it."""
    with repo.lock(), repo.transaction(b"attack") as tr:
        manifests = repo.manifestlog.getstorage(b"")._revlog
        text = b"".join(lines)
        null = node.nullid
        rev = manifests.addrevision(text, tr, len(repo), null, null)
        found = manifests.node(rev) if isinstance(rev, int) else rev
        changelog = repo.changelog
        changelog.delayupdate(tr)
        changed = metadata.ChangingFiles()
        changelog.add(found, changed, b"attack", tr, null, null, b"test", (0, 0), {})
    return len(open_repository(Path(os.fsdecode(repo.root)))) - 1


def clone(source: Path, destination: Path) -> Path:
    shutil.copytree(source, destination, symlinks=True)
    return destination


def tree(root: Path) -> dict[bytes, tuple[int, bytes]]:
    """Mode and content of everything but `.hg`."""
    found = {}
    top = os.fsencode(root)
    for directory, names, files in os.walk(top):
        if directory == top:
            names.remove(b".hg")
        for name in [*names, *files]:
            path = os.path.join(directory, name)
            mode = os.lstat(path).st_mode
            data = b""
            if stat.S_ISLNK(mode):
                data = os.readlink(path)
            elif stat.S_ISREG(mode):
                data = Path(os.fsdecode(path)).read_bytes()
            found[os.path.relpath(path, top)] = (mode, data)
    return found


def dirstate(repo: Any) -> dict[bytes, tuple[Any, ...]]:
    """What `hg debugdirstate --no-dates` shows, without whether dates are set."""
    rows = repo.dirstate._map.debug_iter(all=False)
    return {path: (state, mode, size) for path, state, mode, size, _ in rows}


def has_extensions(*names: bytes) -> Any:
    """A stand-in for `mercurial.extensions.extensions`."""
    real = list(extensions.extensions())
    module = type(os)
    return lambda ui=None: iter([*real, *((name, module("hgext.x")) for name in names)])


def forget_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("HG"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HGRCPATH", "")


def update(root: Path, rev: int, workers: int | None = None) -> int:
    count: int = rustext.update.update_from_null(os.fsencode(root), rev, workers)
    return count


def stock_update(root: Path, rev: int, config: Config | None = None) -> Any:
    repo = open_repository(root, config)
    hg.updaterepo(repo, rev, overwrite=False)
    return repo


def check_clean(root: Path, rev: int) -> Any:
    repo = open_repository(root)
    assert repo.dirstate.parents() == [repo[rev].node(), repo.nullid]
    status = repo.status(unknown=True, ignored=True, clean=True)
    for name in ("modified", "added", "removed", "deleted", "unknown", "ignored"):
        assert not getattr(status, name), name
    assert sorted(status.clean) == sorted(repo[rev].manifest())
    return repo


def many(tmp_path: Path, count: int, config: Config | None = None) -> Path:
    """A repository of so many files, in a few directories."""
    source = tmp_path / "source"
    repo = hg.repository(make_ui(config), os.fsencode(source), create=True)
    files = {b"f%03d" % number: (b"%d\n" % number, b"") for number in range(count // 2)}
    for number in range(count // 2):
        files[b"d%d/e/f%d" % (number % 7, number)] = (b"%d\n" % number, b"x")
    commit(repo, files)
    return source
