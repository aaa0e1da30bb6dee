// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a matcher could not be built.

use std::path::PathBuf;

use thiserror::Error;

/// Why a matcher could not be built. Python, which has the last word on
/// patterns, is then asked instead (contract section 4, `FallbackError`).
#[derive(Debug, Error)]
pub enum PatternError {
    #[error("unsupported kind of pattern: {0}")]
    UnsupportedKind(String),
    /// A pattern that is invalid, or whose meaning in Python's `re` cannot be
    /// expressed here.
    #[error("unsupported pattern '{pattern}': {reason}")]
    UnsupportedPattern { pattern: String, reason: String },
    /// A path in a pattern that Python would refuse, or might.
    #[error("path needs an audit: {0}")]
    Path(String),
    #[error("cannot read pattern file '{}': {error}", .path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    /// A limit that keeps hostile input from taking all time or memory.
    #[error("patterns are too large: {0}")]
    TooLarge(String),
}
