# SPDX-License-Identifier: GPL-2.0-or-later
"""Our table of Mercurial's modules against Mercurial's own."""

from __future__ import annotations

import pytest

from hgamalgam.policy import MERCURIAL


@pytest.mark.parametrize("value", list(MERCURIAL.rules))
def test_mercurials_own_policy_has_the_same_values(value, monkeypatch):
    """Against Mercurial's table: same values, packages and strictness."""
    from mercurial import policy as theirs

    monkeypatch.setenv("HGMODULEPOLICY", value)
    versioned, fallback = theirs._packageprefs[value.encode()]
    flavours = MERCURIAL.flavours("parsers")
    assert flavours == tuple(one for one in (versioned, fallback) if one)
    assert MERCURIAL.rule().permissive == value.endswith("allow")
    assert bool(MERCURIAL.flavours("dirstate")) == value.startswith("rust")


def test_mercurials_own_policy_has_the_same_numbers():
    from mercurial import policy as theirs

    assert theirs._packageprefs.keys() == {one.encode() for one in MERCURIAL.rules}
    # Of Rust Mercurial wants none.
    ours = {key: n for key, n in MERCURIAL.versions.items() if key[0] == "cext"}
    assert theirs._cextversions == ours
    # Of cffi we have what Mercurial takes from pure.
    elsewhere = {key for key in theirs._modredirects if key[0] != "cffi"}
    assert elsewhere == set(MERCURIAL.redirects)
