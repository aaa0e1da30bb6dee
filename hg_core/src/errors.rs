// SPDX-License-Identifier: GPL-2.0-or-later
//! One error type a layer.

use thiserror::Error;

use crate::dag::Revision;

/// What a walk of the revision graph met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GraphError {
    #[error("revision {0} has a parent out of range")]
    ParentOutOfRange(Revision),
    #[error("revision {0} does not exist")]
    InvalidRevision(Revision),
    #[error("{0} revisions are too many at once")]
    TooManyRevisions(usize),
    #[error("inconsistent graph data")]
    InconsistentGraphData,
}
