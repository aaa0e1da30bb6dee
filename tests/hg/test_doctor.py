# SPDX-License-Identifier: GPL-2.0-or-later
"""`amalgam doctor`: who serves each module, and why not the better one."""

from __future__ import annotations

import json

import pytest

import hgamalgam
from hg.environment import Environment
from hg.mercurials import RUST, SIX, VERSIONS, fake_rust, fill


def doctor(environment, **options):
    done = environment.run("amalgam", "doctor", "--json", **options)
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert list(report) == [
        "version", "policy", "mercurial", "rust", "hook", "hg", "modules", "repository"
    ]  # fmt: skip
    assert report["version"] == hgamalgam.__version__
    assert list(report["hg"]) == ["file", "served", "why"]
    for module in report["modules"]:
        assert list(module) == [
            "name", "provider", "flavour", "file", "version", "reason"
        ]  # fmt: skip
    by_name = {module["name"]: module for module in report["modules"]}
    return done.returncode, report, by_name


@pytest.mark.parametrize(
    ("policy", "flavour", "package"),
    [
        ("c", "c", "cext"),
        ("allow", "c", "cext"),
        ("cffi", "cffi", "cffi"),
        ("cffi-allow", "cffi", "cffi"),
        ("py", "pure", "pure"),
    ],
)
def test_fully_served(bare, policy, flavour, package):
    fill(bare, package)
    fill(bare, "pure")
    status, report, modules = doctor(bare, policy=policy)
    assert (status, report["policy"], report["hook"]) == (0, policy, "disabled")
    assert report["mercurial"].startswith("6.9.")
    assert sorted(modules) == SIX
    for name, module in modules.items():
        in_file = "parsers" if (package, name) == ("cext", "charencode") else name
        assert module["provider"] == "ours" and module["flavour"] == flavour
        assert module["file"] == str(bare.package / package / f"{in_file}.py")
        expected = VERSIONS.get(in_file) if package == "cext" else None
        assert module["version"] == expected
        assert module["reason"] is None


def before(bare, version):
    """Put another Mercurial's number on the environment's."""
    mercurial = bare.site / "mercurial"
    real = mercurial.resolve()
    mercurial.unlink()
    mercurial.mkdir()
    for path in real.iterdir():
        if path.name not in ("__version__.py", "__pycache__"):
            (mercurial / path.name).symlink_to(path)
    (mercurial / "__version__.py").write_text(f"version = b'{version}'")


@pytest.mark.parametrize("policy", ["", "rust+c", "rust+c-allow"])
def test_fully_served_by_rust(bare, policy):
    fill(bare, "cext")
    fake_rust(bare, "rustext")
    status, report, modules = doctor(bare, policy=policy)
    assert report["policy"] == (policy or "rust+c")
    assert report["rust"] is None
    names = [f"rustext.{name}" for name in RUST["rustext"]]
    assert sorted(modules) == sorted([*SIX, *names])
    assert modules["rustext.dirstate"]["flavour"] == "rust"
    assert modules["rustext.dirstate"]["file"] == str(bare.package / "rustext.py")
    assert status == 0
    assert all(module["provider"] == "ours" for module in modules.values())
    assert all(module["reason"] is None for module in modules.values())


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["", "rust+c", "rust+c-allow"])
def test_7_2_fully_served_by_rust(bare_7_2, policy):
    fill(bare_7_2, "cext")
    fake_rust(bare_7_2, "pyo3_rustext")
    status, report, modules = doctor(bare_7_2, policy=policy)
    assert report["policy"] == (policy or "rust+c")
    assert report["rust"] is None
    names = [f"pyo3_rustext.{name}" for name in RUST["pyo3_rustext"]]
    assert sorted(modules) == sorted([*SIX, *names])
    file = str(bare_7_2.package / "pyo3_rustext.py")
    for name in names:
        assert modules[name] == {
            "name": name,
            "provider": "ours",
            "flavour": "rust",
            "file": file,
            "version": None,
            "reason": None,
        }
    assert status == 0


