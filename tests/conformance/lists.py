# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of Mercurial's tests say most about a module.

A name may be a pattern of files. ``modules`` stands for all lists but those of
``rust``, ``everything`` for all of them.
"""

from __future__ import annotations

from pathlib import Path

LISTS: dict[str, tuple[str, ...]] = {
    "policy": (
        "test-install.t",
        "test-debugcommands.t",
        "test-parseindex2.py",
        "test-extension.t",
        "test-basic.t",
        "test-commandserver.t",
        "test-globalopts.t",
    ),
    "base85": (
        "test-import-git.t",
        "test-git-export.t",
        "test-diff-binary-file.t",
        "test-mq-git.t",
        "test-import.t",
        "test-doctest.py",
    ),
    "bdiff": (
        "test-bdiff.py",
        "test-mdiff.py",
        "test-issue4074.t",
        "test-diff-antipatience.t",
        "test-diff-indent-heuristic.t",
        "test-diff-unified.t",
        "test-diff-newlines.t",
        "test-diff-ignore-whitespace.t",
        "test-annotate.t",
        "test-fastannotate-hg.t",
        "test-revlog-delta-find.t",
        "test-bundle.t",
    ),
    "mpatch": (
        "test-revlog.t",
        "test-revlog-raw.py",
        "test-generaldelta.t",
        "test-censor.t",
        "test-verify.t",
        "test-bundle-r.t",
        "test-fuzz-targets.t",
    ),
    "osutil": (
        "test-status.t",
        "test-symlinks.t",
        "test-walk.t",
        "test-nested-repo.t",
        "test-permissions.t",
        "test-flags.t",
        "test-chg.t",
        "test-atomictempfile.py",
        "test-revlog-mmapindex.t",
        "test-clone-stream.t",
    ),
    "charencode": (
        "test-encoding-func.py",
        "test-encoding.t",
        "test-casefolding.t",
        "test-casecollision.t",
        "test-template-functions.t",
        "test-hgweb-json.t",
        "test-doctest.py",
    ),
    "pathencode": (
        "test-pathencode.py",
        "test-hybridencode.py",
        "test-fncache.t",
        "test-convert-hg-source.t",
    ),
    "dirstate": (
        "test-dirstate.t",
        "test-dirstate-race.t",
        "test-dirstate-race2.t",
        "test-status.t",
        "test-rebuildstate.t",
        "test-debug-rebuild-dirstate.t",
        "test-copy.t",
        "test-merge1.t",
        "test-merge-types.t",
        "test-largefiles.t",
        "test-dirstate-version-fallback.t",
        "test-status-tracked-key.t",
    ),
    "dirs": (
        "test-dirs.py",
        "test-audit-path.t",
        "test-treemanifest.t",
        "test-casecollision.t",
        "test-remove.t",
        "test-sparse.t",
    ),
    "lazymanifest": (
        "test-manifest.py",
        "test-manifest.t",
        "test-treemanifest.t",
        "test-narrow.t",
        "test-merge-criss-cross.t",
        "test-empty-manifest-index.t",
        "test-log.t",
    ),
    "fm1readmarkers": (
        "test-obsolete-bounds-checking.t",
        "test-obsolete.t",
        "test-obsmarker-template.t",
        "test-obsolete-bundle-strip.t",
        "test-exchange-obsmarkers-case-*.t",
    ),
    "index": (
        "test-parseindex2.py",
        "test-parseindex.t",
        "test-ancestor.py",
        "test-revlog-ancestry.py",
        "test-revlog-raw.py",
        "test-revlog-v2.t",
        "test-sparse-revlog.t",
        "test-phases.t",
        "test-revset.t",
        "test-revisions.t",
        "test-strip.t",
        "test-unionrepo.t",
        "test-revlog-packentry.t",
        "test-debugcommands.t",
        "test-storage.py",
    ),
    "pure": ("test-persistent-nodemap.t",),
    "rust.ancestor": (
        "test-rust-ancestor.py",
        "test-ancestor.py",
        "test-revset.t",
        "test-rebase-newancestor.t",
        "test-bundle.t",
    ),
    "rust.revlog": (
        "test-rust-revlog.py",
        "test-persistent-nodemap.t",
        "test-persistent-nodemap-stream-clone.t",
        "test-parseindex.t",
        "test-phases.t",
        "test-clone-stream.t",
        "test-transaction-rollback-on-revlog-split.t",
    ),
    "rust.discovery": (
        "test-rust-discovery.py",
        "test-setdiscovery.t",
        "test-treediscovery.t",
        "test-pull-r.t",
    ),
    "rust.dirstate": (
        "test-status.t",
        "test-dirstate.t",
        "test-dirstate-race*.t",
        "test-dirstate-read-race.t",
        "test-dirstate-status-write-race.t",
        "test-hgignore.t",
        "test-status-eacces.t",
        "test-status-committed-and-ignored.t",
        "test-purge.t",
        "test-subrepo-deep-nested-change.t",
        "test-sparse.t",
        "test-share.t",
        "test-upgrade-repo.t",
    ),
    "rust.copy_tracing": (
        "test-copies-chain-merge.t",
        "test-copies-in-changeset.t",
        "test-copies.t",
        "test-copies-unrelated.t",
        "test-sidedata.t",
    ),
    "rust.update": (
        "test-clone.t",
        "test-simple-update.t",
        "test-update-branches.t",
        "test-update-atomic.t",
        "test-audit-path.t",
        "test-narrow-update.t",
        "test-sparse-clone.t",
    ),
}


def named(name: str, directory: Path) -> list[str]:
    """The test files that `name` stands for: a list's, or a file's own name."""
    if name == "everything":
        chosen = list(LISTS.values())
    elif name == "modules":
        chosen = [tests for key, tests in LISTS.items() if not key.startswith("rust.")]
    else:
        chosen = [LISTS.get(name, (name,))]
    found: list[str] = []
    for pattern in [pattern for tests in chosen for pattern in tests]:
        if "*" in pattern:
            files = directory.glob(pattern)
            found += sorted(f.name for f in files if f.suffix in {".t", ".py"})
        else:
            found.append(pattern)
    return list(dict.fromkeys(found))
