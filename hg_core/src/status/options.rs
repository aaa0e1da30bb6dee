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
    /// How many threads walk, and read files.
    pub threads: Threads,
    /// Cancelling ends the status between two directories or files.
    pub cancellation: Cancellation,
    /// What time it is; `None` to ask the file system.
    pub clock: Option<Clock>,
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
            threads: Threads::default(),
            cancellation: Cancellation::default(),
            clock: None,
        }
    }
}
