# SPDX-License-Identifier: GPL-2.0-or-later
"""Random working copies, as a list of steps that hypothesis can shrink.

A step that cannot be done where it comes (a file under a file, a rename of
something unknown) is left out by `build`, the same way for everyone, since
only one process builds and all look at the result.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

from hg.children import Child

# Names that sort around "/", that ignore patterns catch, that globs and
# regular expressions read otherwise, and that are not UTF-8.
NAMES = [
    b"a",
    b"b",
    b"a.o",
    b"a-b",
    b"a.b",
    b"A",
    b"d",
    b"d0",
    b"e f",
    b"[x]",
    b"x*y",
    b".h",
    b"\xc3\xa9",
    b"\xff",
    b"out",
]

name = st.sampled_from(NAMES)
path = st.lists(name, min_size=1, max_size=4).map(b"/".join)
# Few names, so that steps meet the files that others made.
near_path = st.one_of(
    st.lists(st.sampled_from(NAMES[:8]), min_size=1, max_size=3).map(b"/".join),
    path,
)

Step = tuple[Any, ...]

CONTENTS = st.sampled_from([b"", b"1\n", b"2\n", b"longer\n"])

IGNORE_LINES = st.one_of(
    st.sampled_from(
        [
            b"syntax: glob",
            b"syntax: regexp",
            b"syntax: rootglob",
            b"syntax: nonsense",
            b"*.o",
            b"re:^d/",
            b"re:b$",
            b"^out/",
            b"glob:a/**",
            b"glob:**/d",
            b"rootglob:a*",
            b"relre:a",
            b"relglob:*.b",
            b"path:d",
            b"rootfilesin:a",
            b"# comment",
            b"a\\#b",
            b"[ad]0",
            b"glob:{a,b}/*",
            b"include:extra-ignore",
            b"subinclude:d/sub-ignore",
            b"include:missing-ignore",
            b"glob:?",
        ]
    ),
    path,
    path.map(lambda p: b"path:" + p),
    path.map(lambda p: b"glob:" + p),
)
ignore_file = st.lists(IGNORE_LINES, max_size=4).map(
    lambda lines: b"".join(line + b"\n" for line in lines)
)

# What happens to the working copy before the first commit, and after it. Not
# here: an unreadable directory, of which Mercurial's own flavours say different
# things, as its test-status-eacces.t demands; and an unreadable file, for whether
# it is read depends on the second in which the dirstate was written.
plain_step = st.one_of(
    st.tuples(st.just("write"), near_path, CONTENTS),
    st.tuples(st.just("write"), near_path, CONTENTS),
    st.tuples(st.just("write-exec"), near_path, CONTENTS),
    st.tuples(st.just("symlink"), near_path, near_path),
    st.tuples(st.just("ignore"), st.just(b".hgignore"), ignore_file),
    st.tuples(st.just("write"), st.just(b"extra-ignore"), ignore_file),
    st.tuples(st.just("write"), st.just(b"d/sub-ignore"), ignore_file),
)
dirty_step = st.one_of(
    plain_step,
    plain_step,
    st.tuples(st.just("delete"), near_path),
    st.tuples(st.just("delete-any"), st.integers(0, 30)),
    st.tuples(st.just("replace-any-by-directory"), st.integers(0, 30)),
    st.tuples(st.just("replace-any-by-symlink"), st.integers(0, 30), near_path),
    st.tuples(st.just("touch-any"), st.integers(0, 30), st.integers(0, 4)),
    st.tuples(st.just("rewrite-any"), st.integers(0, 30), CONTENTS),
    st.tuples(st.just("chmod-any"), st.integers(0, 30)),
    st.tuples(st.just("replace-directory-by-file"), st.integers(0, 10)),
    st.tuples(st.just("nested"), near_path),
    st.tuples(st.just("fifo"), near_path),
    st.tuples(st.just("mkdir"), near_path),
    st.tuples(st.just("hg"), st.just(b"add"), st.integers(0, 30)),
    st.tuples(st.just("hg"), st.just(b"remove"), st.integers(0, 30)),
    st.tuples(st.just("hg"), st.just(b"forget"), st.integers(0, 30)),
    st.tuples(st.just("hg"), st.just(b"revert"), st.integers(0, 30)),
    st.tuples(st.just("copy"), st.just(b"copy"), st.integers(0, 30), near_path),
    st.tuples(st.just("copy"), st.just(b"rename"), st.integers(0, 30), near_path),
    st.tuples(st.just("addremove")),
)


class Plan(NamedTuple):
    """A working copy: files, commits, an optional merge, then changes.

    `branches`: steps for two more changesets, both children of the first,
    which are then merged, the merge left uncommitted; None for no merge.
    """

    first: list[Step]
    branches: Any
    dirty: list[Step]
    old: bool
    later: list[Step]


plans = st.builds(
    Plan,
    st.lists(plain_step, min_size=1, max_size=12),
    st.one_of(
        st.none(),
        st.none(),
        st.tuples(st.lists(dirty_step, max_size=4), st.lists(dirty_step, max_size=4)),
    ),
    st.lists(dirty_step, max_size=10),
    st.booleans(),
    st.lists(dirty_step, max_size=4),
)


class Builder:
    """Carries out steps in the repository `root`, with `hg` for commands."""

    def __init__(self, root: bytes, hg: Child) -> None:
        self.root = root
        self.hg = hg

    def build(self, plan: Plan) -> None:
        """Everything of the plan but the `later` steps."""
        self.steps(plan.first)
        self.commit(b"first")
        if plan.branches is not None:
            for number, steps in enumerate(plan.branches):
                self.steps(steps)
                self.commit(b"branch%d" % number)
                self.hg.run(self.root, b"update", b"-qC", b"0")
                self.hg.run(self.root, b"--config", b"extensions.purge=", b"purge")
            self.hg.run(self.root, b"update", b"-qC", b"1")
            self.hg.run(self.root, b"merge", b"-q", b"2")
        if plan.old:
            self.age()
            # Lets the dirstate learn the times of what is clean.
            self.hg.run(self.root, b"status")
        self.steps(plan.dirty)

    def commit(self, message: bytes) -> None:
        self.hg.run(self.root, b"commit", b"-qA", b"-m", message, b"-d", b"0 0")

    def age(self) -> None:
        """Set back all times, so that they are no longer ambiguous."""
        for number, (directory, _, files) in enumerate(self.walk()):
            for file in files:
                self.touch(os.path.join(directory, file), number)
            self.touch(directory, number)

    @staticmethod
    def touch(path: bytes, number: int) -> None:
        moment = (1_600_000_000 + number) * 10**9 + number * 1001
        with contextlib.suppress(OSError):
            os.utime(path, ns=(moment, moment), follow_symlinks=False)

    def walk(self) -> list[tuple[bytes, list[bytes], list[bytes]]]:
        """The working copy without .hg, sorted; a list, as steps change it."""
        found = []
        for directory, directories, files in os.walk(self.root):
            directories[:] = sorted(d for d in directories if d != b".hg")
            found.append((directory, list(directories), sorted(files)))
        return found

    def files(self) -> list[bytes]:
        found = []
        for directory, directories, files in self.walk():
            links = [
                d for d in directories if os.path.islink(os.path.join(directory, d))
            ]
            found += [os.path.join(directory, f) for f in files + links]
        return found

    def directories(self) -> list[bytes]:
        return [directory for directory, _, _ in self.walk()][1:]

    def any_file(self, number: int) -> bytes:
        files = self.files()
        if not files:
            raise FileNotFoundError
        return files[number % len(files)]

    def any_directory(self, number: int) -> bytes:
        directories = self.directories()
        if not directories:
            raise FileNotFoundError
        return directories[number % len(directories)]

    def full(self, relative: bytes) -> bytes:
        """The path of a new file, whose directories are made."""
        full = os.path.join(self.root, relative)
        parent = os.path.dirname(full)
        # Never write through a symlink: it may lead out of the repository.
        part = self.root
        for component in relative.split(b"/")[:-1]:
            part = os.path.join(part, component)
            if os.path.islink(part):
                raise FileExistsError(part)
        os.makedirs(parent, exist_ok=True)
        return full

    def steps(self, steps: list[Step]) -> None:
        for step in steps:
            with contextlib.suppress(OSError):
                self.step(*step)

    def step(self, kind: str, *arguments: Any) -> None:
        method = getattr(self, "do_" + kind.replace("-", "_"))
        method(*arguments)

    def do_write(self, relative: bytes, content: bytes) -> None:
        full = self.full(relative)
        if os.path.islink(full) or (os.path.lexists(full) and not os.path.isfile(full)):
            return
        with open(full, "wb") as file:
            file.write(content)

    do_ignore = do_write

    def do_write_exec(self, relative: bytes, content: bytes) -> None:
        self.do_write(relative, content)
        full = os.path.join(self.root, relative)
        if os.path.isfile(full) and not os.path.islink(full):
            os.chmod(full, 0o755)

    def do_symlink(self, relative: bytes, target: bytes) -> None:
        os.symlink(target, self.full(relative))

    def do_delete(self, relative: bytes) -> None:
        full = self.full(relative)
        if os.path.isdir(full) and not os.path.islink(full):
            shutil.rmtree(full)
        else:
            os.unlink(full)

    def do_delete_any(self, number: int) -> None:
        os.unlink(self.any_file(number))

    def do_replace_any_by_directory(self, number: int) -> None:
        file = self.any_file(number)
        os.unlink(file)
        os.mkdir(file)
        Path(os.fsdecode(os.path.join(file, b"a"))).write_bytes(b"inside\n")

    def do_replace_any_by_symlink(self, number: int, target: bytes) -> None:
        file = self.any_file(number)
        if file.endswith(b".hgignore"):
            # docs/differences.md: one that leads nowhere.
            return
        os.unlink(file)
        os.symlink(target, file)

    def do_replace_directory_by_file(self, number: int) -> None:
        directory = self.any_directory(number)
        shutil.rmtree(directory)
        Path(os.fsdecode(directory)).write_bytes(b"was a directory\n")

    def do_touch_any(self, number: int, moment: int) -> None:
        self.touch(self.any_file(number), moment)

    def do_rewrite_any(self, number: int, content: bytes) -> None:
        file = self.any_file(number)
        if stat.S_ISREG(os.lstat(file).st_mode):
            Path(os.fsdecode(file)).write_bytes(content)

    def do_chmod_any(self, number: int) -> None:
        file = self.any_file(number)
        mode = os.lstat(file).st_mode
        if stat.S_ISREG(mode):
            os.chmod(file, 0o644 if mode & 0o100 else 0o755)

    def do_nested(self, relative: bytes) -> None:
        os.makedirs(os.path.join(self.full(relative), b".hg"))
        inside = os.path.join(self.root, relative, b"a")
        Path(os.fsdecode(inside)).write_bytes(b"nested\n")

    def do_fifo(self, relative: bytes) -> None:
        os.mkfifo(self.full(relative))

    def do_mkdir(self, relative: bytes) -> None:
        os.makedirs(self.full(relative))

    def do_hg(self, command: bytes, number: int) -> None:
        file = os.path.relpath(self.any_file(number), self.root)
        self.hg.run(self.root, command, b"path:" + file)

    def do_copy(self, command: bytes, number: int, target: bytes) -> None:
        file = os.path.relpath(self.any_file(number), self.root)
        self.hg.run(self.root, command, b"path:" + file, target)

    def do_addremove(self) -> None:
        self.hg.run(self.root, b"addremove", b"-q", b"-s", b"80")

    def remove(self) -> None:
        shutil.rmtree(self.root)


def dirstate_files(root: bytes) -> dict[bytes, bytes]:
    """The content of every dirstate file of a repository."""
    directory = os.path.join(root, b".hg")
    return {
        name: Path(os.fsdecode(os.path.join(directory, name))).read_bytes()
        for name in os.listdir(directory)
        if name.startswith(b"dirstate")
    }


def restore_dirstate(root: bytes, files: dict[bytes, bytes]) -> None:
    directory = os.path.join(root, b".hg")
    for name in dirstate_files(root).keys() - files.keys():
        os.unlink(os.path.join(directory, name))
    for name, content in files.items():
        full = os.path.join(directory, name)
        Path(os.fsdecode(full)).write_bytes(content)
