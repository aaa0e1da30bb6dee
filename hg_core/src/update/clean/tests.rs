// SPDX-License-Identifier: GPL-2.0-or-later
//! Updates of real directories, rule by rule, and against a simple model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod failing;
mod fixture;
mod untouched;

use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};

use proptest::prelude::*;

use self::fixture::{files, make, with_directories, Files, Fixture};
use crate::fs::Threads;
use crate::types::HgPath;
use crate::update::{
    ConflictPolicies, ConflictPolicy, EmptyDirectories, Replacing, Until, UpdateError,
};

/// At a revision with these files.
fn at(revision: &Files) -> Fixture {
    let mut fixture = Fixture::new();
    fixture.update(revision).unwrap();
    fixture
}

fn check(fixture: &Fixture, expected: &Files) {
    assert_eq!(fixture.found(), with_directories(expected));
    let recorded: Vec<_> = fixture
        .revision
        .keys()
        .map(|path| (path.clone(), true))
        .collect();
    assert_eq!(fixture.recorded(), recorded);
}

#[test]
fn files_come_change_and_go() {
    let one = files(&[
        ("a", "", "one"),
        ("b/executable", "x", "one"),
        ("b/c/deep", "", ""),
        ("link", "l", "a"),
        ("unchanged", "", "same"),
    ]);
    let two = files(&[
        ("a", "x", "two"),
        ("b", "", "a file"),
        ("link", "", "a"),
        ("new", "l", "nowhere"),
        ("unchanged", "", "same"),
    ]);
    for replacing in [Replacing::Unlinked, Replacing::Renamed] {
        let mut fixture = Fixture::new();
        fixture.options.replacing = replacing;
        let counts = fixture.update(&one).unwrap();
        assert_eq!((counts.added, counts.updated, counts.removed), (5, 5, 0));
        check(&fixture, &one);
        assert_eq!(fixture.progress.counts(), (5, 5));
        let counts = fixture.update(&two).unwrap();
        assert_eq!((counts.added, counts.updated, counts.removed), (2, 4, 2));
        check(&fixture, &two);
        let counts = fixture.update(&one).unwrap();
        assert_eq!((counts.added, counts.updated, counts.removed), (2, 4, 2));
        check(&fixture, &one);
        assert_eq!(fixture.warnings(), Vec::<String>::new());
    }
}

#[test]
fn an_empty_directory_is_filled_and_recorded() {
    let revision = files(&[
        ("a", "", "one"),
        ("b/executable", "x", "one"),
        ("b/link", "l", "../a"),
    ]);
    let mut fixture = Fixture::new();
    assert_eq!(fixture.check_out(&revision).unwrap(), 3);
    check(&fixture, &revision);
    assert_eq!(fixture.progress.counts(), (3, 3));
    // A map that has files is not that of an empty directory.
    let error = fixture.check_out(&revision).unwrap_err();
    assert!(matches!(error, UpdateError::Unsupported(_)), "{error}");

    let mut fixture = Fixture::new();
    fixture.options.until = Until::Written;
    let error = fixture.check_out(&revision).unwrap_err();
    assert!(matches!(error, UpdateError::RecordingSimulated));
    assert!(fixture.map.is_empty());
}

#[test]
fn untracked_files_that_differ_are_in_conflict() {
    let target = files(&[
        ("d/same", "", "theirs"),
        ("ignored", "", "theirs"),
        ("unknown", "", "theirs"),
    ]);
    let (abort, warn, ignore) = (
        ConflictPolicy::Abort,
        ConflictPolicy::Warn,
        ConflictPolicy::Ignore,
    );
    let ignored = "ignored: untracked file differs\n";
    let unknown = "unknown: untracked file differs\n";
    let replaced = "unknown: replacing untracked file\n";
    let cases: [(_, _, bool, &[&str]); 5] = [
        (abort, abort, false, &[ignored, unknown]),
        (abort, ignore, false, &[ignored]),
        (warn, abort, false, &[unknown]),
        (ignore, warn, true, &[replaced]),
        (ignore, ignore, true, &[]),
    ];
    for (ignored, unknown, succeeds, warnings) in cases {
        let mut fixture = Fixture::new();
        fixture.options.conflicts = ConflictPolicies { ignored, unknown };
        make(&fixture.path(".hgignore"), "", "^ignored$\n");
        make(&fixture.path("ignored"), "", "mine");
        make(&fixture.path("unknown"), "x", "mine!!");
        make(&fixture.path("d/same"), "", "theirs");
        let before = fixture.found();
        let result = fixture.update(&target);
        assert_eq!(fixture.warnings(), warnings);
        if !succeeds {
            assert!(matches!(result, Err(UpdateError::UntrackedFilesDiffer)));
            assert_eq!(fixture.found(), before);
            assert!(fixture.map.is_empty());
            continue;
        }
        result.unwrap();
        let mut expected = target.clone();
        expected.extend(files(&[
            (".hgignore", "", "^ignored$\n"),
            ("ignored.orig", "", "mine"),
            ("unknown.orig", "x", "mine!!"),
        ]));
        check(&fixture, &expected);
    }
}

