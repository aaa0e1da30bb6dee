// SPDX-License-Identifier: GPL-2.0-or-later
//! Paths and patterns that the user names.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hg_core::matchers::{
    expand_patterns, parse_pattern_syntax_kind, DifferenceMatcher, ExactMatcher, ExpandedPatterns,
    IncludeMatcher, IntersectionMatcher, Matcher, Pattern, PatternMatcher, VisitChildrenSet,
};
use hg_core::types::{HgPath, HgPathBuf};

use super::repo::{Asked, Repo, ALL, TRACKED};

const ROOT: &str = "/repository";

fn patterns(list: &[&str]) -> ExpandedPatterns {
    let patterns = list.iter().map(|pattern| {
        let (kind, pattern) = pattern.split_once(':').unwrap();
        Pattern {
            syntax: parse_pattern_syntax_kind(kind.as_bytes()).unwrap(),
            pattern: pattern.as_bytes().to_vec(),
            source: PathBuf::new(),
        }
    });
    expand_patterns(patterns.collect(), Path::new(ROOT)).unwrap()
}

fn named(list: &[&str]) -> PatternMatcher {
    PatternMatcher::new(&patterns(list)).unwrap()
}

fn included(list: &[&str]) -> IncludeMatcher {
    IncludeMatcher::new(&patterns(list)).unwrap()
}

fn exact(list: &[&str]) -> ExactMatcher {
    let files = list.iter().map(|path| HgPath::new(path).to_owned());
    ExactMatcher::new(files.collect())
}

fn repo() -> Repo {
    let mut repo = Repo::v1();
    repo.ignore("syntax: glob\n*.o\nignored\n");
    for path in [
        "top",
        "a/one",
        "a/two",
        "a/b/three",
        "c/four",
        "ignored/tracked",
    ] {
        repo.clean(path);
    }
    for path in [
        "new",
        "new.o",
        "a/new",
        "a/new.o",
        "a/b/new",
        "c/new",
        "ignored/new",
    ] {
        repo.write(path, "");
    }
    repo.clean("a/gone");
    repo.remove("a/gone");
    repo.clean("lost/gone");
    repo.remove("lost");
    repo
}

#[track_caller]
fn check(matcher: &dyn Matcher, options: Asked, expected: &[&str]) {
    let answer = repo().status_of(matcher, options);
    answer.is(expected);
    assert_eq!(answer.bad(), [""; 0]);
}

const UNKNOWN: Asked = Asked {
    list_ignored: false,
    ..ALL
};

#[test]
fn a_directory_stands_for_what_is_below() {
    let below_b = ["C a/b/three", "? a/b/new"];
    check(&named(&["path:a/b"]), UNKNOWN, &below_b);
    check(&named(&["path:a/b"]), TRACKED, &["C a/b/three"]);
    // Named twice over, listed once.
    let all = [
        "C a/one",
        "C a/two",
        "! a/gone",
        "? a/new",
        "C a/b/three",
        "? a/b/new",
    ];
    check(
        &named(&["path:a", "path:a/b", "path:a/b/three"]),
        UNKNOWN,
        &all,
    );
}

#[test]
fn a_lost_directory_still_does() {
    check(&named(&["path:lost"]), ALL, &["! lost/gone"]);
    check(&named(&["path:lost"]), TRACKED, &["! lost/gone"]);
}

#[test]
fn single_files() {
    let matcher = named(&["path:top", "path:new", "path:a/gone", "path:a/b/three"]);
    check(
        &matcher,
        UNKNOWN,
        &["C top", "? new", "! a/gone", "C a/b/three"],
    );
    check(&matcher, TRACKED, &["C top", "! a/gone", "C a/b/three"]);
    let matcher = exact(&["top", "new", "a/gone", "a/b/three"]);
    check(
        &matcher,
        UNKNOWN,
        &["C top", "? new", "! a/gone", "C a/b/three"],
    );
    check(&exact(&["a", "lost"]), ALL, &[]);
}

#[test]
fn single_files_take_no_walk() {
    let answer = repo().status_of(&named(&["path:top", "path:new"]), UNKNOWN);
    assert_eq!(answer.0.counts.directories_read, 0);
    assert_eq!(answer.0.counts.lstat_calls, 2);
}

#[test]
fn ignored_files_that_are_named_stay_ignored() {
    for matcher in [
        Box::new(named(&["path:new.o", "path:a/new.o", "path:ignored/new"])) as Box<dyn Matcher>,
        Box::new(exact(&["new.o", "a/new.o", "ignored/new"])),
    ] {
        check(&*matcher, UNKNOWN, &[]);
        check(&*matcher, ALL, &["I new.o", "I a/new.o", "I ignored/new"]);
    }
}

