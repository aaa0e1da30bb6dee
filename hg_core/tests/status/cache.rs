// SPDX-License-Identifier: GPL-2.0-or-later
//! The mtimes of directories that dirstate-v2 keeps: they save reading a
//! directory, and never hide anything.

use hg_core::matchers::ExactMatcher;
use hg_core::status::StatusCounts;
use hg_core::types::HgPath;

use super::repo::{Asked, Repo, ALL, TRACKED};

/// `dir` and `dir/sub` with nothing new in them, last changed long ago.
fn repo() -> Repo {
    let mut repo = Repo::v2();
    repo.ignore("syntax: glob\n*.o\n");
    for path in ["file", "dir/file", "dir/sub/file"] {
        repo.clean(path);
    }
    repo.write("dir/ignored.o", "");
    age(&repo);
    repo
}

fn age(repo: &Repo) {
    for path in ["dir/sub", "dir"] {
        repo.touch_long_ago(path);
    }
}

fn cached(repo: &mut Repo) -> usize {
    let counts: StatusCounts = repo.status().0.counts;
    counts.directories_cached
}

#[test]
fn a_second_status_reads_the_root_alone() {
    let mut repo = repo();
    let first = repo.status();
    first.is(&[]);
    assert!(first.1);
    assert_eq!(first.0.counts.directories_read, 3);
    for _ in 0..2 {
        repo.reload();
        let answer = repo.status();
        answer.is(&[]);
        assert!(!answer.1);
        assert_eq!(answer.0.counts.directories_read, 1);
        assert_eq!(answer.0.counts.directories_cached, 2);
        // Three files, and the mtimes of two directories.
        assert_eq!(answer.0.counts.lstat_calls, 5);
    }
}

#[test]
fn tracked_files_are_looked_at_all_the_same() {
    let mut repo = repo();
    repo.status();
    std::fs::write(repo.path("dir/sub/file"), "other contents").unwrap();
    let answer = repo.status();
    answer.is(&["M dir/sub/file"]);
    assert_eq!(answer.0.counts.directories_cached, 2);
    repo.remove("dir/sub/file");
    let answer = repo.status();
    answer.is(&["! dir/sub/file"]);
    assert_eq!(answer.0.counts.directories_cached, 1);
    // Gone with its directory, which the parent's mtime tells.
    repo.remove("dir/sub");
    repo.status().is(&["! dir/sub/file"]);
}

#[test]
fn a_missing_directory_is_no_trouble_for_the_cache() {
    let mut repo = repo();
    repo.remove("dir/sub");
    repo.touch_long_ago("dir");
    repo.status().is(&["! dir/sub/file"]);
    let options = Asked {
        collect_traversed_dirs: true,
        ..Asked::default()
    };
    for _ in 0..2 {
        let answer = repo.status_with(options);
        answer.is(&["! dir/sub/file"]);
        assert_eq!(answer.bad(), [""; 0]);
        assert_eq!(answer.traversed(), ["", "dir"]);
        assert_eq!(answer.0.counts.directories_cached, 1);
    }
}

#[test]
fn new_files_are_seen() {
    let mut repo = repo();
    repo.status();
    repo.write("dir/new", "");
    let answer = repo.status();
    answer.is(&["? dir/new"]);
    assert_eq!(answer.0.counts.directories_cached, 1);
    // Not cached as long as it is there, however old.
    repo.touch("dir", 1_100_000_000, 5);
    for _ in 0..2 {
        let answer = repo.status();
        answer.is(&["? dir/new"]);
        assert_eq!(answer.0.counts.directories_cached, 1);
    }
    repo.remove("dir/new");
    repo.touch("dir", 1_100_000_001, 5);
    repo.status().is(&[]);
    assert_eq!(cached(&mut repo), 2);
}

#[test]
fn a_directory_of_just_now_is_not_cached() {
    let mut repo = repo();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    repo.touch("dir", now + 1000, 5);
    repo.touch("dir/sub", now + 1000, 5);
    repo.status();
    assert_eq!(cached(&mut repo), 0);
    // A day ahead comes from another clock.
    repo.touch("dir", now + 100_000, 5);
    repo.status();
    assert_eq!(cached(&mut repo), 1);
}

