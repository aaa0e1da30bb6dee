# SPDX-License-Identifier: GPL-2.0-or-later
"""Ask Mercurial's own matchers, so that ours can be held against them.

Run with the Python of an environment that has stock Mercurial:

    python generate_cases.py [SEED [PATTERN_CASES [IGNORE_CASES]]] > cases.txt

A case is a block of lines; every field is percent-encoded. First what to build:

    case pattern|include|exact|ignore
    case union|intersection|difference
    first|second pattern|include|exact      (of a combination, before its patterns)
    pattern KIND PATTERN                    (KIND is `file` for exact)
    file PATH CONTENTS          (ignore: the tree; `.hgignore` is the ignore file)
    must                        (a refusal to build the matcher is a failure)

then what Mercurial made of it: `error`, or

    files FILE...               (all but ignore)
    flags PREFIX EXACT ALWAYS   (all but ignore)
    missing PATH                (ignore: warnings, in order)
    syntax PATH NAME
    path PATH MATCHES [EXACT VISIT]
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from urllib.parse import quote

from mercurial import match as matchmod

ROOT = b"/no/such/root"

NAMES = [
    b"a", b"b", b"ab", b"ba", b"A", b"aB", b".a", b"a.o", b"b.o", b"a.pyc", b"ab.o",
    b"a.o.b", b"build", b"x", b"a b", b" a", b"a ", b"a\n", b"\n", b"a\nb", b"o\n",
    b"a\\b", b"[a]", b"{a}", b"!", b"a#", b"#", b"\xc3\xa9", b"\xe9", b"\xff.o", b"1",
    b"10", b"_", b"-", b"a-b", b"^", b"$", b"a,b", b"*", b"?", b"a~", b"]", b"a.O",
    b"\r", b"include", b"includea", b"\t",
]  # fmt: skip

GLOB_TOKENS = [
    b"a", b"b", b"ab", b"A", b".", b".o", b".pyc", b"o", b"/", b"/", b"*", b"*", b"**",
    b"**/", b"/**/", b"?", b"[ab]", b"[!a]", b"[^a]", b"[a-b]", b"[]a]", b"[!]a]",
    b"[", b"]", b"{a,b}", b"{", b"}", b",", b"{a,*.o}", b"{a,{b,o}}", b"\\", b"\\*",
    b"!", b"-", b"build", b" ", b"#", b"\n", b"\xe9", b"\xc3\xa9", b"[\xe0-\xff]",
    b"..", b"./", b"x", b"(", b")", b"|", b"+", b"^", b"$", b"[b-a]", b"[\\d]", b"~",
    b"&", b"1", b"[[]", b"[--a]", b"[!!]", b"{}", b"{,a}",
]  # fmt: skip

REGEX_TOKENS = [
    b"a", b"b", b"ab", b"A", b"o", b"x", b"1", b"\\.", b"\\.o", b"\\.pyc", b".", b"/",
    b"/", b".*", b".*", b"[^/]*", b"[^/]+", b"^", b"^", b"$", b"$", b"(^|/)", b"(/|$)",
    b"(?:/|$)", b"(a|b)", b"(?:a|b)", b"(?P<n>a)", b"(?P<m>b)", b"|", b"|", b"*", b"+",
    b"?", b"*?", b"+?", b"??", b"{2}", b"{1,2}", b"{,2}", b"{1,}", b"{,}", b"{", b"}",
    b"{}", b"{a}", b"{2,1}", b"[ab]", b"[^a]", b"[a-b]", b"[]a]", b"[^]a]", b"[a-]",
    b"[\\w-]", b"[\\d.]", b"[^\\s]", b"[b-a]", b"[", b"]", b"(", b")", b"\\d", b"\\D",
    b"\\w", b"\\W", b"\\s", b"\\S", b"\\b", b"\\A", b"\\Z", b"\\n", b"\\t", b"\\x61",
    b"\\x6", b"\\141", b"\\0", b"\\07", b"\\1", b"\\q", b"\\-", b"\\/", b"\\ ", b"\\",
    b"(?i)", b"(?s)", b"(?m)", b"(?i:a)", b"(?s:.)", b"(?m:^)", b"(?m:$)", b"(?-i:a)",
    b"(?im:^a$)", b"(?a)", b"(?x)", b"(?L)", b"(?u)", b"(?=a)", b"(?!a)", b"(?<=a)",
    b"(?<!a)", b"(?#c)", b"(?", b"(?P", b"(?:)", b"()", b" ", b"\n", b"\xe9", b"\xc3",
    b"[\xe0-\xff]", b"(a$)", b"(a$)?", b"(^a)", b"(|a)", b"(a|)*", b"[&&a]", b"[a||b]",
    b"[[:alpha:]]", b"\\pL", b"\\U0001", b"\\z", b"\\Q", b"\\E", b"\\h", b"&", b"~",
    b"[^\\W]", b"[\\b]", b"[\\]a]", b"build", b"#", b"-",
]  # fmt: skip

PATH_TOKENS = [
    b"a", b"b", b"ab", b"/", b"/", b".", b"./", b"../", b"a.o", b"build", b"a b",
    b"\xe9", b"*", b"[a]", b"A", b" ", b"\n", b"a\n",
]  # fmt: skip

KINDS = [
    "re", "relre", "relre", "relre", "glob", "glob", "rootglob", "relglob", "relglob",
    "path", "relpath", "filepath", "rootfilesin",
]  # fmt: skip

PATTERN_FILE_PREFIXES = [
    b"", b"", b"", b"", b"re:", b"regexp:", b"glob:", b"relglob:", b"relre:",
    b"rootglob:", b"path:", b"syntax: glob\n", b"syntax: regexp\n",
    b"syntax:rootglob\n",
    b"syntax: bad\n", b"syntax: include\n", b"# c\n", b"\\#", b" ", b"include", b"\n",
]  # fmt: skip

# Patterns of everyday use, each of which must be answered.
EVERYDAY = [
    ("relglob", b"*.pyc"), ("relglob", b"*~"), ("relglob", b"build"),
    ("relglob", b"a/b"), ("relglob", b"*"), ("relglob", b"**"), ("relglob", b".*.o"),
    ("relglob", b"{a,b}.o"), ("relglob", b"[ab].o"), ("relglob", b"**/a"),
    ("relglob", b"a/**/b"), ("relglob", b"a/**"), ("relglob", b"?"),
    ("rootglob", b"*.o"), ("rootglob", b"a/*.o"), ("rootglob", b"**.o"),
    ("glob", b"*.o"), ("glob", b""), ("glob", b"a"), ("glob", b"a/b*"),
    ("glob", b"a/?.o"), ("glob", b"**"), ("path", b"a"), ("path", b"."), ("path", b""),
    ("path", b"a/b"), ("relpath", b"a"), ("relpath", b""), ("relpath", b"a/b"),
    ("filepath", b"a"), ("filepath", b"a/b"), ("rootfilesin", b"."),
    ("rootfilesin", b"a"), ("rootfilesin", b"a/b"), ("re", b"a"), ("re", b".*\\.o$"),
    ("re", b"(?i).*\\.o$"), ("re", b"(?s)a.*"), ("re", b"a$|b$"), ("re", b""),
    ("relre", b"\\.o$"), ("relre", b"^a"), ("relre", b"^a$"), ("relre", b"(^|/)a(/|$)"),
    ("relre", b"a|^b"), ("relre", b"(?i)\\.O$"), ("relre", b"(?i)^A"), ("relre", b""),
    ("relre", b"\\.(o|pyc)$"), ("relre", b"a\\b"), ("relre", b"^[^/]+\\.o$"),
    ("relre", b".*\\.o"), ("relre", b"^(?:a|b)/"), ("relre", b"\\d+"),
    ("relre", b"[\\w.]+~"), ("relre", b"^a{1,2}b?"), ("relre", b"#"),
    ("relre", b"a\nb"),
]  # fmt: skip


def encode(field: bytes) -> str:
    return quote(field, safe="/.*^$[](){}|:?") or "%"


def random_path(rng: random.Random) -> bytes:
    return b"/".join(rng.choice(NAMES) for _ in range(rng.choice([1, 1, 2, 2, 3, 4])))


def random_pattern(rng: random.Random, kind: str) -> bytes:
    if kind in ("re", "relre"):
        tokens, lengths = REGEX_TOKENS, [1, 2, 2, 3, 3, 4, 5, 6]
    elif "glob" in kind:
        tokens, lengths = GLOB_TOKENS, [1, 1, 2, 2, 3, 3, 4, 5]
    elif rng.random() < 0.6:
        return random_path(rng)
    else:
        tokens, lengths = PATH_TOKENS, [0, 1, 2, 3, 4]
    return b"".join(rng.choice(tokens) for _ in range(rng.choice(lengths)))


def normalized(kind: str, pattern: bytes) -> bytes:
    """What Mercurial's `_donormalize` does to a pattern of this kind."""
    if kind in ("relglob", "path", "filepath", "rootfilesin", "rootglob"):
        return os.path.normpath(pattern)
    if kind in ("glob", "relpath"):
        pattern = os.path.normpath(pattern).lstrip(b"/")
        return b"" if pattern == b"." else pattern
    return pattern