@pytest.mark.slow
@pytest.mark.parametrize("lacking", RUST["pyo3_rustext"])
def test_7_2_has_no_rust_by_default_that_is_not_whole(bare_7_2, lacking):
    fill(bare_7_2, "cext")
    fake_rust(bare_7_2, "pyo3_rustext", without=[lacking])
    status, report, modules = doctor(bare_7_2)
    assert (status, report["policy"]) == (0, "allow")
    assert report["rust"] == f"module pyo3_rustext has no {lacking}"
    assert sorted(modules) == SIX
    shown = bare_7_2.run("amalgam", "doctor").stdout
    assert f"Rust:       none for it: module pyo3_rustext has no {lacking}\n" in shown
    status, report, modules = doctor(bare_7_2, policy="rust+c")
    assert status == 1
    for name in RUST["pyo3_rustext"]:
        module = modules[f"pyo3_rustext.{name}"]
        assert module["provider"] == (None if name == lacking else "ours")
    reason = f"hg-amalgam {hgamalgam.__version__} has no pyo3_rustext.{lacking}"
    assert modules[f"pyo3_rustext.{lacking}"]["reason"] == reason


@pytest.mark.slow
def test_7_2_has_no_rust_where_none_was_built(bare_7_2):
    fill(bare_7_2, "cext")
    status, report, modules = doctor(bare_7_2)
    assert (status, report["policy"], sorted(modules)) == (0, "allow", SIX)
    assert report["rust"] == f"hg-amalgam {hgamalgam.__version__} has no pyo3_rustext"
    record = {"left_out": {"rust": "no cargo"}}
    bare_7_2.write("_build_info.json", json.dumps(record))
    _, report, _ = doctor(bare_7_2)
    assert report["rust"] == "rust of hg-amalgam was not built: no cargo"
    _, _, modules = doctor(bare_7_2, policy="rust+c-allow")
    assert modules["pyo3_rustext.update"]["reason"] == report["rust"]


@pytest.mark.slow
def test_a_pyo3_rustext_that_is_broken(bare_7_2):
    """It was built: that it cannot serve is an error, and not another policy."""
    fill(bare_7_2, "cext")
    for text, reason in (
        ("version = 2", "module pyo3_rustext.pyo3_rustext has version 2, 1 is"),
        ("raise ImportError('GLIBC_9.9 not found')", "GLIBC_9.9 not found"),
        ("1 / 0", "division by zero"),
    ):
        bare_7_2.write("pyo3_rustext.py", text)
        bare_7_2.run("amalgam", "enable")
        done = bare_7_2.run("hg", "version", "-q", terminal=True)
        assert done.returncode == 0
        assert "hg runs without it, as it cannot serve policy rust+c" in done.stderr
        assert reason in done.stderr


def test_the_text_and_its_status(bare):
    fill(bare, "cext")
    done = bare.run("amalgam", "doctor", policy="c")
    assert done.returncode == 0 and "c is fully served." in done.stdout
    (bare.package / "cext" / "mpatch.py").unlink()
    done = bare.run("amalgam", "doctor", policy="c")
    assert done.returncode == 1 and "c is not fully served." in done.stdout
    assert "has no cext.mpatch" in done.stdout


def test_a_rust_that_has_but_one_module(bare):
    fill(bare, "cext")
    fake_rust(bare, "rustext", without={*RUST["rustext"]} - {"dirstate"})
    for policy in ("", "rust+c"):
        status, report, modules = doctor(bare, policy=policy)
        assert (status, report["policy"]) == (1, policy or "rust+c-allow")
        assert modules["rustext.dirstate"]["provider"] == "ours"
        assert modules["rustext.update"]["provider"] is None
        assert "has no rustext.update" in modules["rustext.update"]["reason"]
        assert report["rust"].startswith("module rustext has no ancestor, copy_tracing")


def test_stock_serves_what_we_lack(bare):
    status, _, modules = doctor(bare, policy="c")
    assert status == 1
    for name, module in modules.items():
        assert (module["provider"], module["flavour"]) == ("stock", "c")
        assert "/mercurial/cext/" in module["file"]
        assert "has no cext." in module["reason"], name


def test_a_refused_module_shows_both_numbers(bare):
    fill(bare, "cext")
    bare.write("cext/bdiff.py", "version = 2")
    status, _, modules = doctor(bare, policy="allow")
    assert status == 1
    assert modules["bdiff"]["provider"] == "stock"
    assert "has version 2, 3 is required" in modules["bdiff"]["reason"]
    status, _, modules = doctor(bare, policy="c")
    assert status == 1
    assert modules["bdiff"]["provider"] is None
    assert modules["bdiff"]["flavour"] is modules["bdiff"]["file"] is None
    assert "has version 2, 3 is required" in modules["bdiff"]["reason"]
    assert modules["mpatch"]["provider"] == "ours"


