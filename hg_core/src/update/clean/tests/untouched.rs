// SPDX-License-Identifier: GPL-2.0-or-later
//! What keeps an update from being done is found before a file is touched.

use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::fixture::{files, make, Files, Fixture};
use super::{at, check, revisions};
use crate::fs::TrackedKind;
use crate::types::{HgPath, Node};
use crate::update::conflicts::differing_in;
use crate::update::place::WorkingDirectory;
use crate::update::plan::PlannedFile;
use crate::update::{ConflictPolicies, ConflictPolicy, EmptyDirectories, Replacing, UpdateError};

/// What the user does to a working directory.
type Change<'a> = &'a dyn Fn(&Fixture);

/// At a revision of which the update to `to` removes, rewrites and changes
/// files first; nothing of that is done.
fn refused(from: &[(&str, &'static str, &str)], to: &Files, change: Change<'_>) -> UpdateError {
    let mut old = files(&[
        ("-removed", "", ""),
        ("-rewritten", "", "one"),
        ("-kind", "", ""),
    ]);
    old.extend(files(from));
    let mut new = to.clone();
    new.extend(files(&[("-rewritten", "", "two"), ("-kind", "x", "")]));
    let mut fixture = at(&old);
    fixture.options.conflicts.unknown = ConflictPolicy::Warn;
    change(&fixture);
    let (found, recorded) = (fixture.found(), fixture.map.len());
    let error = fixture.update(&new).unwrap_err();
    assert_eq!(fixture.found(), found, "{error}");
    assert_eq!(fixture.map.len(), recorded);
    assert_eq!(fixture.warnings(), Vec::<String>::new());
    error
}

#[test]
fn files_links_and_repositories_on_the_way() {
    let inside = files(&[("d/e/a", "", "")]);
    let in_place: [(Change<'_>, &str); 5] = [
        (
            &|fixture| make(&fixture.path("d"), "", "mine"),
            "d is no directory",
        ),
        (
            &|fixture| make(&fixture.path("d/e"), "", "mine"),
            "d/e is no directory",
        ),
        (
            &|fixture| symlink("/", fixture.path("d")).unwrap(),
            "path 'd/e/a' traverses symbolic link 'd'",
        ),
        (
            &|fixture| {
                std::fs::create_dir(fixture.path("d")).unwrap();
                symlink("/", fixture.path("d/e")).unwrap();
            },
            "path 'd/e/a' traverses symbolic link 'd/e'",
        ),
        (
            &|fixture| std::fs::create_dir_all(fixture.path("d/e/.hg")).unwrap(),
            "path 'd/e/a' is inside nested repo 'd/e'",
        ),
    ];
    for (change, message) in in_place {
        let error = refused(&[], &inside, change);
        assert_eq!(error.to_string(), message);
        let is_left_to_python = matches!(error, UpdateError::Unsupported(_));
        assert_eq!(is_left_to_python, message.ends_with("no directory"));
    }
    // On the way to files that were there.
    let from = [("d/e/a", "", "old")];
    for to in [
        files(&[]),
        files(&[("d/e/a", "x", "old")]),
        files(&[("d/e/a", "", "new")]),
    ] {
        for (change, message) in in_place.iter().skip(2) {
            let error = refused(&from, &to, &|fixture| {
                std::fs::remove_dir_all(fixture.path("d")).unwrap();
                change(fixture);
            });
            assert_eq!(&error.to_string(), message);
        }
    }
}

#[test]
fn a_manifest_whose_files_are_directories() {
    for (flag, message) in [
        ("", "a is no directory"),
        ("l", "path 'a/b' traverses symbolic link 'a'"),
    ] {
        // One that stays, and one that only changes its kind.
        for (old_flag, old) in [(flag, "target"), ("x", "target")] {
            let to = files(&[("a", flag, "target"), ("a/b", "", "")]);
            let error = refused(&[("a", old_flag, old)], &to, &|_| {});
            let message = match old_flag == flag {
                true => message,
                false => "a is no directory",
            };
            assert_eq!(error.to_string(), message);
        }
    }
}

#[test]
fn directories_that_are_not_left_empty() {
    let target = files(&[("a", "", "")]);
    let inside = [("a/b/c", "", ""), ("a/d", "", ""), ("a/b/e/f", "", "")];
    let changes: [Change<'_>; 3] = [
        &|fixture| make(&fixture.path("a/mine"), "", "mine"),
        &|fixture| make(&fixture.path("a/b/e/mine"), "", "mine"),
        &|fixture| std::fs::create_dir(fixture.path("a/mine")).unwrap(),
    ];
    for change in changes {
        let error = refused(&inside, &target, change);
        assert!(matches!(error, UpdateError::UnknownDirectory(_)), "{error}");
    }
    // Nothing but what goes.
    let mut fixture = at(&files(&inside));
    fixture.update(&target).unwrap();
    check(&fixture, &target);
    // Of two directories the inner one stays.
    for (inside, fits) in [(&inside[..], false), (&[("a/d", "", "")], true)] {
        let mut fixture = at(&files(inside));
        fixture.options.empty_directories = EmptyDirectories::Kept;
        let before = fixture.found();
        let result = fixture.update(&target);
        assert_eq!(result.is_ok(), fits, "{result:?}");
        if !fits {
            assert_eq!(fixture.found(), before);
        }
    }
}

#[test]
fn files_in_the_place_of_directories_that_go_are_in_nobodys_way() {
    let one = files(&[("a", "", "file"), ("b", "l", "a"), ("c/d/e", "", "")]);
    let two = files(&[
        ("a/b/c", "", ""),
        ("b/a", "x", "deep"),
        ("c", "l", "nowhere"),
    ]);
    let mut fixture = at(&one);
    for revision in [&two, &one] {
        fixture.update(revision).unwrap();
        check(&fixture, revision);
    }
}

/// A directory that cannot be looked at may hold a file of the user's.
#[test]
fn conflicts_that_cannot_be_looked_for() {
    let long = format!("{}/a", "d".repeat(300));
    let fixture = Fixture::new();
    let working_directory = WorkingDirectory::open(&fixture.repo.root).unwrap();
    let file = PlannedFile {
        path: HgPath::new(&long),
        node: Node::NULL,
        kind: TrackedKind::Regular,
    };
    let store = fixture.repo.store();
    let found = differing_in(&store, &working_directory, &file, &[file]);
    assert!(
        matches!(found, Err(UpdateError::System { .. })),
        "{found:?}"
    );
}

#[test]
fn backups_in_the_place_of_tracked_files() {
    let tracked = [("a.orig", "", "tracked"), ("backups/a", "", "tracked")];
    for place in [None, Some("backups")] {
        for from in [&tracked[..], &[]] {
            let mut fixture = at(&files(from));
            fixture.options.conflicts.unknown = ConflictPolicy::Warn;
            fixture.options.backups = place.map(Into::into);
            make(&fixture.path("a"), "", "mine");
            let before = fixture.found();
            let mut to = files(&tracked);
            to.extend(files(&[("a", "", "theirs")]));
            let error = fixture.update(&to).unwrap_err();
            assert!(matches!(error, UpdateError::Unsupported(_)), "{error}");
            assert_eq!(fixture.found(), before);
            assert_eq!(fixture.warnings(), Vec::<String>::new());
        }
    }
}

#[test]
fn directories_in_the_place_of_backups() {
    let error = refused(&[], &files(&[("a", "", "theirs")]), &|fixture| {
        make(&fixture.path("a"), "", "mine");
        make(&fixture.path("a.orig/mine"), "", "mine");
    });
    let UpdateError::System { path, error } = error else {
        panic!("{error}");
    };
    assert!(path.ends_with("a.orig"));
    assert_eq!(error.kind(), std::io::ErrorKind::IsADirectory);
}

/// Whether one of two paths is the other, or is in it.
fn collide(one: &str, other: &str) -> bool {
    let is_in = |inner: &str, outer: &str| inner.starts_with(&format!("{outer}/"));
    one == other || is_in(one, other) || is_in(other, one)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn all_is_done_or_nothing(
        old in revisions(),
        new in revisions(),
        mine in revisions(),
        policy in prop::sample::select(vec![
            ConflictPolicy::Abort, ConflictPolicy::Warn, ConflictPolicy::Ignore,
        ]),
        empty_directories in prop::sample::select(vec![
            EmptyDirectories::Removed, EmptyDirectories::Kept,
        ]),
        replacing in prop::sample::select(vec![Replacing::Unlinked, Replacing::Renamed]),
    ) {
        let mut fixture = at(&old);
        fixture.options.conflicts = ConflictPolicies { ignored: policy, unknown: policy };
        fixture.options.empty_directories = empty_directories;
        fixture.options.replacing = replacing;
        for (path, (flag, content)) in &mine {
            if !old.keys().any(|tracked| collide(path, tracked)) {
                make(&fixture.path(path), flag, content);
            }
        }
        let (found, recorded) = (fixture.found(), fixture.recorded());
        match fixture.update(&new) {
            Ok(_) => {
                let found = fixture.found();
                for (path, file) in &new {
                    prop_assert_eq!(found.get(path), Some(file));
                }
                let expected: Vec<_> = new.keys().map(|path| (path.clone(), true)).collect();
                prop_assert_eq!(fixture.recorded(), expected);
            }
            Err(error) => {
                prop_assert_eq!(fixture.found(), found, "{}", error);
                prop_assert_eq!(fixture.recorded(), recorded);
            }
        }
    }
}
