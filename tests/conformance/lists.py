# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of Mercurial's tests say most about a module.

A name may be a pattern of files. ``modules`` stands for all lists but those of
``rust`` and ``pyo3``, and these two for all of theirs; ``everything`` is all but
those of ``pyo3``, which name files that only Mercurial 7.2 has.
"""

from __future__ import annotations

from pathlib import Path

Tests = tuple[str, ...]
LISTS: dict[str, Tests] = {
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
    # Of Mercurial 7.2: docs/contract/pyo3/tests.md.
    "pyo3.loading": (
        "test-install.t",
        "test-debugcommands.t",
        "test-init.t",
        "test-upgrade-repo.t",
        "test-requires.t",
        "test-profile.t",
    ),
    "pyo3.graph": (
        "test-rust-ancestor.py",
        "test-rust-discovery.py",
        "test-ancestor.py",
        "test-setdiscovery.t",
        "test-treediscovery.t",
        "test-revset.t",
        "test-bundle.t",
    ),
    "pyo3.index": (
        "test-rust-revlog.py",
        "test-parseindex.t",
        "test-persistent-nodemap*.t",
        "test-phases.t",
        "test-revlog-mmapindex.t",
        "test-hardlinks.t",
        "test-fncache.t",
        "test-unionrepo.t",
        "test-strip.t",
    ),
    "pyo3.revlog": (
        "test-revlog*.t",
        "test-revlog-raw.py",
        "test-verify.t",
        "test-permissions.t",
        "test-journal-exists.t",
        "test-inherit-mode.t",
        "test-split-legacy-inline-changelog.t",
        "test-transaction-*.t",
        "test-censor.t",
        "test-hook.t",
        "test-clone-stream*.t",
        "test-stream-bundle-v2.t",
        "test-bundle-r.t",
        "test-racy-mutations.t",
    ),
    "pyo3.deltas": (
        "test-sparse-revlog*.t",
        "test-revlog-delta-find.t",
        "test-revlog-delta-info.t",
        "test-generaldelta.t",
        "test-empty-content-chain.t",
        "test-doctest.py",
    ),
    "pyo3.dirstate": (
        "test-dirstate*.t",
        "test-status*.t",
        "test-purge.t",
        "test-hgignore.t",
        "test-debug-rebuild-dirstate.t",
        "test-subrepo-deep-nested-change.t",
        "test-sparse*.t",
        "test-share.t",
    ),
    "pyo3.copy_tracing": (
        "test-copies*.t",
        "test-sidedata.t",
    ),
    "pyo3.file_index": (
        "test-file-index.t",
        "test-store-plain-encoding.t",
        "test-share-safe.t",
        "test-narrow*.t",
    ),
    "pyo3.shape": (
        "test-shapes.t",
        "test-bundle-shape.t",
        "test-clonebundles.t",
    ),
    "pyo3.update": (
        "test-audit-path.t",
        "test-update*.t",
        "test-simple-update.t",
        "test-execute-bit.t",
        "test-symlinks.t",
        "test-merge1.t",
        "test-clone.t",
        "test-removeemptydirs.t",
        "test-origbackup-conflict.t",
        "test-largefiles-misc.t",
        "test-narrow-update.t",
        "test-sparse-clone.t",
        "test-manifest.t",
    ),
}


def named(name: str, directory: Path) -> list[str]:
    """The test files that `name` stands for: a list's, or a file's own name."""
    groups: dict[str, list[Tests]] = {"rust": [], "pyo3": [], "modules": []}
    for key, tests in LISTS.items():
        groups.get(key.partition(".")[0], groups["modules"]).append(tests)
    groups["everything"] = groups["modules"] + groups["rust"]
    chosen = groups.get(name) or [LISTS.get(name, (name,))]
    found: list[str] = []
    for pattern in [pattern for tests in chosen for pattern in tests]:
        if "*" in pattern:
            files = directory.glob(pattern)
            found += sorted(f.name for f in files if f.suffix in {".t", ".py"})
        else:
            found.append(pattern)
    return list(dict.fromkeys(found))
