# SPDX-License-Identifier: GPL-2.0-or-later
"""`amalgam downgrade`, `upgrade` and `doctor -R` on real repositories."""

from __future__ import annotations

import json

import pytest

# So that one without Rust can make what it refuses.
SLOW = [
    f"--config=storage.{name}.slow-path=allow"
    for name in ("dirstate-v2", "revlog.persistent-nodemap", "fileindex")
]
OPTION = {
    "dirstate-v2": "format.use-dirstate-v2",
    "persistent-nodemap": "format.use-persistent-nodemap",
    "fileindex-v1": "format.use-fileindex-v1",
}
OF_6_9 = ("dirstate-v2", "persistent-nodemap")
OF_7_2 = (*OF_6_9, "fileindex-v1")


def run(environment, *command, status=0, **options):
    """What a command printed on its one stream."""
    done = environment.run(*command, **options)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def stock(environment, *command, status=0, **options):
    """What `hg` of an environment that is not switched over printed, without Rust."""
    return run(environment, "hg", *command, status=status, policy="c", **options)


def make(environment, formats, *options):
    """A repository that has these formats, with history and a changed file."""
    repository = environment.root / "r"
    every = [f"--config={option}={name in formats}" for name, option in OPTION.items()]
    stock(environment, "init", str(repository), *every, *options, *SLOW)
    (repository / "d").mkdir()
    for number in range(3):
        for name in ("a", ".b c", "d/e"):
            (repository / name).write_text(f"{name} {number}\n")
        at(environment, "commit", "-qAm", str(number), "-u", "me", *SLOW)
    (repository / "a").write_text("changed\n")
    return str(repository)


def at(environment, *command, **options):
    repository = str(environment.root / "r")
    return stock(environment, "-R", repository, *command, **options)


def requirements(environment):
    return set(at(environment, "debugrequirements", *SLOW).split())


def assert_sound(environment):
    """Stock Mercurial without Rust opens it, and all is there."""
    assert at(environment, "status") == "M a\n"
    assert at(environment, "log", "-T", "{rev} {files}\n") == (
        "2 .b c a d/e\n1 .b c a d/e\n0 .b c a d/e\n"
    )
    assert "integrity errors" not in at(environment, "verify", "-q")


@pytest.fixture
def environment_7_2(environment, mercurial_7_2):
    environment.unlink_mercurial()
    environment.link_mercurial(mercurial_7_2)
    return environment


def downgraded(environment, formats):
    """Make a repository with these formats and take them out."""
    repository = make(environment, formats)
    before = requirements(environment)
    assert before >= {*formats}
    assert "associated fast implementation" in at(environment, "status", status=255)
    report = json.loads(environment.run("amalgam", "doctor", "--json",
                                        "-R", repository).stdout)  # fmt: skip
    assert report["repository"] == list(formats)
    shown = environment.run("amalgam", "doctor", "-R", repository).stdout
    assert f"Rust refuses its {', '.join(formats)} (`amalgam downgrade`" in shown

    dry = run(environment, "amalgam", "downgrade", "--dry-run", repository)
    assert dry == f"would remove {', '.join(formats)}\n"
    assert requirements(environment) == before
    shown = run(environment, "amalgam", "downgrade", repository)
    lines = [line for line in shown.splitlines() if line[:1] != " "]
    assert lines == [
        *(f"removed {name}" for name in formats),
        "stock Mercurial without Rust opens this repository now",
    ]
    again = "nothing to do: stock Mercurial without Rust opens this repository\n"
    assert run(environment, "amalgam", "downgrade", repository) == again
    assert_sound(environment)
    shown = environment.run("amalgam", "doctor", "-R", repository).stdout
    assert "repository: stock Mercurial without Rust opens it\n" in shown
    return before, requirements(environment)


@pytest.mark.parametrize("formats", [OF_6_9, *((name,) for name in OF_6_9)])
def test_6_9(environment, formats):
    before, after = downgraded(environment, formats)
    assert after == before - {*formats}


@pytest.mark.slow
@pytest.mark.parametrize("formats", [OF_6_9, OF_7_2, ("fileindex-v1",)])
def test_7_2(environment_7_2, formats):
    before, after = downgraded(environment_7_2, formats)
    if "fileindex-v1" in formats:
        after -= {"fncache", "dotencode"}
    assert after == before - {*formats}


