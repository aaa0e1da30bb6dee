# SPDX-License-Identifier: GPL-2.0-or-later
"""The import hook, on modules made up here: names, laziness, refusals, hosts."""

from __future__ import annotations

import pytest

import hgamalgam
from hg.mercurials import fake_mercurial, fake_rust

INSTALL = """
import sys
from hgamalgam import hook
hook.install()
"""
LAZY = INSTALL + "import hgdemandimport; hgdemandimport.enable()\n"

RUSTEXT = """
import sys, types
version = 1
for name in ("ancestor", "dirstate"):
    sub = types.ModuleType(__name__ + "." + name)
    sub.__package__ = __name__
    sub.Thing = type("Thing", (), {"__module__": sub.__name__})
    sys.modules[sub.__name__] = globals()[name] = sub
"""


def test_ours_is_loaded_under_mercurials_name(bare):
    bare.write("cext/base85.py", "version = 1\nclass Thing: pass")
    out = bare.python(
        INSTALL + "from mercurial.cext import base85 as m\n"
        "assert sys.modules['mercurial.cext.base85'] is m\n"
        "print(m.__name__, m.__package__, m.__spec__.name, m.Thing.__module__)\n"
        "print(m.__file__)"
    )
    names, file = out.splitlines()
    assert names == (
        "mercurial.cext.base85 mercurial.cext mercurial.cext.base85 "
        "mercurial.cext.base85"
    )
    assert file == str(bare.package / "cext" / "base85.py")


def test_what_we_do_not_have_stays_mercurials(bare):
    code = "from mercurial.cext import base85, bdiff\nprint(base85.__file__)"
    assert "/mercurial/cext/base85." in bare.python(INSTALL + code)
    assert "/mercurial/cext/base85." in bare.python(LAZY + code)


def test_relative_imports_reach_ours_then_mercurials(bare):
    bare.write("cffi/bdiff.py", "from ..pure.bdiff import *\nfrom . import _bdiff")
    bare.write("cffi/_bdiff.py", "mark = 5")
    out = bare.python(
        LAZY + "from mercurial.cffi import bdiff\n"
        "print(bdiff._bdiff.mark, bdiff.blocks.__module__)\n"
        "print(sys.modules['mercurial.cffi._bdiff'].__file__)"
    )
    first, second = out.splitlines()
    assert first == "5 mercurial.pure.bdiff"
    assert second == str(bare.package / "cffi" / "_bdiff.py")


def test_pure_modules_are_lazy_under_demandimport(bare):
    bare.write("pure/charencode.py", "print('loaded')\nmark = 7")
    code = (
        "from mercurial.pure import charencode\nprint('imported')\n"
        "print(charencode.mark, charencode.__name__)"
    )
    lazy = "imported\nloaded\n7 mercurial.pure.charencode\n"
    eager = "loaded\nimported\n7 mercurial.pure.charencode\n"
    assert bare.python(LAZY + code) == lazy
    assert bare.python(INSTALL + code) == eager


def test_chosen_modules_are_ordinary_modules_under_demandimport(bare):
    bare.write("cext/base85.py", "version = 1")
    out = bare.python(
        LAZY + "from mercurial.cext import base85\n"
        "base85.__doc__; print(type(base85).__name__, base85.version)\n"
        "print(base85.__spec__.origin == base85.__file__, base85.__loader__)\n"
        "import importlib; print(importlib.import_module(base85.__name__) is base85)"
    )
    assert out.splitlines()[0] == "module 1"
    assert out.splitlines()[1].startswith("True <_frozen_importlib_external.Source")
    assert out.splitlines()[2] == "True"


@pytest.mark.parametrize("prelude", [INSTALL, LAZY])
def test_submodules_of_rustext(bare, prelude):
    bare.write("rustext.py", RUSTEXT)
    out = bare.python(
        prelude + "from mercurial.rustext.ancestor import Thing\n"
        "print(Thing.__module__)\n"
        "from mercurial import rustext\n"
        "print(sys.modules['mercurial.rustext.ancestor'] is rustext.ancestor)\n"
        "import mercurial.rustext.dirstate as d; print(d is rustext.dirstate)\n"
        "from mercurial import policy; print(policy.importrust('dirstate') is d)\n"
        "print(policy.importrust('dirstate', 'Thing'), policy.importrust('dagop'))",
        policy="rust+c-allow",
    )
    assert out.splitlines() == [
        "mercurial.rustext.ancestor",
        "True",
        "True",
        "True",
        "<class 'mercurial.rustext.dirstate.Thing'> None",
    ]


def test_no_rustext_under_a_policy_without_rust(bare):
    """As with Mercurial's wheel; test-storage.py, for one, asks for it by import."""
    bare.write("rustext.py", RUSTEXT)
    code = LAZY + "from mercurial import rustext; print(rustext.__name__)"
    assert bare.python(code) == "mercurial.rustext\n"
    for policy in ("c", "allow", "cffi", "cffi-allow", "py"):
        done = bare.run("python", "-c", code, policy=policy)
        assert "ImportError: cannot import name 'rustext'" in done.stderr


