# SPDX-License-Identifier: GPL-2.0-or-later
"""An extension of somebody else's, built with the installed header alone.

It stands in docs/capsules.md as the example.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from hgamalgam import rustext
from hgamalgam.cext import parsers
from modules.capsules import CORE_NAME, REVLOG_NAME, core_capi, make_capsule
from modules.parsers_inputs import CHANGELOG_V2, V1, pack_index, random_entries
from modules.stock import stock

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = Path(__file__).parent / "third_party"

Load = Callable[[], ModuleType]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Loads the example anew, from a build in a directory of its own."""
    directory = tmp_path_factory.mktemp("third_party")
    for source in EXAMPLE.glob("*.*"):
        shutil.copy(source, directory)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (file,) = directory.glob("capsule_user.*.so")

    def load() -> ModuleType:
        spec = importlib.util.spec_from_file_location("capsule_user", file)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.mark.parametrize("format", [V1, CHANGELOG_V2])
@pytest.mark.parametrize("whose", ["ours", "stock"])
def test_it_reads_an_index(load: Load, whose: str, format: int) -> None:
    entries = random_entries(random.Random(7), 200, format)
    module = parsers if whose == "ours" else stock("parsers")
    data = pack_index(entries, format, False)
    index = module.parse_index2(data, False, format=format)[0]
    if whose == "stock":
        # It connects to the module it names; this one has the same capsule.
        user = connected_to(load, "hgamalgam.cext.parsers", module)
    else:
        user = load()
    ranks = [entry.rank if format == CHANGELOG_V2 else -1 for entry in entries]
    assert user.revisions(index) == [
        (entry[7], entry[5], entry[6], rank) for entry, rank in zip(index, ranks)
    ]
    for nonsense in (None, [], b"index", parsers.dirs()):
        with pytest.raises(SystemError):
            user.revisions(nonsense)


def connected_to(load: Load, name: str, module: Any) -> ModuleType:
    before = sys.modules[name]
    sys.modules[name] = module
    try:
        return load()
    finally:
        sys.modules[name] = before


def test_it_asks_for_files(load: Load, tmp_path: Path) -> None:
    user = load()
    names: list[bytes] = []
    for number in range(1500):
        path = tmp_path / str(number)
        if number % 3 == 0:
            path.write_bytes(b"x" * number)
        elif number % 3 == 1:
            path.symlink_to("0")
        names.append(os.fsencode(path))
    names += [os.fsencode(tmp_path), b"", b"\xff" * 300]
    for count in (0, 1, len(names)):
        found = user.lstat(tuple(names[:count]))
        assert [one[:9] if one[9] == 0 else one[9] for one in found] == [
            expected(name) for name in names[:count]
        ]
    with pytest.raises(TypeError):
        user.lstat(("text",))


def expected(name: bytes) -> Any:
    try:
        stat = os.lstat(name)
    except OSError as error:
        return error.errno
    times = (stat.st_mtime_ns, stat.st_ctime_ns)
    return (
        *(stat.st_dev, stat.st_ino, stat.st_nlink, stat.st_size),
        *(time // 10**9 for time in times),
        *(time % 10**9 for time in times),
        stat.st_mode,
    )


def fail(*_arguments: Any) -> int:
    raise AssertionError("called in spite of the mismatch")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"abi": 3}, "hgamalgam.rustext.core_CAPI has ABI 3, 2 is required"),
        ({"abi": 0}, "hgamalgam.rustext.core_CAPI has ABI 0, 2 is required"),
        ({"size": 16}, "hgamalgam.rustext.core_CAPI has 16 bytes, 24 are required"),
    ],
)
def test_another_core_capi_is_refused(
    load: Load, changed: dict[str, int], text: str
) -> None:
    struct = core_capi(fail, **changed)
    fake = SimpleNamespace(core_CAPI=make_capsule(struct, CORE_NAME))
    with pytest.raises(ImportError, match=f"^{text}$"):
        connected_to(load, rustext.__name__, fake)


def test_a_core_capi_that_has_grown_is_taken(load: Load) -> None:
    struct = core_capi(lambda paths, count, statuses, threads: 0, size=800)
    fake = SimpleNamespace(core_CAPI=make_capsule(struct, CORE_NAME))
    assert connected_to(load, rustext.__name__, fake).lstat(()) == []


def test_another_revlog_capi_is_refused(load: Load) -> None:
    number = (ctypes.c_int * 1)(4)
    fake = SimpleNamespace(revlog_CAPI=make_capsule(number, REVLOG_NAME))
    text = "mercurial.cext.parsers.revlog_CAPI has ABI 4, 3 is required"
    with pytest.raises(ImportError, match=f"^{text}$"):
        connected_to(load, parsers.__name__, fake)


@pytest.mark.parametrize("attribute", [None, "text", SimpleNamespace()])
def test_what_is_no_capsule_is_refused(load: Load, attribute: Any) -> None:
    fake = SimpleNamespace(core_CAPI=attribute)
    with pytest.raises(ValueError, match="PyCapsule_GetPointer"):
        connected_to(load, rustext.__name__, fake)
    other = make_capsule(core_capi(fail), name := b"another.name")
    assert name
    with pytest.raises(ValueError, match="incorrect name"):
        connected_to(load, rustext.__name__, SimpleNamespace(core_CAPI=other))
    with pytest.raises(AttributeError):
        connected_to(load, rustext.__name__, SimpleNamespace())


def test_the_page_shows_this_extension() -> None:
    page = (PROJECT / "docs" / "capsules.md").read_text()
    source = (EXAMPLE / "capsule_user.c").read_text()
    shown = [block.partition("```")[0] for block in page.split("```c\n")[1:]]
    assert shown
    for block in shown:
        assert block in source
