# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in the sdist and in the wheel, and that the sdist is all it takes."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import build_flavours
import hosts
import pytest

pytestmark = pytest.mark.slow

RUST = build_flavours.BINDINGS
# Megabytes; of the wheel as it is downloaded, and of each of the two large modules.
WHEEL_LIMIT, RUST_LIMIT = 6.0, 5.0


def sources(root: Path) -> set[str]:
    """The repository's files: all but what .gitignore names, whose form is plain."""
    patterns = (root / ".gitignore").read_text().split()
    ignored = [pattern.strip("/") for pattern in patterns] + [".git"]

    def kept(name: str) -> bool:
        return not any(fnmatch.fnmatch(name, pattern) for pattern in ignored)

    found: set[str] = set()
    for directory, names, files in os.walk(root):
        names[:] = filter(kept, names)
        place = Path(directory).relative_to(root)
        found.update(str(place / name) for name in files if kept(name))
    return found


def test_the_sdist_is_the_repository(sdist, pytestconfig):
    there = {str(path.relative_to(sdist)) for path in sdist.rglob("*")}
    missing = sources(pytestconfig.rootpath) - there
    assert missing == set()


def test_every_module_is_built(everything, sdist):
    text = (sdist / "setup.py").read_text()
    (table,) = re.findall(r"(?ms)^C_MODULES: .*? = (\{.*?\})$", text)
    expected = {f"cext.{module}" for module in ast.literal_eval(table)}
    scripts = sdist.glob("c_ext/cffi/*build.py")
    expected |= {f"cffi._{path.stem[: -len('build')]}" for path in scripts}
    cannot_be = {module: build_flavours.unsupported_binding(module) for module in RUST}
    expected |= {module for module, reason in cannot_be.items() if reason is None}
    assert everything.modules == expected
    assert everything.left_out == {
        f"hgamalgam.{module}": reason for module, reason in cannot_be.items() if reason
    }


def test_the_name_of_what_every_python_can_load(everything):
    """One file of that name is for CPython 3.9 and all that follow."""
    with zipfile.ZipFile(everything.path) as archive:
        names = [one for one in archive.namelist() if "pyo3_rustext" in one]
    there = "pyo3_rustext" in everything.modules
    assert names == ["hgamalgam/pyo3_rustext.abi3.so"] * there


def test_the_demo_runs_from_the_sdist(demo):
    assert "`hg status` of 200 tracked files" in demo
    ours = re.findall(r"(?m)^(\S+) +ours, .*? equal$", demo)
    if hosts.MAIN.policy == "rust+c":
        assert ours == ["rust+c-allow", "rust+c-allow"]
    else:
        assert ours == list(hosts.MAIN.policies)
        assert f"No Rust here: {hosts.MAIN.why_no_rust}." in demo


def test_sizes(everything, tmp_path, told):
    megabytes = everything.path.stat().st_size / 1e6
    with zipfile.ZipFile(everything.path) as archive:
        modules = [one for one in archive.infolist() if one.filename.endswith(".so")]
        sizes = {one.filename: one.file_size / 1e6 for one in modules}
        archive.extractall(tmp_path)
    largest = max(sizes, key=lambda name: sizes[name])
    told(
        f"the wheel has {megabytes:.2f} MB, its modules {sum(sizes.values()):.2f}"
        f", {largest} {sizes[largest]:.2f}"
    )
    assert megabytes < WHEEL_LIMIT
    assert all(size < RUST_LIMIT for size in sizes.values())
    if sys.platform == "linux":
        for name in sizes:
            command = ["readelf", "--sections", "--wide", tmp_path / name]
            listed = subprocess.run(command, capture_output=True, text=True, check=True)
            assert ".text" in listed.stdout
            assert ".debug" not in listed.stdout, name


def test_the_header_comes_with_the_package(everything):
    with zipfile.ZipFile(everything.path) as archive:
        assert "hgamalgam/include/hgamalgam_capi.h" in archive.namelist()


def test_what_a_package_index_shows(everything, pytestconfig):
    with zipfile.ZipFile(everything.path) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode())
    classifiers = metadata.get_all("Classifier")
    assert "Typing :: Typed" in classifiers
    version = ".".join(map(str, sys.version_info[:2]))
    assert f"Programming Language :: Python :: {version}" in classifiers
    urls = metadata.get_all("Project-URL")
    assert urls and all(", https://" in url for url in urls)
    text = metadata.get_payload()
    assert text == (pytestconfig.rootpath / "README.md").read_text()
    # A package index has none of the files that a relative link would name.
    links = re.findall(r"\]\((.*?)\)", text)
    assert all(link.startswith("https://") for link in links), links