def probes(rng: random.Random, patterns: list[bytes]) -> list[bytes]:
    paths = {b"", b"a", b"a/b", b"a.o", b"b/a.o", b"build/x", b"x/build", b"a\n"}
    paths.update(random_path(rng) for _ in range(20))
    for pattern in patterns:
        if pattern and not pattern.startswith(b"/"):
            paths.update([pattern, pattern + b"/a", b"x/" + pattern, pattern + b"\n"])
            paths.add(os.path.dirname(pattern))
    return sorted(paths)


def visit(answer: bytes | set[bytes]) -> str:
    if isinstance(answer, bytes):
        return answer.decode()
    names = ",".join(sorted(map(encode, answer)))
    return f"{{{names}}}"


def build(matcher_type: str, patterns: list[tuple[str, bytes]]) -> matchmod.basematcher:
    """The matcher, and its description on standard output."""
    kindpats = sorted((kind.encode(), pattern, b"") for kind, pattern in patterns)
    for kind, pattern, _source in kindpats:
        print("pattern", kind.decode(), encode(pattern))
    if matcher_type == "exact":
        return matchmod.exactmatcher([pattern for _, pattern, _ in kindpats])
    if matcher_type == "pattern":
        return matchmod.patternmatcher(ROOT, kindpats)
    return matchmod.includematcher(ROOT, kindpats)


