# SPDX-License-Identifier: GPL-2.0-or-later
"""What changes below a plain hg that was switched over: it goes on working.

Mercurial, Python and hg-amalgam are upgraded, downgraded, removed and put back.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import hgamalgam
from hg.mercurials import RUST, fake_mercurial, fake_rust

SHOW_POLICY = ("debuginstall", "-T", "{hgmodulepolicy}\n")
STARTUP_0_1_0 = Path(__file__).with_name("startup_0_1_0.py")
# What `amalgam enable` of hg-amalgam 0.1.0 wrote.
SWITCH_0_1_0 = """\
# Written by `amalgam enable`: hg uses the modules of hg-amalgam.
# `amalgam disable` removes this file.
# policy: rust+c
import sys; exec("try:\\n    from hgamalgam.startup import enable\\n\
except Exception:\\n    pass\\nelse:\\n    enable('rust+c')\\n")
"""


def policy_of(environment, **options):
    """The policy plain hg runs under, and what it says on a terminal."""
    done = environment.run("hg", *SHOW_POLICY, terminal=True, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def best_of_7_2(environment):
    """The policy for Mercurial 7.2 that is as good as our module for it is whole."""
    if not list(environment.package.glob("pyo3_rustext.*")):
        return "allow"
    code = (
        "from hgamalgam import pyo3_rustext\n"
        f"print(all(hasattr(pyo3_rustext, name) for name in {RUST['pyo3_rustext']}))"
    )
    return "rust+c" if environment.python(code) == "True\n" else "allow"


def assert_one_line(text, *parts):
    assert text.startswith("hg-amalgam: ") and text.count("\n") == 1
    assert text.endswith("; see `amalgam doctor`\n")
    for part in parts:
        assert part in text


@pytest.fixture
def to_7_2(mercurial_7_2):
    """Puts Mercurial 7.2.4 in place of an environment's."""

    def change(environment):
        environment.unlink_mercurial()
        environment.link_mercurial(mercurial_7_2)

    return change


@pytest.fixture
def to_6_9(environment_packages):
    def change(environment):
        environment.unlink_mercurial()
        environment.link_mercurial(environment_packages)

    return change


@pytest.mark.slow
def test_mercurial_upgraded_and_downgraded(environment, to_7_2, to_6_9):
    environment.run("amalgam", "enable")
    assert policy_of(environment) == ("rust+c", "")
    to_7_2(environment)
    assert policy_of(environment) == (best_of_7_2(environment), "")
    assert environment.run("amalgam", "doctor").returncode == 0
    to_6_9(environment)
    assert policy_of(environment) == ("rust+c", "")


@pytest.mark.slow
def test_a_named_policy_that_the_new_mercurial_cannot_have(bare, to_7_2):
    bare.run("amalgam", "enable", "--policy", "rust+c")
    to_7_2(bare)
    none = f"hg-amalgam {hgamalgam.__version__} has no pyo3_rustext"
    policy, shown = policy_of(bare)
    assert policy == "c"
    assert_one_line(shown, "policy rust+c", none)
    assert policy_of(bare, env={"HGPLAIN": ""}) == ("c", "")
    assert bare.run("hg", *SHOW_POLICY).stderr == ""
    # Whoever types it wants the error.
    for command in (("hg",), ("amalgam", "hg")):
        done = bare.run(*command, "version", policy="rust+c")
        assert done.returncode != 0
        last = done.stderr.splitlines()[-1]
        assert (
            "no pyo3_rustext under HGMODULEPOLICY=rust+c: mercurial.pyo3_rustext: "
            in last
        )
        assert none in last
        assert "`amalgam doctor`" in last
        assert "HGMODULEPOLICY=rust+c-allow" in last
    fake_rust(bare, "pyo3_rustext", without=["dagop", "shape"])
    policy, shown = policy_of(bare)
    assert policy == "c"
    assert_one_line(shown, "policy rust+c", "pyo3_rustext has no dagop, shape")


@pytest.mark.slow
def test_enabled_by_the_first_release_and_then_all_upgraded(environment, to_7_2):
    """It wrote the default of that day as if somebody had named it."""
    (environment.site / "hg_amalgam_enabled.pth").write_text(SWITCH_0_1_0)
    assert policy_of(environment) == ("rust+c", "")
    to_7_2(environment)
    best = best_of_7_2(environment)
    policy, shown = policy_of(environment)
    if best == "rust+c":
        assert (policy, shown) == ("rust+c", "")
    else:
        assert policy == "c"
        assert_one_line(shown, "policy rust+c")
    environment.run("amalgam", "enable")
    assert policy_of(environment) == (best, "")


def test_mercurial_removed_and_put_back(environment, to_6_9):
    environment.run("amalgam", "enable")
    environment.unlink_mercurial()
    done = environment.run("hg", "version", terminal=True)
    assert "couldn't find mercurial libraries" in done.stderr
    assert "hg-amalgam" not in done.stderr
    assert environment.python("print('fine')") == "fine\n"
    to_6_9(environment)
    assert policy_of(environment) == ("rust+c", "")


@pytest.mark.parametrize("version", [b"6.8.2", "7.3"])
def test_an_untested_mercurial(bare, version):
    """Plain hg runs as stock; who typed a strict policy learns why it has no Rust."""
    fake_mercurial(bare, version)
    bare.run("amalgam", "enable")
    code = "from mercurial import policy; print(policy.policy)"
    shown = version if isinstance(version, str) else version.decode()
    done = bare.run("python", "-c", code, terminal=True)
    assert done.stdout == "b'allow'\n"
    assert_one_line(done.stderr, f"Mercurial {shown} is left alone", "6.9, 7.2")
    code = "from mercurial import policy; policy.importrust('dirstate')"
    done = bare.run("python", "-c", code, policy="rust+c")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: no rustext under HGMODULEPOLICY=rust+c: ")
    assert "is left alone" in last and "`amalgam doctor`" in last
    bare.python(code, policy="rust+c-allow")


