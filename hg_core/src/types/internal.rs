// SPDX-License-Identifier: GPL-2.0-or-later
//! What cannot happen.

use thiserror::Error;

/// Something happened of which the code around it shows that it cannot: a
/// defect of this library. It is an error, for an answer made up in its place
/// could be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("internal error: {place} (a defect of hg-amalgam, please report it)")]
pub struct InternalError {
    /// Where, and what was taken to be impossible.
    pub place: &'static str,
}

impl InternalError {
    /// At `place`, which names a function and what it found.
    pub const fn new(place: &'static str) -> Self {
        Self { place }
    }
}

/// Where all else that can go wrong is told by the system.
impl From<InternalError> for std::io::Error {
    fn from(error: InternalError) -> Self {
        Self::other(error)
    }
}
