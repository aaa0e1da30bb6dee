// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate of a working directory that is filled.

use std::os::fd::AsFd;

use super::checkout::{Content, WrittenFile};
use super::unsupported;
use crate::dirstate::io::{DirstateIoError, LoadedDirstate, WriteOptions};
use crate::dirstate::{DirstateError, DirstateMap, DirstateParents, DirstateVersion, EntryData};
use crate::fs::{open_root, sync_all, Clock, Durability};
use crate::repo::requirements::TRACKED_HINT;
use crate::repo::Repo;
use crate::types::{HgPath, InternalError, Node};
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
        let mtime = match file.content {
            Content::Stored => clock.proving(file.stat.mtime),
            // A status has to look into it.
            Content::Found => None,
        };
        let state = EntryData {
            // Of a size its low bits count.
            mode_size: Some((file.stat.mode, file.stat.size as u32)),
            mtime,
            ..EntryData::TRACKED
        };
        map.reset_state(file.path, state)?;
    }
    const FEWER: InternalError = InternalError::new("update: recorded files are missing");
    Ok(map.len().checked_sub(before).ok_or(FEWER)?)
}

/// Forget files that were removed.
pub(super) fn forget(map: &mut DirstateMap, paths: &[&HgPath]) -> Result<(), UpdateError> {
    for path in paths {
        map.reset_state(path, EntryData::default())?;
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
    use crate::fs::{lstat, FileStat};
    use crate::types::Environment;

    /// As in C: the low 31 bits.
    #[test]
    fn large_files_have_their_place() {
        let (_directory, repo) = empty_repository();
        let mut map = DirstateMap::new_empty();
        for size in [0x7fff_ffff_u64, 0x8000_0000, 0x1_0000_0005] {
            let stat = FileStat {
                size,
                ..lstat(open_root(&repo.root).unwrap().as_fd(), HgPath::new(".hg")).unwrap()
            };
            let (path, content) = (HgPath::new("a"), Content::Stored);
            let file = WrittenFile {
                path,
                stat,
                content,
            };
            record(&repo, &mut map, &mut [file]).unwrap();
            let entry = map.get(path).unwrap().unwrap();
            let (_, recorded) = entry.mode_size().unwrap();
            assert_eq!(u64::from(recorded), size & 0x7fff_ffff);
        }
    }

    fn empty_repository() -> (tempfile::TempDir, Repo) {
        let directory = tempfile::tempdir().unwrap();
        let dot_hg = directory.path().join(".hg");
        std::fs::create_dir_all(dot_hg.join("store")).unwrap();
        std::fs::write(dot_hg.join("requires"), "dirstate-v2\nstore\n").unwrap();
        let invocation = Invocation {
            environment: Environment::from_iter([("HGRCPATH", "")]),
            ..Invocation::default()
        };
        let repo = Repo::open(directory.path(), &invocation).unwrap();
        (directory, repo)
    }

    #[test]
    fn files_are_on_disk_before_the_dirstate_tells_of_them() {
        let (_directory, repo) = empty_repository();
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
