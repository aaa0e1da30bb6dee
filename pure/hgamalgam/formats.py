# SPDX-License-Identifier: GPL-2.0-or-later
"""`amalgam downgrade` and `upgrade`: the formats that need Rust, out and in again.

Stock Mercurial without Rust refuses a repository that has one of them. Mercurial
itself converts the repository, in a process of its own; what is said here is only
what to, one format at a time, as it has a quick way for one alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import NamedTuple

from . import doctor, hook, hosts, switch
from .policy import MERCURIAL


class Format(NamedTuple):
    """A format of repositories that stock Mercurial refuses where it has no Rust.

    name: its requirement, and its name in `hg debugformat`
    options: what makes Mercurial leave it, by option
    """

    name: str
    options: dict[str, str]


REFUSED = (
    Format("dirstate-v2", {"format.use-dirstate-v2": "no"}),
    Format("persistent-nodemap", {"format.use-persistent-nodemap": "no"}),
    Format(
        "fileindex-v1",
        # What it stands in for comes back.
        {
            "format.use-fileindex-v1": "no",
            "format.usefncache": "yes",
            "format.dotencode": "yes",
        },
    ),
)
# Those that `upgrade` gives a repository; the file index is experimental.
WANTED = {
    "dirstate-v2": {"format.use-dirstate-v2": "yes"},
    "persistent-nodemap": {"format.use-persistent-nodemap": "yes"},
}
# What holds another format where it is, whatever a configuration asks for.
_OPTIONS = {
    "fncache": "format.usefncache",
    "fileindex-v1": "format.use-fileindex-v1",
    "dirstate-v2": "format.use-dirstate-v2",
    "tracked-hint": "format.use-dirstate-tracked-hint",
    "dotencode": "format.dotencode",
    "generaldelta": "format.usegeneraldelta",
    "share-safe": "format.use-share-safe",
    "sparserevlog": "format.sparse-revlog",
    "delta-info-flags": "format.use-delta-info-flags",
    "persistent-nodemap": "format.use-persistent-nodemap",
    "copies-sdc": "format.exp-use-copies-side-data-changeset",
    "compression": "format.revlog-compression",
}
# Mercurial's question whether it may open what is slow for it: here it may.
_MAY_BE_SLOW = {
    "storage.dirstate-v2.slow-path": "allow",
    "storage.revlog.persistent-nodemap.slow-path": "allow",
    "storage.fileindex.slow-path": "allow",
}
# Mercurial always converts a changelog of before 4.0 along, which no option prevents.
_ALONG = "plain-cl-delta"
_RUN_HG = (
    "import sys; sys.path = [one for one in sys.path if one]; "
    "from hgamalgam.launcher import run_hg; sys.exit(run_hg(sys.argv[1], sys.argv[2:]))"
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    # What `hg debugformat` tells, by name; of some formats it is a word.
    Variants = dict[str, Union[bool, str]]


class FormatProblem(Exception):
    """Why a repository could not be examined or converted, for a person."""


def _hg(repository: str, options: dict[str, str], *arguments: str) -> str:
    """What `hg -R REPOSITORY ARGUMENTS` printed; FormatProblem if it failed."""
    given = [f"{name}={value}" for name, value in {**_MAY_BE_SLOW, **options}.items()]
    script = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "amalgam-hg")
    command = [sys.executable, "-c", _RUN_HG, script, "-R", repository]
    command += [word for one in given for word in ("--config", one)]
    done = subprocess.run(
        [*command, *arguments],
        env={**os.environ, "HGPLAIN": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
    )
    if done.returncode:
        raise FormatProblem(done.stderr.strip() or f"hg failed: {done.returncode}")
    return done.stdout


def _variants(repository: str, options: dict[str, str]) -> tuple[Variants, Variants]:
    """The formats that a repository has, and those that `options` ask for."""
    entries = json.loads(_hg(repository, options, "debugformat", "-T", "json"))
    has = {one["name"]: one["repo"] for one in entries}
    return has, {one["name"]: one["config"] for one in entries}


def refused(repository: str) -> list[str]:
    """The formats of a repository that stock Mercurial without Rust refuses."""
    has, _ = _variants(repository, {})
    return [one.name for one in REFUSED if has.get(one.name)]


def _holding(has: Variants) -> dict[str, str]:
    """The options that ask for what is there."""
    words = {True: "yes", False: "no"}
    return {
        _OPTIONS[name]: value if isinstance(value, str) else words[value]
        for name, value in has.items()
        if name in _OPTIONS
    }


def _convert(repository: str, name: str, options: dict[str, str]) -> list[str]:
    """Convert one format; returns the directories of what was replaced."""
    has, _ = _variants(repository, {})
    meant = {one for one, option in _OPTIONS.items() if option in options}
    options = {**_holding(has), **options}
    _, asked = _variants(repository, options)
    changed = {one for one in has if has[one] != asked[one]}
    for other in sorted(changed - meant - {_ALONG}):
        raise FormatProblem(
            f"Mercurial would also change {other} from {has[other]} to {asked[other]}, "
            "as its configuration asks for"
        )
    before = _backups(repository)
    _hg(repository, options, "debugupgraderepo", "--run")
    after, _ = _variants(repository, {})
    if after[name] == has[name]:
        raise FormatProblem(f"Mercurial said nothing, and {name} is as it was")
    return sorted(_backups(repository) - before)


def _backups(repository: str) -> set[str]:
    """The directories where Mercurial keeps what it replaced."""
    directory = os.path.join(repository, ".hg")
    names = os.listdir(directory)
    return {os.path.join(directory, n) for n in names if n.startswith("upgradebackup.")}


def _change(repository: str, changes: list[Format], done: str) -> None:
    """Convert one format after the other, and say so."""
    for one in changes:
        backups = _convert(repository, one.name, one.options)
        print(f"{done} {one.name}", flush=True)
        for directory in backups:
            print(f"  what was there before is kept in {directory}")


def downgrade(repository: str, dry_run: bool) -> int:
    """Take out what stock Mercurial without Rust refuses; returns the exit status."""
    found = refused(repository)
    if not found:
        print("nothing to do: stock Mercurial without Rust opens this repository")
    elif dry_run:
        print(f"would remove {', '.join(found)}")
    else:
        changes = [one for one in REFUSED if one.name in found]
        _change(repository, changes, "removed")
        print("stock Mercurial without Rust opens this repository now")
    return 0


def upgrade(repository: str, dry_run: bool) -> int:
    """Put in what our Rust makes fast; returns the exit status."""
    if reason := why_no_rust():
        raise FormatProblem(f"Mercurial here would refuse it then: {reason}")
    has, _ = _variants(repository, {})
    lacking = [name for name in WANTED if has.get(name) is False]
    if not lacking:
        print(f"nothing to do: this repository has {' and '.join(WANTED)}")
    elif dry_run:
        print(f"would add {', '.join(lacking)}")
    else:
        _change(repository, [Format(name, WANTED[name]) for name in lacking], "added")
        print("stock Mercurial without Rust refuses it now; `amalgam downgrade` helps")
    return 0


def run(command: str, repository: str, *, dry_run: bool) -> int:
    """The commands `amalgam downgrade` and `upgrade`; returns the exit status."""
    try:
        return {"downgrade": downgrade, "upgrade": upgrade}[command](
            repository, dry_run
        )
    except (FormatProblem, ImportError, OSError) as problem:
        sys.stderr.write(f"amalgam: cannot {command} {repository}: {problem}\n")
        return 1


def why_no_rust() -> str | None:
    """Why our Rust would not serve Mercurial here; None if it would."""
    hook.install(switch.enabled_policy())
    host = hook.FINDER.host()
    if host is None:
        return hosts.why_left_alone(hosts.installed_version() or "unknown")
    if reason := doctor.examine_rust(host):
        return reason
    if host.rust not in MERCURIAL.rule().flavours:
        return f"policy {MERCURIAL.value()} has no Rust"
    return None
