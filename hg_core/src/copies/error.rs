// SPDX-License-Identifier: GPL-2.0-or-later
//! What keeps copies from being traced.

use thiserror::Error;

use crate::dag::GraphError;
use crate::types::InternalError;

/// What kept copies from being traced.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CopiesError {
    #[error("corrupted side data: it ends early, at {0} bytes")]
    TruncatedSideData(usize),
    #[error("corrupted side data: no file {0} to copy from")]
    UnknownSource(u32),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Internal(#[from] InternalError),
}
