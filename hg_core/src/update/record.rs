// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate of a working directory that was just filled.

use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::checkout::WrittenFile;
use super::files::is_on_network;
use super::unsupported;
use crate::dirstate::{
    DirstateError, DirstateMap, DirstateParents, Docket, WriteMode, V2_FORMAT_MARKER,
};
use crate::fs::{
    bytes_path, filesystem_now, open_root, random_hex, read_if_exists, write_atomically, write_new,
};
use crate::repo::requirements::{DIRSTATE_V2, TRACKED_HINT};
use crate::repo::Repo;
use crate::status::reliable_mtime;
use crate::types::{Node, TruncatedTimestamp};
use crate::update::UpdateError;

/// Bytes of a dirstate-v1 that has the parents and no file.
const V1_PARENTS_SIZE: usize = 40;

/// How long to wait for the clock of the file system to tick: some twenty
/// times what a tick takes.
const TICK_TIMEOUT: Duration = Duration::from_millis(100);
const TICK_POLL: Duration = Duration::from_micros(200);

/// The dirstate that a new one is to replace.
pub(super) struct OldDirstate {
    /// Its data file, in v2.
    data_file: Option<PathBuf>,
}

/// See that the dirstate has no files, whose fate is Python's to tell.
pub(super) fn check_empty(repo: &Repo) -> Result<OldDirstate, UpdateError> {
    let path = repo.dot_hg.join("dirstate");
    let data = read_if_exists(&path)
        .map_err(|error| UpdateError::System { path, error })?
        .unwrap_or_default();
    let is_v2 = data.starts_with(V2_FORMAT_MARKER);
    let mut old = OldDirstate { data_file: None };
    if data.is_empty() {
        return Ok(old);
    }
    if is_v2 != repo.requirements.contains(DIRSTATE_V2) {
        return Err(unsupported("the dirstate has another format than required"));
    }
    let has_files = if is_v2 {
        let docket = Docket::parse(&data).map_err(|error| unsupported(error.to_string()))?;
        if !docket.uuid.is_empty() {
            old.data_file = Some(repo.dot_hg.join(bytes_path(&docket.data_file_name())));
        }
        docket.has_nodes()
    } else {
        data.len() > V1_PARENTS_SIZE
    };
    if has_files {
        return Err(unsupported("the dirstate has files"));
    }
    Ok(old)
}

/// Write the dirstate of the files just written, at the revision `node`.
pub(super) fn write(
    repo: &Repo,
    node: Node,
    mut files: Vec<WrittenFile<'_>>,
    old: OldDirstate,
) -> Result<(), UpdateError> {
    let v2 = repo.requirements.contains(DIRSTATE_V2);
    let clock = Clock::read(repo, v2);
    files.sort_unstable_by_key(|file| file.path);
    let mut map = DirstateMap::new_empty();
    for file in &files {
        let too_large = |_| DirstateError::TooLarge("a file takes 4 GiB or more");
        let size = u32::try_from(file.state.size).map_err(too_large)?;
        let mtime = clock.meaningful(file.state.mtime);
        let data = (file.state.mode, size, mtime);
        map.reset_state(file.path, true, true, false, mtime.is_some(), Some(data))?;
    }
    let parents = DirstateParents {
        p1: node,
        p2: Node::NULL,
    };
    let mode = file_mode(&repo.store)?;
    let write = |name: &str, data: &[u8]| {
        let path = repo.dot_hg.join(name);
        write_atomically(&path, data, mode).map_err(|error| UpdateError::System { path, error })
    };
    if v2 {
        let packed = map.pack_v2(WriteMode::ForceNew)?;
        let uuid = write_data_file(&repo.dot_hg, &packed.data, mode)?;
        let docket = Docket::of_new(parents, &packed, uuid)?;
        write("dirstate", &docket.serialize()?)?;
        if let Some(path) = old.data_file {
            // Nothing refers to it any more: left behind it would be litter.
            let _ = std::fs::remove_file(path);
        }
    } else {
        write("dirstate", &map.pack_v1(parents)?)?;
    }
    if repo.requirements.contains(TRACKED_HINT) {
        // After the dirstate: who reads a new key finds a new dirstate.
        let path = repo.dot_hg.join("dirstate-tracked-hint");
        let key = random_hex::<16>().map_err(|error| UpdateError::System { path, error })?;
        write("dirstate-tracked-hint", format!("1\n{key}\n").as_bytes())?;
    }
    Ok(())
}

