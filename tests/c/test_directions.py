# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files of c_ext call which: cext and cffi call core, and no two each other.

Read from the sources: a file calls another when it names what that one defines.
"""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

C_EXT = Path(__file__).resolve().parents[2] / "c_ext"

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# A function or a variable for other files: what is for one only is static, and
# what is declared only ends with its parenthesis.
DEFINED = re.compile(
    r"^(?!static\b|typedef\b|extern\b|return\b)[A-Za-z_][\w ]*?[ *]"
    r"(\w+)(?:\((?:[^;{}]*)\)\n\{|(?:\[\w*\])* = )",
    re.MULTILINE,
)
NAME = re.compile(r"\b[A-Za-z_]\w+\b")
INCLUDED = re.compile(r'^#include "(?:\.\./)?([^"]+)"', re.MULTILINE)


def code(path: Path) -> str:
    return STRING.sub('""', COMMENT.sub("", path.read_text()))


def calls() -> dict[str, set[str]]:
    """By file, those it calls; a header's inline functions are its file's."""
    texts: dict[str, str] = {}
    for path in sorted(C_EXT.glob("*/*.[ch]")):
        name = str(path.relative_to(C_EXT).with_suffix(""))
        texts[name] = texts.get(name, "") + code(path)
    home = {
        name: file for file, text in texts.items() for name in DEFINED.findall(text)
    }
    assert len(home) > 150
    return {
        file: {home[name] for name in NAME.findall(text) if name in home} - {file}
        for file, text in texts.items()
    }


def includes() -> dict[str, set[str]]:
    headers = {path.name: path for path in C_EXT.glob("*/*.h")}
    assert len(headers) > 20
    return {
        name: {Path(one).name for one in INCLUDED.findall(path.read_text())}
        for name, path in headers.items()
    }


def test_it_sees_what_calls_what() -> None:
    found = calls()
    assert "core/index_view" in found["core/index"]
    assert "cext/parsers_index_object" in found["cext/parsers_index_dag"]
    assert "cext/parsers_nodetree" in found["cext/parsers"]
    assert "core/index" in found["cffi/index_jobs"] | found["cext/parsers_index"]


def test_fronts_call_the_core() -> None:
    for file, called in calls().items():
        front = file.split("/")[0]
        assert {one.split("/")[0] for one in called} <= {front, "core"}, file


@pytest.mark.parametrize("graph", [calls, includes])
def test_no_two_files_call_each_other(graph) -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
