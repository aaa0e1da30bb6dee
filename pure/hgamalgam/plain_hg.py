# SPDX-License-Identifier: GPL-2.0-or-later
"""The `hg` that is first on the search path: whose it is, and whether we serve it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import NamedTuple

from . import switch
from .our_files import ROOT

# What a Python that runs hg is asked; it starts as it would for hg itself, so the
# answer is what hg would have. Its argument is the directory of the script.
_QUESTION = """
import json, sys
sys.path.insert(0, sys.argv[1])
answer = {"prefix": sys.prefix, "root": None, "served": False, "why": None}
try:
    from mercurial import policy
    policy.policy
except Exception as error:
    answer["why"] = f"{type(error).__name__}: {error}"
hook = sys.modules.get("hgamalgam.hook")
if hook is not None:
    answer["root"] = hook.ROOT
    answer["served"] = hook.FINDER.host() is not None
    answer["why"] = answer["why"] or getattr(hook.FINDER, "why_aside", None)
print(json.dumps(answer))
"""
_SECONDS = 20


class PlainHg(NamedTuple):
    """What typing `hg` would run.

    file: where it is; None if the search path has none
    served: whether it runs on this hg-amalgam; None if that cannot be told
    why: why not
    """

    file: str | None
    served: bool | None
    why: str | None

    def sentence(self) -> str:
        if self.file is None:
            return "not on the search path"
        if self.served:
            return f"{self.file} uses hg-amalgam"
        verb = "does not use" if self.served is False else "may use"
        return f"{self.file} {verb} hg-amalgam: {self.why}"


def examine() -> PlainHg:
    """Find the `hg` that would run and ask its Python who serves it."""
    file = shutil.which("hg")
    if file is None:
        return PlainHg(None, None, None)
    command = interpreter(file)
    if command is None:
        return PlainHg(file, None, "it is no Python script")
    directory = os.path.dirname(os.path.realpath(file))
    try:
        done = subprocess.run(
            [*command, "-c", _QUESTION, directory],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
        answer = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return PlainHg(file, None, f"{command[0]} gave no answer ({error})")
    return PlainHg(file, *_judge(answer))


def _judge(answer: dict[str, str]) -> tuple[bool, str | None]:
    """Whether the `hg` whose Python gave `answer` is served by us, and why not."""
    same_place = os.path.realpath(answer["prefix"]) == os.path.realpath(sys.prefix)
    if answer["root"] is not None and not os.path.samefile(answer["root"], ROOT):
        return False, f"it uses the one in {answer['root']}"
    if answer["served"]:
        return True, None
    if answer["why"]:
        return False, answer["why"]
    if not same_place:
        ours = os.path.join(sys.prefix, "bin")
        return False, (
            f"it runs in another environment, {answer['prefix']} "
            f"(this one has its commands in {ours})"
        )
    if not switch.is_enabled():
        return False, "`amalgam enable` switches it over"
    return False, "its Python does not run the file that `amalgam enable` wrote"


def interpreter(script: str) -> list[str] | None:
    """The command that runs a Python script, from its first lines."""
    try:
        with open(script, "rb") as file:
            first, second = file.readline(4096), file.readline(4096)
    except OSError:
        return None
    words = os.fsdecode(first[2:]).split() if first[:2] == b"#!" else []
    # Where the path is long or has blanks in it: '''exec' "/path/to/python" "$0" "$@"
    long_path = re.match(rb"'''exec' \"?([^\"]+?)\"? \"\$0\"", second)
    if long_path:
        words = [os.fsdecode(long_path[1])]
    elif words and os.path.basename(words[0]) == "env":
        words = [word for word in words[1:] if word != "-S"]
    if not words or "py" not in os.path.basename(words[0]):
        return None
    return words
