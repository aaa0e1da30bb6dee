# SPDX-License-Identifier: GPL-2.0-or-later
"""`rustext.update` in trouble: what it leaves behind, somebody can go on from."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from mercurial import hg

from hg.children import without_root_powers
from hgamalgam import rustext
from modules import update_repository as made
from modules.small_disk import run_on_small_disk

FallbackError = rustext.update.FallbackError


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    made.forget_configuration(monkeypatch)


@pytest.mark.parametrize("workers", [1, 4])
def test_found_out_halfway(tmp_path: Path, workers: int) -> None:
    """Python goes on from there, over what is written already."""
    root = made.many(tmp_path, 300)
    repo = made.open_repository(root)
    with repo.lock(), repo.transaction(b"x") as tr:
        log = repo.file(b"f100")._revlog
        log.censorrevision(tr, [log.node(0)], b"")
    expected = made.clone(root, tmp_path / "expected")
    with pytest.raises(FallbackError, match="flags"):
        made.update(root, 0, workers)
    written = made.tree(root)
    config = {("censor", "policy"): "ignore"}
    made.stock_update(expected, 0, config)
    whole = made.tree(expected)
    assert 0 < len(written) < len(whole)
    assert written.items() <= whole.items()
    made.stock_update(root, 0, config)
    assert made.tree(root) == whole


@pytest.mark.parametrize("workers", [1, 4])
def test_damaged_store(tmp_path: Path, workers: int) -> None:
    root = made.many(tmp_path, 200)
    path = root / ".hg" / "store" / "data" / "f050.i"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(FallbackError, match=r"f050\.i"):
        made.update(root, 0, workers)
    assert b"f050" not in made.tree(root)
    path.unlink()
    root = made.clone(root, tmp_path / "again")
    with pytest.raises(FallbackError):
        made.update(root, 0, workers)


def in_child(code: str, *arguments: str, weak: bool = False) -> str:
    powers = without_root_powers() if weak else []
    assert powers or not weak or os.geteuid() != 0, "root may write everywhere"
    command = [*powers, sys.executable, "-c", code]
    tests = Path(__file__).resolve().parents[1]
    path = os.pathsep.join([str(tests), *filter(None, sys.path)])
    environment = {**os.environ, "PYTHONPATH": path, "HGRCPATH": ""}
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


LIMITED = """
import os, resource, signal, sys
from hgamalgam import rustext
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    rustext.update.update_from_null(os.fsencode(sys.argv[1]), 0, int(sys.argv[2]))
except OSError as error:
    print(error.errno, error.filename.decode())
"""


@pytest.mark.parametrize("workers", [1, 4])
def test_a_full_disk(tmp_path: Path, workers: int) -> None:
    """No file is left that is cut short."""
    root = tmp_path / "source"
    repo = hg.repository(made.make_ui(), os.fsencode(root), create=True)
    files = {b"f%03d" % number: (b"x" * 40 * number, b"x") for number in range(200)}
    made.commit(repo, files)
    out = in_child(LIMITED, str(root), str(workers))
    number, path = out.rstrip("\n").split(" ", 1)
    assert int(number) == errno.EFBIG
    assert Path(path).parent == root and not Path(path).exists()
    for name, (_, data) in made.tree(root).items():
        assert data == files[name][0]
    assert made.open_repository(root).dirstate.p1() == b"\0" * 20
    made.stock_update(root, 0)
    made.check_clean(root, 0)


FULL = """
import errno, os, shutil, sys
from pathlib import Path
from mercurial import hg
from hgamalgam import rustext
from modules import update_repository as made
from modules.small_disk import Ballast

place, workers, version = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
config = {("format", "use-dirstate-v2"): version}
files = {b"d%d/%d" % (n % 3, n): (b"x" * 3000 * n, b"x") for n in range(9)}
source = place / "source"
repo = hg.repository(made.make_ui(config), os.fsencode(source), create=True)
made.commit(repo, files)
pages = 0
while True:
    root = made.clone(source, place / "root")
    ballast = Ballast(place, pages)
    try:
        made.update(root, 0, workers)
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
        named = os.path.relpath(error.filename, os.fsencode(root))
        known = [*files, b"d0", b"d1", b"d2", b".hg/dirstate"]
        assert named in known or named.startswith(b".hg/dirstate."), named
    else:
        break
    finally:
        ballast.drop()
    # Nothing is cut short, and the dirstate knows nothing of it.
    for name, (mode, data) in made.tree(root).items():
        assert name in files and data == files[name][0] or mode & 0o040000, name
    repo = made.open_repository(root)
    assert repo.dirstate.p1() == repo.nullid and not list(repo.dirstate)
    assert not list((root / ".hg").glob(".dirstate*"))
    made.stock_update(root, 0)
    made.check_clean(root, 0)
    shutil.rmtree(root)
    pages += 1
