// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a repository could not be opened.

use std::path::PathBuf;

use thiserror::Error;

use crate::config::ConfigError;

/// Why a repository could not be opened.
#[derive(Debug, Error)]
pub enum RepoError {
    /// A directory without a `.hg`.
    #[error("no repository found in '{}' (.hg not found)!", .0.display())]
    NotFound(PathBuf),
    /// A file where a repository was to be: a bundle, which is one to Python.
    #[error("'{}' is a file", .0.display())]
    Bundle(PathBuf),
    /// The first of the requirements that are not supported.
    #[error("the repository requires what is not supported here: {0}")]
    UnsupportedRequirement(String),
    /// A share, and what it shares, of which one alone is share-safe.
    #[error("the repository and the one it shares its store with do not agree on share-safe")]
    ShareMismatch,
    /// A file or directory that there is no telling of.
    #[error("cannot read '{}': {error}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A configuration that could not be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
}
