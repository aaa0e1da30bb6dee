// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate of a working directory that is filled.

use std::os::fd::AsFd;

use super::checkout::WrittenFile;
use super::unsupported;
use crate::dirstate::io::{DirstateIoError, LoadedDirstate, WriteOptions};
use crate::dirstate::{DirstateError, DirstateMap, DirstateParents, DirstateVersion};
use crate::fs::{open_root, sync_all, Clock, Durability};
use crate::repo::requirements::TRACKED_HINT;
use crate::repo::Repo;
use crate::types::{HgPath, Node};
use crate::update::UpdateError;

/// The dirstate that a new one is to replace: it has no files, whose fate
/// would be Python's to tell.
pub(super) fn load_empty(repo: &Repo) -> Result<LoadedDirstate, UpdateError> {
    let loaded = repo.dirstate().load()?;
    if loaded.map.nodes().next().is_some() {
        return Err(unsupported("the dirstate has files"));
    }
    Ok(loaded)
}

/// Write the dirstate of the files just written, at the revision `node`.
pub(super) fn write(
    repo: &Repo,
    node: Node,
    mut files: Vec<WrittenFile<'_>>,
    mut dirstate: LoadedDirstate,
    durability: Durability,
) -> Result<(), UpdateError> {
    // The dirstate says what is in the files: they come first.
    sync_all(&repo.root, durability).map_err(|error| UpdateError::System {
        path: repo.root.clone(),
        error,
    })?;
    let mut map = DirstateMap::new_empty();
    record(repo, &mut map, &mut files)?;
    dirstate.map = map;
    dirstate.parents = DirstateParents {
        p1: node,
        p2: Node::NULL,
    };
    let options = WriteOptions {
        mode: repo.file_mode()?,
        durability,
        ..WriteOptions::default()
    };
    let file = repo.dirstate();
    file.write(dirstate, &options)?;
    if repo.requirements.contains(TRACKED_HINT) {
        file.write_tracked_hint(&options)?;
    }
    Ok(())
}

/// Record in `map` the files just written. Returns how many it did not have.
pub(super) fn record(
    repo: &Repo,
    map: &mut DirstateMap,
    files: &mut [WrittenFile<'_>],
) -> Result<usize, UpdateError> {
    let clock = match (open_root(&repo.root), repo.dirstate_version()) {
        (Ok(root), DirstateVersion::V2) => Clock::read_after_a_tick(root.as_fd()),
        (Ok(root), DirstateVersion::V1) => Clock::read(root.as_fd()),
        (Err(_), _) => Clock::UNKNOWN,
    };
    files.sort_unstable_by_key(|file| file.path);
    let before = map.len();
    for file in files {
        let too_large = |_| DirstateError::TooLarge("a file takes 4 GiB or more");
        let size = u32::try_from(file.stat.size).map_err(too_large)?;
        let mtime = clock.proving(file.stat.mtime);
        let data = (file.stat.mode, size, mtime);
        map.reset_state(file.path, true, true, false, mtime.is_some(), Some(data))?;
    }
    Ok(map.len().saturating_sub(before))
}

/// Forget files that were removed.
pub(super) fn forget(map: &mut DirstateMap, paths: &[&HgPath]) -> Result<(), UpdateError> {
    for path in paths {
        map.reset_state(path, false, false, false, false, None)?;
    }
    Ok(())
}

/// What is wrong with the dirstate Python sees too, and says in its own words.
impl From<DirstateIoError> for UpdateError {
    fn from(error: DirstateIoError) -> Self {
        match error {
            DirstateIoError::System { path, error } => Self::System { path, error },
            DirstateIoError::Dirstate {
                error: error @ DirstateError::TooLarge(_),
                ..
            } => Self::Dirstate(error),
            error => unsupported(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::config::Invocation;
    use crate::fs::calls::{recorded, Call};
    use crate::types::Environment;

    #[test]
    fn files_are_on_disk_before_the_dirstate_tells_of_them() {
        let directory = tempfile::tempdir().unwrap();
        let dot_hg = directory.path().join(".hg");
        std::fs::create_dir_all(dot_hg.join("store")).unwrap();
        std::fs::write(dot_hg.join("requires"), "dirstate-v2\nstore\n").unwrap();
        let invocation = Invocation {
            environment: Environment::from_iter([("HGRCPATH", "")]),
            ..Invocation::default()
        };
        let repo = Repo::open(directory.path(), &invocation).unwrap();
        let calls = |durability| {
            recorded(|| {
                let empty = load_empty(&repo).unwrap();
                write(&repo, Node::new([1; 20]), vec![], empty, durability).unwrap();
            })
        };
        assert_eq!(calls(Durability::System), [Call::Rename]);
        let durable = calls(Durability::File);
        assert_eq!(durable.first(), Some(&Call::SyncFileSystem));
        assert_eq!(durable.last(), Some(&Call::Rename));
    }
}
