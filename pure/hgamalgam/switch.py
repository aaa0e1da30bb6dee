# SPDX-License-Identifier: GPL-2.0-or-later
"""Switches plain `hg` of an environment to our modules and back.

The switch is one `.pth` file beside this package: Python runs it at its start.
It does nothing, silently, once this package is no longer there.
"""

from __future__ import annotations

import contextlib
import os
import sys

from . import hosts
from .hook import ROOT
from .policy import MERCURIAL

FILE_NAME = "hg_amalgam_enabled.pth"
_POLICY_LINE = "# policy: "
_TEMPLATE = """\
# Written by `amalgam enable`: hg uses the modules of hg-amalgam.
# `amalgam disable` removes this file.
{policy_line}{policy}
import sys; exec({code!r})
"""
_CODE = """\
try:
    from hgamalgam.startup import enable
except Exception:
    pass
else:
    enable({policy!r})
"""


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


def enabled_policy() -> str | None:
    """The policy plain hg was switched to; None if it is not switched."""
    try:
        with open(switch_path(), encoding="ascii") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    for line in lines:
        if line.startswith(_POLICY_LINE):
            return line[len(_POLICY_LINE) :]
    return MERCURIAL.default


def enable(policy: str | None) -> int:
    """Switch plain hg over; returns the exit status."""
    chosen = policy or MERCURIAL.default
    path = switch_path()
    code = _CODE.format(policy=chosen)
    text = _TEMPLATE.format(policy_line=_POLICY_LINE, policy=chosen, code=code)
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        if enabled_policy() == chosen:
            print(f"already enabled, with policy {chosen} ({path})")
            return 0
        try:
            with open(temporary, "w", encoding="ascii") as file:
                file.write(text)
            os.replace(temporary, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
    except OSError as error:
        return _failed("enable", error)
    print(f"enabled: hg of {sys.prefix} uses hg-amalgam with policy {chosen}")
    print(f"({path}; `amalgam disable` undoes it)")
    version = hosts.installed_version()
    if version is None:
        print("note: Mercurial is not installed here yet")
    elif hosts.host_of(version) is None:
        print(f"note: Mercurial {version} was not tested, and is left alone")
    return 0


def disable() -> int:
    """Give plain hg its own modules back; returns the exit status."""
    path = switch_path()
    try:
        os.unlink(path)
    except FileNotFoundError:
        print(f"already disabled (no {path})")
        return 0
    except OSError as error:
        return _failed("disable", error)
    print(f"disabled: hg of {sys.prefix} uses its own modules")
    return 0


def _failed(what: str, error: OSError) -> int:
    sys.stderr.write(f"amalgam: cannot {what}: {error.filename}: {error.strerror}\n")
    return 1