made.check_clean(root, 0)
print(pages)
"""


@pytest.mark.parametrize("version", ["no", "yes"])
@pytest.mark.parametrize("workers", [1, 4])
def test_a_disk_that_is_full_at_any_page(
    tmp_path: Path, workers: int, version: str
) -> None:
    """The error names the file, and once there is place stock Mercurial goes on."""
    pages = run_on_small_disk(tmp_path / "disk", FULL, str(workers), version)
    assert int(pages) > 25


KILLED = """
import os, sys
from hgamalgam import rustext
print("ready", flush=True)
rustext.update.update_from_null(os.fsencode(sys.argv[1]), 0, int(sys.argv[2]))
"""


@pytest.mark.parametrize("workers", [1, 4])
def test_killed(tmp_path: Path, workers: int) -> None:
    """Whatever is left then, a status tells of it and an update mends it. Of a
    file that was being written there may be a beginning, as with stock
    Mercurial; the dirstate knows nothing of it."""
    rng = random.Random(workers)
    source = tmp_path / "source"
    repo = hg.repository(made.make_ui(), os.fsencode(source), create=True)
    files = {
        b"%d/f%03d" % (number % 9, number): (rng.randbytes(rng.randrange(400_000)), b"")
        for number in range(90)
    }
    made.commit(repo, files)
    interrupted = 0
    for number in range(8):
        root = made.clone(source, tmp_path / str(number))
        command = [sys.executable, "-c", KILLED, str(root), str(workers)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
            # After the first file at the latest.
            while number % 2 and child.poll() is None and not made.tree(root):
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.05))
            child.kill()
        found = {
            path: data
            for path, (mode, data) in made.tree(root).items()
            if stat.S_ISREG(mode)
        }
        cut = [path for path, data in found.items() if data != files[path][0]]
        assert all(files[path][0].startswith(found[path]) for path in cut)
        assert len(cut) <= workers
        repo = made.open_repository(root)
        if repo.dirstate.p1() == repo.nullid:
            interrupted += 1
            assert sorted(repo.status(unknown=True).unknown) == sorted(found)
            hg.updaterepo(repo, 0, overwrite=True)
        made.check_clean(root, 0)
    assert interrupted


FORBIDDEN = """
import os, sys
from hgamalgam import rustext
try:
    rustext.update.update_from_null(os.fsencode(sys.argv[1]), 0, None)
except PermissionError as error:
    print(error.errno, error.filename.decode())
"""


def test_a_directory_that_may_not_be_written(tmp_path: Path) -> None:
    root = made.many(tmp_path, 20)
    root.chmod(0o555)
    try:
        out = in_child(FORBIDDEN, str(root), weak=True)
    finally:
        root.chmod(0o755)
    number, path = out.split()
    assert int(number) == errno.EACCES and Path(path).parent == root
    assert made.tree(root) == {}


@pytest.mark.parametrize("workers", [1, 4])
def test_interrupted(tmp_path: Path, workers: int) -> None:
    """A file of the store that is a pipe makes sure that it is halfway: who
    opens it waits for a writer, and then finds it empty."""
    root = made.many(tmp_path, 60)
    expected = made.clone(root, tmp_path / "expected")
    path = root / ".hg" / "store" / "data" / "f010.i"
    data = path.read_bytes()
    path.unlink()
    os.mkfifo(path)

    def interrupt() -> None:
        while not (root / "f009").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.3)
        with contextlib.suppress(BrokenPipeError):
            path.write_bytes(data)

    thread = threading.Thread(target=interrupt)
    # A shell's background job ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            made.update(root, 0, workers)
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
    written = made.tree(root)
    assert b"f009" in written and b"f011" not in written
    made.stock_update(expected, 0)
    assert written.items() <= made.tree(expected).items()
    path.unlink()
    path.write_bytes(data)
    assert made.open_repository(root).dirstate.p1() == b"\0" * 20
    with pytest.raises(FallbackError):
        made.update(root, 0, workers)
    made.stock_update(root, 0)
    assert made.tree(root) == made.tree(expected)
    made.check_clean(root, 0)


def test_other_threads_run_meanwhile(tmp_path: Path) -> None:
    root = made.many(tmp_path, 60)
    path = root / ".hg" / "store" / "data" / "f010.i"
    data = path.read_bytes()
    path.unlink()
    os.mkfifo(path)

    def write() -> None:
        with contextlib.suppress(BrokenPipeError):
            path.write_bytes(data)

    thread = threading.Thread(target=write)
    thread.start()
    with pytest.raises(FallbackError):
        made.update(root, 0)
    thread.join()
