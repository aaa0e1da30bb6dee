# SPDX-License-Identifier: GPL-2.0-or-later
"""Each function of the C modules that are given bytes and files, called once.

Of the form of parsers_calls.py. What these work on does not change: `check` calls
them all again, which then give what they always do.
"""

from __future__ import annotations

import errno
import os
import struct
from typing import Any, Callable, ClassVar

from hgamalgam.cext import base85, bdiff, mpatch, osutil, parsers

LINES = [b"line %d\n" % i for i in range(60)]
A, B = b"".join(LINES), b"".join(LINES[::2])
DELTA = bdiff.bdiff(A, B)
BAD = struct.pack(">lll", 9, 5, 0)
HERE = os.path.dirname(os.path.abspath(__file__)).encode()
NAMES = [os.path.join(HERE, b"text_calls.py"), HERE + b"/nowhere"] * 9
LONG = b"data/" + b"Directory.d/" * 20 + b"file.i"


def refused(call: Callable[..., Any], *arguments: Any) -> str:
    """The text of the exception; but MemoryError goes on."""
    try:
        call(*arguments)
    except MemoryError:
        raise
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise
        return str(error)
    except Exception as error:
        return str(error)
    raise AssertionError("not refused")


class Texts:
    name = "texts"

    def __init__(self, _module: object) -> None:
        pass

    methods: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "b85decode": lambda self: base85.b85decode(base85.b85encode(A)),
        "b85decode, bad": lambda self: refused(base85.b85decode, b"a b"),
        "b85encode": lambda self: base85.b85encode(A, True),
        "bdiff": lambda self: bdiff.bdiff(A, B),
        "bdiff of buffers": lambda self: bdiff.bdiff(bytearray(A), memoryview(B)),
        "blocks": lambda self: bdiff.blocks(A, B),
        "fixws": lambda self: bdiff.fixws(A, 0),
        "line_diff": lambda self: bdiff.line_diff(A, B),
        "manifest_diff": lambda self: bdiff.manifest_diff(A, B),
        "splitnewlines": lambda self: bdiff.splitnewlines(A),
        "storage_diff": lambda self: bdiff.storage_diff(A, B),
        "xdiffblocks": lambda self: bdiff.xdiffblocks(A, B),
        "patches": lambda self: mpatch.patches(A, [DELTA, bytearray(DELTA[:0])]),
        "patches, bad": lambda self: refused(mpatch.patches, A, [DELTA, BAD]),
        "patchedsize": lambda self: mpatch.patchedsize(len(A), DELTA),
        "getfstype": lambda self: osutil.getfstype(HERE),
        "getfstype, none": lambda self: refused(osutil.getfstype, HERE + b"/none"),
        "listdir": lambda self: len(osutil.listdir(HERE, True)),
        "listdir, none": lambda self: refused(osutil.listdir, HERE + b"/none"),
        "statfiles": lambda self: [
            one and one.st_size for one in osutil.statfiles(NAMES)
        ],
        "unblocksignal": lambda self: osutil.unblocksignal(10),
        "asciilower": lambda self: parsers.asciilower(A),
        "asciilower, bad": lambda self: refused(parsers.asciilower, b"\xff"),
        "asciiupper": lambda self: parsers.asciiupper(A),
        "encodedir": lambda self: parsers.encodedir(LONG),
        "isasciistr": lambda self: parsers.isasciistr(A),
        "jsonescapeu8fast": lambda self: parsers.jsonescapeu8fast(A, False),
        "jsonescapeu8fast, bad": lambda self: refused(
            parsers.jsonescapeu8fast, b"\xff", True
        ),
        "lowerencode": lambda self: parsers.lowerencode(LONG * 2),
        "pathencode": lambda self: parsers.pathencode(LONG),
        "pathencode, bad": lambda self: refused(parsers.pathencode, LONG * 50),
    }

    def check(self) -> None:
        assert {name: call(self) for name, call in self.methods.items()} == RESULTS


RESULTS = {name: call(None) for name, call in Texts.methods.items()}
