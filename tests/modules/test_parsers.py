# SPDX-License-Identifier: GPL-2.0-or-later
"""The module `parsers` as such (contract section 2.5)."""

from __future__ import annotations

import gc
import importlib.util
import subprocess
import sys

import pytest

MODULE = "parsers"

NAMES = {
    "DirstateItem",
    "asciilower",
    "asciiupper",
    "dict_new_presized",
    "dirs",
    "encodedir",
    "fm1readmarkers",
    "index",
    "isasciistr",
    "jsonescapeu8fast",
    "lazymanifest",
    "lowerencode",
    "make_file_foldmap",
    "nodetree",
    "pack_dirstate",
    "parse_dirstate",
    "parse_index2",
    "pathencode",
    "revlog_CAPI",
    "version",
    "versionerrortext",
}


def test_names(native):
    assert {name for name in dir(native) if not name.startswith("__")} == NAMES
    assert native.version == 21
    assert native.versionerrortext == "Python minor version mismatch"


def test_pure_checks_no_version(flavour):
    assert hasattr(flavour.module, "versionerrortext") == (flavour.name == "c")


@pytest.mark.parametrize(("change", "refused"), [(0, False), (1 << 16, True)])
def test_another_python_is_refused(native, change, refused):
    code = (
        "import importlib.util, sys\n"
        f"sys.hexversion += {change}\n"
        f"path = {native.__file__!r}\n"
        "spec = importlib.util.spec_from_file_location('parsers', path)\n"
        "spec.loader.exec_module(importlib.util.module_from_spec(spec))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    message = f"ImportError: {native.versionerrortext}"
    assert (message in done.stderr) == refused
    assert bool(done.returncode) == refused


def test_two_copies_in_one_process(native):
    spec = importlib.util.spec_from_file_location("other.parsers", native.__file__)
    other = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(other)
    assert other is not native
    item = other.DirstateItem(1, 1)
    # each copy knows the other's objects
    assert set(native.dirs({b"a/b": item}, True)) == {b"", b"a"}
    assert native.pack_dirstate({b"f": item}, {}, (bytes(20), bytes(20)))
    index = other.parse_index2(b"", False)[0]
    assert native.nodetree(index, 1)
    text = b"f\0" + b"1" * 40 + b"\n"
    assert native.lazymanifest(20, text).diff(other.lazymanifest(20, text)) == {}
    del spec, other
    gc.collect()
    assert item.state == b"n" and len(index) == 0
