// SPDX-License-Identifier: GPL-2.0-or-later
//! What a walk of the graph can meet.

use thiserror::Error;

use crate::types::{InternalError, Revision};

/// What a walk of the revision graph met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GraphError {
    /// This revision has a parent that does not precede it.
    #[error("revision {0} has a parent out of range")]
    ParentOutOfRange(Revision),
    /// There is no such revision.
    #[error("revision {0} does not exist")]
    InvalidRevision(Revision),
    /// So many revisions cannot be taken at once.
    #[error("{0} revisions are too many at once")]
    TooManyRevisions(usize),
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
