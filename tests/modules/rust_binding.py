# SPDX-License-Identifier: GPL-2.0-or-later
"""The Rust module under test: that of the binding which the Mercurial here asks for.

One body tests both bindings where their contracts agree, each in an environment
of its own, and `is_pyo3` says where they do not.
"""

from __future__ import annotations

from importlib import import_module, metadata

from hgamalgam import hosts

_host = hosts.host_of(metadata.version("mercurial"))
assert _host is not None

rustext = import_module(f"hgamalgam.{_host.rust}")
is_pyo3 = _host.rust == "pyo3_rustext"

# What is raised by an object made from another that has changed since.
MUTATED = (
    "^Cannot access to shared reference after mutation$"
    if is_pyo3
    else "^Cannot access to leaked reference after mutation$"
)
