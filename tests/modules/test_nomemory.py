# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory that runs out in the middle of a call: of Python's and of our own alike.

`tests/c` has each place of c_ext/core. Here whole methods of the C flavour are called
from Python, with a preloaded malloc under it that fails once.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules.index_calls import CASES as INDEX_CASES
from modules.parsers_calls import CASES
from modules.text_calls import Texts

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent / "c" / "preload" / "failing_malloc.c"


@pytest.fixture(scope="module")
def preload(tmp_path_factory):
    library = tmp_path_factory.mktemp("preload") / "failing_malloc.so"
    subprocess.run(
        [
            *(os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-Wall"),
            *("-Wextra", "-Werror", str(SOURCE), "-o", str(library)),
        ],
        check=True,
        env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"},
    )
    return library


ALL = [*CASES, *INDEX_CASES, *((Texts, name) for name in Texts.methods)]


@pytest.mark.parametrize(
    ("kind", "name"), ALL, ids=[f"{kind.name}.{name}" for kind, name in ALL]
)
def test_a_call_short_of_memory(preload, kind, name):
    # Under AddressSanitizer, ours in front of its malloc.
    before = os.environ.get("LD_PRELOAD", "")
    options = os.environ.get("ASAN_OPTIONS", "")
    done = subprocess.run(
        [sys.executable, str(HERE / "nomemory_child.py"), kind.name, name],
        env={
            **os.environ,
            "LD_PRELOAD": f"{preload} {before}",
            "PYTHONMALLOC": "malloc",
            "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 0
