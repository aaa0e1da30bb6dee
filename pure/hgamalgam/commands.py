# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands of `amalgam` other than `hg`."""

from __future__ import annotations

import argparse
import os
import sys

from . import __version__, doctor, formats, switch
from .policy import MERCURIAL


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="amalgam",
        description="Run stock Mercurial on native modules in Rust, C, cffi or Python.",
        epilog=f"The policy is {MERCURIAL.variable}, else {MERCURIAL.default}; "
        f"it is one of: {', '.join(MERCURIAL.rules)}.",
    )
    top.add_argument("--version", action="version", version=f"hg-amalgam {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser(
        "hg",
        help="run hg with the arguments that follow, on these modules",
        add_help=False,
    )
    enable = commands.add_parser(
        "enable", help="let plain hg of this environment use these modules"
    )
    enable.add_argument(
        "--policy",
        choices=list(MERCURIAL.rules),
        help=f"the policy of plain hg where {MERCURIAL.variable} names none "
        f"(default: the best that can be served when hg starts, "
        f"now {MERCURIAL.default})",
    )
    commands.add_parser("disable", help="give plain hg its own modules back")
    check = commands.add_parser(
        "doctor",
        help="show who serves each module, and why; "
        "exit status 0 if the policy is fully served",
    )
    check.add_argument("--json", action="store_true", help="for programs")
    check.add_argument(
        "-R",
        dest="repository",
        metavar="REPO",
        help="show also what of this repository stock Mercurial without Rust refuses",
    )
    for name, what in (
        ("downgrade", "take out of a repository what stock Mercurial without Rust "
         "refuses"),
        ("upgrade", "give a repository what Rust makes fast, which stock Mercurial "
         "without Rust refuses"),
    ):  # fmt: skip
        convert = commands.add_parser(name, help=what, description=f"{what}.")
        convert.add_argument(
            "--dry-run", action="store_true", help="only say what would be done"
        )
        convert.add_argument("repository", metavar="REPO")
    return top


def run(arguments: list[str]) -> int:
    """Run `amalgam ARGUMENTS`; returns the exit status (2: wrong usage)."""
    top = parser()
    options = top.parse_args(arguments)
    try:
        status = 0
        if options.command == "enable":
            status = switch.enable(options.policy)
        elif options.command == "disable":
            status = switch.disable()
        elif options.command == "doctor":
            status = doctor.run(options.json, options.repository)
        elif options.command in ("downgrade", "upgrade"):
            status = formats.run(
                options.command, options.repository, dry_run=options.dry_run
            )
        else:
            top.print_help(sys.stdout)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # as `amalgam doctor | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 255
