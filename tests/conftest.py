# SPDX-License-Identifier: GPL-2.0-or-later
"""The `flavour` fixture: one test body, run on every flavour that has the module.

A test file of tests/modules names its module in MODULE. Every flavour that this
Python and Mercurial can have takes part (see modules.flavours), and what is of one
that they cannot have is left out. `native` is the C flavour's module alone, for what
only that has.
"""

from __future__ import annotations

import os
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from hgamalgam import hosts
from modules.flavours import EXPECTED, Flavour, flavours, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

# `make test` tries the same cases on every run; `make fuzz` looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True)
if "HGAMALGAM_CASES" not in os.environ:
    hypothesis.settings.load_profile("repeatable")

# Files about one flavour alone. What is named test_rust_* is about both bindings,
# but for what is listed here.
_OF_ONE = {
    "rust": ("*/test_rust_*", "*/test_pyo3_*"),
    "c": ("modules/test_differential_*", "modules/test_leaks_[ps]*"),
    "cffi": ("modules/test_cffi_*", "modules/test_leaks_cffi*"),
}
collect_ignore_glob = [
    pattern
    for flavour, patterns in _OF_ONE.items()
    if flavour not in EXPECTED
    for pattern in patterns
]
_OF_RUST_CPYTHON = (
    "ancestors",
    "dirstate_finalizers",
    "features",
    "graph",
    "interfaces",
    "long_walks",
    "panics",
    "shared_graph",
    "store_names",
    "third_party",
    "update",
    "update_trouble",
)
if hosts.host_of(metadata.version("mercurial")).rust == "pyo3_rustext":
    collect_ignore_glob += [f"*/test_rust_{name}.py" for name in _OF_RUST_CPYTHON]
else:
    collect_ignore_glob.append("*/test_pyo3_*")

# Its tests share one sdist, and a place where it is built.
BUILDING = "tests/build/"


def pytest_generate_tests(metafunc: Any) -> None:
    module = getattr(metafunc.module, "MODULE", None)
    if module is None:
        return
    if "flavour" in metafunc.fixturenames:
        chosen = flavours(module)
        metafunc.parametrize("flavour", chosen, ids=[one.name for one in chosen])
    if "native" in metafunc.fixturenames:
        native = [load("c", module).module] if "c" in EXPECTED else []
        metafunc.parametrize("native", native, ids=["c"] * len(native))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """With `-n`: a file's tests in one process, and all that build in one."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BUILDING if nodeid.startswith(BUILDING) else nodeid.split("::")[0]

    return ByFile(config, log)


@pytest.fixture
def told(record_property: Any) -> Callable[[str], None]:
    """Tells something of a test that passed: shown at the end of the run."""
    return partial(record_property, "told")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.stats.get("passed", ()):
        for name, text in report.user_properties:
            if name == "told":
                terminalreporter.write_line(text)


@pytest.fixture
def subject(flavour: Flavour) -> ModuleType:
    """The module under test, of each flavour in turn."""
    return flavour.module
