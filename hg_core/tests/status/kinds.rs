// SPDX-License-Identifier: GPL-2.0-or-later
//! Symbolic links, nested repositories, and one kind of file in place of
//! another.

use std::os::unix::net::UnixListener;

use rustix::fs::{FileType, Mode, CWD};

use super::repo::{Asked, Repo, ALL, TRACKED};

const IGNORED_ONLY: Asked = Asked {
    list_unknown: false,
    ..ALL
};

fn fifo(repo: &Repo, path: &str) {
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(CWD, repo.path(path), FileType::Fifo, mode, 0).unwrap();
}

#[test]
fn links_are_files() {
    let mut repo = Repo::v1();
    repo.link("tracked", "nowhere");
    repo.clean("tracked");
    repo.link("changed", "nowhere");
    repo.clean("changed");
    repo.remove("changed");
    repo.link("changed", "elsewhere");
    repo.link("new", "dir");
    repo.mkdir("dir");
    // Another length of a link only makes it doubtful.
    repo.status_with(ALL)
        .is(&["C tracked", "L changed", "? new"]);
}

#[test]
fn files_behind_a_link_are_missing() {
    let mut repo = Repo::v1();
    repo.clean("dir/file");
    repo.clean("dir/sub/file");
    std::fs::rename(repo.path("dir"), repo.path("moved")).unwrap();
    repo.link("dir", "moved");
    repo.status().is(&[
        "! dir/file",
        "! dir/sub/file",
        "? dir",
        "? moved/file",
        "? moved/sub/file",
    ]);
    let missing = ["! dir/file", "! dir/sub/file"];
    repo.status_with(TRACKED).is(&missing);
    repo.status_with(IGNORED_ONLY).is(&missing);
    repo.ignore("^dir");
    repo.status().is(&[
        "! dir/file",
        "! dir/sub/file",
        "? moved/file",
        "? moved/sub/file",
    ]);
}

#[test]
fn a_link_to_itself_ends() {
    let mut repo = Repo::v1();
    repo.entry("loop/file", true, true, false);
    repo.link("loop", "loop");
    repo.mkdir("dir");
    repo.link("dir/up", "..");
    repo.entry("dir/up/dir/up/dir/file", true, true, false);
    let missing = ["! loop/file", "! dir/up/dir/up/dir/file"];
    repo.status_with(TRACKED).is(&missing);
    repo.status()
        .is(&[missing[0], missing[1], "? loop", "? dir/up"]);
}

#[test]
fn a_file_in_place_of_a_directory_and_the_reverse() {
    let mut repo = Repo::v1();
    repo.clean("dir/file");
    repo.clean("file");
    repo.entry("removed", false, true, false);
    repo.remove("dir");
    repo.remove("file");
    repo.write("dir", "");
    repo.write("file/new", "");
    repo.write("removed/new", "");
    let tracked = ["! dir/file", "! file", "R removed"];
    repo.status_with(TRACKED).is(&tracked);
    let mut all = tracked.to_vec();
    all.extend(["? dir", "? file/new", "? removed/new"]);
    repo.status().is(&all);
    // Both tracked: the file was removed, then the directory came.
    repo.clean("removed/new");
    repo.status_with(ALL).is(&[
        "! dir/file",
        "! file",
        "R removed",
        "? dir",
        "? file/new",
        "C removed/new",
    ]);
}

#[test]
fn fifos_and_sockets_are_neither_here_nor_there() {
    let mut repo = Repo::v1();
    for path in ["fifo", "socket", "dir/below"] {
        repo.clean(path);
    }
    for path in ["fifo", "socket", "dir"] {
        repo.remove(path);
    }
    fifo(&repo, "fifo");
    fifo(&repo, "dir");
    fifo(&repo, "new");
    let _socket = UnixListener::bind(repo.path("socket")).unwrap();
    for options in [ALL, TRACKED] {
        let answer = repo.status_with(options);
        answer.is(&["! fifo", "! socket", "! dir/below"]);
        assert!(answer.bad().is_empty());
    }
}

#[test]
fn in_an_ignored_directory_anything_counts_as_a_file() {
    let mut repo = Repo::v1();
    repo.ignore("^ignored/\n");
    repo.clean("ignored/clean");
    repo.clean("ignored/directory");
    repo.entry("ignored/added", true, false, false);
    repo.clean("ignored/gone");
    repo.remove("ignored/gone");
    repo.remove("ignored/directory");
    repo.mkdir("ignored/directory");
    repo.mkdir("ignored/added");
    repo.write("ignored/new", "");
    // A pattern that ends with a slash does not match the directory itself.
    repo.status()
        .is(&["! ignored/added", "! ignored/directory", "! ignored/gone"]);
    repo.ignore("^ignored\n");
    repo.status()
        .is(&["A ignored/added", "M ignored/directory", "! ignored/gone"]);
    repo.status_with(ALL).is(&[
        "! ignored/added",
        "! ignored/directory",
        "! ignored/gone",
        "C ignored/clean",
        "I ignored/new",
    ]);
}

#[test]
fn nested_repositories_are_left_alone() {
    for mut repo in [Repo::v1(), Repo::v2()] {
        repo.clean("nested/file");
        repo.clean("nested/sub/file");
        repo.mkdir("nested/.hg");
        repo.write("nested/new", "");
        repo.write("elsewhere/.hg/store", "");
        repo.write("elsewhere/new", "");
        for _ in 0..3 {
            repo.touch_long_ago("nested");
            repo.status().is(&["! nested/file", "! nested/sub/file"]);
        }
        repo.status_with(TRACKED)
            .is(&["C nested/file", "C nested/sub/file"]);
        repo.status_with(IGNORED_ONLY)
            .is(&["C nested/file", "C nested/sub/file"]);
        repo.ignore("^nested");
        repo.status().is(&["! nested/file", "! nested/sub/file"]);
    }
}

#[test]
fn a_file_or_link_called_hg_is_no_repository() {
    let mut repo = Repo::v1();
    repo.clean("one/file");
    repo.write("one/.hg", "");
    repo.clean("two/file");
    repo.mkdir("real");
    repo.link("two/.hg", "../real");
    repo.status_with(ALL)
        .is(&["C one/file", "? one/.hg", "C two/file", "? two/.hg"]);
    // Where entries are not read, a link to a directory is as good as one.
    repo.ignore("^two$");
    repo.status().is(&["! two/file", "? one/.hg"]);
}
