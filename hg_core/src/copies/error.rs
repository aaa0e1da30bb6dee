// SPDX-License-Identifier: GPL-2.0-or-later
//! What keeps copies from being traced.

use thiserror::Error;

use crate::dag::GraphError;
use crate::types::InternalError;

/// What kept copies from being traced.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CopiesError {
    /// The side data of a changeset ends early; so many bytes there are.
    #[error("corrupted side data: it ends early, at {0} bytes")]
    TruncatedSideData(usize),
    /// A file is copied from the file of this number, which there is not.
    #[error("corrupted side data: no file {0} to copy from")]
    UnknownSource(u32),
    /// What walking from revision to revision met.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
