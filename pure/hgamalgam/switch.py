# SPDX-License-Identifier: GPL-2.0-or-later
"""Switches plain `hg` of an environment to our modules and back.

The switch is one `.pth` file beside this package: every Python program of the
environment runs it at its start, so all it does is to put a finder in place that
looks at names. It is listed among the installed files, and goes with them.
"""

from __future__ import annotations

import os
import sys

from . import hosts, installed_files
from .our_files import ROOT
from .policy import MERCURIAL

FILE_NAME = "hg_amalgam_enabled.pth"
_POLICY_LINE = "# policy: "
_TEMPLATE = """\
# Written by `amalgam enable`: hg uses the modules of hg-amalgam.
# `amalgam disable` removes this file.
{policy_line}{start}
"""
# Compiled at each start of Python, so each part is compiled only where it is needed:
# the finder once, though Python runs these files twice in a virtual environment, and
# as a simple namespace, since a class costs more; the rest when Mercurial is imported.
# The names of hgamalgam.startup are those of every version of hg-amalgam.
_START = (
    'import sys; hasattr(sys.meta_path[0], "hgamalgam") or '
    'exec({finder!r}, {{"sys": sys}})'
)
_FINDER = """\
finder = type(sys.implementation)(hgamalgam=True)
finder.find_spec = lambda name, *rest: None if name[:10] != "mercurial." else (
    exec({code!r}) or finder.find_spec(name, *rest))
sys.meta_path.insert(0, finder)"""
_CODE = """\
try:
    from hgamalgam.startup import WaitingFinder
    finder.find_spec = WaitingFinder({policy!r}).find_spec
except Exception:
    finder.find_spec = lambda *request: None"""


def switch_path() -> str:
    """Where the `.pth` file is, or would be: a directory Python reads them from."""
    import site
    import sysconfig

    parent = os.path.dirname(ROOT)
    sites = [*site.getsitepackages(), site.getusersitepackages()]
    if any(os.path.realpath(one) == os.path.realpath(parent) for one in sites):
        return os.path.join(parent, FILE_NAME)
    # An editable install: the package is elsewhere.
    return os.path.join(sysconfig.get_path("purelib"), FILE_NAME)


def is_enabled() -> bool:
    """Whether plain hg is switched over."""
    return _content() is not None


def enabled_policy() -> str | None:
    """The policy that `enable` was given for plain hg, if any."""
    for line in (_content() or "").splitlines():
        if line.startswith(_POLICY_LINE):
            return line[len(_POLICY_LINE) :]
    return None


def _content() -> str | None:
    try:
        with open(switch_path(), encoding="ascii") as file:
            return file.read()
    except FileNotFoundError:
        return None


def enable(policy: str | None) -> int:
    """Switch plain hg over; returns the exit status.

    Without `policy` hg finds out at each start what can be served, as Mercurial
    and hg-amalgam may be other ones by then.
    """
    path = switch_path()
    text = _TEMPLATE.format(
        policy_line="" if policy is None else f"{_POLICY_LINE}{policy}\n",
        start=_START.format(finder=_FINDER.format(code=_CODE.format(policy=policy))),
    )
    shown = policy or f"{MERCURIAL.default} (the default)"
    try:
        if _content() == text:
            print(f"already enabled, with policy {shown} ({path})")
            return 0
        listed = installed_files.add(path)
        installed_files.replace_file(path, text.encode("ascii"))
    except OSError as error:
        return _failed("enable", error)
    print(f"enabled: hg of {sys.prefix} uses hg-amalgam with policy {shown}")
    if listed:
        print(
            f"({path}; `amalgam disable` undoes it, and so does uninstalling "
            "or upgrading hg-amalgam)"
        )
    else:
        print(f"({path}; `amalgam disable` undoes it)")
        print("note: run that before you uninstall hg-amalgam, which was not")
        print("installed here in a way that would remove this file with it")
    version = hosts.installed_version()
    if version is None:
        print("note: Mercurial is not installed here yet")
    elif hosts.host_of(version) is None:
        print(f"note: {hosts.why_left_alone(version)}")
    return 0


def disable() -> int:
    """Give plain hg its own modules back; returns the exit status."""
    path = switch_path()
    try:
        try:
            os.unlink(path)
        except FileNotFoundError:
            print(f"already disabled (no {path})")
            return 0
        installed_files.remove(path)
    except OSError as error:
        return _failed("disable", error)
    print(f"disabled: hg of {sys.prefix} uses its own modules")
    return 0


def _failed(what: str, error: OSError) -> int:
    sys.stderr.write(f"amalgam: cannot {what}: {error.filename}: {error.strerror}\n")
    return 1
