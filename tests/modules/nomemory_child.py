# SPDX-License-Identifier: GPL-2.0-or-later
"""Run by test_nomemory.py, with failing_malloc.c preloaded: one call, short of memory.

    nomemory_child.py KIND METHOD

Each allocation of the call fails once. It raises MemoryError, or gets by without; and
what it worked on goes on. Prints how many allocations there were.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from modules.index_calls import KINDS as INDEX_KINDS
from modules.parsers_calls import KINDS
from modules.text_calls import Texts

MOST = 100_000


def main(kind_name: str, method: str) -> None:
    module = importlib.import_module("hgamalgam.cext.parsers")
    (kind,) = (kind for kind in (*KINDS, *INDEX_KINDS, Texts) if kind.name == kind_name)
    call = kind.methods[method]
    arm = ctypes.CDLL(None).failing_malloc_arm
    arm.argtypes = [ctypes.c_long]
    arm.restype = None
    disarm = ctypes.CDLL(None).failing_malloc_disarm
    # What is imported or cached at first is not of the call.
    call(kind(module))
    gc.disable()
    for n in range(MOST):
        case = kind(module)
        raised = False
        try:
            arm(n)
            call(case)
        except MemoryError:
            raised = True
        except OSError as error:
            # What the system has to say of a directory.
            raised = error.errno == errno.ENOMEM
            assert raised, error
        failed = disarm()
        assert failed or not raised
        case.check()
        if not failed:
            print(n)
            return
    raise SystemExit("there is no end of allocations")


main(*sys.argv[1:])
