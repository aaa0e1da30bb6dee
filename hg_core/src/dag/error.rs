// SPDX-License-Identifier: GPL-2.0-or-later
//! What a walk of the graph can meet.

use thiserror::Error;

use crate::types::{InternalError, Revision};

/// What a walk of the revision graph met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GraphError {
    #[error("revision {0} has a parent out of range")]
    ParentOutOfRange(Revision),
    #[error("revision {0} does not exist")]
    InvalidRevision(Revision),
    #[error("{0} revisions are too many at once")]
    TooManyRevisions(usize),
    #[error(transparent)]
    Internal(#[from] InternalError),
}