#[test]
fn content_alone_is_compared() {
    let target = files(&[("a", "x", "b"), ("b", "", "same"), ("c", "l", "b")]);
    let mut fixture = Fixture::new();
    make(&fixture.path("a"), "l", "b");
    make(&fixture.path("b"), "x", "same");
    make(&fixture.path("c"), "", "b");
    fixture.update(&target).unwrap();
    check(&fixture, &target);
}

#[test]
fn a_name_may_change_its_case() {
    let (lower, upper) = (files(&[("d/a", "", "one")]), files(&[("D/A", "", "one")]));
    let mut fixture = at(&lower);
    for revision in [&upper, &lower] {
        fixture.update(revision).unwrap();
        check(&fixture, revision);
    }
}

/// Of content that nobody has looked at the dirstate proves nothing.
#[test]
fn a_file_that_changes_before_its_kind_does_is_seen() {
    let mut fixture = at(&files(&[("a", "", "one"), ("b", "", "one")]));
    make(&fixture.path("a"), "", "two");
    fixture
        .update(&files(&[("a", "x", "one"), ("b", "", "two")]))
        .unwrap();
    let mtime = |path: &str| {
        let entry = fixture.map.get(HgPath::new(path)).unwrap().unwrap();
        entry.truncated_mtime()
    };
    assert_eq!(mtime("a"), None);
    assert!(mtime("b").is_some());
    assert_eq!(std::fs::read(fixture.path("a")).unwrap(), b"two");
}

#[test]
fn backups_have_a_place_of_their_own() {
    let mut fixture = Fixture::new();
    fixture.options.conflicts.unknown = ConflictPolicy::Ignore;
    fixture.options.conflicts.ignored = ConflictPolicy::Ignore;
    fixture.options.backups = Some("backups".into());
    make(&fixture.path("d/c.txt"), "", "mine");
    make(&fixture.path("d/c.orig"), "", "not a backup");
    make(&fixture.path("backups/d"), "", "in the way");
    let target = files(&[("d/c.txt", "", "theirs")]);
    fixture.update(&target).unwrap();
    let mut expected = files(&[
        ("backups/d/c.txt", "", "mine"),
        ("d/c.orig", "", "not a backup"),
    ]);
    expected.extend(target);
    check(&fixture, &expected);
}

#[test]
fn nothing_is_written_through_links() {
    let mut fixture = Fixture::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("precious"), "mine").unwrap();
    symlink(outside.path(), fixture.path("a")).unwrap();
    let target = files(&[("a/precious", "", "theirs")]);
    let error = fixture.update(&target).unwrap_err();
    assert!(matches!(error, UpdateError::Traversal(_)));
    assert_eq!(
        error.to_string(),
        "path 'a/precious' traverses symbolic link 'a'"
    );
    let content = std::fs::read(outside.path().join("precious")).unwrap();
    assert_eq!(content, b"mine");

    // Nor removed, nor given another kind.
    let old = files(&[("d/precious", "", "mine")]);
    for new in [files(&[]), files(&[("d/precious", "x", "mine")])] {
        let mut fixture = at(&old);
        std::fs::remove_dir_all(fixture.path("d")).unwrap();
        symlink(outside.path(), fixture.path("d")).unwrap();
        let error = fixture.update(&new).unwrap_err();
        assert!(matches!(error, UpdateError::Traversal(_)), "{error}");
    }
    assert!(outside.path().join("precious").exists());

    // Of the same revision.
    let mut fixture = Fixture::new();
    let damaged = files(&[("a", "l", "elsewhere"), ("a-b", "", ""), ("a/b", "", "")]);
    let error = fixture.update(&damaged).unwrap_err();
    assert_eq!(error.to_string(), "path 'a/b' traverses symbolic link 'a'");
    assert_eq!(fixture.found(), Files::new());
}

