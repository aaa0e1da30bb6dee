# SPDX-License-Identifier: GPL-2.0-or-later
"""What `pip install` builds from the sdist, and what it says it left out."""

from __future__ import annotations

import subprocess

import build_flavours
import pytest

pytestmark = pytest.mark.slow

RUST = set(build_flavours.BINDINGS)


def test_python_alone(builder):
    wheel = builder.wheel(HGAMALGAM_BUILD="py")
    assert wheel.modules == set()
    assert wheel.left_out == dict.fromkeys(
        ("rust", "c", "cffi"), "not among HGAMALGAM_BUILD=py"
    )


def test_no_cargo(builder, everything):
    wheel = builder.wheel(CARGO="/nonexistent/cargo")
    assert wheel.modules == everything.modules - RUST
    assert "rust" in wheel.left_out


def test_a_rust_that_does_not_compile(builder, everything):
    wheel = builder.wheel(CARGO="/bin/false")
    assert wheel.modules == everything.modules - RUST
    # Where Rust cannot be it is not tried.
    asked = build_flavours.unsupported("rust") is None
    lacking = {f"hgamalgam.{module}" for module in RUST} if asked else {"rust"}
    assert wheel.left_out.keys() == lacking


def test_no_c_compiler(builder, everything):
    # cargo links with a compiler of its own choice: without rust, to be brief.
    wheel = builder.wheel(CC="/nonexistent/cc", CARGO="/nonexistent/cargo")
    assert wheel.modules == set()
    lacking = {f"hgamalgam.{name}" for name in everything.modules - RUST}
    assert wheel.left_out.keys() == {"rust"} | lacking
    assert all("/nonexistent/cc" in wheel.left_out[name] for name in lacking)


def test_a_flavour_asked_for_must_build(builder):
    output = builder.fails(HGAMALGAM_BUILD="rust", CARGO="/nonexistent/cargo")
    reason = build_flavours.unsupported("rust") or "cargo"
    assert f"HGAMALGAM_BUILD=rust: cannot build rust: {reason}" in output
    builder.fails(HGAMALGAM_BUILD="c,cffi", CC="/nonexistent/cc")


def test_an_unknown_flavour(builder):
    output = builder.fails(HGAMALGAM_BUILD="rust,gold")
    assert "HGAMALGAM_BUILD=rust,gold: not auto, nor of rust, c, cffi, py" in output


def test_windows_is_refused_with_a_sentence(builder):
    code = (
        "import runpy, setuptools_rust, sys; sys.platform = 'win32'\n"
        "runpy.run_path('setup.py')"
    )
    command = [builder.python, "-c", code]
    done = subprocess.run(command, cwd=builder.source, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        "hg-amalgam does not support Windows: use Linux or macOS (or WSL).\n"
    )


def left_out_by(builder, pretended: str) -> str:
    """What setup.py would leave out, where `pretended` was run first."""
    code = (
        "import runpy, setuptools, setuptools_rust, sys, sysconfig\n"
        "setuptools.setup = lambda **keywords: print(\n"
        "    *[one.name for one in keywords['rust_extensions']])\n"
        f"{pretended}\n"
        "print(runpy.run_path('setup.py')['build_flavours'].LEFT_OUT)"
    )
    command = [builder.python, "-c", code]
    done = subprocess.run(command, cwd=builder.source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_python_that_one_crate_does_not_support(builder):
    """setup.py as Python 3.13 would run it: the other binding, and the reason."""
    assert left_out_by(builder, "sys.version_info = (3, 13, 0, 'final', 0)") == (
        "hgamalgam.pyo3_rustext\n"
        "{'hgamalgam.rustext': 'the cpython crate 0.7.2 supports Python up to 3.12'}\n"
    )


def test_a_free_threaded_python(builder):
    pretended = "sysconfig.get_config_var = {'Py_GIL_DISABLED': 1}.get"
    assert left_out_by(builder, pretended) == (
        "\n{'rust': 'it is for a Python that has the GIL, not a free-threaded one'}\n"
    )
