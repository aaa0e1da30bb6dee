// SPDX-License-Identifier: GPL-2.0-or-later
//! What can go wrong in a revlog, in memory and on disk.

use std::path::PathBuf;

use thiserror::Error;

use crate::dag::GraphError;
use crate::delta::DeltaError;
use crate::types::{InternalError, Revision};

/// What went wrong in the map from nodes to revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NodeTreeError {
    #[error("ambiguous node prefix")]
    AmbiguousPrefix,
    #[error("revlog index out of range: {0}")]
    RevisionNotInIndex(Revision),
    #[error("corrupted nodemap: {0} bytes are not whole blocks")]
    TruncatedData(usize),
    #[error("corrupted nodemap: block {0} is missing")]
    MissingBlock(usize),
    #[error("corrupted nodemap: a path is longer than a node")]
    TooDeep,
    #[error(transparent)]
    Internal(#[from] InternalError),
}

/// What went wrong in a revlog: in its index, or in a text it holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RevlogError {
    #[error("corrupted revlog index: {0} bytes are not whole entries")]
    TruncatedIndex(usize),
    #[error("unsupported revlog header {0:#x}")]
    UnknownVersion(u32),
    #[error("{0} revisions are too many for a revlog")]
    TooManyRevisions(usize),
    #[error("revlog index out of range: {0}")]
    InvalidRevision(Revision),
    #[error("corrupted revlog, revision {rev} has base {base}")]
    CorruptedBase { rev: Revision, base: Revision },
    #[error("corrupted revlog, revision {rev} has parent {parent}")]
    CorruptedParent { rev: Revision, parent: Revision },
    #[error("corrupted revlog, revision {0} has a negative length")]
    NegativeLength(Revision),
    #[error("corrupted revlog, offsets of {first} and {last} are inconsistent")]
    InconsistentOffsets { first: Revision, last: Revision },
    #[error("corrupted revlog, the data of revision {0} ends early")]
    TruncatedData(Revision),
    /// The text is not what is stored, or is not meant to be read.
    #[error("revision {rev} has unsupported flags {flags:#x}")]
    UnsupportedFlags { rev: Revision, flags: u16 },
    #[error("unknown compression type {:?}", char::from(*.0))]
    UnknownCompression(u8),
    #[error("corrupted {0} data")]
    Decompression(&'static str),
    #[error("data of more than the {0} bytes there can be")]
    TooMuchData(usize),
    #[error(transparent)]
    Delta(#[from] DeltaError),
    #[error("integrity check failed on revision {0}")]
    WrongHash(Revision),
    /// A text that does not follow the format of its kind.
    #[error("corrupted {text}: {problem} at offset {offset}")]
    CorruptedText {
        text: &'static str,
        problem: &'static str,
        offset: usize,
    },
    #[error(transparent)]
    NodeTree(#[from] NodeTreeError),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(transparent)]
    Internal(#[from] InternalError),
}

/// What kept a file of the store from being read.
#[derive(Debug, Error)]
pub enum StoreError {
    #[error("{}: {error}", .path.display())]
    Io {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{}: {error}", .path.display())]
    Revlog { path: PathBuf, error: RevlogError },
}
