# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make wheels` builds with and `make matrix` says, without building."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import matrix
import pytest
import wheels

FINE = matrix.Row("trixie", "python3.13", "7.2.4", contract="9 passed in 1s",
                  conformance="4 passed, 0 failed, 1 skipped")  # fmt: skip


def test_a_python_to_build_with():
    found = wheels.interpreter(sys.executable)
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        assert found is None
        return
    assert found is not None
    assert (found.name, found.version) == (
        sys.implementation.name,
        sys.version_info[:2],
    )


@pytest.mark.parametrize("path", ["/bin/false", "/nonexistent/python3", "/bin/echo"])
def test_what_is_none(path):
    assert wheels.interpreter(path) is None


def test_the_wheel_for_a_python(tmp_path):
    name = "hg_amalgam-0.1.0-cp313-cp313-manylinux_2_17_x86_64.whl"
    (tmp_path / name).touch()
    (tmp_path / name.replace("manylinux_2_17", "linux")).touch()
    assert matrix.wheel_for("python3.13", tmp_path) == tmp_path / name
    assert matrix.wheel_for("python3.1", tmp_path) is None
    assert matrix.wheel_for("python3.14", tmp_path) is None


def test_who_serves_is_counted():
    modules = [
        {"provider": "ours", "flavour": "rust"},
        {"provider": "ours", "flavour": "rust"},
        {"provider": "stock", "flavour": "c"},
        {"provider": None, "flavour": None},
    ]
    assert matrix.served_by({"modules": modules}) == "ours rust 2, stock c 1, nobody 1"


@pytest.mark.parametrize(
    ("changed", "fine"),
    [
        ({}, True),
        ({"contract": "-", "conformance": "-"}, True),
        ({"contract": "1 failed, 9 passed in 1s"}, False),
        ({"contract": "9 passed, 1 error in 1s"}, False),
        ({"contract": "not reached"}, False),
        ({"conformance": "4 passed, 10 failed, 1 skipped"}, False),
        ({"conformance": "not reached"}, False),
    ],
)
def test_a_failure_is_one_of_the_whole(changed, fine):
    assert matrix.is_fine(FINE._replace(**changed)) is fine
