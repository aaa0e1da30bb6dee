// SPDX-License-Identifier: GPL-2.0-or-later
//! [`hg_core::status`] in real directories. The expected answers are those of
//! Mercurial 6.9.5 with its C modules.

mod cache;
mod corruption;
mod kinds;
mod large;
mod matching;
mod permissions;
mod repo;
mod resolve;

use hg_core::types::HgPath;
use repo::{Asked, Repo, ALL, TRACKED};

/// One file of each status, in a directory and at the root.
fn one_of_each(repo: &mut Repo) {
    repo.ignore("syntax: glob\n*.o\nbuild\n");
    for prefix in ["", "dir/", "dir/sub/"] {
        let path = |name: &str| format!("{prefix}{name}");
        repo.clean(&path("clean"));
        repo.clean(&path("changed"));
        repo.write(&path("changed"), "other contents\n");
        repo.clean(&path("exec"));
        repo.chmod(&path("exec"), 0o755);
        repo.clean(&path("touched"));
        repo.touch(&path("touched"), 1_000_000_001, 5);
        repo.clean(&path("gone"));
        repo.remove(&path("gone"));
        repo.write(&path("added"), "");
        repo.entry(&path("added"), true, false, false);
        repo.entry(&path("added-gone"), true, false, false);
        repo.entry(&path("removed"), false, true, false);
        repo.write(&path("removed-there"), "");
        repo.entry(&path("removed-there"), false, true, false);
        repo.write(&path("merged"), "");
        repo.entry(&path("merged"), true, true, true);
        repo.write(&path("new"), "");
        repo.write(&path("new.o"), "");
        repo.write(&path("build/output"), "");
    }
}

fn expected(letters: &str) -> Vec<String> {
    let all = [
        ("C", "clean"),
        ("M", "changed"),
        ("M", "exec"),
        ("L", "touched"),
        ("!", "gone"),
        ("A", "added"),
        ("!", "added-gone"),
        ("R", "removed"),
        ("R", "removed-there"),
        ("M", "merged"),
        ("?", "new"),
        ("I", "new.o"),
        ("I", "build/output"),
    ];
    ["", "dir/", "dir/sub/"]
        .iter()
        .flat_map(|prefix| all.map(|(letter, name)| (letter, format!("{letter} {prefix}{name}"))))
        .filter(|(letter, _)| letters.contains(letter))
        .map(|(_, line)| line)
        .collect()
}

#[test]
fn each_status() {
    for mut repo in [Repo::v1(), Repo::v2()] {
        one_of_each(&mut repo);
        let mut check = |options: Asked, letters: &str| {
            let expected = expected(letters);
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            repo.status_with(options).is(&expected);
        };
        let option = |list_clean, list_unknown, list_ignored| Asked {
            list_clean,
            list_unknown,
            list_ignored,
            ..Asked::default()
        };
        // Twice: the second time with what the first may have cached.
        for _ in 0..2 {
            check(option(false, true, false), "LMAR!?");
            check(option(true, true, true), "LMAR!?CI");
            check(option(false, false, true), "LMAR!I");
            check(option(true, false, false), "LMAR!C");
            check(option(false, false, false), "LMAR!");
        }
    }
}

#[test]
fn executable_bit_does_not_count_where_the_filesystem_has_none() {
    let mut repo = Repo::v1();
    repo.clean("file");
    repo.chmod("file", 0o755);
    repo.status().is(&["M file"]);
    let options = Asked {
        check_exec: false,
        ..ALL
    };
    repo.status_with(options).is(&["C file"]);
}

#[test]
fn copies_are_modified() {
    let mut repo = Repo::v1();
    repo.clean("file");
    repo.dirstate
        .copy_map_insert(HgPath::new(b"file"), HgPath::new(b"source"))
        .unwrap();
    repo.status().is(&["M file"]);
}

