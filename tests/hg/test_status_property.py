# SPDX-License-Identifier: GPL-2.0-or-later
"""`hg status` says the same under py, c and Rust, on random repositories."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from hg.children import Answer, Child
from hg.random_repository import (
    NAMES,
    Builder,
    Plan,
    dirstate_files,
    near_path,
    plans,
    restore_dirstate,
)

CASES = int(os.environ.get("HGAMALGAM_CASES", "200"))
RUST = "rust+c-allow"
POLICIES = ("py", "c", RUST)

SWITCHES = st.lists(
    st.sampled_from(
        [
            b"-A",
            b"-m",
            b"-a",
            b"-r",
            b"-d",
            b"-u",
            b"-i",
            b"-c",
            b"-mard",
            b"-C",
            b"-n",
            b"-0",
            b"-q",
            b"-tu",
            b"--change=0",
            b"--rev=0",
        ]
    ),
    max_size=3,
    unique=True,
)

REGEXPS = st.sampled_from(
    [b"a", b"^a", b"b$", b".*\\.o$", b"a/.*", b"[^/]*$", b"(a|d)/", b"\\.h", b"\xc3"]
)
GLOBS = st.sampled_from(
    [b"*", b"**", b"*.o", b"a/*", b"a/**", b"**/b", b"{a,d}/*", b"[ab]", b"?", b"d*"]
)
PATTERNS = st.one_of(
    near_path,
    near_path,
    st.sampled_from([*NAMES, b".", b"missing", b"a/missing", b"..", b".hgignore"]),
    st.builds(
        lambda kind, body: kind + body,
        st.sampled_from([b"path:", b"relpath:", b"filepath:", b"rootfilesin:"]),
        st.one_of(near_path, st.just(b"")),
    ),
    st.builds(
        lambda kind, body: kind + body,
        st.sampled_from([b"glob:", b"relglob:", b"rootglob:"]),
        st.one_of(GLOBS, near_path),
    ),
    st.builds(
        lambda kind, body: kind + body, st.sampled_from([b"re:", b"relre:"]), REGEXPS
    ),
)
INCLUDES = st.lists(
    st.builds(
        lambda option, pattern: (option, pattern),
        st.sampled_from([b"-I", b"-X"]),
        PATTERNS,
    ),
    max_size=2,
).map(lambda pairs: [word for pair in pairs for word in pair])


def switches_and_patterns(
    switches: list[bytes], includes: list[bytes], patterns: list[bytes]
) -> list[bytes]:
    return [*switches, *includes, b"--", *patterns]


COMMANDS = st.lists(
    st.tuples(
        st.builds(
            switches_and_patterns,
            SWITCHES,
            st.one_of(st.just([]), INCLUDES),
            st.one_of(st.just([]), st.lists(PATTERNS, max_size=3)),
        ),
        # From where: the root, or the n-th directory.
        st.one_of(st.none(), st.none(), st.integers(0, 10)),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def children() -> Iterator[dict[str, Child]]:
    children = {policy: Child(policy) for policy in POLICIES}
    yield children
    for child in children.values():
        child.close()


@pytest.fixture(scope="module")
def templates(
    children: dict[str, Child], tmp_path_factory: pytest.TempPathFactory
) -> dict[int, Path]:
    """An empty repository with a dirstate-v1 and one with a dirstate-v2."""
    place = tmp_path_factory.mktemp("templates")
    for version, use in ((1, b"no"), (2, b"yes")):
        option = b"--config=format.use-dirstate-v2=" + use
        children["c"].must(os.fsencode(place), option, b"init", b"v%d" % version)
        requires = (place / f"v{version}" / ".hg" / "requires").read_text()
        assert ("dirstate-v2" in requires) == (version == 2)
    return {1: place / "v1", 2: place / "v2"}


def look(
    child: Child, builder: Builder, commands: list[tuple[list[bytes], int | None]]
) -> list[Answer]:
    """Each command's answer; its warnings in any order and each once.

    Walks differ in the order, and Rust warns once of what is named twice.
    """
    directories = builder.directories()
    answers = []
    for arguments, where in commands:
        cwd = builder.root
        if where is not None and directories:
            cwd = directories[where % len(directories)]
        answer = child.run(cwd, b"status", *arguments)
        lines = sorted(set(answer.err.splitlines(True)))
        answers.append(answer._replace(err=b"".join(lines)))
    return answers


@settings(
    max_examples=CASES,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(
    plan=plans,
    version=st.sampled_from([1, 2]),
    first=COMMANDS,
    second=COMMANDS,
)
def same_answer(
    children: dict[str, Child],
    templates: dict[int, Path],
    place: Path,
    plan: Plan,
    version: int,
    first: list[tuple[list[bytes], int | None]],
    second: list[tuple[list[bytes], int | None]],
) -> None:
    """py, c and Rust answer alike, before and after they saved a dirstate."""
    root = os.fsencode(place / "repo")
    shutil.copytree(templates[version], place / "repo")
    builder = Builder(root, children["c"])
    try:
        builder.build(plan)
        begin = dirstate_files(root)
        saved = {}
        before = {}
        for policy in POLICIES:
            restore_dirstate(root, begin)
            before[policy] = look(children[policy], builder, first)
            saved[policy] = dirstate_files(root)
        compare(builder, before, first)
        # Now with what each policy's status has written, and after changes.
        builder.steps(plan.later)
        common = dirstate_files(root)
        touched = common != saved[POLICIES[-1]]
        event(f"dirstate-v{version}")
        after = {}
        for policy in POLICIES:
            restore_dirstate(root, common if touched else saved[policy])
            after[policy] = look(children[policy], builder, second)
        compare(builder, after, second)
    finally:
        builder.remove()


# Rust reads the ignore files of every status, Python once it meets an unknown
# file: what Rust says of a bad one may come sooner.
IGNORE_FILE_WARNING = re.compile(
    rb".*: ignoring invalid syntax '|skipping unreadable pattern file '"
)


def without_early_warnings(answer: Answer, reference: Answer) -> Answer:
    expected = reference.err.splitlines(True)
    lines = [
        line
        for line in answer.err.splitlines(True)
        if line in expected or not IGNORE_FILE_WARNING.match(line)
    ]
    return answer._replace(err=b"".join(lines))


class BehindLinks:
    """Tracked files behind a directory that became a symbolic link.

    To Rust they are missing. To Python only where it lists unknown files as
    well; elsewhere it follows the link, and may abort when it meets a file.
    """

    ABORT = b"traverses symbolic link"

    def __init__(self, builder: Builder) -> None:
        self.bases = [builder.root, *builder.directories()]

    def __contains__(self, path: bytes) -> bool:
        for base in self.bases:
            parent = os.path.dirname(os.path.normpath(os.path.join(base, path)))
            while len(parent) > len(self.bases[0]):
                if os.path.islink(parent):
                    return True
                parent = os.path.dirname(parent)
        return False

    def dropped_from(self, answer: Answer) -> tuple[Answer, list[bytes]]:
        """The answer without the lines on such files, and these lines."""
        separator = b"\0" if b"\0" in answer.out else b"\n"
        kept: list[bytes] = []
        dropped: list[bytes] = []
        behind = False
        for line in answer.out.split(separator):
            # The source of a copy goes with the line before it.
            if not line.startswith(b"  "):
                behind = (line[2:] if line[1:2] == b" " else line) in self
            (dropped if behind else kept).append(line)
        return answer._replace(out=separator.join(kept)), dropped


def compare(
    builder: Builder,
    answers: dict[str, list[Answer]],
    commands: list[tuple[list[bytes], int | None]],
) -> None:
    behind_links = BehindLinks(builder)
    for number, (arguments, where) in enumerate(commands):
        reference = answers["c"][number]
        for policy in POLICIES:
            answer = answers[policy][number]
            if policy == RUST:
                answer = without_early_warnings(answer, reference)
                if answer != reference and behind_links.ABORT in reference.err:
                    event("only C looks behind a link, and aborts")
                    continue
                if answer != reference:
                    answer, lines = behind_links.dropped_from(answer)
                    reference, _ = behind_links.dropped_from(reference)
                    event(f"only C looks behind a link: {bool(lines)}")
                    coded = [line for line in lines if line[1:2] == b" "]
                    assert all(line[:1] in (b"!", b"R", b" ") for line in coded)
            assert answer == reference, (
                f"hg status {arguments} from directory {where} under {policy}"
            )


def rust_answered(child: Child) -> str:
    """Asserts that it was our Rust that spoke, nearly always; tells how often."""
    provenance, counts = child.facts()
    answered = counts["rust"] - counts["fallbacks"]
    assert provenance["policy"] == RUST
    assert provenance["rust"]
    assert "hgamalgam" in Path(provenance["file"]).parts
    assert counts["asked"] > CASES
    assert answered > 0.9 * counts["asked"]
    assert "panicked" not in child.printed()
    told = f"Rust answered {answered} of {counts['asked']} statuses"
    reasons = [f"{number}: {reason}" for reason, number in counts["reasons"].items()]
    return ", fell back ".join([told, *reasons])


def test_same_answer(
    children: dict[str, Child],
    templates: dict[int, Path],
    tmp_path: Path,
    told: Callable[[str], None],
) -> None:
    """py, c and Rust answer alike, and Rust does answer."""
    same_answer(children, templates, tmp_path)
    told(rust_answered(children[RUST]))
    for policy in ("py", "c"):
        assert not children[policy].facts()[0]["rust"]