def print_answers(matcher: matchmod.basematcher, paths: list[bytes]) -> None:
    print("files", *map(encode, matcher.files()))
    flags = (matcher.prefix(), matcher.isexact(), matcher.always())
    print("flags", *map(int, flags))
    for path in paths:
        answer = matcher.visitchildrenset(path)
        matches, exact = bool(matcher(path)), matcher.exact(path)
        print("path", encode(path), int(matches), int(exact), visit(answer))


def pattern_case(
    rng: random.Random, matcher_type: str, patterns: list[tuple[str, bytes]], must: bool
) -> None:
    print("case", matcher_type)
    if must:
        print("must")
    patterns = [(kind, normalized(kind, pattern)) for kind, pattern in patterns]
    try:
        matcher = build(matcher_type, patterns)
    except Exception:  # whatever Mercurial fails with, ours has to refuse
        print("error")
        return
    print_answers(matcher, probes(rng, [pattern for _kind, pattern in patterns]))


def random_everyday(rng: random.Random, count: int) -> list[tuple[str, bytes]]:
    """Patterns that can stand together."""
    several = [pattern for pattern in EVERYDAY if not pattern[1].startswith(b"(?")]
    return rng.sample(several, count)


def random_parts(rng: random.Random) -> tuple[str, list[tuple[str, bytes]]]:
    matcher_type = rng.choice(["pattern", "include", "exact"])
    if matcher_type == "exact":
        count = rng.choice([0, 1, 3, 6])
        return matcher_type, [("file", random_path(rng)) for _ in range(count)]
    if rng.random() < 0.5:
        kinds = [rng.choice(["path", "rootfilesin", "filepath"]) for _ in range(2)]
        paths = [(kind, rng.choice([b"a", b"b", b"a/b", b"x/a/b"])) for kind in kinds]
        return matcher_type, paths
    return matcher_type, random_everyday(rng, rng.choice([1, 2]))


def combined_case(rng: random.Random) -> None:
    operations = {
        "union": lambda first, second: matchmod.unionmatcher([first, second]),
        "intersection": matchmod.intersectionmatcher,
        "difference": matchmod.differencematcher,
    }
    operation = rng.choice(list(operations))
    print("case", operation)
    print("must")
    matchers = []
    patterns = []
    for position in ("first", "second"):
        matcher_type, part = random_parts(rng)
        print(position, matcher_type)
        matchers.append(build(matcher_type, part))
        patterns += [pattern for _kind, pattern in part]
    print_answers(operations[operation](*matchers), probes(rng, patterns))