def test_the_default_policy_and_the_variable(bare):
    """Strict only where Rust is installed, for a Mercurial that asks for it."""
    code = LAZY + "from mercurial import policy; print(policy.policy)"
    assert bare.python(code) == "b'rust+c-allow'\n"
    fake_rust(bare, "rustext", without=["update"])
    assert bare.python(code) == "b'rust+c-allow'\n"
    fake_rust(bare, "rustext")
    assert bare.python(code) == "b'rust+c'\n"
    assert bare.python(code, policy="py") == "b'py'\n"
    code = code.replace("install()", "install('allow')")
    assert bare.python(code) == "b'allow'\n"


def test_cffi_modules_of_ours_are_not_redirected_to_pure(bare):
    code = (
        LAZY + "from mercurial import policy\n"
        "print(policy.importmod('base85').__name__, "
        "policy.importmod('parsers').__name__)"
    )
    pure = "mercurial.pure.base85 mercurial.pure.parsers\n"
    assert bare.python(code, policy="cffi") == pure
    bare.write("cffi/base85.py", "")
    mixed = "mercurial.cffi.base85 mercurial.pure.parsers\n"
    assert bare.python(code, policy="cffi") == mixed


VERSION_20 = "version = 20"
ABI = "raise ImportError('capsule x has ABI 2, 3 is required')"
IMPORT_PARSERS = (
    LAZY + "from mercurial import policy as p; m = p.importmod('parsers')\n"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (VERSION_20, "module cext.parsers has version 20, 21 is required"),
        (ABI, "capsule x has ABI 2, 3 is required"),
    ],
)
def test_a_refused_module_of_ours(bare, text, reason):
    bare.write("cext/parsers.py", text)
    out = bare.python(
        IMPORT_PARSERS + "print(m.__file__, m.__spec__.origin)\n"
        "from hgamalgam.policy import MERCURIAL\n"
        "print([one.reason for one in MERCURIAL.refusals['parsers']])"
    )
    files, reasons = out.splitlines()
    assert "/mercurial/cext/parsers." in files
    assert files.split()[0] == files.split()[1]
    assert reasons == repr([reason])

    done = bare.run("python", "-c", IMPORT_PARSERS, policy="c")
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("ImportError: no parsers under HGMODULEPOLICY=c: ")
    assert reason in last and "pip install" in last
    assert "set HGMODULEPOLICY=allow to fall back" in last


def test_a_refused_rustext(bare):
    bare.write("rustext.py", RUSTEXT.replace("version = 1", "version = 2"))
    reason = "module rustext.rustext has version 2, 1 is required"
    code = LAZY + "from mercurial import policy as p\nprint(p.importrust('dirstate'))"
    out = bare.python(
        code + "\nfrom hgamalgam.policy import MERCURIAL\n"
        "print([one.reason for one in MERCURIAL.refusals['rustext']])",
        policy="rust+c-allow",
    )
    assert out.splitlines() == ["None", repr([reason])]
    done = bare.run("python", "-c", code, policy="rust+c")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: no rustext under HGMODULEPOLICY=rust+c: ")
    assert reason in last and "set HGMODULEPOLICY=rust+c-allow to fall back" in last


@pytest.mark.parametrize(
    ("policy", "code", "flavour", "other"),
    [
        ("rust+c", "p.importrust('dirstate')", "rust", "rust+c-allow"),
        ("cffi", "p.importmod('bdiff')", "cffi", "cffi-allow"),
    ],
)
def test_strict_and_neither_has_it(bare, policy, code, flavour, other):
    """The error says what the build recorded; a permissive policy does without."""
    code = LAZY + "from mercurial import policy as p\nprint(" + code + ")"
    done = bare.run("python", "-c", code, policy=policy)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: no ") and f"HGMODULEPOLICY={policy}:" in last
    assert f"hg-amalgam {hgamalgam.__version__} has no" in last
    bare.write("_build_info.json", f'{{"left_out": {{"{flavour}": "no compiler"}}}}')
    done = bare.run("python", "-c", code, policy=policy)
    last = done.stderr.splitlines()[-1]
    assert f"{flavour} of hg-amalgam was not built: no compiler" in last
    assert f"set HGMODULEPOLICY={other} to fall back" in last
    bare.python(code, policy=other)


WHOSE = """
from mercurial.cext import base85, bdiff
from mercurial.pure import parsers
from mercurial import policy
print(base85.whose, bdiff.whose, parsers.whose, policy.policy)
"""


