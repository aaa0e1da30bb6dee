# SPDX-License-Identifier: GPL-2.0-or-later
"""A panic in Rust becomes a Python exception, wherever it happens.

The panics are planted in a build of the extension of its own, with the cargo
feature `panic-injection`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

SCRIPT = """
import gc, os, sys, threading
sys.path.insert(0, sys.argv[1])
import rustext
from mercurial import match

dirstate = rustext.dirstate
root = os.fsencode(sys.argv[2])
data = b"1" * 40
for number in range(400):
    name = b"d%d/f%d" % (number % 20, number)
    data += b"n" + bytes(15) + bytes([len(name)]) + name

def load():
    return dirstate.DirstateMap.new_v1(data, None)[0]

def status(dmap):
    return dirstate.status(dmap, match.always(), root, [], *[True] * 5)

# Another thread must get its turn all the while, and after.
turns, stop = 0, threading.Event()
def take_turns():
    global turns
    while not stop.wait(0.001):
        turns += 1
threading.Thread(target=take_turns).start()

before = sys.getrefcount(data)
dmap = load()
iterator = iter(dmap)
for attempt in range(50):
    rustext.plant_panic(sys.argv[3])
    try:
        if sys.argv[3] == "parse":
            load()
        elif sys.argv[3] == "update":
            rustext.update.update_from_null(root, 0, None)
        else:
            status(dmap)
    except SystemError as error:
        text = str(error)
    else:
        raise AssertionError("no panic")
    assert isinstance(Exception(), Exception)
    assert text == "Rust panic: planted in " + sys.argv[3], text
    rustext.plant_panic(None)
    # Everything goes on working, with the same objects.
    assert len(dmap) == len(load()) == 400
    result = status(dmap)
    assert len(result) == 12
    if sys.argv[3] != "parse":
        try:
            next(iterator)
        except RuntimeError:
            pass
        else:
            raise AssertionError("the iterator has not ended")
del dmap, iterator
gc.collect()
assert sys.getrefcount(data) == before
seen = turns
stop.wait(0.05)
assert turns > seen
stop.set()
print("survived")
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds the `rustext` with planted panics."""
    # Where `cargo test` builds: only the two crates with the feature are made anew.
    target = Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    command = ["cargo", "build", "--locked", "--package", "hg_cpython"]
    command += ["--features", "panic-injection", "--target-dir", str(target)]
    environment = {**os.environ, "PYTHON_SYS_EXECUTABLE": sys.executable}
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)
    directory = tmp_path_factory.mktemp("panic")
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    shutil.copy(
        target / "debug" / f"librustext{suffix}",
        directory / f"rustext{sysconfig.get_config_var('EXT_SUFFIX')}",
    )
    return directory


@pytest.fixture
def working_copy(tmp_path: Path) -> Path:
    for number in range(400):
        directory = tmp_path / f"d{number % 20}"
        directory.mkdir(exist_ok=True)
        (directory / f"f{number}").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("place", ["parse", "status", "status worker", "update"])
def test_panic_becomes_a_system_error(
    build: Path, working_copy: Path, place: str
) -> None:
    command = [sys.executable, "-c", SCRIPT, str(build), str(working_copy), place]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "survived\n", done.stderr[-2000:]
    assert done.returncode == 0


UPDATE_SCRIPT = """
import os, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from pathlib import Path
import rustext
from modules import update_repository as made

work = Path(sys.argv[3])
source = made.many(work, 2000)
expected = made.clone(source, work / "expected")
made.stock_update(expected, 0)
for attempt in range(5):
    root = made.clone(source, work / str(attempt))
    rustext.plant_panic("update worker")
    try:
        rustext.update.update_from_null(os.fsencode(root), 0, 3)
    except SystemError as error:
        assert str(error) == "Rust panic: planted in update worker", error
    else:
        raise AssertionError("no panic")
    rustext.plant_panic(None)
    assert made.open_repository(root).dirstate.p1() == bytes(20)
    # Python goes on from there.
    made.stock_update(root, 0)
    assert made.tree(root) == made.tree(expected)
    made.check_clean(root, 0)
    # Rust still can.
    root = made.clone(source, work / f"{attempt} again")
    assert rustext.update.update_from_null(os.fsencode(root), 0, 3) == 2000
    made.check_clean(root, 0)
print("survived")
"""


def test_panic_in_a_thread_that_writes_files(build: Path, tmp_path: Path) -> None:
    tests = str(PROJECT / "tests")
    command = [sys.executable, "-c", UPDATE_SCRIPT, str(build), tests, str(tmp_path)]
    environment = {**os.environ, "HGRCPATH": ""}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout == "survived\n", done.stderr[-2000:]
    assert done.stderr.count("planted in update worker") >= 5


STAT_SCRIPT = """
import os, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import rustext
from hgamalgam.cext import osutil
from modules.capsules import CORE_NAME, CoreCapi, pointer_of

core = CoreCapi.from_address(pointer_of(rustext.core_CAPI, CORE_NAME))
sys.modules["hgamalgam.rustext"] = rustext
names = [os.fsencode(sys.argv[1])] * 50_000
rustext.plant_panic("stat")
assert core.stat_files(None, 0, None, 0) == 0
import ctypes
from modules.capsules import FileStatus
paths, statuses = (ctypes.c_char_p * 1)(names[0]), (FileStatus * 1)()
assert core.stat_files(paths, 1, statuses, 1) == -1
assert all(status is None for status in osutil.statfiles(names))
rustext.plant_panic(None)
assert core.stat_files(paths, 1, statuses, 1) == 0
assert statuses[0].inode == os.stat(names[0]).st_ino
print("survived")
"""


def test_panic_behind_a_capsule(build: Path) -> None:
    """C is told that the call failed, and does the work itself."""
    tests = str(PROJECT / "tests")
    command = [sys.executable, "-c", STAT_SCRIPT, str(build), tests]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "survived\n", done.stderr[-2000:]
    assert done.stderr.count("planted in stat") > 1
