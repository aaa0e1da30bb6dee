# SPDX-License-Identifier: GPL-2.0-or-later
"""Which modules a test's processes really ran on.

`install` puts this file and a one-line ``.pth`` into a test environment. Every
Python process of that environment then appends, when it ends, one line to the
file named by ``HGAMALGAM_EVIDENCE``: its policy and the file behind each
module that Mercurial's policy picked. Without the variable nothing happens.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

VARIABLE = "HGAMALGAM_EVIDENCE"
MODULE = "hgamalgam_conformance_evidence"

# The Rust extension's name to Mercurial 6.9 and to 7.2.
RUST = ("mercurial.rustext", "mercurial.pyo3_rustext")
PICKED = ("mercurial.cext.", "mercurial.cffi.", "mercurial.pure.", *RUST)


def install(site_packages: Path) -> None:
    shutil.copyfile(__file__, site_packages / (MODULE + ".py"))
    line = f"import os; {VARIABLE!r} in os.environ and __import__({MODULE!r}).start()\n"
    (site_packages / (MODULE + ".pth")).write_text(line)


def start() -> None:
    import atexit

    atexit.register(write)


def write() -> None:
    """Append this process's line; a process without Mercurial writes none."""
    policy = _namespace(sys.modules.get("mercurial.policy")).get("policy")
    if policy is None:
        return
    served = {}
    for name, module in list(sys.modules.items()):
        if not name.startswith(PICKED):
            continue
        # A lazily imported module that nobody touched was not used.
        if type(module).__name__ == "_LazyModule":
            continue
        namespace = _namespace(module)
        origin = namespace.get("__file__")
        if origin:
            served[name] = origin
    if isinstance(policy, bytes):
        policy = policy.decode("ascii", "replace")
    line = json.dumps({"policy": policy, "served": served}) + "\n"
    try:
        descriptor = os.open(
            os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666
        )
        os.write(descriptor, line.encode())
        os.close(descriptor)
    except (OSError, KeyError):
        # A test may take the variable or the right to write away.
        pass


def _namespace(module: object) -> dict[str, object]:
    if module is None:
        return {}
    # Not vars(): that would load a lazy module.
    namespace: dict[str, object] = object.__getattribute__(module, "__dict__")
    return namespace


def read(file: Path) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Processes by policy, and by (module, "ours" or "stock")."""
    policies: Counter[str] = Counter()
    modules: Counter[tuple[str, str]] = Counter()
    if file.exists():
        for text in file.read_text(errors="replace").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            policies[line["policy"]] += 1
            for name, origin in line["served"].items():
                provider = "ours" if "hgamalgam" in Path(origin).parts else "stock"
                modules[name, provider] += 1
    return policies, modules
