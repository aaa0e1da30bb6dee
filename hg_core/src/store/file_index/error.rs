// SPDX-License-Identifier: GPL-2.0-or-later
//! What can go wrong with a file index.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use crate::types::InternalError;

/// One of the files that make up a file index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexFile {
    /// `fileindex`, which names the others.
    Docket,
    /// The paths.
    List,
    /// Where the path of each token is.
    Meta,
    /// The prefix tree that leads from a path to its token.
    Tree,
}

impl fmt::Display for IndexFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Docket => "docket",
            Self::List => "list file",
            Self::Meta => "meta file",
            Self::Tree => "tree file",
        })
    }
}

/// Why a file index could not be read, changed or written.
#[derive(Debug, Error)]
pub enum FileIndexError {
    /// The system failed at one of its files.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Bytes that do not follow the format; the offset counts from the start
    /// of the file.
    #[error("corrupted file index, {file}: {problem} at offset {offset}")]
    Corrupted {
        /// The file they are in.
        file: IndexFile,
        /// What is wrong with them.
        problem: &'static str,
        /// Where.
        offset: usize,
    },
    /// Paths are added or removed in one transaction, not both.
    #[error("cannot add and remove in same txn")]
    AddAndRemove,
    /// The root of the repository is no file.
    #[error("path must be nonempty")]
    EmptyPath,
    /// More than the numbers of the format can say.
    #[error("the file index is too large: {0}")]
    TooLarge(&'static str),
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
