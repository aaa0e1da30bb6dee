# SPDX-License-Identifier: GPL-2.0-or-later
"""The `flavour` fixture: one test body, run on every flavour that has the module.

A test file of tests/modules names its module in MODULE; a flavour takes part as
soon as it has that module. `native` is the C flavour's module alone, for what only
that has.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from modules.flavours import Flavour, flavours, load

if TYPE_CHECKING:
    from types import ModuleType

# `make test` tries the same cases on every run; `make fuzz` looks for new ones.
hypothesis.settings.register_profile("repeatable", derandomize=True)
if "HGAMALGAM_CASES" not in os.environ:
    hypothesis.settings.load_profile("repeatable")


def pytest_generate_tests(metafunc: Any) -> None:
    module = getattr(metafunc.module, "MODULE", None)
    if module is None:
        return
    if "flavour" in metafunc.fixturenames:
        chosen = flavours(module)
        metafunc.parametrize("flavour", chosen, ids=[one.name for one in chosen])
    if "native" in metafunc.fixturenames:
        c = load("c", module)
        metafunc.parametrize("native", [c.module] if c else [], ids=["c"] if c else [])


@pytest.fixture
def subject(flavour: Flavour) -> ModuleType:
    """The module under test, of each flavour in turn."""
    return flavour.module