BETWEEN = "; it asks in ways that neither of these has: 7.2 is served"


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (b"6.8.2", ""),
        ("7.0.3", BETWEEN),
        ("7.1", BETWEEN),
        (b"7.3", ""),
        (b"6.90", ""),
        (b"6", ""),
        (None, ""),
    ],
)
@pytest.mark.parametrize("prelude", [INSTALL, LAZY])
def test_an_untested_mercurial_is_left_alone_and_told_once(bare, version, why, prelude):
    fake_mercurial(bare, version)
    done = bare.run("python", "-c", prelude + WHOSE, terminal=True)
    shown = version.decode() if isinstance(version, bytes) else version or "unknown"
    assert done.stdout == "theirs theirs theirs b'allow'\n"
    assert done.stderr == (
        f"hg-amalgam: Mercurial {shown} is left alone (tested are 6.9, 7.2){why}; "
        "see `amalgam doctor`\n"
    )
    code = prelude + "import mercurial.rustext"
    assert (
        "No module named 'mercurial.rustext'" in bare.run("python", "-c", code).stderr
    )


@pytest.mark.parametrize("version", [b"6.9", b"6.9.5", b"6.9.7+3-0123456789ab"])
def test_the_versions_of_a_tested_series(bare, version):
    fake_mercurial(bare, version)
    bare.write("cext/base85.py", "whose, version = 'ours', 1")
    bare.write("cext/bdiff.py", "whose, version = 'ours', 3")
    assert bare.python(LAZY + WHOSE) == "ours ours ours b'rust+c'\n"


@pytest.mark.parametrize("version", [b"7.2.4", "7.2.4"])
def test_7_2_gets_a_rust_that_is_whole(bare, version):
    fake_mercurial(bare, version)
    bare.write("cext/base85.py", "whose, version = 'ours', 1")
    bare.write("cext/bdiff.py", "whose, version = 'ours', 3")
    assert bare.python(LAZY + WHOSE) == "ours ours ours b'allow'\n"
    done = bare.run("python", "-c", INSTALL + "import mercurial.rustext")
    assert "No module named 'mercurial.rustext'" in done.stderr
    load = INSTALL + "from mercurial import pyo3_rustext as m; print(m.whose)"
    fake_rust(bare, "pyo3_rustext", without=["shape", "update"])
    assert bare.python(LAZY + WHOSE) == "ours ours ours b'allow'\n"
    assert "cannot import name" in bare.run("python", "-c", load).stderr
    # Whoever asks for it gets what there is.
    assert bare.python(load, policy="rust+c-allow") == "ours\n"
    fake_rust(bare, "pyo3_rustext")
    assert bare.python(LAZY + WHOSE) == "ours ours ours b'rust+c'\n"
    assert bare.python(load) == "ours\n"
    done = bare.run("python", "-c", INSTALL + "import mercurial.rustext")
    assert "No module named 'mercurial.rustext'" in done.stderr


def test_rust_is_loaded_once(bare):
    """Though it is asked what it has before anybody imports it."""
    fake_mercurial(bare, "7.2.4")
    fake_rust(bare, "pyo3_rustext")
    file = bare.package / "pyo3_rustext.py"
    file.write_text("print('loaded')\n" + file.read_text())
    out = bare.python(
        LAZY + "from mercurial import policy, pyo3_rustext\n"
        "import sys\n"
        "print(policy.policy, pyo3_rustext.__name__, pyo3_rustext.__spec__.name)\n"
        "print(sys.modules['mercurial.pyo3_rustext.diff'] is pyo3_rustext.diff)"
    )
    name = "mercurial.pyo3_rustext"
    assert out == f"loaded\nb'rust+c' {name} {name}\nTrue\n"


def test_our_bdiff_has_what_7_2_wants_of_it(environment):
    """What hosts.py says of it, of every flavour that is there."""
    found = environment.python(
        "from importlib import import_module, util\n"
        "flavours = ['cext', 'pure']\n"
        "if util.find_spec('hgamalgam.cffi._bdiff'):\n"
        "    flavours.append('cffi')\n"
        "for flavour in flavours:\n"
        "    name = f'hgamalgam.{flavour}'\n"
        "    if util.find_spec(name) and util.find_spec(name + '.bdiff'):\n"
        "        module = import_module(name + '.bdiff')\n"
        "        for one in ('storage_diff', 'line_diff', 'manifest_diff'):\n"
        "            assert callable(getattr(module, one)), (name, one)\n"
        "print('fine')"
    )
    assert found == "fine\n"


def test_a_program_without_mercurial_is_not_told_anything(bare):
    (bare.site / "mercurial").unlink()
    out = bare.python(INSTALL + "import json, email\nprint('fine')")
    assert out == "fine\n"


@pytest.mark.parametrize(("version", "has"), [(b"6.9.5", False), ("7.2.4", True)])
def test_what_a_host_does_not_ask_for_is_hidden_from_it(bare, version, has):
    fake_mercurial(bare, version)
    bare.write("cext/osutil.py", "version = 4\nlistdir = setprocname = print")
    out = bare.python(
        INSTALL + "from mercurial.cext import osutil as m\n"
        "print(hasattr(m, 'listdir'), hasattr(m, 'setprocname'))"
    )
    assert out == f"True {has}\n"
