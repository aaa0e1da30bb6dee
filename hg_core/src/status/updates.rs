// SPDX-License-Identifier: GPL-2.0-or-later
//! What a status found out that spares the next one work.

use crate::dirstate::{DirstateError, DirstateMap};
use crate::types::{HgPathBuf, TruncatedTimestamp};

/// What the dirstate is to keep of a status, for the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusUpdates {
    /// The hash of the ignore patterns, if it is another than the dirstate's.
    pub ignore_patterns_hash: Option<[u8; 20]>,
    /// Directories that need no reading as long as they have this mtime. Only
    /// dirstate-v2 keeps them.
    pub directories: Vec<(HgPathBuf, TruncatedTimestamp)>,
    /// Files whose content was seen to be that of the parent.
    pub clean: Vec<CleanFile>,
}

/// A file that is clean as long as it looks like this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanFile {
    /// Relative to the repository's root.
    pub path: HgPathBuf,
    /// Kind and permissions.
    pub mode: u32,
    /// In bytes.
    pub size: u64,
    /// Such that a change gives another.
    pub mtime: TruncatedTimestamp,
}

impl StatusUpdates {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.ignore_patterns_hash.is_none() && self.directories.is_empty() && self.clean.is_empty()
    }

    /// Bring a dirstate up to date: the one that the status was told from. The
    /// result tells whether that changed anything, so that it is worth writing.
    ///
    /// # Errors
    /// When the dirstate is corrupted.
    pub fn apply(&self, dirstate: &mut DirstateMap) -> Result<bool, DirstateError> {
        if let Some(hash) = self.ignore_patterns_hash {
            // All times were right under other patterns only: those of
            // directories that this status had no reason to visit as well.
            for path in cached_directories(dirstate)? {
                dirstate.clear_cached_directory_mtime(&path)?;
            }
            dirstate.set_ignore_patterns_hash(hash);
        }
        let mut changed = self.ignore_patterns_hash.is_some();
        for (path, mtime) in &self.directories {
            changed |= dirstate.set_cached_directory_mtime(path, *mtime)?;
        }
        for file in &self.clean {
            // The dirstate keeps 31 bits of a size.
            dirstate.set_clean(&file.path, file.mode, file.size as u32, file.mtime)?;
            changed = true;
        }
        Ok(changed)
    }
}

fn cached_directories(dirstate: &DirstateMap) -> Result<Vec<HgPathBuf>, DirstateError> {
    let mut paths = Vec::new();
    for node in dirstate.nodes() {
        let node = node?;
        if node.cached_directory_mtime()?.is_some() {
            paths.push(node.full_path()?.to_owned());
        }
    }
    Ok(paths)
}
