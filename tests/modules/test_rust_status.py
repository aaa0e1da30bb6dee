# SPDX-License-Identifier: GPL-2.0-or-later
"""`dirstate.status` of either Rust module, from Python.

Contract section 4, pyo3 contract section 3.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from mercurial import match

from modules.rust_binding import MUTATED, is_pyo3, rustext

dirstate = rustext.dirstate
DirstateMap = dirstate.DirstateMap
FallbackError = dirstate.FallbackError


class Status(NamedTuple):
    """The results, in the contract's order."""

    unsure: list[bytes]
    modified: list[bytes]
    added: list[bytes]
    removed: list[bytes]
    deleted: list[bytes]
    clean: list[bytes]
    ignored: list[bytes]
    unknown: list[bytes]
    warnings: list[Any]
    bad: list[tuple[bytes, str]]
    # pyo3: those that nothing would be left in.
    directories: list[bytes]
    dirty: bool


NAMES = ["check_exec", "list_clean", "list_ignored", "list_unknown"]
NAMES.append("collect_traversed_dirs")
if is_pyo3:
    NAMES.append("empty_dirs_keep_files")


def status(
    dmap: Any,
    root: Path,
    matcher: Any = None,
    ignore_files: list[bytes] | None = None,
    **switches: bool,
) -> Status:
    result = dirstate.status(
        dmap,
        matcher or match.always(),
        bytes(root),
        ignore_files or [],
        *[switches.pop(name, True) for name in NAMES],
    )
    assert not switches
    assert type(result) is tuple
    assert [type(part) for part in result] == [list] * 11 + [bool]
    for part in result[:8]:
        part.sort()
    return Status(*result)


