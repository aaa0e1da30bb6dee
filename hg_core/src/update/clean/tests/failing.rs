// SPDX-License-Identifier: GPL-2.0-or-later
//! Calls to the system that fail halfway.

use std::cell::RefCell;

use super::fixture::{files, make, Files, Fixture};
use super::{at, check};
use crate::fs::calls::{failing_each, Failures};
use crate::fs::Threads;
use crate::update::{ConflictPolicy, Replacing, UpdateError};

fn old() -> Files {
    files(&[
        ("-kind", "", "same"),
        ("-rewritten", "", "one"),
        ("d/e/removed", "", ""),
        ("d/removed", "", ""),
        ("removed", "", ""),
    ])
}

fn new() -> Files {
    files(&[
        ("-kind", "x", "same"),
        ("-rewritten", "", "two"),
        ("d/e/stays", "", ""),
        ("n/new", "l", "target"),
        ("user", "", "theirs"),
    ])
}

/// At the old revision, with a file of the user's in the way of the new one.
fn fixture(replacing: Replacing) -> Fixture {
    let mut fixture = at(&old());
    fixture.options.threads = Threads::new(1);
    fixture.options.replacing = replacing;
    fixture.options.conflicts.unknown = ConflictPolicy::Warn;
    make(&fixture.path("user"), "", "mine");
    fixture
}

/// Each file is of one of the revisions, or is the user's.
fn check_nothing_lost(fixture: &Fixture, replacing: Replacing, error: &UpdateError) {
    let found = fixture.found();
    let (old, new) = (old(), new());
    let user = ("", "mine".to_owned());
    let kept = [found.get("user"), found.get("user.orig")];
    assert!(kept.contains(&Some(&user)), "{error}: {found:?}");
    for (path, file) in found.iter().filter(|(path, _)| !path.ends_with('/')) {
        let is_known = [old.get(path), new.get(path), Some(&user)].contains(&Some(file));
        assert!(is_known, "{error}: {path} {file:?}");
    }
    if replacing == Replacing::Renamed {
        assert!(found.contains_key("-rewritten"), "{error}");
    }
    assert!(found.contains_key("-kind"), "{error}");
}

#[test]
fn what_fails_is_an_error_and_nothing_is_lost() {
    for failures in [Failures::Descriptors, Failures::Changes] {
        for replacing in [Replacing::Unlinked, Replacing::Renamed] {
            let calls = failing_each(
                failures,
                || RefCell::new(fixture(replacing)),
                |fixture| fixture.borrow_mut().update(&new()),
                |fixture, result, failed| {
                    let fixture = fixture.borrow();
                    let warnings = fixture.warnings();
                    match result {
                        Ok(_) => check_done(&fixture, &warnings),
                        Err(error) => {
                            assert!(failed.is_some(), "{error}");
                            assert_eq!(fixture.map.len(), old().len());
                            check_nothing_lost(&fixture, replacing, &error);
                        }
                    }
                },
            );
            assert!(calls > 15, "{calls}");
        }
    }
}

/// Files that the disk did not let go of are the user's from now on.
fn check_done(fixture: &Fixture, warnings: &[String]) {
    let mut expected = new();
    expected.extend(files(&[("user.orig", "", "mine")]));
    for path in old().keys() {
        let warning = format!("update failed to remove {path}: Input/output error!\n");
        if warnings.contains(&warning) {
            expected.insert(path.clone(), ("", String::new()));
        }
    }
    check(fixture, &expected);
}

#[test]
fn a_first_checkout_leaves_whole_files() {
    for failures in [Failures::Descriptors, Failures::Changes] {
        let set_up = || {
            let mut fixture = Fixture::new();
            fixture.options.threads = Threads::new(1);
            RefCell::new(fixture)
        };
        let job = |fixture: &RefCell<Fixture>| fixture.borrow_mut().check_out(&new());
        let calls = failing_each(failures, set_up, job, |fixture, result, failed| {
            let fixture = fixture.borrow();
            match result {
                Ok(_) => check(&fixture, &new()),
                Err(error) => {
                    assert!(failed.is_some(), "{error}");
                    assert!(fixture.map.is_empty());
                    let mut found = fixture.found();
                    found
                        .retain(|path, file| !path.ends_with('/') && new().get(path) != Some(file));
                    assert_eq!(found, Files::new(), "{error}");
                }
            }
        });
        assert!(calls >= 8, "{calls}");
    }
}