#[test]
fn nothing_is_done_to_other_repositories() {
    let inside = files(&[("d/e/a", "", "one")]);
    let mut fixture = Fixture::new();
    make(&fixture.path("d/.hg/hgrc"), "", "");
    let error = fixture.update(&inside).unwrap_err();
    let message = "path 'd/e/a' is inside nested repo 'd'";
    assert_eq!(error.to_string(), message);
    assert!(!fixture.path("d/e").exists());
    for to in [files(&[]), files(&[("d/e/a", "x", "one")])] {
        let mut fixture = at(&inside);
        make(&fixture.path("d/.hg/hgrc"), "", "");
        let error = fixture.update(&to).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(std::fs::read(fixture.path("d/e/a")).unwrap(), b"one");
    }
}

#[test]
fn directories_in_the_way() {
    let target = files(&[("a", "", "file"), ("b", "l", "target")]);
    let mut fixture = Fixture::new();
    std::fs::create_dir(fixture.path("a")).unwrap();
    std::fs::create_dir(fixture.path("b")).unwrap();
    fixture.update(&target).unwrap();
    check(&fixture, &target);

    for replacing in [Replacing::Unlinked, Replacing::Renamed] {
        for name in ["a", "b"] {
            let mut fixture = Fixture::new();
            fixture.options.replacing = replacing;
            make(&fixture.path(&format!("{name}/mine")), "", "mine");
            let error = fixture.update(&target).unwrap_err();
            let path = fixture.path(name);
            let message = format!(
                "conflicting unknown directory '{}' is not empty",
                path.display()
            );
            assert_eq!(error.to_string(), message);
            assert_eq!(std::fs::read(path.join("mine")).unwrap(), b"mine");
        }
    }
}

#[test]
fn emptied_directories() {
    let old = files(&[
        ("a/b/c/file", "", ""),
        ("a/d/file", "", ""),
        ("e/file", "", ""),
    ]);
    for (empty_directories, expected) in [
        (EmptyDirectories::Removed, vec!["e/", "e/mine"]),
        (
            EmptyDirectories::Kept,
            vec!["a/", "a/b/", "a/b/c/", "a/d/", "e/", "e/mine"],
        ),
    ] {
        let mut fixture = at(&old);
        make(&fixture.path("e/mine"), "", "");
        fixture.options.empty_directories = empty_directories;
        fixture.update(&Files::new()).unwrap();
        let found: Vec<_> = fixture.found().into_keys().collect();
        assert_eq!(found, expected);
        assert!(fixture.map.is_empty());
    }
}

#[test]
fn files_that_cannot_be_removed_are_warned_of() {
    let mut fixture = at(&files(&[("a", "", ""), ("b", "", ""), ("c", "", "")]));
    std::fs::remove_file(fixture.path("a")).unwrap();
    make(&fixture.path("a/mine"), "", "");
    // Gone already.
    std::fs::remove_file(fixture.path("b")).unwrap();
    let counts = fixture.update(&Files::new()).unwrap();
    assert_eq!(counts.removed, 3);
    let warnings = fixture.warnings();
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    assert_eq!(warning, "update failed to remove a: Is a directory!\n");
    assert!(fixture.map.is_empty());
}

#[test]
fn kinds_change_and_other_names_of_a_file_do_not() {
    let mut fixture = at(&files(&[("file", "", "content"), ("link", "l", "target")]));
    std::fs::hard_link(fixture.path("file"), fixture.path(".hg/other")).unwrap();
    let permissions = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(fixture.path("file"), permissions).unwrap();
    let target = files(&[("file", "x", "content"), ("link", "x", "target")]);
    fixture.update(&target).unwrap();
    check(&fixture, &target);
    let mode = std::fs::metadata(fixture.path("file")).unwrap().mode();
    assert_eq!(mode & 0o707, 0o700);
    assert_eq!(
        std::fs::metadata(fixture.path(".hg/other")).unwrap().mode() & 0o777,
        0o640
    );
    let target = files(&[("file", "l", "content"), ("link", "", "target")]);
    let counts = fixture.update(&target).unwrap();
    assert_eq!((counts.added, counts.updated), (0, 2));
    check(&fixture, &target);
}

