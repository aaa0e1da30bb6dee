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
    /// A v1 file does not follow its format.
    #[error("corrupted dirstate: {problem} at offset {offset}")]
    CorruptedV1 {
        /// How it does not.
        problem: &'static str,
        /// Where.
        offset: usize,
    },
    /// A docket, or a v2 data file, does not follow its format.
    #[error("corrupted dirstate-v2: {problem} at offset {offset}")]
    CorruptedV2 {
        /// How it does not.
        problem: &'static str,
        /// Where in the data file; 0 in a docket.
        offset: usize,
    },
    /// A v1 record has a state that there is not.
    #[error("unknown state: {:?}", char::from(*.state))]
    UnknownState {
        /// The byte in its place.
        state: u8,
    },
    /// An entry cannot hold this time.
    #[error(transparent)]
    Timestamp(#[from] TimestampOutOfRange),
    /// An operation on a file that has an entry found none.
    #[error("no such path in the dirstate: {}", .0)]
    PathNotFound(HgPathBuf),
    /// No file can have this path.
    #[error(transparent)]
    InvalidPath(#[from] InvalidPath),
    /// A format, or the memory, cannot hold so much.
    #[error("the dirstate is too large: {0}")]
    TooLarge(&'static str),
    /// There is no data file of dirstate-v2 to append to.
    #[error("a data file that is not dirstate-v2 cannot be appended to")]
    CannotAppend,
    /// A walk over the map goes no further: the map has changed since it began.
    #[error("the dirstate map was changed during a walk over it")]
    Changed,
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
