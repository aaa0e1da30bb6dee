# SPDX-License-Identifier: GPL-2.0-or-later
"""osutil (contract section 2.4)."""

from __future__ import annotations

import ctypes
import errno
import importlib
import importlib.util
import os
import signal
import stat
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from modules.capsules import CORE_NAME, CoreCapi, FileStatus, core_capi, make_capsule

MODULE = "osutil"
NATIVE = {"statfiles", "unblocksignal", "getfstype", "setprocname"}


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "inner").write_bytes(b"x")
    (tmp_path / "link").symlink_to("directory")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "fifo")
    return os.fsencode(tmp_path)


KINDS = [
    (b"dangling", stat.S_IFLNK),
    (b"directory", stat.S_IFDIR),
    (b"empty", stat.S_IFREG),
    (b"fifo", stat.S_IFIFO),
    (b"file", stat.S_IFREG),
    (b"link", stat.S_IFLNK),
]


def same(ours, theirs):
    names = ("st_dev", "st_mode", "st_nlink", "st_size")
    assert [getattr(ours, n) for n in names] == [getattr(theirs, n) for n in names]
    assert int(ours.st_mtime) == int(theirs.st_mtime) == ours[stat.ST_MTIME]
    assert int(ours.st_ctime) == int(theirs.st_ctime)


def test_who_has_what(flavour):
    assert flavour.module.listdir
    has = {name for name in NATIVE if hasattr(flavour.module, name)}
    on_linux = NATIVE if sys.platform == "linux" else NATIVE - {"setprocname"}
    assert has == {"c": on_linux, "cffi": {"getfstype"}}.get(flavour.name, set())
    assert hasattr(flavour.module, "posixfile") == (flavour.name != "c")
    version = getattr(flavour.module, "version", None)
    assert version == (4 if flavour.name == "c" else None)


def test_names_and_kinds(subject, tree):
    assert sorted(subject.listdir(tree)) == KINDS
    assert sorted(subject.listdir(tree + b"/link")) == [(b"inner", stat.S_IFREG)]


def test_statuses(subject, tree):
    found = subject.listdir(tree, stat=True)
    assert sorted(entry[:2] for entry in found) == KINDS
    for name, _, status in found:
        same(status, os.lstat(tree + b"/" + name))


def test_skip(subject, tree):
    assert subject.listdir(tree, skip=b"directory") == []
    assert subject.listdir(tree, True, b"directory") == []
    # Only for a directory.
    for name in (b"file", b"link", b"nothing", None):
        assert sorted(subject.listdir(tree, skip=name)) == KINDS


def test_many_entries(subject, tmp_path):
    names = [b"a-rather-long-name-%d" % i for i in range(3000)]
    directory = os.fsencode(tmp_path)
    for name in names:
        open(directory + b"/" + name, "wb").close()
    assert sorted(name for name, _ in subject.listdir(directory)) == sorted(names)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (b"/nowhere", errno.ENOENT),
        (b"/file", errno.ENOTDIR),
        (b"/fifo", errno.ENOTDIR),
        (b"/" + b"x" * 5000, errno.ENAMETOOLONG),
    ],
)
def test_errors(subject, tree, name, error):
    with pytest.raises(OSError) as raised:
        subject.listdir(tree + name)
    assert raised.value.errno == error
    assert os.fsencode(raised.value.filename) == tree + name


def test_types(flavour, tree):
    with pytest.raises(TypeError):
        flavour.module.listdir(os.fsdecode(tree))
    with pytest.raises(TypeError):
        flavour.module.listdir()


# What follows only the C flavour has.


RUSTEXT = "hgamalgam.rustext"