@pytest.fixture(autouse=True)
def matchers_for_rust(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Mercurial keep in its matchers what a Rust policy needs."""
    monkeypatch.setattr(match, "rustmod", dirstate)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Files of every kind, beside the map that `tracked` makes."""
    for name in ["clean", "size", "unsure", "exec", "added", "d/clean", "new", "x.o"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"1234567")
    (tmp_path / "exec").chmod(0o755)
    (tmp_path / ".hgignore").write_bytes(b"syntax: glob\n*.o\n")
    return tmp_path


def tracked(root: Path) -> Any:
    dmap = DirstateMap.new_empty()
    for name in [b"clean", b"size", b"unsure", b"exec", b"d/clean", b"gone"]:
        path = root / os.fsdecode(name)
        mtime = path.stat().st_mtime_ns if path.exists() else 0
        stamp = (mtime // 10**9, mtime % 10**9, False)
        size = 3 if name == b"size" else 7
        stamp = (1, 1, False) if name == b"unsure" else stamp
        dmap.reset_state(name, True, True, False, True, (0o644, size, stamp))
    dmap.set_tracked(b"added")
    dmap.reset_state(b"removed", False, True, False, True, None)
    dmap.set_tracked(b"missing")
    return dmap


def test_everything(root: Path) -> None:
    result = status(tracked(root), root, ignore_files=[bytes(root / ".hgignore")])
    assert result.clean == [b"clean", b"d/clean"]
    assert result.modified == [b"exec", b"size"]
    assert result.unsure == [b"unsure"]
    assert result.added == [b"added"]
    assert result.removed == [b"removed"]
    assert result.deleted == [b"gone", b"missing"]
    assert result.unknown == [b".hgignore", b"new"]
    assert result.ignored == [b"x.o"]
    assert result.warnings == []
    assert result.bad == []
    if not is_pyo3:
        assert b"d" in result.directories
    assert result.dirty is False


def test_switches(root: Path) -> None:
    dmap, ignore = tracked(root), [bytes(root / ".hgignore")]
    assert status(dmap, root, ignore_files=ignore, list_clean=False).clean == []
    assert status(dmap, root, ignore_files=ignore, list_ignored=False).ignored == []
    assert status(dmap, root, ignore_files=ignore, list_unknown=False).unknown == []
    (root / "empty").mkdir()
    assert b"empty" in status(dmap, root).directories
    assert status(dmap, root, collect_traversed_dirs=False).directories == []
    assert b"exec" not in status(dmap, root, check_exec=False).modified


def patterns(*texts: bytes, **named: Any) -> Callable[[Path], Any]:
    def make(root: Path) -> Any:
        return match.match(bytes(root), b"", list(texts), **named)

    return make


MATCHERS: dict[str, tuple[Callable[[Path], Any], list[bytes]]] = {
    "alwaysmatcher": (lambda root: match.always(), [b"clean", b"d/clean"]),
    "nevermatcher": (lambda root: match.never(), []),
    "exactmatcher": (lambda root: match.exact([b"clean"]), [b"clean"]),
    "includematcher": (patterns(include=[b"path:d"]), [b"d/clean"]),
    "patternmatcher": (patterns(b"glob:d/c*"), [b"d/clean"]),
    "unionmatcher": (
        lambda root: match.unionmatcher(
            [match.exact([b"clean"]), patterns(b"path:d")(root)]
        ),
        [b"clean", b"d/clean"],
    ),
    "intersectionmatcher": (
        lambda root: match.intersectmatchers(
            patterns(b"glob:**clean")(root), patterns(include=[b"path:d"])(root)
        ),
        [b"d/clean"],
    ),
    "differencematcher": (
        lambda root: match.differencematcher(match.always(), patterns(b"path:d")(root)),
        [b"clean"],
    ),
}


@pytest.mark.parametrize("name", MATCHERS)
def test_matchers(name: str, root: Path) -> None:
    make, expected = MATCHERS[name]
    matcher = make(root)
    assert type(matcher).__name__ == name
    result = status(tracked(root), root, matcher)
    assert result.clean == expected
    assert result.bad == []


@pytest.mark.parametrize("name", MATCHERS)
def test_tampered_matchers_fall_back(name: str, root: Path) -> None:
    matcher = MATCHERS[name][0](root)
    matcher._was_tampered_with = True
    outer = match.unionmatcher([match.exact([b"clean"]), matcher])
    for tampered in [matcher, outer, match.differencematcher(match.always(), matcher)]:
        with pytest.raises(FallbackError):
            status(tracked(root), root, tampered)


def test_other_matchers_fall_back(root: Path) -> None:
    class Subclass(match.alwaysmatcher):
        pass

    class alwaysmatcher:
        pass

    without_patterns = patterns(b"path:d")
    match.rustmod = None
    for matcher in [
        without_patterns(root),
        Subclass(),
        alwaysmatcher(),
        match.subdirmatcher(b"d", match.always()),
        match.predicatematcher(lambda path: True),
        match.unionmatcher([Subclass(), match.never()]),
        object(),
    ]:
        with pytest.raises(FallbackError):
            status(tracked(root), root, matcher)


def test_unsupported_patterns_fall_back(root: Path) -> None:
    with pytest.raises(FallbackError):
        status(tracked(root), root, patterns(b"re:(?<=c)lean")(root))
    (root / ".hgignore").write_bytes(b"(?<=c)lean\n")
    with pytest.raises(FallbackError):
        status(tracked(root), root, ignore_files=[bytes(root / ".hgignore")])


def test_exceptions_of_a_matcher_come_through(root: Path) -> None:
    matcher = match.exact([b"clean"])
    matcher.__dict__["files"] = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        status(tracked(root), root, matcher)


def test_a_matcher_may_use_the_map(root: Path) -> None:
    """Its Python code runs before the map is borrowed."""
    dmap, matcher = tracked(root), match.exact([b"clean"])
    matcher.__dict__["files"] = lambda: [name for name in dmap if name == b"clean"]
    assert status(dmap, root, matcher).clean == [b"clean"]


def test_types(root: Path) -> None:
    dmap, always = tracked(root), match.always()
    switches = [False] * len(NAMES)
    for arguments in [
        (None, always, b"/", [], *switches),
        (dmap, always, "/", [], *switches),
        (dmap, always, b"/", (), *switches),
        (dmap, always, b"/", ["x"], *switches),
        (dmap, always, b"/", [], 0, *switches[1:]),
        (dmap, always, b"/", [], *switches[1:]),
    ]:
        with pytest.raises(TypeError):
            dirstate.status(*arguments)


def test_pattern_file_warnings(root: Path) -> None:
    ignore = [bytes(root / ".hgignore")]
    (root / ".hgignore").write_bytes(b"include:missing\nsyntax: nonsense\nx\n")
    result = status(tracked(root), root, ignore_files=ignore)
    assert len(result.warnings) == 2
    if is_pyo3:
        syntax = b"%s: ignoring invalid syntax 'nonsense'\n"
        missing = (
            b"skipping unreadable pattern file 'missing': No such file or directory\n"
        )
        assert set(result.warnings) == {missing, syntax % ignore[0]}
    else:
        assert bytes(root / "missing") in result.warnings
        assert (bytes(root / ".hgignore"), b"nonsense") in result.warnings
    # Python names this one by its full path, which a result cannot say.
    with pytest.raises(FallbackError):
        status(tracked(root), root, ignore_files=[bytes(root / "missing")])


def test_bad_files(root: Path) -> None:
    os.mkfifo(root / "fifo")
    result = status(tracked(root), root, match.exact([b"fifo", b"nowhere"]))
    assert sorted(result.bad) == [
        (b"fifo", "unsupported file type (type is fifo)"),
        (b"nowhere", os.strerror(2)),
    ]
    assert status(tracked(root), root).bad == []


def test_names_that_are_no_text(root: Path) -> None:
    name = b"na\xefve\xff"
    try:
        (root / os.fsdecode(name)).write_bytes(b"")
    except OSError:
        pytest.fail("the tests need a file system that takes any bytes")
    assert name in status(tracked(root), root).unknown


def test_directory_times_are_cached_in_v2(root: Path) -> None:
    ignore = [bytes(root / ".hgignore")]
    data, meta, _append = tracked(root).write_v2(1)
    dmap = DirstateMap.new_v2(data, len(data), meta, b"uid", None)
    long_ago = time.time() - 100
    for path in [root / "d", root / "new", root]:
        os.utime(path, (long_ago, long_ago))
    first = status(dmap, root, ignore_files=ignore, list_ignored=False)
    assert first.dirty is True
    again = status(dmap, root, ignore_files=ignore, list_ignored=False)
    assert again.dirty is False
    assert again.unknown == first.unknown == [b".hgignore", b"new"]
    (root / "d" / "new").write_bytes(b"")
    assert b"d/new" in status(dmap, root, ignore_files=ignore).unknown


# Threads


def many_files(root: Path, files: int) -> Any:
    dmap = DirstateMap.new_empty()
    for number in range(files):
        name = b"d%d/f%d" % (number % 50, number)
        (root / f"d{number % 50}").mkdir(exist_ok=True)
        (root / os.fsdecode(name)).write_bytes(b"")
        dmap.set_tracked(name)
    return dmap


def test_status_releases_the_gil_and_guards_its_map(tmp_path: Path) -> None:
    """While one thread is in `status`, every use of that map is refused, or waits."""
    dmap = many_files(tmp_path, 2_000)
    copies = dmap.copymap()
    refused: set[str] = set()
    answered: set[str] = set()
    stop = threading.Event()
    uses: dict[str, Callable[[], Any]] = {
        "len": lambda: len(dmap),
        "get": lambda: dmap.get(b"d0/f0"),
        "iter": lambda: iter(dmap),
        "items": lambda: dmap.items(),
        "copies": lambda: copies.get(b"d0/f0"),
        "copies iter": lambda: iter(copies),
        "set_tracked": lambda: dmap.set_tracked(b"d0/f0"),
        "write_v1": lambda: dmap.write_v1(b"1" * 20, b"2" * 20),
        "write_v2": lambda: dmap.write_v2(1),
        "debug_iter": lambda: dmap.debug_iter(True),
        "status": lambda: status(dmap, tmp_path, match.never()),
        "clear": lambda: DirstateMap.new_empty().clear(),
    }

    def use_the_map() -> None:
        while not stop.is_set():
            for name, use in uses.items():
                try:
                    use()
                    answered.add(name)
                except RuntimeError as error:
                    text = "the dirstate map is in use by another call"
                    assert str(error) == text, (name, error)
                    refused.add(name)

    thread = threading.Thread(target=use_the_map)
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        seen = answered if is_pyo3 else refused
        while len(seen) < len(uses) - 1 and time.monotonic() < deadline:
            try:
                assert len(status(dmap, tmp_path).added) == 2_000
            except RuntimeError as error:
                # The other thread's turn to hold the map.
                assert "in use" in str(error) and not is_pyo3
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(old)
    assert refused == (set() if is_pyo3 else set(uses) - {"clear"})
    assert answered == set(uses) if is_pyo3 else "clear" in answered
    for use in uses.values():
        use()


def test_an_iterator_does_not_read_a_map_in_status(tmp_path: Path) -> None:
    dmap = many_files(tmp_path, 10)
    iterator = iter(dmap)
    next(iterator)
    status(dmap, tmp_path)
    with pytest.raises(RuntimeError, match=MUTATED):
        next(iterator)


def test_status_in_a_forked_child(tmp_path: Path) -> None:
    """Threads do not survive a fork: the child must not wait for them."""
    dmap = many_files(tmp_path, 300)
    assert len(status(dmap, tmp_path).added) == 300
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if len(status(dmap, tmp_path).added) == 300 else 1)
        finally:
            os._exit(2)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        pid, code = os.waitpid(child, os.WNOHANG)
        if pid:
            assert code == 0
            return
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    pytest.fail("status in a forked child does not end")


def test_nothing_leaks(root: Path) -> None:
    dmap, always, path = tracked(root), match.always(), bytes(root)
    exact = match.exact([b"clean"])
    ignore = [bytes(root / ".hgignore")]
    (root / ".hgignore").write_bytes(b"include:missing\nx\n")
    watched = [dmap, always, exact, path, ignore, *ignore, *exact.files()]

    def everything() -> None:
        dirstate.status(dmap, always, path, ignore, *[True] * len(NAMES))
        dirstate.status(dmap, exact, path, ignore, *[True] * len(NAMES))
        for failing in [
            lambda: dirstate.status(dmap, object(), path, ignore, *[True] * len(NAMES)),
            lambda: dirstate.status(dmap, exact, path, ["x"], *[True] * len(NAMES)),
        ]:
            with pytest.raises((TypeError, FallbackError)):
                failing()

    for _ in range(3):
        everything()
    before = [sys.getrefcount(thing) for thing in watched]
    for _ in range(50):
        everything()
    assert [sys.getrefcount(thing) for thing in watched] == before