def test_what_was_replaced_is_kept(environment):
    repository = make(environment, ["dirstate-v2"])
    shown = run(environment, "amalgam", "downgrade", repository)
    _, kept, _ = shown.splitlines()
    text = "  what was there before is kept in "
    assert kept.startswith(f"{text}{repository}/.hg/upgradebackup.")
    assert (environment.root / "r" / kept[len(text) :] / "dirstate").exists()


OTHERS = {
    "share-safe": ("format.use-share-safe", "no", "yes"),
    "generaldelta": ("format.usegeneraldelta", "yes", "no"),
    "dirstate-tracked-key-v1": ("format.use-dirstate-tracked-hint", "yes", "no"),
    "revlog-compression-zstd": ("format.revlog-compression", "zlib", "zstd"),
}


def test_all_else_stays_what_it_is(environment):
    """Whatever the user's configuration would have of a new repository."""
    there = [f"--config={option}={value}" for option, value, _ in OTHERS.values()]
    repository = make(environment, OF_6_9, *there)
    before = requirements(environment)
    asked = environment.root / "hgrc"
    lines = [
        f"{option.partition('.')[2]} = {value}" for option, _, value in OTHERS.values()
    ]
    asked.write_text("[format]\n" + "\n".join(lines) + "\n")
    env = {"HGRCPATH": str(asked)}
    run(environment, "amalgam", "downgrade", repository, env=env)
    assert requirements(environment) == before - {*OF_6_9}
    assert_sound(environment)


def test_what_no_option_of_ours_holds(environment):
    repository = make(environment, ["dirstate-v2"])
    before = requirements(environment)
    asked = environment.root / "hgrc"
    asked.write_text("[experimental]\n"
                     "revlogv2 = enable-unstable-format-and-corrupt-my-data\n"
                     )  # fmt: skip
    shown = run(
        environment, "amalgam", "downgrade", repository,
        status=1, env={"HGRCPATH": str(asked)},
    )  # fmt: skip
    assert shown == (
        f"amalgam: cannot downgrade {repository}: Mercurial would also change "
        "revlog-v2 from False to True, as its configuration asks for\n"
    )
    assert requirements(environment) == before


def test_a_share_has_its_own_dirstate_alone(environment):
    make(environment, OF_6_9)
    share = str(environment.root / "share")
    source = str(environment.root / "r")
    extension = "--config=extensions.share="
    stock(environment, extension, "share", source, share, *SLOW,
          "--config=format.use-dirstate-v2=yes")  # fmt: skip
    done = environment.run("amalgam", "downgrade", share)
    assert done.returncode == 1
    assert done.stdout.startswith("removed dirstate-v2\n")
    assert "cannot use these actions on a share repository" in done.stderr
    assert requirements(environment) >= {*OF_6_9}


def test_what_is_no_repository(environment):
    nowhere = str(environment.root / "nowhere")
    for command in ("downgrade", "upgrade"):
        shown = run(environment, "amalgam", command, nowhere, status=1)
        assert shown.startswith(f"amalgam: cannot {command} {nowhere}: ")
        assert "not found" in shown and "Traceback" not in shown
    shown = run(environment, "amalgam", "doctor", "-R", nowhere, status=1)
    assert "not found" in shown and "Traceback" not in shown


def test_upgrade(environment):
    repository = make(environment, ())
    before = requirements(environment)
    dry = run(environment, "amalgam", "upgrade", "--dry-run", repository)
    assert dry == "would add dirstate-v2, persistent-nodemap\n"
    assert requirements(environment) == before
    shown = run(environment, "amalgam", "upgrade", repository)
    assert "added dirstate-v2\n" in shown and "added persistent-nodemap\n" in shown
    assert requirements(environment) == before | {*OF_6_9}
    changed = run(environment, "amalgam", "hg", "-R", repository, "status")
    assert changed == "M a\n"
    shown = run(environment, "amalgam", "upgrade", repository)
    assert shown.startswith("nothing to do: ")
    run(environment, "amalgam", "downgrade", repository)
    assert_sound(environment)


def test_no_upgrade_without_rust(bare):
    repository = make(bare, ())
    before = requirements(bare)
    shown = run(bare, "amalgam", "upgrade", repository, status=1)
    assert "Mercurial here would refuse it then: hg-amalgam" in shown
    assert "has no rustext" in shown
    assert requirements(bare) == before


def test_no_upgrade_under_a_policy_without_rust(environment):
    repository = make(environment, ())
    before = requirements(environment)
    shown = run(environment, "amalgam", "upgrade", repository, status=1, policy="c")
    assert "policy c has no Rust" in shown
    assert requirements(environment) == before
