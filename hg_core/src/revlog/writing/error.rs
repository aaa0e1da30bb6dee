// SPDX-License-Identifier: GPL-2.0-or-later
//! What can go wrong with the files of a revlog while it is written.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::types::InternalError;

/// What was done when the system failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileOperation {
    /// Reading a file.
    Reading,
    /// Writing a file.
    Writing,
    /// Removing a file.
    Removing,
}

impl std::fmt::Display for FileOperation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Reading => "reading",
            Self::Writing => "writing",
            Self::Removing => "removing",
        })
    }
}

/// The system failed at a file.
#[derive(Debug, Error)]
#[error("when {operation} {}: {error}", .path.display())]
pub struct FileError {
    /// What was done.
    pub operation: FileOperation,
    /// To which file.
    pub path: PathBuf,
    /// What the system says.
    pub error: io::Error,
}

impl FileError {
    /// To be mapped over what the system says of `path`.
    pub(crate) fn of(operation: FileOperation, path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |error| Self {
            operation,
            path: path.to_path_buf(),
            error,
        }
    }
}

/// Why a revlog could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The system failed at one of its files.
    #[error(transparent)]
    File(#[from] FileError),
    /// The files were not opened for writing.
    #[error("adding revision outside of the `with_write` context")]
    NotOpen,
    /// The repository is only to be read.
    #[error("write access in a readonly vfs")]
    ReadOnly,
    /// Nothing was hidden that could be shown.
    #[error("neither delay nor divert found on this revlog")]
    NotDelayed,
    /// With the data in the index neither can be hidden alone.
    #[error("revlog with delayed write should not be inline")]
    InlineDelayed,
    /// The files are open.
    #[error("the files of the revlog are in use")]
    InUse,
    /// What the transaction was told is no longer so.
    #[error("the revlog has changed while its transaction was told of it")]
    Changed,
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
