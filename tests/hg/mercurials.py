# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurials made up for a test."""

from __future__ import annotations


def fake_mercurial(bare, version):
    """Replace the environment's Mercurial by a shell of that version."""
    mercurial = bare.site / "mercurial"
    policy = (mercurial / "policy.py").read_text()
    mercurial.unlink()
    for directory in ("cext", "cffi", "pure"):
        (mercurial / directory).mkdir(parents=True)
        (mercurial / directory / "__init__.py").touch()
        for name in ("base85", "bdiff", "parsers"):
            (mercurial / directory / f"{name}.py").write_text("whose = 'theirs'")
            bare.write(f"{directory}/{name}.py", "whose = 'ours'")
    (mercurial / "__init__.py").touch()
    (mercurial / "policy.py").write_text(policy)
    if version is not None:
        (mercurial / "__version__.py").write_text(f"version = {version!r}")
    bare.write("rustext.py", "whose, version = 'ours', 1")
