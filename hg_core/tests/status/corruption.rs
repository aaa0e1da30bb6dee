// SPDX-License-Identifier: GPL-2.0-or-later
//! A damaged dirstate gives an error or some answer, and nothing worse.

use hg_core::dirstate::{DirstateMap, DirstateParents, WriteMode};
use hg_core::matchers::AlwaysMatcher;
use hg_core::status::status;
use hg_core::types::HgPath;

use super::repo::{Repo, ALL, TRACKED};

fn repo() -> Repo {
    let mut repo = Repo::v2();
    for path in ["file", "dir/file", "dir/sub/file"] {
        repo.clean(path);
    }
    repo.entry("dir/removed", false, true, false);
    repo.dirstate
        .copy_map_insert(HgPath::new(b"dir/file"), HgPath::new(b"file"))
        .unwrap();
    for path in ["dir", "dir/sub"] {
        repo.touch_long_ago(path);
    }
    repo.status();
    repo
}

fn try_status(repo: &Repo, mut dirstate: DirstateMap) -> bool {
    [ALL, TRACKED].into_iter().all(|options| {
        let options = options.options();
        status(&dirstate, &AlwaysMatcher, repo.root(), vec![], &options)
            .is_ok_and(|outcome| outcome.updates.apply(&mut dirstate).is_ok())
    })
}

#[test]
fn v2_with_any_byte_changed() {
    let repo = repo();
    let packed = repo.dirstate.pack_v2(WriteMode::ForceNew).unwrap();
    let size = packed.data.len();
    let (mut answers, mut errors) = (0, 0);
    for position in 0..size {
        for change in [0x01, 0x80, 0xff] {
            let mut data = packed.data.clone();
            data[position] ^= change;
            let uuid = b"uuid".to_vec();
            let read = DirstateMap::new_v2(data.into(), size, &packed.tree_metadata, uuid, None);
            match read.is_ok_and(|dirstate| try_status(&repo, dirstate)) {
                true => answers += 1,
                false => errors += 1,
            }
        }
    }
    assert!(
        answers > 0 && errors > 0,
        "{answers} answers, {errors} errors"
    );
}

#[test]
fn v1_with_any_byte_changed() {
    let repo = repo();
    let packed = repo.dirstate.pack_v1(DirstateParents::NULL).unwrap();
    let (mut answers, mut errors) = (0, 0);
    for position in 0..packed.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut data = packed.clone();
            data[position] ^= change;
            let read = DirstateMap::new_v1(data.into(), None);
            match read.is_ok_and(|(dirstate, _)| try_status(&repo, dirstate)) {
                true => answers += 1,
                false => errors += 1,
            }
        }
    }
    assert!(
        answers > 0 && errors > 0,
        "{answers} answers, {errors} errors"
    );
}
