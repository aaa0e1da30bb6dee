// SPDX-License-Identifier: GPL-2.0-or-later
//! What a caller asks of [`status`](super::status).

use crate::fs::{Cancellation, Clock, Threads};

/// Which answers are wanted, and how to find them. The default asks for what
/// plain `hg status` shows, everything but clean and ignored files, on all
/// processors.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct StatusOptions {
    /// Whether the filesystem keeps the executable bit, so that it says
    /// something about a file.
    pub check_exec: bool,
    /// The same of symbolic links. Without them a link's target is the content
    /// of a file.
    pub check_link: bool,
    /// List clean files.
    pub list_clean: bool,
    /// List files that are neither tracked nor ignored.
    pub list_unknown: bool,
    /// List files that are ignored.
    pub list_ignored: bool,
    /// List the directories that the walk met.
    pub collect_traversed_dirs: bool,
    /// List the directories that nothing would be left in.
    pub emptied_directories: EmptiedDirectories,
    /// How many threads walk, and read files.
    pub threads: Threads,
    /// Cancelling ends the status between two directories or files.
    pub cancellation: Cancellation,
    /// What time it is; `None` to ask the file system.
    pub clock: Option<Clock>,
}

/// Whether to list directories that nothing would be left in, and after what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptiedDirectories {
    /// They are not listed.
    #[default]
    NotListed,
    /// After the unknown and ignored files that are listed were removed.
    FilesRemoved,
    /// After nothing: those that are empty, but for other such directories.
    FilesKept,
}

impl StatusOptions {
    /// Whether some answer can come from nothing but reading directories.
    /// Without it only what the dirstate names needs a look.
    pub(super) fn reads_directories(&self) -> bool {
        self.list_unknown || self.list_ignored
    }
}

impl Default for StatusOptions {
    fn default() -> Self {
        Self {
            check_exec: true,
            check_link: true,
            list_clean: false,
            list_unknown: true,
            list_ignored: false,
            collect_traversed_dirs: false,
            emptied_directories: EmptiedDirectories::default(),
            threads: Threads::default(),
            cancellation: Cancellation::default(),
            clock: None,
        }
    }
}