class Core:
    """A parallel stat made up here: by Python, or one that fails."""

    def __init__(self, works=True, name=CORE_NAME, **shape):
        self.calls = []
        self.works = works
        self.name = name
        self.struct = core_capi(self.stat_files, **shape)
        self.core_CAPI = make_capsule(self.struct, self.name)

    def stat_files(self, paths, count, statuses, threads):
        self.calls.append(count)
        self.threads = threads
        for i in range(count if self.works else 0):
            try:
                there = os.lstat(paths[i])
            except OSError as error:
                statuses[i] = FileStatus(error=error.errno)
            else:
                statuses[i] = FileStatus(
                    device=there.st_dev,
                    links=there.st_nlink,
                    size=there.st_size,
                    mtime=int(there.st_mtime),
                    ctime=int(there.st_ctime),
                    mode=there.st_mode,
                )
        return 0 if self.works else -1


CORES = {
    "no rustext": lambda: None,
    "made up": Core,
    "fails": lambda: Core(works=False),
    "another ABI": lambda: Core(abi=3),
    "too small": lambda: Core(size=16),
    "another name": lambda: Core(name=b"rustext.core_CAPI"),
    "no capsule": lambda: SimpleNamespace(core_CAPI=5),
    "no attribute": SimpleNamespace,
}
REAL = ["no rustext"]
if importlib.util.find_spec(RUSTEXT):
    CORES["rustext"] = lambda: importlib.import_module(RUSTEXT)
    REAL.append("rustext")


@pytest.fixture(params=CORES)
def core(request, monkeypatch):
    """Whether rustext is loaded, and what it is: None where not by this name."""
    core = CORES[request.param]()
    monkeypatch.delitem(sys.modules, RUSTEXT, raising=False)
    monkeypatch.delitem(sys.modules, "mercurial.rustext", raising=False)
    if core is not None:
        monkeypatch.setitem(sys.modules, RUSTEXT, core)
    return core


class Slow(list):
    """Names that take their time, as files on a slow disk do."""

    def __getitem__(self, index):
        time.sleep(0.0001)
        return super().__getitem__(index)


def facts(status):
    if status is None:
        return None
    return (
        *(status.st_dev, status.st_mode, status.st_nlink, status.st_size),
        *(int(status.st_mtime), int(status.st_ctime)),
    )


def test_statfiles(native, tree, core):
    expected = {b"nowhere": None, b"": None}
    for name, kind in KINDS:
        path = tree + b"/" + name
        tracked = stat.S_ISREG(kind) or stat.S_ISLNK(kind)
        expected[path] = facts(os.lstat(path)) if tracked else None
    few = list(expected)
    many = few * 3000
    for names in (few, many, tuple(many), Slow(few * 50)):
        found = native.statfiles(names)
        assert list(map(facts, found)) == list(map(expected.get, names))
    if isinstance(core, Core):
        # Not for few files, and only where name, ABI and size are right.
        right = core.name == CORE_NAME and core.struct.abi_version == 2
        right = right and core.struct.size == ctypes.sizeof(CoreCapi)
        looked_at = [*core.calls[:-1]] if right else []
        assert sum(looked_at) == (2 * (len(many) - 200) if right else 0)
        assert core.calls[-1:] == ([200] if right else [])


def test_statfiles_does_not_import_rustext(native, tree):
    script = (
        "import importlib.util as u, sys\n"
        "s = u.spec_from_file_location('osutil', sys.argv[1])\n"
        "m = u.module_from_spec(s)\n"
        "s.loader.exec_module(m)\n"
        "assert len(m.statfiles([b'x'] * 50000)) == 50000\n"
        "print([name for name in sys.modules if 'rustext' in name])\n"
    )
    command = [sys.executable, "-c", script, native.__file__]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_statfiles_finds_rustext_by_mercurials_name(native, tree, monkeypatch):
    core, other = Core(), Core()
    monkeypatch.setitem(sys.modules, "mercurial.rustext", core)
    monkeypatch.setitem(sys.modules, RUSTEXT, other)
    native.statfiles(Slow([tree] * 300))
    assert (core.calls, other.calls) == ([100], [])


