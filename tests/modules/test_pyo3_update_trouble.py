# SPDX-License-Identifier: GPL-2.0-or-later
"""`pyo3_rustext.update` in trouble: refused, interrupted, killed, on a full disk."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mercurial import hg, merge

from modules import pyo3_update
from modules import update_repository as made
from modules.pyo3_update import FallbackError, Warned
from modules.small_disk import run_on_small_disk
from modules.update_repository import Config, File

V2: Config = {("format", "use-dirstate-v2"): "yes"}
OLD: dict[bytes, File] = {b"a": (b"1", b""), b"b": (b"1", b"")}
NEW: dict[bytes, File] = {b"a": (b"2", b""), b"c": (b"x", b"x")}


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    made.forget_configuration(monkeypatch)


def at_the_first(
    root: Path, old: dict[bytes, File] = OLD, new: dict[bytes, File] = NEW
) -> Path:
    """A repository of two revisions, at the first."""
    repo = hg.repository(made.make_ui(V2), os.fsencode(root), create=True)
    made.commit(repo, dict(old))
    paths = {*old, *new}
    changed = {path: new.get(path) for path in paths if old.get(path) != new.get(path)}
    made.commit(repo, changed)
    merge.update(made.open_repository(root)[0])
    return root


def update(root: Path, repo: Any = None, **options: Any) -> Any:
    dirstate = options.pop("dirstate", None) or pyo3_update.dirstate_map(root)
    return pyo3_update.update_from_clean(root, dirstate, repo, **options)


@pytest.mark.parametrize(
    "name",
    ["exp-sparse", "narrowhg-experimental", "treemanifest", "nobody-knows"],
)
def test_requirements_are_left_to_python(tmp_path: Path, name: str) -> None:
    root = at_the_first(tmp_path / "root")
    repo, dirstate = made.open_repository(root), pyo3_update.dirstate_map(root)
    for rev in (0, 1):
        repo[rev]._manifest.text()
    before = made.tree(root)
    place = ".hg" if name == "exp-sparse" else ".hg/store"
    with (root / place / "requires").open("a") as requires:
        requires.write(f"{name}\n")
    with pytest.raises(FallbackError):
        update(root, repo, dirstate=dirstate)
    assert made.tree(root) == before


@pytest.mark.parametrize("section", ["encode", "decode"])
def test_filters_of_the_command_line_are_left_to_python(
    tmp_path: Path, section: str
) -> None:
    root = at_the_first(tmp_path / "root")
    before = made.tree(root)
    repo = made.open_repository(root, {(section, "**"): "cat"})
    with pytest.raises(FallbackError, match="filters"):
        update(root, repo)
    assert made.tree(root) == before
    repo = made.open_repository(root, {(section, "**"): "!"})
    assert update(root, repo) == (1, 2, 0, 1, 0)


def test_the_map_is_free_when_warnings_are_handed_over(tmp_path: Path) -> None:
    root = at_the_first(tmp_path / "root")
    dirstate = pyo3_update.dirstate_map(root)
    found: list[Any] = []
    update(
        root,
        dirstate=dirstate,
        on_warnings=lambda lines: found.append(sorted(pyo3_update.entries(dirstate))),
    )
    assert found == [[b"a", b"c"]]


def test_from_null_wants_an_empty_dirstate(tmp_path: Path) -> None:
    root = at_the_first(tmp_path / "root")
    dirstate = pyo3_update.dirstate_map(root)
    with pytest.raises(FallbackError, match="the dirstate has files"):
        pyo3_update.update_from_null(root, dirstate, 1, None, Warned())


COUNT = 60


@contextlib.contextmanager
def slow_store(root: Path, name: str, meanwhile: Callable[[], None]) -> Iterator[None]:
    """A file of the store is a pipe: who opens it waits until `meanwhile` is done,
    and finds it empty."""
    path = root / ".hg" / "store" / "data" / name
    data = path.read_bytes()
    path.unlink()
    os.mkfifo(path)

    def write() -> None:
        meanwhile()
        with contextlib.suppress(BrokenPipeError):
            path.write_bytes(data)

    thread = threading.Thread(target=write)
    # A shell's background job ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        thread.start()
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        thread.join()


def many(root: Path) -> Path:
    old = {b"f%03d" % number: (b"1", b"") for number in range(COUNT)}
    new = {b"f%03d" % number: (b"2", b"") for number in range(COUNT)}
    return at_the_first(root, old, new)


def wait_for_half(root: Path) -> None:
    path = root / "f029"
    while not path.exists() or path.read_bytes() != b"2":
        time.sleep(0.01)


@pytest.mark.parametrize("is_null", [False, True])
def test_interrupted(tmp_path: Path, is_null: bool) -> None:
    root = many(tmp_path / "root")
    if is_null:
        hg.updaterepo(made.open_repository(root), -1, overwrite=True)
    dirstate = pyo3_update.dirstate_map(root)
    before = pyo3_update.entries(dirstate)

    def interrupt() -> None:
        wait_for_half(root)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.3)

    warned = Warned()
    with slow_store(root, "f030.i", interrupt), pytest.raises(KeyboardInterrupt):
        if is_null:
            pyo3_update.update_from_null(root, dirstate, 1, 1, warned)
        else:
            update(root, dirstate=dirstate, on_warnings=warned)
    assert (warned.calls, warned.lines) == (1, [])
    assert pyo3_update.entries(dirstate) == before
    assert b"f059" not in made.tree(root) or made.tree(root)[b"f059"][1] == b"1"


class Bar:
    """What `ui.makeprogress` returns."""

    def __init__(self, calls: list[Any], *arguments: Any) -> None:
        self.calls = calls
        calls.append(arguments)

    def update(self, done: int) -> None:
        self.calls.append(done)

    def complete(self) -> None:
        self.calls.append("complete")


def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mercurial's own bar is told how far it is while there is waiting to do."""
    root = many(tmp_path / "root")
    repo = made.open_repository(root)
    calls: list[Any] = []

    def make(topic: bytes, unit: bytes, total: int) -> Bar:
        return Bar(calls, topic, unit, total)

    monkeypatch.setattr(repo.ui, "makeprogress", make)

    def wait() -> None:
        wait_for_half(root)
        while 30 not in calls:
            time.sleep(0.01)

    with slow_store(root, "f030.i", wait), pytest.raises(FallbackError):
        update(root, repo)
    assert calls[0] == (b"updating", b"files", COUNT)
    assert calls[-1] == "complete"
    shown = calls[1:-1]
    assert shown == sorted(shown) and shown[-1] == 30


