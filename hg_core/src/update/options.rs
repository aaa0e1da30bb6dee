// SPDX-License-Identifier: GPL-2.0-or-later
//! What a caller asks of an update.

use std::path::PathBuf;
use std::sync::Arc;

use super::{NoProgress, Progress, UpdateError};
pub use crate::fs::Replacing;
use crate::fs::{Cancellation, Durability, Threads};
use crate::matchers::Matcher;

/// How to update. The default is all files, on all processors, no more durable
/// than Mercurial's own, and not to be cancelled.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions<'a> {
    /// Matches the files of a sparse working directory; `None` if it is not
    /// sparse.
    pub only: Option<&'a dyn Matcher>,
    /// One thread is the caller's own.
    pub threads: Threads,
    /// Cancelling ends the update between two files.
    pub cancellation: Cancellation,
    /// Of the dirstate; the files it tells of are as durable.
    pub durability: Durability,
}

/// What becomes of a file of the user's that stands where another is to be
/// created; but for [`Abort`](Self::Abort) it is kept as a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConflictPolicy {
    /// Nothing is changed.
    #[default]
    Abort,
    /// It is replaced, with a warning.
    Warn,
    /// It is replaced.
    Ignore,
}

impl ConflictPolicy {
    /// By the value of `merge.checkunknown` and `merge.checkignored`.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        match word {
            b"abort" => Some(Self::Abort),
            b"warn" => Some(Self::Warn),
            b"ignore" => Some(Self::Ignore),
            _ => None,
        }
    }
}

/// Of files that ignore patterns match, and of others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConflictPolicies {
    /// `merge.checkignored`.
    pub ignored: ConflictPolicy,
    /// `merge.checkunknown`.
    pub unknown: ConflictPolicy,
}

/// What becomes of directories that an update empties.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyDirectories {
    /// `experimental.removeemptydirs`, which is on by default.
    #[default]
    Removed,
    /// They stay.
    Kept,
}

/// When an update stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// With the dirstate.
    #[default]
    Recorded,
    /// Before the dirstate is changed, with
    /// [`RecordingSimulated`](super::UpdateError::RecordingSimulated), as
    /// `devel.update.abort-on-dirstate-change` asks for in tests.
    Written,
}

impl Until {
    /// Whether to go on to the dirstate.
    pub(super) fn check(self) -> Result<(), UpdateError> {
        match self {
            Self::Recorded => Ok(()),
            Self::Written => Err(UpdateError::RecordingSimulated),
        }
    }
}

/// How to update a dirstate in memory, and the working directory with it. The
/// default is Mercurial's.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct MapUpdateOptions {
    /// One thread is the caller's own.
    pub threads: Threads,
    /// Cancelling ends the update between two files.
    pub cancellation: Cancellation,
    /// Who is told how far it is.
    pub progress: Arc<dyn Progress>,
    /// When to stop.
    pub until: Until,
    /// Not for an update of an empty working directory.
    pub conflicts: ConflictPolicies,
    /// Not for an update of an empty working directory.
    pub empty_directories: EmptyDirectories,
    /// `ui.origbackuppath`: below which directory backups go, which is itself
    /// below the root unless absolute.
    pub backups: Option<PathBuf>,
    /// How files are written over others; `experimental.update.atomic-file`.
    pub replacing: Replacing,
}

impl Default for MapUpdateOptions {
    fn default() -> Self {
        Self {
            threads: Threads::default(),
            cancellation: Cancellation::default(),
            progress: Arc::new(NoProgress),
            until: Until::default(),
            conflicts: ConflictPolicies::default(),
            empty_directories: EmptyDirectories::default(),
            backups: None,
            replacing: Replacing::default(),
        }
    }
}
