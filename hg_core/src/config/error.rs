// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a configuration could not be read.

use std::path::PathBuf;

use thiserror::Error;

/// Why a configuration could not be read.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("{}:{line}: {problem}", .path.display())]
    Syntax {
        path: PathBuf,
        line: usize,
        problem: String,
    },
    #[error("{}:{line}: cannot include '{}': {error}", .path.display(), .included.display())]
    Include {
        path: PathBuf,
        line: usize,
        included: PathBuf,
        error: std::io::Error,
    },
    #[error("'{}' is included too deep", .0.display())]
    TooDeep(PathBuf),
    #[error("{section}.{name} is not a boolean: '{value}'")]
    NotABoolean {
        section: String,
        name: String,
        value: String,
    },
    /// A value that is none of a few words.
    #[error("{item} is '{value}', not {words}")]
    UnknownWord {
        item: &'static str,
        value: String,
        words: &'static str,
    },
    /// A home directory that only the system's list of users tells.
    #[error("whose home directory is meant by '{0}'?")]
    UnknownUser(String),
}