#[test]
fn what_cannot_be_done_touches_nothing() {
    let target = files(&[("a", "", "content")]);
    for section in ["encode", "decode"] {
        let mut fixture = Fixture::with_config(&format!("[{section}]\n*.txt = tr a b\n"));
        let error = fixture.update(&target).unwrap_err();
        assert!(matches!(error, UpdateError::Unsupported(_)), "{error}");
        assert_eq!(fixture.found(), Files::new());
        let mut fixture = Fixture::with_config(&format!("[{section}]\n*.txt = !\n"));
        fixture.update(&target).unwrap();
    }
    let mut fixture = Fixture::new();
    let evil = files(&[("a", "", ""), ("d/.hg/hgrc", "", "")]);
    let error = fixture.update(&evil).unwrap_err();
    assert_eq!(
        error.to_string(),
        "path 'd/.hg/hgrc' is inside nested repo 'd'"
    );
    assert_eq!(fixture.found(), Files::new());

    let mut fixture = Fixture::new();
    fixture.options.cancellation.cancel();
    let error = fixture.update(&target).unwrap_err();
    assert!(matches!(error, UpdateError::Interrupted));
    assert_eq!(fixture.found(), Files::new());

    let mut fixture = Fixture::new();
    fixture.options.until = Until::Written;
    let error = fixture.update(&target).unwrap_err();
    assert_eq!(
        error.to_string(),
        "simulated error while recording dirstate updates"
    );
    assert_eq!(fixture.found(), target);
    assert!(fixture.map.is_empty());
}

/// Few paths, so that one revision's files are another's directories.
fn revisions() -> impl Strategy<Value = Files> {
    let path = prop::sample::select(vec![
        "a", "a/b", "a/b/c", "a/d", "b", "b/a", "c", "c/a", "c/b", "d/e/f", "d/e/g", "d/h",
    ]);
    let flag = prop::sample::select(vec!["", "", "x", "l"]);
    let content = prop::sample::select(vec!["one", "two", "three"]);
    prop::collection::btree_map(path, (flag, content), 0..8).prop_map(|drawn| {
        let mut files = Files::new();
        for (path, (flag, content)) in drawn {
            let is_inside = |other: &String| path.starts_with(&format!("{other}/"));
            if !files.keys().any(is_inside) {
                files.insert(path.to_owned(), (flag, content.to_owned()));
            }
        }
        files
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn each_update_leads_to_its_revision(
        revisions in prop::collection::vec(revisions(), 1..5),
        threads in 1_usize..3,
    ) {
        let mut fixture = Fixture::new();
        fixture.options.threads = Threads::new(threads);
        // In nobody's way.
        make(&fixture.path("z/mine"), "", "mine");
        for revision in &revisions {
            fixture.update(revision).unwrap();
            let mut expected = revision.clone();
            expected.extend(files(&[("z/mine", "", "mine")]));
            check(&fixture, &expected);
        }
    }

    #[test]
    fn the_users_files_are_never_lost(
        revision in revisions(),
        mine in revisions(),
        policy in prop::sample::select(vec![
            ConflictPolicy::Abort, ConflictPolicy::Warn, ConflictPolicy::Ignore,
        ]),
    ) {
        let mut fixture = Fixture::new();
        fixture.options.conflicts = ConflictPolicies { ignored: policy, unknown: policy };
        for (path, (flag, content)) in &mine {
            make(&fixture.path(path), flag, content);
        }
        let result = fixture.update(&revision);
        let found = fixture.found();
        for (path, (flag, content)) in &mine {
            let backup = found.get(&format!("{path}.orig"));
            let kept = [found.get(path), backup].into_iter().flatten();
            prop_assert!(
                kept.clone().any(|(_, kept)| kept == content),
                "{path}: {flag:?} {content:?} after {result:?} in {found:?}"
            );
        }
        if result.is_ok() {
            for (path, file) in &revision {
                prop_assert_eq!(found.get(path), Some(file));
            }
        }
    }
}
