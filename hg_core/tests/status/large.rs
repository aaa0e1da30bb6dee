// SPDX-License-Identifier: GPL-2.0-or-later
//! Many files in one directory, and very many directories in one another.

use std::os::fd::OwnedFd;

use hg_core::matchers::AlwaysMatcher;
use hg_core::status::{status, StatusError};
use hg_core::types::HgPath;
use rustix::fs::{Mode, OFlags};

use super::repo::{Repo, ALL, TRACKED};

#[test]
fn a_huge_directory_is_shared_between_threads() {
    for mut repo in [Repo::v1(), Repo::v2()] {
        repo.mkdir("dir");
        for number in 0..5000 {
            repo.clean(&format!("dir/{number}"));
        }
        repo.remove("dir/4999");
        repo.write("dir/123", "something else entirely");
        repo.write("dir/new", "");
        for options in [ALL, TRACKED, ALL] {
            let answer = repo.status_with(options);
            assert_eq!(answer.0.clean.len(), 4998);
            assert_eq!(answer.0.modified, [HgPath::new("dir/123").to_owned()]);
            assert_eq!(answer.0.deleted, [HgPath::new("dir/4999").to_owned()]);
            assert_eq!(answer.0.unknown.len(), usize::from(options.list_unknown));
            assert_eq!(answer.0.counts.files_compared, 4999);
        }
    }
}

/// As deep as the kernel lets a path be.
#[test]
fn depth_costs_no_stack() {
    let mut repo = Repo::v1();
    let room = 4000 - repo.root().as_os_str().len();
    let mut directories = vec![String::from("d")];
    while directories.last().unwrap().len() < room {
        let deeper = format!("{}/d", directories.last().unwrap());
        directories.push(deeper);
    }
    assert!(directories.len() > 1500);
    for directory in &directories {
        std::fs::create_dir(repo.path(directory)).unwrap();
    }
    let deepest = directories.last().unwrap().clone();
    let (clean, new) = (format!("{deepest}/clean"), format!("{deepest}/new"));
    repo.clean(&clean);
    repo.write(&new, "");
    let lines = [format!("C {clean}"), format!("? {new}")];
    repo.status_with(ALL).is(&[&lines[0], &lines[1]]);
    repo.status_with(TRACKED).is(&[&lines[0]]);

    // `TempDir` holds a file open for each level.
    repo.remove(&clean);
    repo.remove(&new);
    for directory in directories.iter().rev() {
        std::fs::remove_dir(repo.path(directory)).unwrap();
    }
    let missing = format!("! {clean}");
    repo.status_with(ALL).is(&[&missing]);
    repo.status_with(TRACKED).is(&[&missing]);
}

/// Deeper than a path can say: Mercurial aborts, and so Python is asked.
#[test]
fn too_deep_is_an_error_and_no_answer() {
    let repo = Repo::v1();
    let open = |directory: &OwnedFd, name: &str| {
        rustix::fs::openat(directory, name, OFlags::DIRECTORY, Mode::empty()).unwrap()
    };
    let root = OwnedFd::from(std::fs::File::open(repo.root()).unwrap());
    let mut directory = open(&root, ".");
    for _ in 0..2100 {
        rustix::fs::mkdirat(&directory, "d", Mode::RWXU).unwrap();
        directory = open(&directory, "d");
    }
    let path = repo.root().to_path_buf();
    let error = status(
        &repo.dirstate,
        &AlwaysMatcher,
        &path,
        vec![],
        &ALL.options(),
    )
    .unwrap_err();
    assert!(matches!(error, StatusError::System { .. }), "{error}");
    assert!(error.to_string().starts_with("d/d/d/d"), "{error}");

    for _ in 1..2100 {
        rustix::fs::renameat(&root, "d/d", &root, "rest").unwrap();
        std::fs::remove_dir(repo.path("d")).unwrap();
        rustix::fs::renameat(&root, "rest", &root, "d").unwrap();
    }
}
