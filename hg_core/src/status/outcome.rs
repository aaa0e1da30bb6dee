// SPDX-License-Identifier: GPL-2.0-or-later
//! What [`status`](super::status) answers.

use std::{fmt, io};

use super::updates::StatusUpdates;
use crate::fs::{error_text, Clock};
use crate::matchers::PatternFileWarning;
use crate::types::HgPathBuf;

/// Why a path that the caller named, or a directory, could not be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BadMatch {
    /// An `errno`.
    OsError(i32),
    /// Neither a file nor a symbolic link; the kind, in Mercurial's words.
    BadType(&'static str),
}

/// What Mercurial tells the user of it.
impl fmt::Display for BadMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OsError(errno) => f.write_str(&error_text(io::Error::from_raw_os_error(*errno))),
            Self::BadType(kind) => write!(f, "unsupported file type (type is {kind})"),
        }
    }
}

/// Paths by status, in no particular order. Every path is relative to the
/// repository's root. Answers to contract section 4, `status`.
#[derive(Debug, Default)]
pub struct StatusOutcome {
    /// Same size and mode as recorded, but only the contents can tell.
    pub unsure: Vec<HgPathBuf>,
    /// Other than in the parent.
    pub modified: Vec<HgPathBuf>,
    /// Tracked, and not in the parent.
    pub added: Vec<HgPathBuf>,
    /// In the parent, and no longer tracked.
    pub removed: Vec<HgPathBuf>,
    /// Tracked, and no longer there as a file or symbolic link.
    pub deleted: Vec<HgPathBuf>,
    /// Only with [`list_clean`](super::StatusOptions::list_clean).
    pub clean: Vec<HgPathBuf>,
    /// Only with [`list_ignored`](super::StatusOptions::list_ignored).
    pub ignored: Vec<HgPathBuf>,
    /// Only with [`list_unknown`](super::StatusOptions::list_unknown).
    pub unknown: Vec<HgPathBuf>,
    /// What could not be looked at, and why.
    pub bad: Vec<(HgPathBuf, BadMatch)>,
    /// Only with
    /// [`collect_traversed_dirs`](super::StatusOptions::collect_traversed_dirs).
    pub traversed: Vec<HgPathBuf>,
    /// Directories that match and that nothing would be left in, those above
    /// others and those below. Only with
    /// [`emptied_directories`](super::StatusOptions::emptied_directories).
    pub emptied: Vec<HgPathBuf>,
    /// What was wrong with ignore files.
    pub warnings: Vec<PatternFileWarning>,
    /// What to keep in the dirstate for the next status.
    pub updates: StatusUpdates,
    /// What time it was when the status began.
    pub clock: Clock,
    /// The work it took.
    pub counts: StatusCounts,
}

/// The work a status took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// Directories whose entries were read.
    pub directories_read: usize,
    /// Directories whose entries were not read, their cached mtime being
    /// that on disk.
    pub directories_cached: usize,
    /// Calls to `lstat` and its kin, those for directories included.
    pub lstat_calls: usize,
    /// Tracked files compared with what the dirstate recorded.
    pub files_compared: usize,
    /// Threads that walked.
    pub threads: usize,
}

impl StatusOutcome {
    /// Move everything from `other` here.
    pub(super) fn absorb(&mut self, other: &mut StatusOutcome) {
        self.unsure.append(&mut other.unsure);
        self.modified.append(&mut other.modified);
        self.added.append(&mut other.added);
        self.removed.append(&mut other.removed);
        self.deleted.append(&mut other.deleted);
        self.clean.append(&mut other.clean);
        self.ignored.append(&mut other.ignored);
        self.unknown.append(&mut other.unknown);
        self.bad.append(&mut other.bad);
        self.traversed.append(&mut other.traversed);
        self.warnings.append(&mut other.warnings);
        let counts = std::mem::take(&mut other.counts);
        self.counts.directories_read += counts.directories_read;
        self.counts.directories_cached += counts.directories_cached;
        self.counts.lstat_calls += counts.lstat_calls;
        self.counts.files_compared += counts.files_compared;
    }

    /// The lists of paths, except for those that no directory adds to.
    fn lists(&mut self) -> [&mut Vec<HgPathBuf>; 9] {
        [
            &mut self.unsure,
            &mut self.modified,
            &mut self.added,
            &mut self.removed,
            &mut self.deleted,
            &mut self.clean,
            &mut self.ignored,
            &mut self.unknown,
            &mut self.traversed,
        ]
    }
}

/// How long the lists of an outcome were, to go back to that.
pub(super) struct Mark([usize; 9]);

impl Mark {
    pub(super) fn of(outcome: &mut StatusOutcome) -> Self {
        Self(outcome.lists().map(|list| list.len()))
    }

    /// Drop what came after.
    pub(super) fn roll_back(&self, outcome: &mut StatusOutcome) {
        for (list, length) in outcome.lists().into_iter().zip(self.0) {
            list.truncate(length);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::fs::Errno;

    #[test]
    fn texts_of_bad_matches() {
        let text = BadMatch::OsError(Errno::NOENT.raw_os_error()).to_string();
        assert_eq!(text, "No such file or directory");
        let text = BadMatch::BadType("fifo").to_string();
        assert_eq!(text, "unsupported file type (type is fifo)");
    }
}
