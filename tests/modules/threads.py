# SPDX-License-Identifier: GPL-2.0-or-later
"""Jobs in threads of Python's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def in_threads(*jobs: Callable[[], Any]) -> list[BaseException]:
    """Runs the jobs together; the exceptions that came out of them."""
    failures: list[BaseException] = []

    def run(job: Callable[[], Any]) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return failures
