# SPDX-License-Identifier: GPL-2.0-or-later
"""Mercurials made up for a test, and modules for them."""

from __future__ import annotations

SIX = ["base85", "bdiff", "charencode", "mpatch", "osutil", "parsers"]
VERSIONS = {"base85": 1, "bdiff": 3, "mpatch": 1, "osutil": 4, "parsers": 21}
# What Mercurial asks of its Rust modules (docs/contract: 8, and pyo3/loading).
RUST = {
    "rustext": (
        "ancestor", "copy_tracing", "dagop", "debug", "dirstate", "discovery",
        "revlog", "update",
    ),
    "pyo3_rustext": (
        "ancestor", "copy_tracing", "dagop", "deltas", "diff", "dirstate",
        "discovery", "file_index", "matchers", "revlog", "shape", "tracing", "update",
    ),
}  # fmt: skip


def fake_rust(bare, extension, without=()):
    """Put a Rust module into the package that has all, but for what it is without."""
    lines = ["import sys, types", "whose, version = 'ours', 1"]
    for name in sorted({*RUST[extension]} - {*without}):
        lines.append(f"{name} = types.ModuleType('{name}')")
        lines.append(f"{name}.__package__ = __name__")
        lines.append(f"sys.modules[f'{{__name__}}.{name}'] = {name}")
    bare.write(f"{extension}.py", "\n".join(lines))


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
    fake_rust(bare, "rustext")


def fill(bare, flavour):
    """Give our package a whole flavour, of empty modules."""
    for name in SIX:
        if (flavour, name) == ("cext", "charencode"):
            continue
        version = VERSIONS.get(name) if flavour == "cext" else None
        bare.write(f"{flavour}/{name}.py", f"version = {version}" if version else "")
