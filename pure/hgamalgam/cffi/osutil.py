# SPDX-License-Identifier: GPL-2.0-or-later
"""Directories (contract section 2.4): pure Python, which is mostly system calls.

Calling C to make a Python object an entry does not pay.
"""

from __future__ import annotations

from ..pure.osutil import listdir, posixfile

__all__ = ["listdir", "posixfile"]
