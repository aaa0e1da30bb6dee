// SPDX-License-Identifier: GPL-2.0-or-later
//! What a caller asks of [`status`](super::status).

use crate::fs::Threads;

/// Which answers are wanted. The default asks for what plain `hg status`
/// shows: everything but clean and ignored files.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusOptions {
    /// Whether the filesystem keeps the executable bit, so that it says
    /// something about a file.
    pub check_exec: bool,
    /// List clean files.
    pub list_clean: bool,
    /// List files that are neither tracked nor ignored.
    pub list_unknown: bool,
    /// List files that are ignored.
    pub list_ignored: bool,
    /// List the directories that the walk met.
    pub collect_traversed_dirs: bool,
    /// How many threads walk.
    pub threads: Threads,
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
            list_clean: false,
            list_unknown: true,
            list_ignored: false,
            collect_traversed_dirs: false,
            threads: Threads::default(),
        }
    }
}
