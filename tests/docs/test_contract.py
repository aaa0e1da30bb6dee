# SPDX-License-Identifier: GPL-2.0-or-later
"""What the code cites of docs/contract is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
CONTRACT = PROJECT / "docs" / "contract"
PLACES = ("hg_*", "c_ext", "pure", "tests", "benches", "tools", "docs")
SUFFIXES = {".rs", ".c", ".h", ".py", ".pyi", ".md"}

# "contract section 2.8", "contract sections 2.6, 3 and 4", "(contract, section 4)".
CITATION = re.compile(
    r"(pyo3 )?\bcontract,? \(?(?:sections? )?"
    r"(\d+(?:\.\d+)?(?:(?:, | and | to )\d+(?:\.\d+)?)*)",
    re.IGNORECASE,
)
# A line's end within a comment, with what begins the next line.
LINE_END = re.compile(r"\n\s*(?:///?|//!|#|\*)?\s*")


def headings(folder: Path) -> dict[str, Path]:
    """The numbers of the sections, each with its page."""
    found: dict[str, Path] = {}
    for page in folder.glob("*.md"):
        for number in re.findall(r"(?m)^#+ (\d+(?:\.\d+)?) ", page.read_text()):
            assert number not in found, f"{page}: {number} is in {found[number]}"
            found[number] = page
    return found


def cited(text: str) -> list[tuple[bool, str]]:
    """Every section that `text` cites: whether of pyo3's, and its number."""
    flat = LINE_END.sub(" ", text)
    return [
        (bool(pyo3), number)
        for pyo3, numbers in CITATION.findall(flat)
        for number in re.findall(r"\d+(?:\.\d+)?", numbers)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("// a list (contract section 2.8)", [(False, "2.8")]),
        ("# contract\n# sections 3\n# and 4.", [(False, "3"), (False, "4")]),
        ("/* contract\n * sections 2.5 to 2.13 */", [(False, "2.5"), (False, "2.13")]),
        ("/// pyo3 contract section 4.4.", [(True, "4.4")]),
        ("the contract (section 4)", [(False, "4")]),
        ("Contractions 4", []),
    ],
)  # fmt: skip
def test_citations_are_found(text, expected):
    assert cited(text) == expected


def test_what_is_cited_is_there():
    sections = {False: headings(CONTRACT), True: headings(CONTRACT / "pyo3")}
    number_of_citations = 0
    missing = []
    for place in PLACES:
        for top in PROJECT.glob(place):
            for file in top.rglob("*"):
                if file.suffix not in SUFFIXES or file == Path(__file__):
                    continue
                for pyo3, number in cited(file.read_text()):
                    number_of_citations += 1
                    if number not in sections[pyo3]:
                        missing.append(f"{file.relative_to(PROJECT)}: {number}")
    assert missing == []
    assert number_of_citations > 100


@pytest.mark.parametrize("folder", [CONTRACT, CONTRACT / "pyo3"])
def test_the_index_names_every_section(folder):
    rows = re.findall(
        r"(?m)^\| ([\d.]+) \| \[.*?\]\((.*?)\) \|", (folder / "README.md").read_text()
    )
    found = {number: page.name for number, page in headings(folder).items()}
    # A page's own parts need no row.
    pages = {number: name for number, name in found.items() if number in dict(rows)}
    assert dict(rows) == pages
    assert set(found.values()) == set(pages.values())
