// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a matcher could not be built.

use std::path::PathBuf;

use thiserror::Error;

use crate::types::InternalError;

/// Why a matcher could not be built. Python, which has the last word on
/// patterns, is then asked instead (contract section 4, `FallbackError`).
#[derive(Debug, Error)]
pub enum PatternError {
    /// A kind that has no meaning here, or none at all.
    #[error("unsupported kind of pattern: {0}")]
    UnsupportedKind(String),
    /// A pattern that is invalid, or whose meaning in Python's `re` cannot be
    /// expressed here.
    #[error("unsupported pattern '{pattern}': {reason}")]
    UnsupportedPattern {
        /// The pattern.
        pattern: String,
        /// What in it.
        reason: String,
    },
    /// A path in a pattern that Python would refuse, or might.
    #[error("path needs an audit: {0}")]
    Path(String),
    /// A file of patterns that is there and cannot be read, or that is not
    /// there where Python would say so in other words.
    #[error("cannot read pattern file '{}': {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A limit that keeps hostile input from taking all time or memory.
    #[error("patterns are too large: {0}")]
    TooLarge(String),
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
