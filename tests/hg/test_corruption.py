# SPDX-License-Identifier: GPL-2.0-or-later
"""Cut and damaged dirstates, through `hg status` on our Rust.

Every prefix of each dirstate file and every byte of it changed: the answer is
an error or that of Mercurial's C flavour for the same bytes; never a panic, and
the process lives on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hg.children import Answer, Child
from hg.random_repository import Builder, dirstate_files, restore_dirstate

RUST = "rust+c-allow"
# All bits, the sign, the lowest: counts, offsets and flags of every kind.
FLIPS = (0xFF, 0x80, 0x01)

# What Mercurial's Python raises on nonsense, where it does not say "abort".
HONEST = {"ValueError", "OSError", "RuntimeError", "error", "IndexError"}


@pytest.fixture(scope="module")
def children() -> Iterator[dict[str, Child]]:
    children = {policy: Child(policy) for policy in ("c", RUST)}
    yield children
    for child in children.values():
        child.close()


def make(children: dict[str, Child], place: Path, version: int) -> bytes:
    """A small repository with an entry of every state and a copy."""
    root = os.fsencode(place / "repo")
    # Stock's C flavour makes it, with nothing in it that C could not read.
    hg = children["c"]
    option = b"--config=format.use-dirstate-v2=" + (b"yes" if version == 2 else b"no")
    hg.must(os.fsencode(place), option, b"init", b"repo")
    builder = Builder(root, hg)
    for name in (b"a", b"d/b", b"d/e/c", b"gone", b"moved"):
        builder.do_write(name, b"1\n")
    builder.do_write_exec(b"d/x", b"1\n")
    builder.do_symlink(b"link", b"a")
    builder.commit(b"first")
    builder.age()
    hg.must(root, b"status")
    hg.must(root, b"remove", b"gone")
    hg.must(root, b"rename", b"moved", b"d/moved")
    builder.do_write(b"a", b"another size\n")
    builder.do_write(b"unknown", b"1\n")
    hg.must(root, b"status")
    return root


def damaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    for length in range(len(content)):
        yield f"cut to {length} bytes", content[:length]
    for position, byte in enumerate(content):
        for flip in FLIPS:
            changed = bytearray(content)
            changed[position] = byte ^ flip
            yield f"byte {position} xor {flip:#x}", bytes(changed)


def answer(child: Child, root: bytes, files: dict[bytes, bytes]) -> Answer:
    restore_dirstate(root, files)
    return child.run(root, b"status", b"-AC")


@pytest.mark.parametrize("version", [1, 2])
def test_damaged(children: dict[str, Child], tmp_path: Path, version: int) -> None:
    root = make(children, tmp_path, version)
    files = dirstate_files(root)
    # The docket and the data file, or the one file there is.
    names = [name for name in files if not name.startswith(b"dirstate-tracked")]
    assert len(names) == version
    whole = answer(children[RUST], root, files)
    assert whole.status == 0
    assert whole == answer(children["c"], root, files)
    cases = errors = 0
    for name in names:
        for damage, content in damaged(files[name]):
            case = f"dirstate-v{version}, {name!r}: {damage}"
            files_now = {**files, name: content}
            ours = answer(children[RUST], root, files_now)
            cases += 1
            assert b"anic" not in ours.err, (case, ours)
            if ours.status == 0:
                stock = answer(children["c"], root, files_now)
                if stock.status == 0:
                    assert ours.out == stock.out, case
            else:
                errors += 1
                assert isinstance(ours.status, int) or ours.status in HONEST, (
                    case,
                    ours,
                )
    assert "panicked" not in children[RUST].printed()
    # The damage was seen: these are not all harmless.
    assert errors > cases / 10
    # The process is well, and so is the repository.
    assert answer(children[RUST], root, files) == whole
