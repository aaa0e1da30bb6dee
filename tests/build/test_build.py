# SPDX-License-Identifier: GPL-2.0-or-later
"""What `pip install` builds from the sdist, and what it says it left out."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
SUFFIXES = (".so", ".dylib", ".pyd")


class Builder:
    """Builds wheels of the unpacked sdist, in an environment with the build tools."""

    def __init__(self, python: Path, source: Path, output: Path, target: Path) -> None:
        self.python = python
        self.source = source
        self.output = output
        # Rust is compiled where the checkout does it, so mostly not again.
        self.target = target

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [self.python, "-m", "pip", "wheel", "--no-deps", "-v",
                   "--no-build-isolation", "--wheel-dir", self.output, "."]  # fmt: skip
        environment = {**os.environ, "CARGO_TARGET_DIR": str(self.target), **variables}
        return subprocess.run(
            command, cwd=self.source, env=environment, capture_output=True, text=True
        )

    def wheel(self, **variables: str) -> tuple[set[str], dict[str, str]]:
        """The wheel's extension modules (`cext.bdiff`), and the reasons recorded."""
        done = self.run(**variables)
        assert done.returncode == 0, done.stdout + done.stderr
        (path,) = self.output.glob("*.whl")
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            record = json.loads(archive.read("hgamalgam/_build_info.json"))
        path.unlink()
        built = {
            ".".join(name.split(".")[0].split("/")[1:])
            for name in names
            if name.endswith(SUFFIXES)
        }
        return built, record["left_out"]

    def fails(self, **variables: str) -> str:
        """What a build that must fail printed."""
        done = self.run(**variables)
        assert done.returncode != 0
        assert not list(self.output.glob("*.whl"))
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def builder(tmp_path_factory, pytestconfig):
    checkout = pytestconfig.rootpath
    root = tmp_path_factory.mktemp("build")
    subprocess.run([sys.executable, "-m", "venv", root / "venv"], check=True)
    python = root / "venv" / "bin" / "python"
    project = (checkout / "pyproject.toml").read_text()
    requirements = ast.literal_eval(re.findall(r"(?m)^requires = (.*)$", project)[0])
    pip = [python, "-m", "pip", "install", "-q", *requirements]
    subprocess.run(pip, check=True)
    code = "import setuptools.build_meta as b, sys; b.build_sdist(sys.argv[1])"
    sdist = [python, "-c", code, root]
    subprocess.run(sdist, cwd=checkout, check=True, capture_output=True)
    (archive,) = root.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(root / "unpacked")
    (source,) = (root / "unpacked").iterdir()
    return Builder(python, source, root / "wheels", checkout / "target")


@pytest.fixture(scope="module")
def everything(builder):
    """The extension modules of a build that must build every flavour."""
    flavours = "rust,c,cffi" if sys.version_info < (3, 13) else "c,cffi"
    built, left_out = builder.wheel(HGAMALGAM_BUILD=flavours)
    assert all("HGAMALGAM_BUILD" in reason for reason in left_out.values())
    return built


def test_the_sdist_has_all_it_takes_to_build(builder, everything, pytestconfig):
    tracked = subprocess.run(
        ["git", "ls-files", "hg_core", "hg_cpython", "c_ext", "pure", "Cargo.lock"],
        cwd=pytestconfig.rootpath, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    missing = [name for name in tracked if not (builder.source / name).exists()]
    assert missing == []
    text = (builder.source / "setup.py").read_text()
    (table,) = re.findall(r"(?ms)^C_MODULES: .*? = (\{.*?\})$", text)
    expected = {f"cext.{module}" for module in ast.literal_eval(table)}
    scripts = list((builder.source / "c_ext").glob("cffi/*build.py"))
    expected |= {f"cffi._{path.stem[: -len('build')]}" for path in scripts}
    if sys.version_info < (3, 13):
        expected.add("rustext")
    assert everything == expected


def test_python_alone(builder):
    built, left_out = builder.wheel(HGAMALGAM_BUILD="py")
    assert built == set()
    assert left_out == dict.fromkeys(
        ("rust", "c", "cffi"), "not among HGAMALGAM_BUILD=py"
    )


def test_no_cargo(builder, everything):
    built, left_out = builder.wheel(CARGO="/nonexistent/cargo")
    assert built == everything - {"rustext"}
    assert "rust" in left_out


def test_a_rust_that_does_not_compile(builder, everything):
    if "rustext" not in everything:
        pytest.skip("no Rust flavour for this Python")
    built, left_out = builder.wheel(CARGO="/bin/false")
    assert built == everything - {"rustext"}
    assert left_out.keys() == {"hgamalgam.rustext"}


def test_no_c_compiler(builder, everything):
    # cargo links with a compiler of its own choice: without rust, to be brief.
    built, left_out = builder.wheel(CC="/nonexistent/cc", CARGO="/nonexistent/cargo")
    assert built == set()
    lacking = {f"hgamalgam.{name}" for name in everything if name != "rustext"}
    assert left_out.keys() == {"rust"} | lacking
    assert all("/nonexistent/cc" in left_out[name] for name in lacking)


def test_a_flavour_asked_for_must_build(builder, everything):
    output = builder.fails(HGAMALGAM_BUILD="rust", CARGO="/nonexistent/cargo")
    assert "HGAMALGAM_BUILD=rust: cannot build rust: cargo" in output
    if everything - {"rustext"}:
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


def test_a_python_the_crate_does_not_support(builder, everything):
    """setup.py as Python 3.13 would run it: all but Rust, and the reason."""
    code = (
        "import runpy, setuptools, setuptools_rust, sys\n"
        "setuptools.setup = lambda **keywords: None\n"
        "sys.version_info = (3, 13, 0, 'final', 0)\n"
        "print(runpy.run_path('setup.py')['build_flavours'].LEFT_OUT)"
    )
    command = [builder.python, "-c", code]
    done = subprocess.run(command, cwd=builder.source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "{'rust': 'the cpython crate 0.7.2 supports Python up to 3.12'}\n"
    )
