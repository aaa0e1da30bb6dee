# SPDX-License-Identifier: GPL-2.0-or-later
"""A revlog over `InnerRevlog` beside one over Mercurial's Python: the same calls on
each leave the same bytes on disk, tell the transaction the same, and answer alike.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mercurial import mdiff, revlog, transaction, vfs
from mercurial import store as store_module
from mercurial.revlogutils import config, constants

from modules.rust_binding import rustext

NULL = revlog.sha1nodeconstants.nullid
# Revlogs are split when they are this large, not after hundreds of revisions.
SPLIT_SIZE = 3000
# What is compressed by zstd alike in all its versions; Python has one of its own.
LONG = 5000
KINDS = {
    "changelog": (constants.KIND_CHANGELOG, b""),
    "manifest": (constants.KIND_MANIFESTLOG, b""),
    "filelog": (constants.KIND_FILELOG, b"f"),
}


class Recorded(transaction.transaction):  # type: ignore[misc]
    """A transaction that remembers what it was told of lengths."""

    told: list[tuple[bytes, int]]

    def add(self, file: bytes, offset: int) -> None:
        self.told.append((file, offset))
        super().add(file, offset)


class Store:
    """A revlog in a directory of its own."""

    def __init__(self, base: Path, inner: Any, kind: str, inline: bool, engine: bytes):
        self.base = base
        self.inner = inner
        self.kind, self.inline, self.engine = kind, inline, engine
        self.vfs = vfs.vfs(bytes(base))
        features = config.FeatureConfig()
        features.compression_engine = engine
        self.vfs.options = {
            b"revlogv1": True,
            b"generaldelta": True,
            b"delta-config": config.DeltaConfig(general_delta=True, sparse_revlog=True),
            b"data-config": config.DataConfig(
                generaldelta=True,
                uncompressed_cache_factor=4,
                uncompressed_cache_count=100,
            ),
            b"feature-config": features,
        }
        self.opener = (
            vfs.filtervfs(self.vfs, store_module._pathencode)
            if kind == "filelog"
            else self.vfs
        )
        self.opener.options = self.vfs.options
        self.told: list[tuple[bytes, int]] = []
        self.open()

    def open(self) -> None:
        radix = {"filelog": b"data/A file", "changelog": b"00changelog"}
        revlog.rustrevlog = self.inner
        self.revlog = revlog.revlog(
            self.opener,
            target=KINDS[self.kind],
            radix=radix.get(self.kind, b"00manifest"),
            may_inline=self.inline,
            checkambig=self.kind != "filelog",
            writable=True,
        )
        uses_rust = self.inner is not None
        if self.kind == "changelog" and self.inline:
            uses_rust = False  # Mercurial does not ask for it.
        assert self.revlog.uses_rust == uses_rust

    @contextmanager
    def transaction(self, commit: bool) -> Iterator[Recorded]:
        tr = Recorded(
            lambda message: None,
            self.opener,
            dict.fromkeys((b"plain", b"store", b""), self.opener),
            b"journal",
            b"undo",
        )
        tr.told = self.told
        yield tr
        if commit:
            tr.close()
        else:
            tr.abort()
            self.open()

    def files(self) -> dict[str, bytes]:
        paths = [path for path in self.base.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.base)): path.read_bytes() for path in paths}


def manifest_text(chance: random.Random, text: bytes) -> bytes:
    lines = dict(line.split(b"\0") for line in text.splitlines())
    for _ in range(chance.randrange(1, 6)):
        name = b"file%03d" % chance.randrange(200)
        lines[name] = chance.randbytes(20).hex().encode()
        if chance.random() < 0.2:
            del lines[name]
    return b"".join(b"%s\0%s\n" % item for item in sorted(lines.items()))


def next_text(kind: str, chance: random.Random, text: bytes) -> bytes:
    if kind == "manifest":
        return manifest_text(chance, text)
    choice = chance.random()
    if choice < 0.05:
        return b""
    if choice < 0.1:
        return b"\0" + chance.randbytes(chance.randrange(99))
    lines = text.splitlines(True)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(lines) + 1)
        words = b"%d %d\n" % (chance.randrange(10**9), at)
        lines[at : at + chance.randrange(3)] = [words * chance.randrange(1, 4)]
    return b"".join(lines)


def add(store: Store, tr: Recorded, seed: int, count: int) -> None:
    chance = random.Random(seed)
    log = store.revlog
    with log._writing(tr):
        for _ in range(count):
            parents = []
            for _ in range(1 if chance.random() < 0.8 else 2):
                rev = max(-1, len(log) - 1 - chance.choice([0, 0, 0, 1, 3]))
                parents.append(log.node(rev))
            text = next_text(store.kind, chance, bytes(log.revision(parents[0])))
            parents = [*parents, NULL][:2]
            log.addrevision(text, tr, len(log), *parents)


def answers(log: Any, rev: int, other: int) -> list[Any]:
    inner = log._inner
    calls = (
        lambda: bytes(log.revision(rev)),
        lambda: log.node(rev),
        lambda: log.rev(log.node(rev)),
        lambda: log.index[rev],
        lambda: inner.issnapshot(rev),
        lambda: inner._deltachain(rev),
        lambda: inner._deltachain(rev, stoprev=other),
        lambda: bytes(inner._chunk(rev)),
        lambda: inner.get_segment_for_revs(rev, rev),
        lambda: inner.get_segment_for_revs(0, len(log) - 1),
        lambda: log.headrevs(),
        lambda: log.shortest(log.node(rev).hex().encode()),
    )
    return [outcome(call) for call in calls]


def outcome(call: Any) -> Any:
    try:
        return call()
    except Exception as error:
        return type(error)


def check(stores: tuple[Store, Store], seed: int) -> None:
    python, ours = stores
    assert ours.files() == python.files()
    assert ours.told == python.told
    chance = random.Random(seed)
    logs = (python.revlog, ours.revlog)
    assert len(logs[0]) == len(logs[1])
    revs = list(range(len(logs[0])))
    chance.shuffle(revs)
    for rev in revs[:8]:
        other = chance.randrange(-1, len(revs))
        one, two = (answers(log, rev, other) for log in logs)
        assert one == two
        deltas = [bytes(log.revdiff(other, rev)) for log in logs]
        texts = [bytes(logs[0].revision(at)) if at >= 0 else b"" for at in (other, rev)]
        assert [mdiff.patches(texts[0], [delta]) for delta in deltas] == [texts[1]] * 2
    with_files = ("is_delaying", "is_open", "inline", "index_file", "is_writing")
    for name in (*with_files, "canonical_index_file"):
        assert getattr(logs[0]._inner, name) == getattr(logs[1]._inner, name)


def hide(store: Store, tr: Recorded) -> Any:
    """What a changelog does before it is written to."""
    name = store.revlog._inner.delay()
    if name is not None:
        store.revlog._indexfile = name
        tr.registertmp(name)
    return name


def show_hooks(store: Store, tr: Recorded) -> Any:
    name, is_any = store.revlog._inner.write_pending()
    if name is not None:
        store.revlog._indexfile = name
        tr.registertmp(name)
    return name, is_any


def show(store: Store) -> Any:
    store.revlog._indexfile = store.revlog._inner.finalize_pending()
    return store.revlog._indexfile


@pytest.fixture
def split_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revlog, "_maxinline", SPLIT_SIZE)
    monkeypatch.setattr(revlog, "rustrevlog", None)


SEEDS = st.integers(0, 2**32)
TRANSACTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "commit": st.booleans() | st.just(True),
            "hidden": st.booleans(),
            "pending": st.booleans(),
            "additions": st.lists(
                st.tuples(SEEDS, st.integers(0, 12)), min_size=1, max_size=3
            ),
            "reopen": st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("engine", [b"zlib", b"zstd", b"none"])
@pytest.mark.parametrize(
    ("kind", "inline"),
    [
        ("filelog", True),
        ("filelog", False),
        ("manifest", True),
        ("manifest", False),
        ("changelog", False),
    ],
)
@pytest.mark.usefixtures("split_early")
@settings(max_examples=6, deadline=None)
@given(jobs=TRANSACTIONS)
def test_as_python(kind: str, inline: bool, engine: bytes, jobs: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        bases = Path(directory, "python"), Path(directory, "ours")
        stores = tuple(
            Store(base, inner, kind, inline, engine)
            for base, inner in zip(bases, (None, rustext.revlog))
            if base.mkdir() is None
        )
        for job in jobs:
            hidden = job["hidden"] and not stores[0].revlog._inline
            contexts = [store.transaction(job["commit"]) for store in stores]
            transactions = [context.__enter__() for context in contexts]
            both = list(zip(stores, transactions))
            if hidden:
                names = [hide(*one) for one in both]
                assert names[0] == names[1]
            for seed, count in job["additions"]:
                for store, tr in both:
                    add(store, tr, seed, count)
                check(stores, seed)
            if hidden and job["pending"]:
                shown = [show_hooks(*one) for one in both]
                assert shown[0] == shown[1]
                check(stores, 1)
                for store, tr in both:
                    add(store, tr, 7, 2)
                check(stores, 2)
            if hidden and job["commit"]:
                assert show(stores[0]) == show(stores[1])
            for context in contexts:
                context.__exit__(None, None, None)
            if job["reopen"]:
                for store in stores:
                    store.open()
            check(stores, 3)


@pytest.mark.usefixtures("split_early")
def test_compression_is_that_of_python() -> None:
    chance = random.Random(5)
    lines = [b"%d line\n" % chance.randrange(999) for _ in range(200_000)]
    texts = [b"", b"\0", b"x" * 43, b"x" * 44, b"x" * 49, b"x" * 50, b"\0" * 60]
    texts += [chance.randbytes(size) for size in (60, 5000)]
    texts += [b"".join(lines[:count]) for count in (5, 100, 5000, 200_000)]
    with tempfile.TemporaryDirectory() as directory:
        for engine in (b"zlib", b"zstd", b"none"):
            stores = [
                Store(Path(directory), inner, "filelog", True, engine)
                for inner in (None, rustext.revlog)
            ]
            for text in texts:
                python, ours = (store.revlog._inner.compress(text) for store in stores)
                made, expected = tuple(map(bytes, ours)), tuple(map(bytes, python))
                if engine != b"zstd" or len(text) < LONG:
                    assert made == expected
                if made[0] == b"":
                    assert bytes(stores[0].revlog._inner.decompress(made[1])) == text
                sizes = [len(b"".join(stored)) for stored in (made, expected)]
                assert abs(sizes[0] - sizes[1]) <= max(sizes) // 100
