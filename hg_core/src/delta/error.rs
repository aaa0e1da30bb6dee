// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a delta cannot be made or applied.

use thiserror::Error;

use crate::types::InternalError;

/// Why a delta cannot be made or applied (contract section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DeltaError {
    /// It is cut short, or a number in it makes no sense.
    #[error("patch cannot be decoded")]
    Undecodable,
    /// What it replaces overlaps, or is beyond the end of the text.
    #[error("invalid patch")]
    Invalid,
    /// More than a delta's numbers can say.
    #[error("texts of more than {} bytes have no delta", i32::MAX)]
    TooLarge,
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