@pytest.mark.parametrize("core", REAL, indirect=True)
def test_statfiles_can_be_interrupted(native, tree, core):
    class Enough(Exception):
        pass

    def stop(*_arguments):
        raise Enough

    names = [tree + b"/file"] * 100_000
    before = signal.signal(signal.SIGALRM, stop)
    try:
        begin = time.monotonic()
        native.statfiles(names)
        whole = time.monotonic() - begin
        parts = []
        # On a busy machine it may take longer now and then.
        while len(parts) < 20 and min(parts, default=1) > 0.5:
            signal.setitimer(signal.ITIMER_REAL, whole / 10)
            begin = time.monotonic()
            with pytest.raises(Enough):
                native.statfiles(names)
                time.sleep(10)
            parts.append((time.monotonic() - begin) / whole)
        assert min(parts) < 0.5
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("core", REAL, indirect=True)
def test_statfiles_in_a_forked_process(native, tree, core, monkeypatch):
    """Threads that a fork leaves behind are not waited for."""
    monkeypatch.setenv("RAYON_NUM_THREADS", "4")
    names = Slow([tree + b"/file"] * 500)
    native.statfiles(names)
    child = os.fork()
    if not child:
        signal.alarm(20)
        found = native.statfiles(names)
        os._exit(0 if found[-1].st_size == 7 else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_statfiles_types(native, core):
    for value in (5, {b"a": 1}, None):
        with pytest.raises(TypeError, match="not a sequence"):
            native.statfiles(value)
    for value in ([b"a", "b"], [None], b"ab", Slow([b"a"] * 250 + ["b"])):
        with pytest.raises(TypeError, match="not a string"):
            native.statfiles(value)


def test_statfiles_of_a_sequence_that_shrinks(native):
    class Shrinking:
        def __len__(self):
            return 5

        def __getitem__(self, index):
            if index > 2:
                raise IndexError(index)
            return b"name"

    with pytest.raises(IndexError):
        native.statfiles(Shrinking())


def test_the_stat_type(native, tree):
    status = native.statfiles([tree + b"/file"])[0]
    stat_type = type(status)
    assert (stat_type.__module__, stat_type.__name__) == ("osutil", "stat")
    for index in (0, 7, 9, -1):
        with pytest.raises(IndexError):
            status[index]
    with pytest.raises(TypeError):
        status["st_mtime"]
    with pytest.raises(AttributeError):
        status.st_mode = 1
    empty = stat_type()
    assert (empty.st_mode, empty.st_mtime, empty[8]) == (0, 0, 0)

    class Derived(stat_type):
        pass

    derived = Derived()
    derived.more = 1
    assert derived.st_size == 0


def test_file_system_type(flavour, tree):
    if flavour.name == "pure":
        assert not hasattr(flavour.module, "getfstype")
        return
    getfstype = flavour.module.getfstype
    name = getfstype(tree)
    assert name is None or isinstance(name, bytes)
    if sys.platform == "linux":
        assert getfstype(b"/proc") == b"proc"
    with pytest.raises(FileNotFoundError):
        getfstype(tree + b"/nowhere")
    with pytest.raises(TypeError):
        getfstype("/")
    with pytest.raises(ValueError, match="null byte"):
        getfstype(b"/\0")


def test_unblocking_signals(native):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    assert native.unblocksignal(signal.SIGUSR2) is None
    assert signal.SIGUSR2 not in signal.pthread_sigmask(signal.SIG_BLOCK, set())
    with pytest.raises(OSError, match="Invalid argument"):
        native.unblocksignal(12345)


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux's /proc")
def test_process_name(native):
    script = (
        "import importlib.util as u, sys\n"
        "s = u.spec_from_file_location('osutil', sys.argv[1])\n"
        "m = u.module_from_spec(s)\n"
        "s.loader.exec_module(m)\n"
        "m.setprocname(b'another name')\n"
        "print(open('/proc/self/cmdline').read().strip('\\0'))\n"
        "m.setprocname(b'x' * 100000)\n"
        "print(set(open('/proc/self/cmdline').read().strip('\\0')))\n"
    )
    command = [sys.executable, "-c", script, native.__file__]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "another name\n{'x'}\n"
