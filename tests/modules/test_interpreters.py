# SPDX-License-Identifier: GPL-2.0-or-later
"""The C modules in several interpreters of one process, each with modules of its own.

From Python 3.12 on each of these interpreters has a GIL of its own too.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import pytest

from modules.flavours import load
from modules.parsers_inputs import wants_delta_arguments
from modules.threads import in_threads

MODULES = ["base85", "bdiff", "mpatch", "osutil", "parsers"]

# What each interpreter does, many times, while others do the same.
WORK = """
import sys
sys.path[:] = {path!r}
from hgamalgam.cext import base85, bdiff, mpatch, osutil, parsers

text = b"".join(b"line %d\\n" % (i % 700) for i in range(2000))
other = b"".join(b"line %d\\n" % (i % 650) for i in range(2000))
node = bytes(range(20))
for i in range({rounds}):
    delta = bdiff.bdiff(text, other)
    assert mpatch.patches(text, [delta]) == other
    assert base85.b85decode(base85.b85encode(delta)) == delta
    manifest = parsers.lazymanifest(20, b"")
    for j in range(100):
        manifest[b"file%d" % j] = (node, b"x")
    assert len(manifest.diff(parsers.lazymanifest(20, b""))) == 100
    index, _ = parsers.parse_index2(b"", False, *{extra})
    for j in range(50):
        index.append((j << 20, 1, 1, j, j, j - 1, -1, b"%020d" % j, 0, 0, 2, 2, -1))
    assert index.headrevs() == [49] and index.rev(b"%020d" % 7) == 7
    assert parsers.dirs([b"a/b", b"c/d"])
    assert osutil.statfiles([__import__("sys").executable.encode()])
    try:
        mpatch.patches(text, [b"x" * 5000])
    except mpatch.mpatchError:
        pass
    else:
        raise AssertionError
"""


def interpreters() -> Any:
    """CPython's module for interpreters, under the name it has here."""
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    return importlib.import_module(name)


def run_isolated(code: str) -> None:
    """Run the code in an interpreter of its own; RuntimeError if it raises."""
    module = interpreters()
    one = module.create()
    try:
        problem = module.run_string(one, code)
        if problem is not None:
            raise RuntimeError(problem.formatted)
    finally:
        module.destroy(one)


def test_in_interpreters_at_once():
    parsers = load("c", "parsers")
    assert parsers is not None
    extra = (False, False) if wants_delta_arguments(parsers.module) else ()
    work = WORK.format(path=sys.path, rounds=10, extra=extra)
    assert in_threads(*[lambda: run_isolated(work)] * 3) == []
    exec(work, {})


def test_a_module_is_made_for_each_interpreter():
    """What one does to a module does not show in the others."""
    path = f"import sys; sys.path[:] = {sys.path!r}\n"
    imports = "from hgamalgam.cext import mpatch, parsers\n"
    run_isolated(path + imports + "parsers.extra = mpatch.extra = 1")
    run_isolated(path + imports + "assert not hasattr(parsers, 'extra')")
    for name in MODULES:
        flavour = load("c", name)
        assert flavour is not None
        assert not hasattr(flavour.module, "extra")


def test_what_cffi_makes():
    """Its modules are for interpreters that share a GIL: cffi says so, not we."""
    if load("cffi", "bdiff") is None:
        pytest.fail("the cffi flavour was not built")
    code = f"import sys; sys.path[:] = {sys.path!r}\nimport hgamalgam.cffi._bdiff"
    if sys.version_info >= (3, 12):
        with pytest.raises(RuntimeError, match="subinterpreters"):
            run_isolated(code)
    else:
        run_isolated(code)


def test_the_gil_is_on():
    """A free-threaded Python switches it on for a module that needs it."""
    for name in MODULES:
        assert load("c", name) is not None
    assert getattr(sys, "_is_gil_enabled", lambda: True)()
