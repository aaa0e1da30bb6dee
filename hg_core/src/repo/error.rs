// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a repository could not be opened.

use std::path::PathBuf;

use thiserror::Error;

use crate::config::ConfigError;

/// Why a repository could not be opened.
#[derive(Debug, Error)]
pub enum RepoError {
    #[error("'{}' is not a repository", .0.display())]
    NotFound(PathBuf),
    #[error("the repository requires what is not supported here: {0}")]
    UnsupportedRequirement(String),
    #[error("the repository and the one it shares its store with do not agree on share-safe")]
    ShareMismatch,
    #[error("cannot read '{}': {error}", .path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error(transparent)]
    Config(#[from] ConfigError),
}
