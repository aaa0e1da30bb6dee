# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that runs Mercurial commands one after the other.

Started by `children.Child` under one policy; it must not import anything of
the tests. Reads pickled requests, each with its length before it, and answers
the same way. It also counts how often the dirstate was asked for a status, how
often our Rust was asked, and how often it fell back to Python.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
from typing import Any


def install_hook() -> None:
    """Put Mercurial on our modules, as `amalgam hg` does."""
    from hgamalgam import hook

    hook.install()


class Counter:
    """Counts the calls of `dirstate.status` and of Rust's `status`."""

    def __init__(self) -> None:
        self.asked = 0
        self.rust = 0
        self.fallbacks = 0
        self.reasons: dict[str, int] = {}

    def install(self) -> None:
        from mercurial import dirstate

        real_status = dirstate.dirstate.status

        def status(*args: Any, **kwargs: Any) -> Any:
            self.asked += 1
            return real_status(*args, **kwargs)

        dirstate.dirstate.status = status
        rustmod = dirstate.rustmod
        if rustmod is None:
            return
        rust_status = rustmod.status

        def counted(*args: Any) -> Any:
            self.rust += 1
            try:
                return rust_status(*args)
            except rustmod.FallbackError as error:
                self.fallbacks += 1
                reason = str(error)
                self.reasons[reason] = self.reasons.get(reason, 0) + 1
                raise

        rustmod.status = counted


def provenance() -> dict[str, Any]:
    """The policy, and the file behind `rustext` or None."""
    from mercurial import dirstate, policy

    rustext = sys.modules.get("mercurial.rustext")
    return {
        "policy": policy.policy.decode(),
        "rust": dirstate.rustmod is not None,
        "file": getattr(rustext, "__file__", None),
    }


def run(arguments: list[bytes], cwd: bytes) -> tuple[Any, bytes, bytes]:
    from mercurial import dispatch

    os.chdir(cwd)
    out, err = io.BytesIO(), io.BytesIO()
    request = dispatch.request(arguments, fin=io.BytesIO(), fout=out, ferr=err)
    try:
        status: Any = dispatch.dispatch(request)
    except Exception as error:
        # A command must never end in an exception of its own.
        import traceback

        err.write(b"uncaught: " + traceback.format_exc().encode())
        status = f"{type(error).__name__}"
    return status, out.getvalue(), err.getvalue()


def main() -> None:
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever prints to the standard streams must not meet the answers.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    if "--hook" in sys.argv:
        install_hook()
    import hgdemandimport

    hgdemandimport.enable()
    counter = Counter()
    counter.install()
    while True:
        header = requests.read(4)
        if len(header) < 4:
            return
        request = pickle.loads(requests.read(struct.unpack(">L", header)[0]))
        answer = (provenance(), vars(counter)) if request is None else run(*request)
        data = pickle.dumps(answer)
        answers.write(struct.pack(">L", len(data)) + data)
        answers.flush()


if __name__ == "__main__":
    main()