def test_what_the_build_recorded_is_the_reason(bare):
    record = {
        "rust": "cargo was not found",
        "hgamalgam.cext.osutil": "command 'gcc' failed",
        "hgamalgam.cffi._bdiff": "no ffi.h",
        "hgamalgam.cffi._text": "no luck",
    }
    bare.write("_build_info.json", json.dumps({"left_out": record}))
    bare.write("cffi/bdiff.py", "from . import _bdiff")
    bare.write("cffi/base85.py", "from ._text import lib")
    _, _, modules = doctor(bare)
    assert "cargo was not found" in modules["rustext.dirstate"]["reason"]
    assert "command 'gcc' failed" in modules["osutil"]["reason"]
    assert "has no cext.mpatch" in modules["mpatch"]["reason"]
    _, _, modules = doctor(bare, policy="cffi-allow")
    assert modules["bdiff"]["flavour"] == "pure"
    assert "no ffi.h" in modules["bdiff"]["reason"]
    assert "no luck" in modules["base85"]["reason"]
    _, _, modules = doctor(bare, policy="cffi")
    assert modules["bdiff"]["provider"] is modules["base85"]["provider"] is None
    assert "no ffi.h" in modules["bdiff"]["reason"]
    assert "no luck" in modules["base85"]["reason"]


def test_the_hook_and_the_policy_of_plain_hg(bare):
    bare.run("amalgam", "enable", "--policy", "py")
    _, report, _ = doctor(bare)
    assert (report["hook"], report["policy"]) == ("enabled", "py")
    _, report, _ = doctor(bare, policy="allow")
    assert (report["hook"], report["policy"]) == ("enabled", "allow")


def test_an_invalid_policy(bare):
    done = bare.run("amalgam", "doctor", policy="gold")
    assert done.returncode == 1 and done.stdout == ""
    assert "invalid HGMODULEPOLICY 'gold': it is one of c, allow" in done.stderr


@pytest.mark.parametrize("policy", ["c", "rust+c"])
def test_an_untested_mercurial(bare, policy):
    before(bare, "5.9")
    fill(bare, "cext")
    status, _, modules = doctor(bare, policy=policy)
    assert status == 1
    for name, module in modules.items():
        of_rust = name.startswith("rustext.")
        assert module["provider"] == (None if of_rust else "stock")
        assert "Mercurial 5.9 is left alone" in module["reason"]


def test_the_hg_that_is_typed(bare, tmp_path):
    fill(bare, "cext")
    hg = str(bare.root / "bin" / "hg")
    _, report, _ = doctor(bare, policy="c")
    assert (report["hg"]["file"], report["hg"]["served"]) == (hg, False)
    assert "amalgam enable" in report["hg"]["why"]
    bare.run("amalgam", "enable", "--policy", "c")
    _, report, _ = doctor(bare, policy="c")
    assert report["hg"] == {"file": hg, "served": True, "why": None}
    assert f"{hg} uses hg-amalgam" in bare.run("amalgam", "doctor", policy="c").stdout

    other = Environment(tmp_path / "other")
    first = f"{other.root / 'bin'}:{bare.root / 'bin'}"
    _, report, _ = doctor(bare, policy="c", env={"PATH": first})
    assert report["hg"]["file"] == str(other.root / "bin" / "hg")
    assert report["hg"]["served"] is False
    assert str(other.root) in report["hg"]["why"]

    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    _, report, _ = doctor(bare, policy="c", env={"PATH": str(nowhere)})
    assert report["hg"] == {"file": None, "served": None, "why": None}
    script = nowhere / "hg"
    script.write_bytes(b"\x7fELF")
    script.chmod(0o755)
    _, report, _ = doctor(bare, policy="c", env={"PATH": str(nowhere)})
    assert report["hg"]["file"] == str(script)
    assert report["hg"]["served"] is None


def test_as_installed(environment):
    """With the real package: whatever was built is found, and loads."""
    for policy in ("py", "c", "allow", "rust+c-allow"):
        _, _, modules = doctor(environment, policy=policy)
        for name in SIX:
            assert modules[name]["provider"] == "ours", modules[name]