#[test]
fn other_ignore_patterns_undo_the_cache() {
    let mut repo = repo();
    repo.status();
    assert_eq!(cached(&mut repo), 2);
    repo.ignore("syntax: glob\n*.pyc\n");
    let answer = repo.status();
    answer.is(&["? dir/ignored.o"]);
    assert!(answer.1);
    assert_eq!(answer.0.counts.directories_cached, 0);
    // `dir/sub` is as good as before.
    repo.reload();
    let answer = repo.status();
    answer.is(&["? dir/ignored.o"]);
    assert_eq!(answer.0.counts.directories_cached, 1);
}

/// The patterns change, and only part of the tree is looked at.
#[test]
fn other_ignore_patterns_undo_the_cache_everywhere() {
    let mut repo = repo();
    repo.status();
    repo.ignore("syntax: glob\n*.pyc\n");
    let named = ExactMatcher::new(vec![b"file".to_vec().into()]);
    repo.status_of(&named, Asked::default()).is(&[]);
    repo.reload();
    repo.status().is(&["? dir/ignored.o"]);
}

#[test]
fn listing_ignored_files_reads_everything() {
    let mut repo = repo();
    repo.status();
    let answer = repo.status_with(ALL);
    assert!(answer.lines().contains("I dir/ignored.o"));
    assert_eq!(answer.0.counts.directories_cached, 0);
    assert_eq!(answer.0.counts.directories_read, 3);
    assert!(!answer.1);
}

#[test]
fn a_narrow_status_does_not_cache_what_it_skipped() {
    let mut repo = repo();
    repo.write("dir/new", "");
    age(&repo);
    let pattern = hg_core::matchers::Pattern {
        syntax: hg_core::matchers::parse_pattern_syntax_kind(b"glob").unwrap(),
        pattern: b"dir/file".to_vec(),
        source: Default::default(),
    };
    let patterns = hg_core::matchers::expand_patterns(vec![pattern], repo.root()).unwrap();
    let matcher = hg_core::matchers::IncludeMatcher::new(&patterns).unwrap();
    repo.status_of(&matcher, Asked::default()).is(&[]);
    repo.status().is(&["? dir/new"]);
}

#[test]
fn forgotten_files_become_unknown() {
    let mut repo = repo();
    repo.write("dir/sub/added", "");
    repo.entry("dir/sub/added", true, false, false);
    age(&repo);
    repo.status().is(&["A dir/sub/added"]);
    assert_eq!(cached(&mut repo), 2);
    repo.reload();
    repo.dirstate
        .set_untracked(HgPath::new(b"dir/sub/added"))
        .unwrap();
    repo.status().is(&["? dir/sub/added"]);
}

/// An unknown file where the dirstate has a directory of missing files.
#[test]
fn a_file_in_place_of_a_directory_stays_unknown() {
    let mut repo = repo();
    repo.remove("dir/sub");
    repo.write("dir/sub", "");
    repo.touch_long_ago("dir");
    for _ in 0..3 {
        repo.status().is(&["! dir/sub/file", "? dir/sub"]);
        repo.reload();
    }
    // Should another Mercurial have cached it nevertheless:
    let time = hg_core::types::TruncatedTimestamp::new(1_000_000_000, 5, false).unwrap();
    repo.dirstate
        .set_cached_directory_mtime(HgPath::new(b"dir"), time)
        .unwrap();
    let answer = repo.status();
    answer.is(&["! dir/sub/file", "? dir/sub"]);
    assert_eq!(answer.0.counts.directories_cached, 1);
}

#[test]
fn only_dirstate_v2_and_only_a_walk_caches() {
    let mut repo = repo();
    let answer = repo.status_with(TRACKED);
    assert!(!answer.1);
    assert_eq!(cached(&mut repo), 0);

    let mut repo = Repo::v1();
    repo.clean("dir/file");
    repo.touch_long_ago("dir");
    for _ in 0..2 {
        let answer = repo.status();
        assert!(!answer.1);
        assert_eq!(answer.0.counts.directories_cached, 0);
    }
}

#[test]
fn without_a_filesystem_clock_nothing_is_cached() {
    let mut repo = repo();
    repo.remove(".hg");
    repo.status();
    assert_eq!(cached(&mut repo), 0);
    repo.mkdir(".hg");
    repo.status();
    assert_eq!(cached(&mut repo), 2);
}
