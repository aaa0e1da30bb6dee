# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of files in the store (contract section 2.12): Rust finds each file where
Mercurial's own encoding in Python puts it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from mercurial import hg, store

from modules import update_repository as made
from modules.parsers_inputs import cases
from modules.update_repository import Config, File

DEVICES = [b"aux", b"con", b"prn", b"nul", b"com1", b"com9", b"lpt5"]
NO_DEVICES = [b"auxx", b"com", b"com0", b"com10", b"lpt", b"lpt0", b"com\xb9", b"co"]
# The longest name that is not hashed, and what is around it.
LENGTHS = range(100, 128)


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    made.forget_configuration(monkeypatch)


def components() -> Iterator[bytes]:
    for byte in range(1, 256):
        if byte not in b"/\n\r":
            yield b"b" + bytes([byte]) + b"b"
    for edge in b" .~_AZa:\x01\x1f\x7e\x7f\xff":
        yield from (bytes([edge]) + b"b", b"b" + bytes([edge]))
    for name in [*DEVICES, *NO_DEVICES]:
        yield from (name, name.upper(), name.title(), b"x" + name, b"x." + name)
        yield from (
            name + b".x",
            name + b".x.y",
            name + b".",
            name + b"..",
            name + b" ",
        )
        yield from (name + b" .x", b"." + name, b" " + name, name[:2] + b"_" + name[2:])
    for suffix in (b".i", b".d", b".hg"):
        yield from (b"x" + suffix, b"x" + suffix.upper(), b"x" + suffix + b".hg")
        yield from (b"x" + suffix + suffix, b"x" + suffix + b"x", b"X_" + suffix)
    yield from (
        b"...x",
        b"..",
        b"x...",
        b" x ",
        b". x",
        b" ",
        b"  ",
        b"~7e",
        b"_",
        b"__",
    )


def paths() -> Iterator[bytes]:
    """As files, as directories, and within names that are hashed."""
    for name in components():
        yield from (b"f/" + name, b"d/" + name + b"/f")
        yield b"h/" + name + b"/" + b"l" * 110
        yield b"h/" + b"l" * 110 + name
        yield b"h/" + b"directory/" * 12 + name
        # The cut of a directory's name is at eight bytes.
        yield b"c/1234567" + name + b"/" + b"l" * 110
        yield b"c/123456" + name + b"/" + b"l" * 110
    for length, letter in product(LENGTHS, (b"x", b"X", b"_", b"\xe9")):
        yield b"l/" + letter * (length // len(store._encodefname(letter)))
        yield b"l/" + b"x" * (length - 40) + b"/" + letter * 12 + b".e" * 5
    for count in range(1, 20):  # The directories that a hashed name has room for.
        yield b"n/" + b"12345678/" * count + b"l" * 80
        yield b"n/" + b"1234567/" * count + b"n." + b"e" * 90
        yield b"n/" + b"1/" * count + b"n." + b"e" * 130


def random_path(rng: random.Random) -> bytes:
    names = list(components())
    return b"r/" + b"/".join(
        (rng.choice(names) + b"x" * rng.choice([0, 0, 3, 6, 40]))
        for _ in range(rng.randrange(1, 9))
    )


def is_allowed(path: bytes) -> bool:
    """Whether Mercurial takes it into a working directory."""
    names = [name.lower() for name in path.split(b"/")]
    refused = any(name in (b".", b"..", b".hg") for name in names)
    return not refused and all(len(name) <= 255 for name in names)


def all_files(seed: int) -> dict[bytes, File]:
    rng = random.Random(seed)
    files: dict[bytes, File] = {}
    for path in [*paths(), *(random_path(rng) for _ in range(300))]:
        if path not in files and is_allowed(path) and made.fits(path, files):
            files[path] = b"%d %s" % (len(files), path), b""
    return files


ENCODINGS: dict[str, Config] = {
    "dotencode": {},
    "no dotencode": {("format", "dotencode"): "no"},
    "no fncache": {("format", "usefncache"): "no"},
    "no store": {("format", "usestore"): "no", ("format", "use-share-safe"): "no"},
}


def stored(path: bytes, name: str) -> bytes:
    """By Mercurial's Python, whatever its C says."""
    path = b"data/" + path + b".i"
    if "store" in name:
        return store._encodedir(path)
    if "fncache" in name:
        return store._encodefname(store._encodedir(path))
    return store._hybridencode(path, name == "dotencode")


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("seed", range(cases(1)))
def test_each_file_is_where_python_puts_it(
    tmp_path: Path, name: str, seed: int
) -> None:
    config = ENCODINGS[name]
    files = all_files(seed)
    if "fncache" in name or "store" in name:
        # No file system takes a longer name.
        files = {path: file for path, file in files.items() if len(path) < 80}
    assert len(files) > 1000
    root = tmp_path / "root"
    repo = hg.repository(made.make_ui(config), os.fsencode(root), create=True)
    made.commit(repo, dict(files))
    top = os.fsencode(root / ".hg" if "store" in name else root / ".hg/store")
    names = [stored(path, name) for path in files]
    assert all(os.path.lexists(os.path.join(top, one)) for one in names)
    if "dotencode" in name:
        assert sum(one.startswith(b"dh/") for one in names) > 1000
    assert made.update(root, 0) == len(files)
    found = made.tree(root)
    assert all(found[path][1] == data for path, (data, _) in files.items())
