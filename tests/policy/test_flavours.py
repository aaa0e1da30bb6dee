# SPDX-License-Identifier: GPL-2.0-or-later
"""ModulePolicy on a code base made up here: choice, fallback, refusal."""

from __future__ import annotations

import doctest
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hgamalgam import flavours
from hgamalgam.flavours import ModulePolicy, Rule

RULES = {
    "c": Rule(("cext",)),
    "py": Rule(("pure",)),
    "allow": Rule(("cext", "pure"), permissive=True),
    "rust+c": Rule(("rust", "cext")),
    "rust+c-allow": Rule(("rust", "cext", "pure"), permissive=True),
}


@pytest.fixture
def spam(tmp_path, monkeypatch):
    """Writes the package `spam`, of the files given, and a policy over it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("SPAM_POLICY", raising=False)

    def write(files, default="allow", **options):
        for name, text in files.items():
            path = tmp_path / "spam" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for directory in ("", "rust", "cext", "pure"):
            (tmp_path / "spam" / directory).mkdir(parents=True, exist_ok=True)
            (tmp_path / "spam" / directory / "__init__.py").touch()
        options.setdefault(
            "modules",
            {"rust": ("ham",), "cext": ("eggs",), "pure": ("eggs", "ham")},
        )
        return ModulePolicy("spam", "SPAM_POLICY", default, RULES, **options)

    yield write
    for name in [one for one in sys.modules if one.split(".")[0] == "spam"]:
        del sys.modules[name]


BOTH = {"cext/eggs.py": "version = 3", "pure/eggs.py": "", "pure/ham.py": ""}


def test_the_preferred_flavour_serves(spam):
    policy = spam(BOTH)
    assert policy.load("eggs").__name__ == "spam.cext.eggs"
    assert policy.refusals["eggs"] == []


def test_a_flavour_without_the_module_by_design_is_no_refusal(spam):
    policy = spam(BOTH)
    assert policy.load("ham").__name__ == "spam.pure.ham"
    assert policy.refusals["ham"] == []


def test_the_environment_overrides_and_empty_is_unset(spam, monkeypatch):
    policy = spam(BOTH)
    monkeypatch.setenv("SPAM_POLICY", "py")
    assert policy.load("eggs").__name__ == "spam.pure.eggs"
    monkeypatch.setenv("SPAM_POLICY", "")
    assert policy.value() == "allow"


def test_an_unknown_value_names_the_known_ones(spam, monkeypatch):
    policy = spam(BOTH)
    monkeypatch.setenv("SPAM_POLICY", "gold")
    with pytest.raises(ImportError, match=r"invalid SPAM_POLICY 'gold'.* c, py, allow"):
        policy.load("eggs")


def test_permissive_falls_back_on_a_missing_file_and_remembers(spam):
    policy = spam({"pure/eggs.py": ""})
    assert policy.load("eggs").__name__ == "spam.pure.eggs"
    (refusal,) = policy.refusals["eggs"]
    assert refusal.candidate == "spam.cext.eggs"
    assert "No module named 'spam.cext.eggs'" in refusal.reason


def test_permissive_falls_back_on_a_version_mismatch_with_both_numbers(spam):
    policy = spam(BOTH, versions={("cext", "eggs"): 4})
    assert policy.load("eggs").__name__ == "spam.pure.eggs"
    (refusal,) = policy.refusals["eggs"]
    assert refusal.reason == "module cext.eggs has version 3, 4 is required"


def test_a_missing_version_is_a_mismatch(spam):
    files = {"cext/eggs.py": "", "pure/eggs.py": ""}
    policy = spam(files, versions={("cext", "eggs"): 4})
    assert policy.load("eggs").__name__ == "spam.pure.eggs"
    assert "has version None, 4 is required" in policy.refusals["eggs"][0].reason


def test_the_version_of_a_flavour_as_a_whole(spam, monkeypatch):
    monkeypatch.setenv("SPAM_POLICY", "rust+c-allow")
    files = {"rust/__init__.py": "version = 2", "rust/ham.py": "", "pure/ham.py": ""}
    policy = spam(files, versions={("rust", "rust"): 2})
    assert policy.load("ham").__name__ == "spam.rust.ham"
    policy = spam(files, versions={("rust", "rust"): 3})
    assert policy.load("ham").__name__ == "spam.pure.ham"
    (refusal,) = policy.refusals["ham"]
    assert refusal.candidate == "spam.rust.ham"
    assert refusal.reason == "module rust.rust has version 2, 3 is required"
    monkeypatch.setenv("SPAM_POLICY", "rust+c")
    with pytest.raises(ImportError, match=r"rust.rust has version 2, 3 is required"):
        policy.load("ham")


def test_an_abi_mismatch_the_module_reports_is_a_refusal(spam):
    text = "raise ImportError('capsule spam.core has ABI 2, 3 is required')"
    policy = spam({"cext/eggs.py": text, "pure/eggs.py": ""})
    assert policy.load("eggs").__name__ == "spam.pure.eggs"
    assert "ABI 2, 3 is required" in policy.refusals["eggs"][0].reason


@pytest.mark.parametrize("text", ["version = 3", "raise ImportError('version 3, 4')"])
def test_strict_raises_with_the_reason_and_the_ways_out(spam, monkeypatch, text):
    monkeypatch.setenv("SPAM_POLICY", "c")
    files = {"cext/eggs.py": text, "pure/eggs.py": ""}
    policy = spam(files, versions={("cext", "eggs"): 4}, remedy="buy spam")
    with pytest.raises(ImportError) as caught:
        policy.load("eggs")
    message = str(caught.value)
    assert message.startswith("no eggs under SPAM_POLICY=c: spam.cext.eggs: ")
    assert "version 3" in message and "4" in message
    assert message.endswith("(buy spam, or set SPAM_POLICY=allow to fall back)")


def test_strict_does_not_skip_to_a_later_flavour(spam, monkeypatch):
    monkeypatch.setenv("SPAM_POLICY", "rust+c")
    modules = {"rust": ("eggs",), "cext": ("eggs",), "pure": ()}
    policy = spam(BOTH, modules=modules)
    with pytest.raises(ImportError, match="SPAM_POLICY=rust\\+c-allow to fall back"):
        policy.load("eggs")
    monkeypatch.setenv("SPAM_POLICY", "rust+c-allow")
    assert policy.load("eggs").__name__ == "spam.cext.eggs"


def test_a_module_of_no_flavour_of_the_rule(spam, monkeypatch):
    policy = spam(BOTH)
    monkeypatch.setenv("SPAM_POLICY", "c")
    with pytest.raises(ImportError, match="no ham under SPAM_POLICY=c: no flavour"):
        policy.load("ham")


def test_permissive_raises_when_all_refuse(spam):
    policy = spam({})
    with pytest.raises(ImportError) as caught:
        policy.load("eggs")
    assert "spam.cext.eggs: No module" in str(caught.value)
    assert "spam.pure.eggs: No module" in str(caught.value)


def test_other_errors_than_import_errors_are_not_hidden(spam):
    policy = spam({"cext/eggs.py": "1 / 0", "pure/eggs.py": ""})
    with pytest.raises(ZeroDivisionError):
        policy.load("eggs")


def test_a_redirect_holds_only_while_the_flavour_has_no_file(spam):
    redirects = {("cext", "eggs"): ("pure", "ham")}
    policy = spam({"pure/ham.py": ""}, redirects=redirects)
    assert policy.load("eggs").__name__ == "spam.pure.ham"
    policy = spam({"cext/eggs.py": ""}, redirects=redirects)
    assert policy.load("eggs").__name__ == "spam.cext.eggs"


def test_a_redirected_module_is_checked_as_what_it_is(spam):
    redirects = {("cext", "ham"): ("cext", "eggs")}
    modules = {"rust": (), "cext": ("eggs", "ham"), "pure": ("eggs", "ham")}
    versions = {("cext", "eggs"): 9}
    policy = spam(BOTH, redirects=redirects, modules=modules, versions=versions)
    assert policy.load("ham").__name__ == "spam.pure.ham"
    assert "version 3, 9 is required" in policy.refusals["ham"][0].reason


def test_the_examples_of_the_docstring():
    assert doctest.testmod(flavours).failed == 0
    assert doctest.testmod(flavours).attempted == 2


TABLE = {
    "package": "spam",
    "variable": "SPAM_POLICY",
    "default": "c",
    "rules": {"c": Rule(("cext",))},
    "modules": {"cext": ("eggs",), "rust": ("ham",)},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"default": "d"}, "the default 'd' is not a rule"),
        (
            {"rules": {"c": Rule(("cetx",))}},
            "the rule 'c': no flavour 'cetx' among cext, rust",
        ),
        ({"versions": {("c", "eggs"): 1}}, "('c', 'eggs'): no flavour 'c' among cext"),
        ({"versions": {("cext", "egg"): 1}}, "no module 'egg' among eggs"),
        ({"redirects": {("cext", "egg"): ("rust", "ham")}}, "no module 'egg'"),
        ({"redirects": {("cext", "eggs"): ("rust", "eggs")}}, "no module 'eggs'"),
    ],
)
def test_a_table_that_contradicts_itself(change, message):
    ModulePolicy(**TABLE)
    with pytest.raises(ValueError) as caught:
        ModulePolicy(**{**TABLE, **change})
    assert message in str(caught.value)


def test_the_version_of_a_flavour_as_a_whole_is_no_contradiction():
    ModulePolicy(**TABLE, versions={("rust", "rust"): 1, ("cext", "eggs"): 2})


def test_a_string_in_place_of_names():
    with pytest.raises(TypeError, match=r"a tuple of names: \('cext',\), not 'cext'"):
        Rule("cext")
    with pytest.raises(TypeError, match=r"modules of cext are .*\('eggs',\)"):
        ModulePolicy(**{**TABLE, "modules": {"cext": "eggs"}})


ALONE = """
import sys
before = set(sys.modules)
import kit
names = {name.partition(".")[0] for name in set(sys.modules) - before}
assert "kit" in names
print(*sorted(names - {"kit"} - set(sys.stdlib_module_names)), sep=",")
policy = kit.ModulePolicy(
    "kit", "KIT_POLICY", "only", {"only": kit.Rule(("flavour",))},
    {"flavour": ("module",)},
)
print(policy.load("module").where)
"""


@pytest.mark.skipif(sys.version_info < (3, 10), reason="needs stdlib_module_names")
def test_the_kit_needs_nothing_but_python(tmp_path):
    """Copied alone under another name it imports the standard library only."""
    folder = Path(flavours.__file__).parent
    shutil.copytree(folder, tmp_path / "kit", ignore=shutil.ignore_patterns("*.pyc"))
    (tmp_path / "kit" / "flavour").mkdir()
    (tmp_path / "kit" / "flavour" / "module.py").write_text("where = 'there'")
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{ALONE}",
        ],
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("\nthere\n", "")


def test_each_file_of_the_kit_says_that_it_may_be_copied():
    files = sorted(Path(flavours.__file__).parent.rglob("*.py"))
    assert files
    for file in files:
        first = file.read_text().splitlines()[0]
        assert first == "# SPDX-License-Identifier: MIT OR GPL-2.0-or-later", file