#[test]
fn an_ignored_directory_that_is_named_shows_what_is_tracked() {
    check(&named(&["path:ignored"]), UNKNOWN, &["C ignored/tracked"]);
    let all = ["C ignored/tracked", "I ignored/new"];
    check(&named(&["path:ignored"]), ALL, &all);
}

#[test]
fn patterns_prune_the_walk() {
    let expected = ["C a/b/three", "C a/two"];
    check(&named(&["glob:a/*two", "glob:a/b/t*"]), UNKNOWN, &expected);
    let mut repo = repo();
    let matcher = IntersectionMatcher::new(
        Box::new(named(&["path:a"])),
        Box::new(included(&["path:a/b"])),
    );
    let answer = repo.status_of(&matcher, UNKNOWN);
    answer.is(&["C a/b/three", "? a/b/new"]);
    // `c` and `lost` were of no interest; `a` had to be read for `a/b`.
    assert_eq!(answer.0.counts.directories_read, 2);
}

#[test]
fn includes_and_excludes() {
    check(&included(&["path:c"]), UNKNOWN, &["C c/four", "? c/new"]);
    let expected = ["C a/one", "? a/new", "! a/gone"];
    let matcher = DifferenceMatcher::new(
        Box::new(named(&["path:a"])),
        Box::new(included(&["path:a/b", "glob:a/two"])),
    );
    check(&matcher, UNKNOWN, &expected);
    check(&matcher, TRACKED, &["C a/one", "! a/gone"]);
}

#[test]
fn what_cannot_be_found_is_bad() {
    let mut repo = repo();
    let mode = rustix::fs::Mode::RUSR;
    let fifo = repo.path("a/fifo");
    rustix::fs::mknodat(rustix::fs::CWD, fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let paths = [
        "nowhere",
        "a/nowhere",
        "top/below",
        "a/fifo",
        ".hg",
        "a/one",
    ];
    let expected = [
        "a/fifo BadType(\"fifo\")",
        "a/nowhere OsError(2)",
        "nowhere OsError(2)",
        "top/below OsError(20)",
    ];
    for options in [UNKNOWN, TRACKED] {
        let answer = repo.status_of(&exact(&paths), options);
        answer.is(&["C a/one"]);
        assert_eq!(answer.bad(), expected);
    }
}

#[test]
fn a_file_in_place_of_a_named_directory() {
    let mut repo = repo();
    repo.remove("c");
    repo.write("c", "");
    // Mercurial is content with the file: all that was named is found.
    repo.status_of(&named(&["path:c"]), UNKNOWN).is(&["? c"]);
    repo.status_of(&named(&["path:c", "path:a/b"]), UNKNOWN)
        .is(&["? c", "! c/four", "C a/b/three", "? a/b/new"]);
    repo.status_of(&exact(&["c"]), UNKNOWN).is(&["? c"]);
}

#[test]
fn many_files_are_shared_between_threads() {
    let mut repo = Repo::v1();
    let paths: Vec<String> = (0..1000).map(|number| format!("dir/{number}")).collect();
    for path in &paths {
        repo.clean(path);
    }
    repo.remove("dir/17");
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let answer = repo.status_of(&exact(&paths), UNKNOWN);
    assert_eq!(answer.0.clean.len(), 999);
    assert_eq!(answer.0.deleted, [HgPath::new("dir/17").to_owned()]);
    assert_eq!(answer.0.counts.lstat_calls, 1000);
}

/// A matcher that has this thread do other work of the pool meanwhile, as one
/// that is parallel itself would.
#[derive(Debug)]
struct StealingMatcher;

impl Matcher for StealingMatcher {
    fn matches(&self, _path: &HgPath) -> bool {
        rayon::yield_now();
        true
    }

    fn exact_match(&self, _path: &HgPath) -> bool {
        false
    }

    fn files(&self) -> &[HgPathBuf] {
        &[]
    }

    fn visit_children_set(&self, _directory: &HgPath) -> VisitChildrenSet {
        rayon::yield_now();
        VisitChildrenSet::This
    }
}

#[test]
fn a_matcher_may_give_its_thread_to_other_directories() {
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut repo = Repo::v1();
        let mut lines = Vec::new();
        for directory in 0..40 {
            for file in 0..10 {
                let path = format!("d{directory}/f{file}");
                repo.clean(&path);
                lines.push(format!("C {path}"));
            }
        }
        let answer = repo.status_of(&StealingMatcher, ALL);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        answer.is(&lines);
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_secs(60)).unwrap();
}