SUFFIX_OF_ANOTHER = ".cpython-35m-x86_64-linux-gnu.so"


def python_changed_below(environment):
    """Give the extension modules the names that another Python looks for."""
    found = [
        path
        for path in environment.package.rglob("*.so")
        if "cffi" not in path.parts and ".abi3." not in path.name
    ]
    assert found
    for path in found:
        path.rename(path.with_name(path.name.split(".")[0] + SUFFIX_OF_ANOTHER))
    for path in environment.package.glob("cffi/*.so"):
        path.rename(path.with_name(path.name.split(".")[0] + SUFFIX_OF_ANOTHER))


@pytest.mark.parametrize("policy", [None, "c", "allow", "rust+c", "rust+c-allow"])
def test_python_upgraded_in_place(copy, policy):
    copy.run("amalgam", "enable", *(("--policy", policy) if policy else ()))
    python_changed_below(copy)
    shown_policy, shown = policy_of(copy)
    assert shown_policy == "c"
    expected = policy or "rust+c-allow"
    assert_one_line(shown, f"cannot serve policy {expected}: ")
    done = copy.run("hg", "version", policy="rust+c")
    assert done.returncode != 0
    assert "hg-amalgam" in done.stderr and "`amalgam doctor`" in done.stderr


@pytest.mark.parametrize("policy", ["cffi", "cffi-allow", "py"])
def test_python_upgraded_in_place_where_python_serves(copy, policy):
    """Those whose modules are Python: what lacks its C half is seen beforehand."""
    copy.run("amalgam", "enable", "--policy", policy)
    assert policy_of(copy) == (policy, "")
    python_changed_below(copy)
    shown_policy, shown = policy_of(copy)
    if policy == "cffi":
        assert shown_policy == "c"
        assert_one_line(shown, "cannot serve policy cffi: ", "_")
    else:
        assert (shown_policy, shown) == (policy, "")


@pytest.mark.parametrize("module", ["rustext", "cext/parsers", "cext/mpatch"])
def test_a_module_that_does_not_load(copy, module):
    """Everything or nothing: no module of ours serves beside Mercurial's policy."""
    copy.run("amalgam", "enable")
    (path,) = copy.package.glob(f"{module}.*.so")
    path.write_bytes(b"")
    policy, shown = policy_of(copy)
    assert policy == "c"
    assert_one_line(shown, "cannot serve policy rust+c: ", path.name)
    code = (
        "import sys; from mercurial import policy\n"
        "for name in ('base85', 'bdiff', 'mpatch', 'osutil', 'parsers'):\n"
        "    assert '/mercurial/cext/' in policy.importmod(name).__file__\n"
        "assert policy.importrust('dirstate') is None\n"
        "print([one for one in sys.modules if 'rustext' in one])"
    )
    assert copy.python(code) == "[]\n"


def test_a_policy_of_a_later_release(environment):
    environment.run("amalgam", "enable", "--policy", "rust+c")
    switch = environment.site / "hg_amalgam_enabled.pth"
    switch.write_text(switch.read_text().replace("rust+c", "gold"))
    policy, shown = policy_of(environment)
    assert policy == "c"
    assert_one_line(shown, "'gold'")


def test_our_package_upgraded(copy):
    """What 0.1.0's `enable` wrote works with the package of today."""
    (copy.site / "hg_amalgam_enabled.pth").write_text(SWITCH_0_1_0)
    assert policy_of(copy) == ("rust+c", "")
    code = "import sys; print([hasattr(one, 'hgamalgam') for one in sys.meta_path])"
    assert copy.python(code).count("True") == 1
    assert "uses hg-amalgam" in copy.run("amalgam", "doctor").stdout


@pytest.mark.parametrize("arguments", [(), ("--policy", "py")])
def test_our_package_downgraded(copy, arguments):
    """What today's `enable` writes works with the start of 0.1.0."""
    copy.run("amalgam", "enable", *arguments)
    shutil.copy(STARTUP_0_1_0, copy.package / "startup.py")
    expected = arguments[1] if arguments else "rust+c"
    assert policy_of(copy) == (expected, "")


def test_nothing_is_said_to_a_program(bare):
    """Nor does it matter that there is nobody to say it to."""
    fake_mercurial(bare, "7.3")
    bare.run("amalgam", "enable")
    code = "from mercurial import policy; print('fine')"
    for arguments, options in [
        ((), {}),
        ((), {"terminal": True, "env": {"HGPLAIN": "1"}}),
        ((), {"terminal": True, "env": {"HGPLAINEXCEPT": "i18n"}}),
        (("-R", "r", "serve", "--stdio"), {"terminal": True}),
    ]:
        done = bare.run("python", "-c", code, *arguments, **options)
        assert (done.stdout, done.stderr) == ("fine\n", ""), (arguments, options)
    done = bare.run("python", "-c", code, "serve", terminal=True)
    assert_one_line(done.stderr, "7.3")


def test_without_a_standard_error(bare):
    """`hg version 2>&-`: Python has None for it then."""
    fake_mercurial(bare, "7.3")
    bare.run("amalgam", "enable")
    code = "import sys; assert sys.stderr is None; from mercurial import policy"
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" 2>&-', bare.root / "bin" / "python", code],
        stdout=subprocess.PIPE,
    )
    assert done.returncode == 0
