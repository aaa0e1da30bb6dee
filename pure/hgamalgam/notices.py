# SPDX-License-Identifier: GPL-2.0-or-later
"""The one line that plain hg may say of us, and who gets to see it."""

from __future__ import annotations

import os
import sys


def tell(text: str) -> None:
    """Say it on standard error, where a person can see it and no program reads it."""
    stream = sys.stderr
    arguments = getattr(sys, "argv", ())  # an embedded Python may have none
    if (
        stream is None
        or "HGPLAIN" in os.environ
        or "HGPLAINEXCEPT" in os.environ
        or ("serve" in arguments and "--stdio" in arguments)
    ):
        return
    try:
        if stream.isatty():
            line = " ".join(text.split())
            stream.write(f"hg-amalgam: {line}; see `amalgam doctor`\n")
    except (OSError, ValueError):
        pass  # closed, or gone
