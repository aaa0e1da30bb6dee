# SPDX-License-Identifier: GPL-2.0-or-later
"""`amalgam enable` and `disable`: plain hg of one environment, and nobody else."""

from __future__ import annotations

import os

import pytest

POLICY = ("debuginstall", "-T", "{hgmodulepolicy}\n")


def policy_of_plain_hg(environment, **options):
    return environment.run("hg", *POLICY, **options).stdout


def snapshot(environment):
    """Every file of the environment's site-packages, followed into no link."""
    return sorted(path.name for path in environment.site.iterdir())


def test_enable_and_disable(environment):
    before = snapshot(environment)
    assert policy_of_plain_hg(environment) == "c\n"
    done = environment.run("amalgam", "enable")
    assert (done.returncode, done.stderr) == (0, "")
    assert "enabled" in done.stdout and "rust+c" in done.stdout
    assert policy_of_plain_hg(environment) == "rust+c\n"
    assert policy_of_plain_hg(environment, policy="py") == "py\n"

    done = environment.run("amalgam", "disable")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("disabled")
    assert policy_of_plain_hg(environment) == "c\n"
    assert snapshot(environment) == before


def test_both_are_idempotent(environment):
    assert "already disabled" in environment.run("amalgam", "disable").stdout
    environment.run("amalgam", "enable")
    switched = snapshot(environment)
    done = environment.run("amalgam", "enable")
    assert done.returncode == 0 and "already enabled" in done.stdout
    assert snapshot(environment) == switched
    assert environment.run("amalgam", "disable").returncode == 0
    done = environment.run("amalgam", "disable")
    assert done.returncode == 0 and "already disabled" in done.stdout


def test_the_policy_can_be_named_and_changed(environment):
    environment.run("amalgam", "enable", "--policy", "py")
    assert policy_of_plain_hg(environment) == "py\n"
    assert policy_of_plain_hg(environment, policy="c") == "c\n"
    environment.run("amalgam", "enable", "--policy", "allow")
    assert policy_of_plain_hg(environment) == "allow\n"
    done = environment.run("amalgam", "hg", *POLICY)
    assert done.stdout == "rust+c\n"


def test_plain_hg_is_served_lazily_by_us(bare):
    text = "from mercurial.pure.base85 import *\nversion = 1"
    bare.write("cext/base85.py", text)
    bare.write("pure/charencode.py", "raise SystemExit('loaded in vain')")
    bare.run("amalgam", "enable")
    extension = bare.root / "show.py"
    extension.write_text(
        "def uisetup(ui):\n"
        "    from mercurial.cext import base85\n"
        "    ui.write(base85.__file__.encode() + b'\\n')\n"
    )
    done = bare.run("hg", "version", "-q", "--config", f"extensions.show={extension}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == str(bare.package / "cext" / "base85.py")


def test_programs_that_import_mercurial_are_served_too(environment):
    code = "from mercurial import policy; print(policy.policy)"
    assert environment.python(code) == "b'c'\n"
    environment.run("amalgam", "enable")
    assert environment.python(code) == "b'rust+c'\n"


def test_other_programs_load_nothing_of_ours(environment):
    """At the start of a Python that is not hg there is one finder more, no module."""
    # So that what Python needs to read such a file is not counted.
    (environment.site / "other.pth").write_text("# nothing\n")
    code = "import sys; print(sorted(sys.modules))"
    before = environment.python(code)
    environment.run("amalgam", "enable")
    assert environment.python(code) == before
    code = "import sys; print([hasattr(one, 'hgamalgam') for one in sys.meta_path])"
    assert environment.python(code).startswith("[True, False")
    assert environment.python(code).count("True") == 1


def test_uninstalled_while_enabled(environment):
    environment.run("amalgam", "enable")
    environment.package.unlink()
    assert environment.python("print('fine')") == "fine\n"
    done = environment.run("hg", *POLICY)
    assert (done.stdout, done.stderr) == ("c\n", "")


@pytest.mark.parametrize(
    "gone",
    ["hook.py", "policy.py", "hosts.py", "flavours/__init__.py", "notices.py",
     "preflight.py", "startup.py"],
)  # fmt: skip
def test_half_uninstalled_while_enabled(copy, gone):
    copy.run("amalgam", "enable")
    (copy.package / gone).unlink()
    assert copy.python("print('fine')") == "fine\n"
    done = copy.run("hg", *POLICY, terminal=True)
    if gone == "notices.py":  # where there is nothing to say
        assert (done.stdout, done.stderr) == ("rust+c\n", "")
        return
    assert done.stdout == "c\n"
    if gone != "startup.py":
        assert done.stderr.startswith("hg-amalgam: hg runs without it")
        assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="permissions")
def test_a_directory_that_cannot_be_written(environment):
    """The switch's place is taken by a directory: nobody can write it, even root."""
    place = environment.site / "hg_amalgam_enabled.pth"
    (place / "occupied").mkdir(parents=True)
    for command in ("enable", "disable"):
        done = environment.run("amalgam", command)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.startswith(f"amalgam: cannot {command}: ")
    assert [one.name for one in environment.site.glob("hg_amalgam*")] == [place.name]
