# SPDX-License-Identifier: GPL-2.0-or-later
"""Long-lived Mercurial processes, one a policy, for tests that run thousands
of commands."""

from __future__ import annotations

import os
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

SCRIPT = Path(__file__).with_name("status_child.py")


class Answer(NamedTuple):
    """What a command did; `status` is a class name where it raised."""

    status: Any
    out: bytes
    err: bytes


def without_root_powers() -> list[str]:
    """As root, a command prefix under which an unreadable file is unreadable."""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return []
    powers = "-dac_override,-dac_read_search"
    prefix = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", "--"]
    return prefix if subprocess.run([*prefix, "true"]).returncode == 0 else []


class Child:
    """One process running Mercurial under `policy`."""

    def __init__(self, policy: str, hook: bool = True) -> None:
        environ = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("HG", "PYTHON")) and key != "EDITOR"
        }
        environ.update(
            HGMODULEPOLICY=policy,
            HGRCPATH=str(SCRIPT.with_name("children.hgrc")),
            HGPLAIN="1",
            HGUSER="test",
            HGENCODING="utf-8",
            HGEDITOR="false",
            HGMERGE="internal:local",
            TZ="UTC",
        )
        self.policy = policy
        # Not a pipe: nobody reads it while the child runs.
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [
                *without_root_powers(),
                sys.executable,
                str(SCRIPT),
                *(["--hook"] if hook else []),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env=environ,
        )

    def _ask(self, request: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        data = pickle.dumps(request)
        try:
            self._process.stdin.write(struct.pack(">L", len(data)) + data)
            self._process.stdin.flush()
            header = self._process.stdout.read(4)
        except BrokenPipeError:
            header = b""
        if len(header) < 4:
            status = self._process.wait()
            raise AssertionError(
                f"the {self.policy} process died with status {status} on "
                f"{request!r}:\n{self.printed()}"
            )
        return pickle.loads(self._process.stdout.read(struct.unpack(">L", header)[0]))

    def run(self, cwd: bytes, *arguments: bytes) -> Answer:
        return Answer(*self._ask((list(arguments), cwd)))

    def must(self, cwd: bytes, *arguments: bytes) -> bytes:
        """Run a command that has to succeed; return what it printed."""
        answer = self.run(cwd, *arguments)
        assert answer.status == 0, (arguments, answer)
        return answer.out

    def facts(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Where its modules come from, and the counts of status calls."""
        provenance, counts = self._ask(None)
        return provenance, counts

    def printed(self) -> str:
        """What the process wrote past Mercurial, such as a panic's message."""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._stderr.close()
