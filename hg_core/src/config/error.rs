// SPDX-License-Identifier: GPL-2.0-or-later
//! Why a configuration could not be read.

use std::path::PathBuf;

use thiserror::Error;

/// Why a configuration could not be read.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A line that is no part of a configuration.
    #[error("{}:{line}: {problem}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the line says.
        problem: String,
    },
    /// A file that is to be included, is there, and cannot be read.
    #[error("{}:{line}: cannot include '{}': {error}", .path.display(), .included.display())]
    Include {
        /// The file that includes it.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The file that is to be included.
        included: PathBuf,
        /// Why it cannot be read.
        error: std::io::Error,
    },
    /// Files that include each other, or nearly so.
    #[error("'{}' is included too deep", .0.display())]
    TooDeep(PathBuf),
    /// A value that is none of Mercurial's words for a boolean.
    #[error("{section}.{name} is not a boolean: '{value}'")]
    NotABoolean {
        /// The item's section.
        section: String,
        /// The item's name.
        name: String,
        /// What it is.
        value: String,
    },
    /// A value that is none of a few words.
    #[error("{item} is '{value}', not {words}")]
    UnknownWord {
        /// The item, with its section.
        item: &'static str,
        /// What it is.
        value: String,
        /// What it may be.
        words: &'static str,
    },
    /// A list in which something is quoted.
    #[error("{section}.{name} is a list with quotes: '{value}'")]
    QuotedList {
        /// The item's section.
        section: String,
        /// The item's name.
        name: String,
        /// What it is.
        value: String,
    },
    /// What a command line sets is no item.
    #[error("malformed --config option: '{0}' (use --config section.name=value)")]
    MalformedAssignment(String),
    /// A home directory that only the system's list of users tells.
    #[error("whose home directory is meant by '{0}'?")]
    UnknownUser(String),
}
