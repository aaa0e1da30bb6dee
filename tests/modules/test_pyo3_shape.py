# SPDX-License-Identifier: GPL-2.0-or-later
"""`pyo3_rustext.shape` and `matchers` (pyo3 contract section 3)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from mercurial import error

from modules.rust_binding import rustext

shape = rustext.shape

# As Mercurial's own tests have them.
EVERYTHING = b"00dfe7451b0897c077166f360d431a57ea09a5279863b00cfe9d60cefa657dea"
BUT_SECRETS = b"a51b6c5dbfb838215a64a972c8c297233be7731e12f566dee567fd17ef0cd5c5"
SHARDS = """
version = 0
[[shards]]
name = "default"
requires = ["base"]
shape = true
[[shards]]
name = "secrets"
requires = ["other-secret"]
paths = ["secret"]
[[shards]]
name = "other-secret"
paths = ["foo/bar/other-secret/"]
shape = true
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".hg/store").mkdir(parents=True)
    (tmp_path / ".hg/requires").write_text("store\n")
    return tmp_path


def shards(repository: Path, text: str | None = None) -> Any:
    if text is not None:
        (repository / ".hg/store/server-shapes").write_text(text)
    return shape.get_store_shards(os.fsencode(repository))


def test_without_a_file(repository: Path) -> None:
    (full,) = shards(repository).all_shapes()
    assert (full.name(), full.fingerprint()) == ("full", EVERYTHING)
    assert full.patterns() == ([b""], [])
    matcher = full.matcher()
    assert matcher(b"any/file") is matcher.always() is True
    assert matcher.isexact() is matcher.prefix() is False
    assert matcher.files() == []


def test_shapes(repository: Path) -> None:
    found = shards(repository, SHARDS)
    names = [each.name() for each in found.all_shapes()]
    assert names == ["default", "full", "other-secret"]
    assert found.shape("secrets") is found.shape("absent") is None
    default = found.shape(name="default")
    assert default.fingerprint() == BUT_SECRETS
    assert default.patterns() == ([b""], [b"foo/bar/other-secret", b"secret"])
    matcher = default.matcher()
    assert not matcher.always()
    assert matcher(b"foo/bar/other") and matcher(path=b"secretary")
    assert not matcher(b"secret") and not matcher(b"foo/bar/other-secret/x")
    other = found.shape("other-secret")
    hg_files = [b".hgignore", b".hgsub", b".hgsubstate", b".hgtags"]
    assert other.patterns() == ([*hg_files, b"foo/bar/other-secret"], [b""])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[shards]]\nname = "base"\npaths = ["a"]', "shard name 'base' is reserved"),
        ('[[shards]]\nname = ""\npaths = ["a"]', "shard names must not be empty"),
        (
            '[[shards]]\nname = "a"',
            "shard 'a' needs one of `paths` or `requires`",
        ),
        (
            '[[shards]]\nname = "a"\nrequires = ["a"]',
            "shards form a cycle: a->a",
        ),
        (
            '[[shards]]\nname = "a"\nrequires = ["b"]',
            "shard 'a' requires 'b', which is not defined",
        ),
        (
            '[[shards]]\nname = "a"\npaths = ["x/../y"]',
            "`server-shapes` contains an invalid path: x/../y",
        ),
    ],
)
def test_what_cannot_be_a_shard(repository: Path, text: str, message: str) -> None:
    with pytest.raises(error.ConfigError) as raised:
        shards(repository, "version = 0\n" + text)
    assert raised.value.args == (message.encode(),)


def test_what_is_no_toml(repository: Path) -> None:
    with pytest.raises(error.Abort) as raised:
        shards(repository, "version")
    assert type(raised.value) is error.Abort
    assert raised.value.args[0].startswith(b"error parsing `server-shapes`:\n")


def test_what_is_no_repository(repository: Path) -> None:
    absent = repository / "absent"
    with pytest.raises(error.Abort) as raised:
        shards(absent)
    expected = f"abort: no repository found in '{absent}' (.hg not found)!"
    assert raised.value.args == (expected.encode(),)
    bundle = repository / "bundle.hg"
    bundle.write_text("HG20")
    with pytest.raises(RuntimeError, match="is a file$") as refused:
        shards(bundle)
    assert refused.type.__name__ == "FallbackError"
    (repository / ".hg/requires").write_text("store\nof-the-future\n")
    with pytest.raises(refused.type, match="of-the-future"):
        shards(repository)


def test_a_file_that_cannot_be_read(repository: Path) -> None:
    (repository / ".hg/store/server-shapes").mkdir()
    with pytest.raises(IsADirectoryError) as raised:
        shards(repository)
    assert raised.value.filename.endswith(b"server-shapes")


def test_fingerprints_of_patterns() -> None:
    fingerprint = shape.fingerprint_for_patterns
    assert fingerprint(set(), set()) == EVERYTHING
    assert fingerprint({b"path:."}, set()) == EVERYTHING
    secrets = {b"path:secret", b"path:foo/bar/other-secret"}
    assert fingerprint(set(), secrets) == BUT_SECRETS
    assert fingerprint(include_pats=secrets, exclude_pats=set()) != BUT_SECRETS
    for pattern in [b"glob:a", b"a", b"path:a/../b"]:
        assert fingerprint({pattern}, set()) is fingerprint(set(), {pattern}) is None
    for arguments in [(frozenset(), set()), (set(), []), ({"path:a"}, set())]:
        with pytest.raises(TypeError):
            fingerprint(*arguments)


def test_classes(repository: Path) -> None:
    full = shards(repository).shape("full")
    with pytest.raises(TypeError, match=re.escape("cannot create")):
        rustext.matchers.PyMatcher()
    assert type(full.matcher()) is rustext.matchers.PyMatcher
    assert type(full) is shape.Shape
    for call in [full.matcher(), shards(repository).shape]:
        with pytest.raises(TypeError):
            call(3)
    with pytest.raises(TypeError):
        full.matcher()(bytearray(b"a"))
    with pytest.raises(TypeError):
        shape.get_store_shards(str(repository))