/// Write a data file under a name that was not there, and give its uuid.
fn write_data_file(dot_hg: &Path, data: &[u8], mode: u32) -> Result<Vec<u8>, UpdateError> {
    loop {
        let uuid = random_hex::<4>().map_err(|error| UpdateError::System {
            path: dot_hg.to_path_buf(),
            error,
        })?;
        let path = dot_hg.join(format!("dirstate.{uuid}"));
        match write_new(&path, data, mode) {
            Ok(()) => return Ok(uuid.into_bytes()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(UpdateError::System { path, error }),
        }
    }
}

/// The permissions of files in `.hg`: those of the store, which is how a
/// repository is shared by a group.
fn file_mode(store: &Path) -> Result<u32, UpdateError> {
    match std::fs::metadata(store) {
        Ok(metadata) => Ok(metadata.permissions().mode() & 0o666),
        Err(error) => Err(UpdateError::System {
            path: store.to_path_buf(),
            error,
        }),
    }
}

/// What the file system takes for now, against which the times of files are
/// held: a file that changes within its tick keeps its time.
struct Clock {
    now: Option<TruncatedTimestamp>,
    /// Whether nanoseconds tell more than seconds.
    is_fine: bool,
}

impl Clock {
    fn read(repo: &Repo, v2: bool) -> Self {
        let Ok(root) = open_root(&repo.root) else {
            return Self {
                now: None,
                is_fine: false,
            };
        };
        if v2 && !is_on_network(root.as_fd()) {
            Self::after_a_tick(root.as_fd())
        } else {
            Self {
                now: filesystem_now(root.as_fd()),
                is_fine: false,
            }
        }
    }

    /// Wait until the clock is past the times of all files written so far.
    fn after_a_tick(root: BorrowedFd<'_>) -> Self {
        let first = filesystem_now(root);
        let deadline = Instant::now() + TICK_TIMEOUT;
        loop {
            let now = filesystem_now(root);
            if now != first || now.is_none() || Instant::now() > deadline {
                return Self {
                    now,
                    is_fine: now != first,
                };
            }
            std::thread::sleep(TICK_POLL);
        }
    }

    /// The time of a file as far as it proves that the file has not changed
    /// since.
    fn meaningful(&self, mtime: TruncatedTimestamp) -> Option<TruncatedTimestamp> {
        let mtime = reliable_mtime(mtime, self.now?)?;
        (self.is_fine || !mtime.second_ambiguous()).then_some(mtime)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn times_that_prove_something() {
        let time =
            |seconds, nanoseconds| TruncatedTimestamp::new(seconds, nanoseconds, false).unwrap();
        let clock = |is_fine| Clock {
            now: Some(time(100, 500)),
            is_fine,
        };
        assert_eq!(clock(false).meaningful(time(99, 700)), Some(time(99, 700)));
        assert_eq!(clock(false).meaningful(time(100, 400)), None);
        let within = clock(true).meaningful(time(100, 400)).unwrap();
        assert!(within.second_ambiguous());
        assert_eq!(clock(true).meaningful(time(100, 500)), None);
        let none = Clock {
            now: None,
            is_fine: false,
        };
        assert_eq!(none.meaningful(time(1, 1)), None);
    }

    #[test]
    fn the_clock_ticks() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".hg")).unwrap();
        let root = open_root(directory.path()).unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let mtime = TruncatedTimestamp::from_metadata(&std::fs::metadata(file).unwrap());
        let clock = Clock::after_a_tick(root.as_fd());
        // Where the clock is so slow that it did not tick, nothing is proved.
        assert_eq!(clock.meaningful(mtime).is_some(), clock.is_fine);
    }
}
