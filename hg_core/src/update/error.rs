// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a working directory was not updated.

use std::path::PathBuf;

use thiserror::Error;

use crate::config::ConfigError;
use crate::dirstate::DirstateError;
use crate::history::HistoryError;
use crate::repo::RepoError;
use crate::revlog::RevlogError;
use crate::types::InternalError;

/// Why a working directory was not updated.
#[derive(Debug, Error)]
pub enum UpdateError {
    /// Python has to do it, or to say what is wrong. What was written until
    /// then are whole files with the right content.
    #[error("{0}")]
    Unsupported(String),
    /// A path in the manifest that must not be written. The message is
    /// Mercurial's, in bytes as paths are.
    #[error("{}", String::from_utf8_lossy(.0))]
    Path(Vec<u8>),
    /// A path below a symbolic link of the same revision; the message.
    #[error("{}", String::from_utf8_lossy(.0))]
    Traversal(Vec<u8>),
    /// A directory with files of the user's where a file is to be; its path.
    #[error("conflicting unknown directory '{}' is not empty", .0.display())]
    UnknownDirectory(PathBuf),
    /// Files of the user's are where other files are to be; the warnings
    /// name them.
    #[error("untracked files in working directory differ from files in requested revision")]
    UntrackedFilesDiffer,
    /// By order of the options.
    #[error("simulated error while recording dirstate updates")]
    RecordingSimulated,
    /// The system refused something.
    #[error("{}: {error}", .path.display())]
    System {
        /// Whole.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// With the reason.
    #[error("cannot start threads: {0}")]
    Threads(String),
    /// The dirstate is damaged, or cannot hold what it is to.
    #[error(transparent)]
    Dirstate(#[from] DirstateError),
    /// A value of the configuration that nobody understands.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// By the options' cancellation.
    #[error("interrupted")]
    Interrupted,
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}

impl From<RepoError> for UpdateError {
    fn from(error: RepoError) -> Self {
        Self::Unsupported(error.to_string())
    }
}

/// Python meets the same damage, and says so in its own words.
impl From<HistoryError> for UpdateError {
    fn from(error: HistoryError) -> Self {
        Self::Unsupported(error.to_string())
    }
}

impl From<RevlogError> for UpdateError {
    fn from(error: RevlogError) -> Self {
        Self::Unsupported(error.to_string())
    }
}