def test_a_progress_bar_that_fails_ends_the_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = many(tmp_path / "root")
    repo, dirstate = made.open_repository(root), pyo3_update.dirstate_map(root)
    before = pyo3_update.entries(dirstate)

    def make(topic: bytes, unit: bytes, total: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(repo.ui, "makeprogress", make)
    wait = 0.3
    with (
        slow_store(root, "f030.i", lambda: time.sleep(wait)),
        pytest.raises(ZeroDivisionError),
    ):
        update(root, repo, dirstate=dirstate)
    assert pyo3_update.entries(dirstate) == before


FULL = """
import errno, os, shutil, sys
from pathlib import Path
from mercurial import hg
from modules import pyo3_update, update_repository as made
from modules.small_disk import Ballast
from modules.test_pyo3_update_trouble import at_the_first

place, workers, is_atomic = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "yes"
old = {b"d%d/%d" % (n % 3, n): (b"x" * 2000 * n, b"") for n in range(9)}
new = {b"d%d/%d" % (n % 3, n): (b"y" * 4000 * n, b"x") for n in range(1, 9)}
new[b"n/new"] = (b"z" * 9000, b"")
source = at_the_first(place / "source", old, new)
mine = ("mine", "mine" * 3000)
pages = 0
while True:
    root = made.clone(source, place / "root")
    (root / mine[0]).write_text(mine[1])
    dirstate = pyo3_update.dirstate_map(root)
    before = pyo3_update.entries(dirstate)
    ballast = Ballast(place, pages)
    try:
        pyo3_update.update_from_clean(
            root, dirstate, num_cpus=workers, atomic_file=is_atomic
        )
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
        named = os.path.relpath(error.filename, os.fsencode(root))
        assert named in [*new, b"n"], named
    else:
        break
    finally:
        ballast.drop()
    assert pyo3_update.entries(dirstate) == before
    found = made.tree(root)
    assert found.pop(b"mine")[1] == mine[1].encode()
    for path, (mode, data) in found.items():
        whole = [files[path][0] for files in (old, new) if path in files]
        assert mode & 0o040000 or data in whole, path
    if is_atomic:
        assert set(new) - set(found) <= {b"n/new"}
    # With place again, stock Mercurial goes on.
    hg.updaterepo(made.open_repository(root), 1, overwrite=True)
    found = made.tree(root)
    assert all(found[path][1] == data for path, (data, flag) in new.items())
    assert found[b"mine"][1] == mine[1].encode()
    shutil.rmtree(root)
    pages += 1
print(pages)
"""


@pytest.mark.parametrize("is_atomic", ["no", "yes"])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_disk_that_is_full_at_any_page(
    tmp_path: Path, workers: int, is_atomic: str
) -> None:
    """The error names the file, each file is whole, and the dirstate as it was."""
    pages = run_on_small_disk(tmp_path / "disk", FULL, str(workers), is_atomic)
    assert int(pages) > 10


KILLED = """
import sys
from pathlib import Path
from modules import pyo3_update

root, is_atomic = Path(sys.argv[1]), sys.argv[2] == "yes"
dirstate = pyo3_update.dirstate_map(root)
print("ready", flush=True)
pyo3_update.update_from_clean(root, dirstate, num_cpus=4, atomic_file=is_atomic)
"""


def is_temporary(path: bytes) -> bool:
    return path.split(b"/")[-1].startswith(b".hg-update-")


@pytest.mark.parametrize("is_atomic", ["no", "yes"])
def test_killed(tmp_path: Path, is_atomic: str) -> None:
    """Files are whole with atomic-file, else all but the few that were being written;
    a status tells of those, and an update mends them."""
    rng = random.Random(is_atomic)

    def data() -> bytes:
        return rng.randbytes(rng.randrange(150_000))

    old = {b"d%d/%03d" % (n % 7, n): (data(), b"") for n in range(90)}
    new = {path: (data(), b"x") for path in old if rng.random() < 0.7}
    new.update({b"n%d/%03d" % (n % 5, n): (data(), b"") for n in range(50)})
    source = at_the_first(tmp_path / "source", old, new)
    tests = str(Path(__file__).parents[1])
    path = os.pathsep.join([tests, *filter(None, sys.path)])
    interrupted = 0
    for number in range(6):
        root = made.clone(source, tmp_path / str(number))
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(root), is_atomic],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        ) as child:
            assert child.stdout is not None and child.stdout.readline() == b"ready\n"
            while b"n0" not in os.listdir(os.fsencode(root)) and child.poll() is None:
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.03))
            child.kill()
        interrupted += child.returncode == -signal.SIGKILL
        cut = []
        for name, (mode, found) in made.tree(root).items():
            if not stat.S_ISREG(mode) or is_temporary(name):
                continue
            whole = [files[name][0] for files in (old, new) if name in files]
            if found not in whole:
                assert new[name][0].startswith(found), name
                cut.append(name)
        assert len(cut) <= (0 if is_atomic == "yes" else 4)
        told = made.open_repository(root).status(unknown=True)
        assert {*cut} <= {*told.modified, *told.unknown}
        hg.updaterepo(made.open_repository(root), 1, overwrite=True)
        told = made.open_repository(root).status(unknown=True)
        assert not (told.modified or told.deleted or told.added or told.removed)
        assert all(map(is_temporary, told.unknown))
        assert is_atomic == "yes" or not told.unknown
        known = {name: found for name, (_, found) in made.tree(root).items()}
        assert all(known[name] == data for name, (data, _) in new.items())
    assert interrupted
