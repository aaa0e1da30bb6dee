// SPDX-License-Identifier: GPL-2.0-or-later
//! Directories that may not be read, or not be searched.

use super::repo::{Repo, ALL, TRACKED};

/// Run as somebody whom permissions bind, with these modes of directories; then take
/// the repository away.
fn unprivileged(mut repo: Repo, modes: &[(&str, u32)], test: impl FnOnce(&mut Repo) + Send) {
    for (path, mode) in modes {
        repo.chmod(path, *mode);
    }
    let tested = std::thread::scope(|scope| {
        let as_nobody = || {
            if rustix::process::geteuid().is_root() {
                // Of this thread alone, and of those it starts.
                let nobody = rustix::process::Uid::from_raw(65_534);
                rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
            }
            test(&mut repo);
        };
        scope.spawn(as_nobody).join()
    });
    for (path, _) in modes {
        repo.chmod(path, 0o755);
    }
    let root = repo.root().to_owned();
    drop(repo);
    assert!(!root.exists());
    tested.unwrap();
}

fn repo() -> Repo {
    let mut repo = Repo::v2();
    repo.chmod("", 0o755);
    repo.clean("dir/file");
    repo.clean("dir/sub/file");
    repo.clean("other/file");
    repo.write("dir/new", "");
    repo.write("dir/sub/new", "");
    repo
}

/// Mercurial's own test-status-eacces.t wants this of a Rust status.
#[test]
fn an_unreadable_directory_is_bad_and_its_files_missing() {
    unprivileged(repo(), &[("dir", 0o311)], |repo| {
        for _ in 0..2 {
            let answer = repo.status_with(ALL);
            answer.is(&["! dir/file", "! dir/sub/file", "C other/file"]);
            assert_eq!(answer.bad(), ["dir OsError(13)"]);
        }
        // Without reading it the files can be looked at.
        let answer = repo.status_with(TRACKED);
        answer.is(&["C dir/file", "C dir/sub/file", "C other/file"]);
        assert_eq!(answer.bad(), [""; 0]);
    });
}

#[test]
fn a_directory_that_cannot_be_searched_is_bad_too() {
    let repo = repo();
    repo.write("unknown/file", "");
    unprivileged(repo, &[("dir", 0o644), ("unknown", 0o644)], |repo| {
        let answer = repo.status_with(ALL);
        answer.is(&["! dir/file", "! dir/sub/file", "C other/file"]);
        assert_eq!(answer.bad(), ["dir OsError(13)", "unknown OsError(13)"]);
        let answer = repo.status_with(TRACKED);
        answer.is(&["! dir/file", "! dir/sub/file", "C other/file"]);
        assert_eq!(answer.bad(), [""; 0]);
    });
}

#[test]
fn what_was_unreadable_is_not_cached() {
    let repo = repo();
    for path in ["dir/new", "dir/sub/new"] {
        repo.remove(path);
    }
    for path in ["dir", "dir/sub", "other"] {
        repo.touch_long_ago(path);
    }
    // The second for the filesystem's time, without which nothing is.
    unprivileged(repo, &[("dir", 0o311), (".hg", 0o777)], |repo| {
        let first = repo.status();
        assert!(first.1);
        let answer = repo.status();
        assert_eq!(answer.0.counts.directories_cached, 1);
        assert_eq!(answer.bad(), ["dir OsError(13)"]);
    });
}
