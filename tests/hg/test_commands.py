# SPDX-License-Identifier: GPL-2.0-or-later
"""`amalgam hg`: as hg in every way, on our modules."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

import hgamalgam

SHOW = """\
from mercurial import policy, pycompat, registrar
import sys
command = registrar.command(cmdtable := {})
@command(b'show-process', [], norepo=True)
def show(ui, *args):
    ui.write(b'%s\\n%s\\n' % (policy.policy, b' '.join(pycompat.sysargv)))
    ui.write(b'%s\\n' % str('hgamalgam.hook' in sys.modules).encode())
"""


@pytest.fixture
def show(tmp_path):
    """Options that add the command `show-process`: policy, argv, is the hook there."""
    extension = tmp_path / "show.py"
    extension.write_text(SHOW)
    return ("--config", f"extensions.show={extension}")


@pytest.fixture
def repository(environment):
    done = environment.run("hg", "init", "r")
    assert done.returncode == 0, done.stderr
    return environment.root / "r"


def test_version_and_help(environment):
    done = environment.run("amalgam", "--version")
    assert (done.returncode, done.stdout) == (
        0,
        f"hg-amalgam {hgamalgam.__version__}\n",
    )
    for arguments in [(), ("--help",)]:
        done = environment.run("amalgam", *arguments)
        assert done.returncode == 0 and done.stderr == ""
        for word in ("hg", "enable", "disable", "doctor", "rust+c"):
            assert word in done.stdout
    done = environment.run("python", "-m", "hgamalgam", "--version")
    assert done.stdout == f"hg-amalgam {hgamalgam.__version__}\n"


def test_a_reader_that_went_away(environment):
    read, write = os.pipe()
    os.close(read)
    amalgam = environment.root / "bin" / "amalgam"
    done = subprocess.run(
        [amalgam, "doctor"], stdout=write, stderr=subprocess.PIPE, timeout=60
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (255, b"")


@pytest.mark.parametrize(
    "arguments", [("frob",), ("--frob",), ("enable", "--policy", "gold"), ("hgg",)]
)
def test_wrong_usage_is_status_2(environment, arguments):
    done = environment.run("amalgam", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert "usage: amalgam" in done.stderr


def test_the_version_of_the_rust_workspace_is_the_same(pytestconfig):
    cargo = (pytestconfig.rootpath / "Cargo.toml").read_text()
    assert f'\nversion = "{hgamalgam.__version__}"\n' in cargo


def test_policy_and_argv(environment, show):
    script = str(environment.root / "bin" / "amalgam-hg")
    expected = f"rust+c\n{script} show-process a b {' '.join(show)}\nTrue\n"
    for command in [
        ("amalgam", "hg"),
        ("amalgam-hg",),
        ("python", "-m", "hgamalgam", "hg"),
    ]:
        done = environment.run(*command, "show-process", "a", "b", *show)
        assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)
    for policy in ("py", "c", "allow"):
        done = environment.run("amalgam", "hg", "show-process", *show, policy=policy)
        assert done.stdout.splitlines()[0] == policy
    done = environment.run("hg", "show-process", *show)
    assert done.stdout.splitlines()[0::2] == ["c", "False"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("version", "-q"),
        ("status",),  # no repository here: 255
        ("frobnicate",),
        ("--version", "--frob"),
        ("-R", "r", "log"),
        ("-R", "r", "identify", "-r", "17"),
        ("-R", "r", "grep", "nothing"),  # status 1
        ("-R", "r", "root", "--template", "{hgpath}\n"),
        ("help", "status"),
        (),
    ],
)
def test_output_and_status_are_those_of_hg(environment, repository, arguments):
    stock = environment.run("hg", *arguments)
    ours = environment.run("amalgam", "hg", *arguments)
    assert (ours.returncode, ours.stdout) == (stock.returncode, stock.stdout)
    assert ours.stderr == stock.stderr


def test_an_invalid_policy_is_refused(environment):
    done = environment.run("amalgam", "hg", "version", policy="gold")
    assert done.returncode != 0
    assert "invalid HGMODULEPOLICY" in done.stderr


def test_standard_input_and_binary_output(environment, repository):
    (repository / "a").write_bytes(b"\xff\x00\n")
    run = environment.run
    assert run("amalgam", "hg", "-R", "r", "add", "-q", "r/a").returncode == 0
    done = run("amalgam", "hg", "-R", "r", "commit", "-l", "-", input="from stdin\n")
    assert done.returncode == 0, done.stderr
    assert run("hg", "-R", "r", "log", "-T", "{desc}").stdout == "from stdin"
    ours = environment.root / "bin" / "amalgam"
    out = subprocess.run(
        [ours, "hg", "-R", "r", "cat", "r/a"], cwd=environment.root, capture_output=True
    )
    assert out.stdout == b"\xff\x00\n"


def test_dollar_hg_of_a_hook_leads_back_to_us(environment, repository, show):
    hook = f"$HG show-process {' '.join(show)}"
    done = environment.run(
        "amalgam", "hg", "-R", "r", "--config", f"hooks.pre-status={hook}", "status"
    )
    assert done.returncode == 0, done.stderr
    policy, argv, hooked = done.stdout.splitlines()
    assert (policy, hooked) == ("rust+c", "True")
    assert argv.startswith(str(environment.root / "bin" / "amalgam-hg"))


def test_dollar_hg_named_by_another_hg_is_not_kept(environment, repository):
    done = environment.run(
        "amalgam", "hg", "-R", "r", "--config", "hooks.pre-status=echo $HG", "status",
        env={"HG": "/usr/bin/hg"},
    )  # fmt: skip
    assert done.stdout == str(environment.root / "bin" / "amalgam-hg") + "\n"


def test_the_system_configuration_is_found_beside_us(environment):
    directory = environment.root / "etc" / "mercurial"
    directory.mkdir(parents=True)
    (directory / "hgrc").write_text("[ui]\nfrom-system = yes\n")
    env = dict(os.environ)
    env.pop("HGRCPATH", None)
    for command in (["bin/hg"], ["bin/amalgam", "hg"], ["bin/amalgam-hg"]):
        done = subprocess.run(
            [*command, "config", "ui.from-system"],
            cwd=environment.root,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.stdout == "yes\n", (command, done.stderr)


def test_a_daemon_is_started_again_as_us(environment, repository):
    done = environment.run(
        "amalgam", "hg", "-R", "r", "serve", "-d", "-p", "0", "--pid-file", "pid"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pid = int((environment.root / "pid").read_text())
    try:
        arguments = subprocess.run(
            ["ps", "-ww", "-o", "args=", "-p", str(pid)],
            capture_output=True,
            text=True,
        ).stdout
        assert str(environment.root / "bin" / "amalgam-hg") in arguments
    finally:
        os.kill(pid, signal.SIGTERM)


def test_the_command_server_runs_on_us(environment, repository, show):
    request = b"runcommand\n" + (12).to_bytes(4, "big") + b"show-process"
    done = subprocess.run(
        [environment.root / "bin" / "amalgam", "hg", *show, "serve", "--cmdserver",
         "pipe"],
        cwd=repository, input=request, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"rust+c\n" in done.stdout
    assert b"True\n" in done.stdout


def test_an_interrupt_ends_it_as_it_ends_hg(environment, repository):
    waiting = "hooks.pre-status=touch started; exec sleep 30"
    statuses = []
    for command in (["bin/hg"], ["bin/amalgam", "hg"]):
        started = environment.root / "started"
        process = subprocess.Popen(
            [*command, "-R", "r", "--config", waiting, "status"],
            cwd=environment.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            # A background job of a shell starts with this signal ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        deadline = time.monotonic() + 30
        while not (started.exists() or (environment.root / "r" / "started").exists()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, error = process.communicate(timeout=30)
        statuses.append((process.returncode, error))
        for path in (started, environment.root / "r" / "started"):
            path.unlink(missing_ok=True)
    assert statuses[0] == statuses[1]


def test_without_mercurial(environment):
    environment.unlink_mercurial()
    done = environment.run("amalgam", "hg", "version")
    assert done.returncode == 255
    assert "Mercurial is not installed" in done.stderr
    assert "pip install mercurial" in done.stderr
    done = environment.run("amalgam", "doctor", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["mercurial"] is None


def test_nothing_heavy_is_imported_on_the_way(environment):
    """What `amalgam hg` loads that hg does not: our few files, nothing else."""

    def loaded(*command):
        done = environment.run("python", "-X", "importtime", *command, "version", "-q")
        assert done.returncode == 0
        lines = done.stderr.splitlines()
        return {line.split("|")[2].strip() for line in lines if line.count("|") == 2}

    script = str(environment.root / "bin" / "amalgam")
    stock = loaded(str(environment.root / "bin" / "hg"))
    extra = loaded(script, "hg") - stock
    ours = {
        f"hgamalgam{name}"
        for name in (
            "",
            ".cli",
            ".flavours",
            ".hook",
            ".hosts",
            ".launcher",
            ".our_files",
            ".policy",
        )
    }
    assert {one for one in extra if not one.startswith("mercurial.")} == ours
