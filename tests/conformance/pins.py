# SPDX-License-Identifier: GPL-2.0-or-later
"""What the conformance runs are pinned to: the one place that knows.

``HOSTS`` gives the sha256 of each Mercurial's source distribution on PyPI,
``EVOLVE`` the version and the sha256 of hg-evolve's.
``DEFAULT_TESTS`` is the set that ``make test`` and a bare ``make conformance``
run for the Mercurial in question, chosen to take about ten minutes on two cores.
"""

from __future__ import annotations

HOSTS = {
    "6.9.5": "d3f22aeef9e9dcd6e562132950226c2c955d35271bd00a01481efca2b1cc65fd",
    "7.2.4": "85839e0f39e6cb893a88932aa36ef661759f3c5c5de4551ad26bd9df53cb71a2",
}
EVOLVE = (
    "12.0.0",
    "590a75ada084fa1a668eeb6f5d5583879754372f9f108eaf5c9b2d84b898f5d0",
)
DEFAULT_TESTS = {
    "6.9.5": (
        "test-status.t",
        "test-hgignore.t",
        "test-dirstate.t",
        "test-dirstate-race.t",
        "test-dirstate-race2.t",
        "test-dirstate-read-race.t",
        "test-dirstate-status-write-race.t",
        "test-status-eacces.t",
        "test-status-committed-and-ignored.t",
        "test-purge.t",
        "test-subrepo-deep-nested-change.t",
        "test-sparse.t",
        "test-share.t",
        "test-upgrade-repo.t",
        "test-dirs.py",
        "test-casecollision.t",
        "test-remove.t",
        "test-symlinks.t",
        "test-walk.t",
        "test-merge1.t",
        "test-copy.t",
        "test-largefiles.t",
    ),
    "7.2.4": (
        "test-basic.t",
        "test-commit.t",
        "test-status.t",
        "test-merge1.t",
        "test-bundle.t",
        "test-parseindex.t",
        "test-revlog-raw.py",
        "test-storage.py",
        "test-bdiff.py",
        "test-manifest.py",
        "test-obsolete.t",
        "test-fncache.t",
        "test-generaldelta.t",
        "test-sparse-revlog.t",
    ),
}
