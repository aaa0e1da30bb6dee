// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a status could not be told.

use std::path::PathBuf;

use thiserror::Error;

use crate::dirstate::DirstateError;
use crate::history::HistoryError;
use crate::matchers::PatternError;
use crate::types::{HgPathBuf, InternalError};

/// Why a status could not be told.
#[derive(Debug, Error)]
pub enum StatusError {
    /// The dirstate is damaged.
    #[error("{0}")]
    Dirstate(#[from] DirstateError),
    /// An ignore file that Python has to make sense of.
    #[error("{0}")]
    Pattern(#[from] PatternError),
    /// The root of the working directory cannot be opened.
    #[error("cannot open the working directory '{}': {error}", .path.display())]
    WorkingDirectory {
        /// The root.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The system has no threads to give; what it says.
    #[error("cannot start threads: {0}")]
    Threads(String),
    /// The content of files could not be compared with the parent's.
    #[error("{0}")]
    History(#[from] HistoryError),
    /// By the [`Cancellation`](crate::fs::Cancellation) of the options.
    #[error("interrupted")]
    Cancelled,
    /// The system failed in a way that says nothing about the path: too many
    /// open files, an I/O error. Any answer could be wrong.
    #[error("{path}: {error}")]
    System {
        /// Relative to the repository's root.
        path: HgPathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
