// SPDX-License-Identifier: GPL-2.0-or-later
//! What can be wrong with the shards of a store.

use std::path::PathBuf;

use thiserror::Error;

use crate::types::InternalError;

/// Why the shards of a store could not be read.
#[derive(Debug, Error)]
pub enum ShapesError {
    /// The system failed at the file.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is not TOML, or not of the documented form.
    #[error("error parsing `server-shapes`:\n{0}")]
    Syntax(String),
    /// A version other than the known one.
    #[error("unknown `server-shapes` version '{0}'")]
    UnknownVersion(i64),
    /// A shard without a name.
    #[error("shard names must not be empty")]
    EmptyName,
    /// A name with a character that none has.
    #[error("invalid shard name '{0}': only lowercase alphanumeric, hyphen or dot are accepted")]
    InvalidName(String),
    /// A name of dots and hyphens.
    #[error("invalid shard name '{0}': missing lowercase alphanumeric character")]
    NameWithoutLetter(String),
    /// A name of a shard that is there anyway.
    #[error("shard name '{0}' is reserved")]
    ReservedName(String),
    /// Two shards of one name.
    #[error("shard '{0}' defined multiple times")]
    DuplicateName(String),
    /// A shard that has nothing.
    #[error("shard '{0}' needs one of `paths` or `requires`")]
    NothingInIt(String),
    /// A shard that requires one that is not there.
    #[error("shard '{shard}' requires '{required}', which is not defined")]
    UnknownShard {
        /// The shard.
        shard: String,
        /// What it requires.
        required: String,
    },
    /// Shards that require each other; the names on the way.
    #[error("shards form a cycle: {}", .0.join("->"))]
    Cycle(Vec<String>),
    /// A path that is in two shards.
    #[error("path is found in multiple shards: {}", String::from_utf8_lossy(.0))]
    PathInTwoShards(Vec<u8>),
    /// What is no path of a file or directory.
    #[error("`server-shapes` contains an invalid path: {0}")]
    InvalidPath(String),
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
