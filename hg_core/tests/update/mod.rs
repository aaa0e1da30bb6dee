// SPDX-License-Identifier: GPL-2.0-or-later
//! Filling a working directory, by one thread and by several.

pub mod repo;

use std::fs;
use std::path::Path;

use hg_core::config::Invocation;
use hg_core::fs::{Cancellation, Threads};
use hg_core::repo::Repo;
use hg_core::types::{Environment, Revision};
use hg_core::update::{update_from_null, UpdateError, UpdateOptions};
use repo::File;

fn many_files() -> Vec<File> {
    (0..2000)
        .map(|number| {
            let path = format!("d{}/e{}/f{number}", number % 13, number % 5);
            let flag = match number % 17 {
                0 => "x",
                1 => "l",
                _ => "",
            };
            (path, flag, format!("content {number}").into_bytes())
        })
        .collect()
}

fn open(root: &Path) -> Repo {
    let invocation = Invocation {
        environment: Environment::from_iter([("HGRCPATH", "")]),
        ..Invocation::default()
    };
    Repo::open(root, &invocation).unwrap()
}

fn check_files(root: &Path, files: &[File]) {
    for (path, flag, content) in files {
        let path = root.join(path);
        let found = if *flag == "l" {
            let target = fs::read_link(&path).unwrap();
            target.into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path).unwrap()
        };
        assert_eq!(found, *content, "{}", path.display());
    }
}

#[test]
fn any_number_of_threads_writes_the_same() {
    for threads in [1, 2, 7, 16] {
        let place = tempfile::tempdir().unwrap();
        let files = many_files();
        repo::make(place.path(), files.clone());
        let repo = open(place.path());
        let mut options = UpdateOptions::default();
        options.threads = Threads::new(threads);
        let count = update_from_null(&repo, Revision::ZERO, &options).unwrap();
        assert_eq!(count, files.len());
        check_files(place.path(), &files);
        let dirstate = fs::read(place.path().join(".hg/dirstate")).unwrap();
        assert!(dirstate.len() > 40 + files.len() * 17);
    }
}

/// Whatever was written before is whole, and the dirstate is as it was.
#[test]
fn cancelled_from_another_thread() {
    for delay in 0..6 {
        let place = tempfile::tempdir().unwrap();
        let files = many_files();
        repo::make(place.path(), files.clone());
        let repo = open(place.path());
        let mut options = UpdateOptions::default();
        options.threads = Threads::new(4);
        options.cancellation = Cancellation::default();
        let result = std::thread::scope(|scope| {
            scope.spawn(|| {
                while delay > 0 && !place.path().join(format!("d{delay}")).exists() {
                    std::thread::yield_now();
                }
                options.cancellation.cancel();
            });
            update_from_null(&repo, Revision::ZERO, &options)
        });
        let done = result.is_ok();
        assert!(done || matches!(result, Err(UpdateError::Interrupted)));
        assert_eq!(place.path().join(".hg/dirstate").exists(), done);
        let written: Vec<File> = files
            .into_iter()
            .filter(|(path, ..)| place.path().join(path).symlink_metadata().is_ok())
            .collect();
        check_files(place.path(), &written);
    }
}
