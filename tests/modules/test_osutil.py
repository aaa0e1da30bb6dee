# SPDX-License-Identifier: GPL-2.0-or-later
"""osutil (contract section 2.4)."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys

import pytest

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
    assert has == (on_linux if flavour.name == "c" else set())
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


def test_statfiles(native, tree):
    names = [tree + b"/" + name for name, _ in KINDS] * 300 + [b"nowhere", b""]
    for sequence in (names, tuple(names)):
        found = native.statfiles(sequence)
        assert len(found) == len(names)
        for name, status in zip(names, found):
            there = os.path.isfile(name) or os.path.islink(name)
            if there:
                same(status, os.lstat(name))
            else:
                assert status is None


def test_statfiles_types(native):
    for value in (5, {b"a": 1}, None):
        with pytest.raises(TypeError, match="not a sequence"):
            native.statfiles(value)
    for value in ([b"a", "b"], [None], b"ab"):
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


def test_file_system_type(native, tree):
    name = native.getfstype(tree)
    assert name is None or isinstance(name, bytes)
    if sys.platform == "linux":
        assert native.getfstype(b"/proc") == b"proc"
    with pytest.raises(FileNotFoundError):
        native.getfstype(tree + b"/nowhere")


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
