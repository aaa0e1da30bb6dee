// SPDX-License-Identifier: GPL-2.0-or-later
//! What can go wrong with a dirstate.

use thiserror::Error;

use crate::types::{HgPathBuf, InternalError, InvalidPath, TimestampOutOfRange};

/// What can go wrong with a dirstate: bytes that do not follow a format,
/// a value a format cannot hold, or a path that an operation does not take.
///
/// Offsets are counted in bytes from the start of the v1 file, or of the
/// v2 data file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DirstateError {
    #[error("corrupted dirstate: {problem} at offset {offset}")]
    CorruptedV1 {
        problem: &'static str,
        offset: usize,
    },
    #[error("corrupted dirstate-v2: {problem} at offset {offset}")]
    CorruptedV2 {
        problem: &'static str,
        offset: usize,
    },
    #[error("unknown state: {:?}", char::from(*.state))]
    UnknownState { state: u8 },
    #[error(transparent)]
    Timestamp(#[from] TimestampOutOfRange),
    #[error("no such path in the dirstate: {}", .0)]
    PathNotFound(HgPathBuf),
    #[error(transparent)]
    InvalidPath(#[from] InvalidPath),
    #[error("the dirstate is too large: {0}")]
    TooLarge(&'static str),
    #[error("a data file that is not dirstate-v2 cannot be appended to")]
    CannotAppend,
    /// A walk over the map goes no further: the map has changed since it began.
    #[error("the dirstate map was changed during a walk over it")]
    Changed,
    #[error(transparent)]
    Internal(#[from] InternalError),
}
