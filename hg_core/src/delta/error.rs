// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a delta cannot be made or applied.

use thiserror::Error;

use crate::types::InternalError;

/// Why a delta cannot be made or applied (contract section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DeltaError {
    /// It is cut short in a hunk's header, or a position in that makes no sense.
    #[error("patch cannot be decoded")]
    Undecodable,
    /// It is cut short in what a hunk puts in, or that has no sensible length.
    #[error("patch cannot be decoded")]
    CutShort {
        /// How many bytes the hunk says it has.
        length: u32,
        /// How many there are.
        available: usize,
    },
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