#[test]
fn times_of_today_and_tomorrow_are_unsure() {
    let mut repo = Repo::v1();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    for (name, time) in [
        ("past", now - 100),
        ("soon", now + 1000),
        ("far", now + 100_000),
    ] {
        repo.write(name, "contents");
        repo.touch(name, time, 7);
        repo.record(name);
    }
    repo.status_with(ALL).is(&["C past", "L soon", "C far"]);
}

#[test]
fn any_bytes_make_a_name() {
    use std::os::unix::ffi::OsStrExt;
    let mut repo = Repo::v1();
    for name in [&b"new\nline"[..], b"high\xff\xe9", b" ", b"\\", b"tab\t"] {
        let path = repo.root().join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(path, "").unwrap();
    }
    repo.mkdir("d");
    let below = repo.root().join(std::ffi::OsStr::from_bytes(b"d/\x80"));
    std::fs::write(below, "").unwrap();
    repo.dirstate.set_tracked(HgPath::new(b"d/\x80")).unwrap();
    repo.status().is(&[
        "? new\\nline",
        "? high\\xff\\xe9",
        "?  ",
        "? \\\\",
        "? tab\\t",
        "A d/\\x80",
    ]);
}

#[test]
fn names_that_share_a_prefix_are_kept_apart() {
    let mut repo = Repo::v1();
    for path in ["a", "a-b", "a.c", "ab/c", "b/a", "b-a", "b.a"] {
        repo.clean(path);
    }
    for path in ["a-", "ab-", "b/b"] {
        repo.write(path, "");
    }
    repo.status().is(&["? a-", "? ab-", "? b/b"]);
    repo.status_with(TRACKED)
        .is(&["C a", "C a-b", "C a.c", "C ab/c", "C b/a", "C b-a", "C b.a"]);
}

#[test]
fn counts_tell_the_work() {
    let mut repo = Repo::v1();
    repo.ignore("^ignored$");
    for path in ["file", "dir/one", "dir/two", "dir/sub/three"] {
        repo.clean(path);
    }
    repo.write("unknown/new", "");
    repo.write("ignored/new", "");
    let counts = repo.status().0.counts;
    // The root, dir, dir/sub and unknown; a look at the file in unknown tells
    // that it may be searched.
    assert_eq!(counts.directories_read, 4);
    assert_eq!(counts.directories_cached, 0);
    assert_eq!(counts.files_compared, 4);
    assert_eq!(counts.lstat_calls, 4 + 1);
    assert!(counts.threads >= 1);

    let counts = repo.status_with(TRACKED).0.counts;
    assert_eq!(counts.directories_read, 0);
    assert_eq!(counts.files_compared, 4);
    assert_eq!(counts.lstat_calls, 4);

    let mut repo = Repo::v1();
    repo.write("new", "");
    repo.entry("new", true, false, false);
    let answer = repo.status();
    answer.is(&["A new"]);
    assert_eq!(answer.0.counts.files_compared, 0);
}

#[test]
fn traversed_directories() {
    let mut repo = Repo::v1();
    repo.ignore("^ignored");
    repo.clean("dir/sub/file");
    repo.clean("ignored/tracked");
    repo.mkdir("empty/deeper");
    repo.mkdir("ignored/below");
    let option = |list_unknown, list_ignored| Asked {
        collect_traversed_dirs: true,
        list_unknown,
        list_ignored,
        ..ALL
    };
    let walked = ["", "dir", "dir/sub", "empty", "empty/deeper"];
    assert_eq!(repo.status_with(option(true, false)).traversed(), walked);
    let mut all = walked.to_vec();
    all.extend(["ignored", "ignored/below"]);
    assert_eq!(repo.status_with(option(false, true)).traversed(), all);
    assert_eq!(repo.status_with(option(false, false)).traversed(), [""]);
}

#[test]
fn a_missing_working_directory_is_an_error() {
    let repo = Repo::v1();
    let path = repo.path("nowhere");
    let dirstate = hg_core::dirstate::DirstateMap::new_empty();
    let error = hg_core::status::status(
        &dirstate,
        &hg_core::matchers::AlwaysMatcher,
        &path,
        vec![],
        &ALL.options(),
    )
    .unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}