def random_pattern_file(rng: random.Random, includes: list[bytes]) -> bytes:
    lines = []
    for _ in range(rng.choice([0, 1, 2, 3, 5])):
        if includes and rng.random() < 0.4:
            lines.append(rng.choice(includes))
            continue
        prefix = rng.choice(PATTERN_FILE_PREFIXES)
        kind = rng.choice(["relre", "relglob", "path"])
        if kind == "relre" and rng.random() < 0.7:
            pattern = rng.choice([p for k, p in EVERYDAY if k == "relre"])
        else:
            pattern = random_pattern(rng, kind)
        lines.append(prefix + pattern + rng.choice([b"", b"", b" ", b" # c", b"\r"]))
    return b"\n".join(lines) + rng.choice([b"\n", b""])


def ignore_case(rng: random.Random) -> None:
    files = {
        b".hgignore": random_pattern_file(
            rng,
            [
                b"include:one", b"include:a/two", b"subinclude:a/.hgignore",
                b"subinclude:b/.hgignore", b"subinclude:three", b"include:missing",
                b"subinclude:a/missing", b"subinclude:missing/none", b"include:a",
                b"syntax: include\n:one", b"subinclude:a/two", b"include: one",
                b"include:./one", b"include:b/../one",
            ],
        ),
        b"one": random_pattern_file(
            rng, [b"include:a/two", b"subinclude:a/.hgignore", b"include:missing"]
        ),
        b"three": random_pattern_file(rng, [b"subinclude:a/.hgignore"]),
        b"a/two": random_pattern_file(rng, []),
        b"a/.hgignore": random_pattern_file(
            rng,
            [
                b"subinclude:b/.hgignore", b"subinclude:two", b"include:two",
                b"include:b/missing", b"subinclude:../b/.hgignore",
            ],
        ),
        b"a/b/.hgignore": random_pattern_file(rng, []),
        b"b/.hgignore": random_pattern_file(rng, [b"include:../one"]),
    }  # fmt: skip
    print("case ignore")
    warnings: list[bytes] = []
    paths = probes(rng, [])
    paths += [d + b"/" + p for p in paths if p for d in (b"a", b"a/b", b"b")]
    with tempfile.TemporaryDirectory() as directory:
        root = os.path.realpath(os.fsencode(directory))
        for name, contents in sorted(files.items()):
            print("file", encode(name), encode(contents))
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(contents)
        try:
            matcher = matchmod.match(
                root,
                b"",
                [],
                [b"include:" + os.path.join(root, b".hgignore")],
                warn=warnings.append,
            )
            answers = [(path, bool(matcher(path))) for path in paths]
        except Exception:
            print("error")
            return
    for warning in warnings:
        warning = warning.rstrip(b"\n").replace(root + b"/", b"")
        start, _, end = warning.rpartition(b"'")[0].rpartition(b"'")
        if start.startswith(b"skipping unreadable"):
            print("missing" if b"No such" in warning else "unreadable", encode(end))
        else:
            name = start.split(b":")[0]
            print("syntax", encode(name), encode(end))
    for path, answer in answers:
        print("path", encode(path), int(answer))


def main() -> None:
    given = list(map(int, sys.argv[1:]))
    seed, pattern_cases, ignore_cases = given + [1, 300, 100][len(given) :]
    rng = random.Random(seed)
    for matcher_type in ("pattern", "include"):
        for pattern in EVERYDAY:
            pattern_case(rng, matcher_type, [pattern], must=True)
        for _ in range(30):
            pattern_case(rng, matcher_type, random_everyday(rng, 4), must=True)
        for _ in range(pattern_cases):
            kinds = [rng.choice(KINDS) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
            patterns = [(kind, random_pattern(rng, kind)) for kind in kinds]
            pattern_case(rng, matcher_type, patterns, must=False)
    for _ in range(10):
        pattern_case(rng, "exact", [("file", random_path(rng)) for _ in range(4)], True)
    for _ in range(ignore_cases):
        combined_case(rng)
    for _ in range(ignore_cases):
        ignore_case(rng)


if __name__ == "__main__":
    main()
