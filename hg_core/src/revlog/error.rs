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
    /// More than one revision has a node with this prefix.
    #[error("ambiguous node prefix")]
    AmbiguousPrefix,
    /// The tree names a revision that the index does not have.
    #[error("revlog index out of range: {0}")]
    RevisionNotInIndex(Revision),
    /// The file ends within a block.
    #[error("corrupted nodemap: {0} bytes are not whole blocks")]
    TruncatedData(usize),
    /// The tree leads to a block that is not there.
    #[error("corrupted nodemap: block {0} is missing")]
    MissingBlock(usize),
    /// The tree leads on where a node has no more digits.
    #[error("corrupted nodemap: a path is longer than a node")]
    TooDeep,
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}

/// What went wrong in a revlog: in its index, or in a text it holds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RevlogError {
    /// The file of so many bytes ends within an entry.
    #[error("corrupted revlog index: {0} bytes are not whole entries")]
    TruncatedIndex(usize),
    /// The header is not of a format that is read here.
    #[error("unsupported revlog header {0:#x}")]
    UnknownVersion(u32),
    /// More revisions than have numbers.
    #[error("{0} revisions are too many for a revlog")]
    TooManyRevisions(usize),
    /// There is no such revision.
    #[error("revlog index out of range: {0}")]
    InvalidRevision(Revision),
    /// What is to be a head does not exist.
    #[error("head out of range")]
    UnknownHead(Revision),
    /// A delta that applies to nothing before it.
    #[error("corrupted revlog, revision {rev} has base {base}")]
    CorruptedBase {
        /// Whose delta it is.
        rev: Revision,
        /// What it is said to apply to.
        base: Revision,
    },
    /// A parent that there is not, or not before its child.
    #[error("corrupted revlog, revision {rev} has parent {parent}")]
    CorruptedParent {
        /// The child.
        rev: Revision,
        /// What it is said to descend from.
        parent: Revision,
    },
    /// A length that is none.
    #[error("corrupted revlog, revision {0} has a negative length")]
    NegativeLength(Revision),
    /// Data that overlaps, or is in another order than the revisions.
    #[error("corrupted revlog, offsets of {first} and {last} are inconsistent")]
    InconsistentOffsets {
        /// The one whose data ends too late.
        first: Revision,
        /// The one whose data starts too early.
        last: Revision,
    },
    /// The data file ends within the data of this revision.
    #[error("corrupted revlog, the data of revision {0} ends early")]
    TruncatedData(Revision),
    /// The text is not what is stored, or is not meant to be read.
    #[error("revision {rev} has unsupported flags {flags:#x}")]
    UnsupportedFlags {
        /// Whose text it is.
        rev: Revision,
        /// The flags of its entry.
        flags: u16,
    },
    /// Data that begins with a byte of no known compression.
    #[error("unknown compression type {:?}", char::from(*.0))]
    UnknownCompression(u8),
    /// Data that is not what its compression makes, of this name.
    #[error("corrupted {0} data")]
    Decompression(&'static str),
    /// Data that is longer than what it is said to be.
    #[error("data of more than the {0} bytes there can be")]
    TooMuchData(usize),
    /// A delta that does not apply.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// A text that does not have the hash which its node is.
    #[error("integrity check failed on revision {0}")]
    WrongHash(Revision),
    /// A text that does not follow the format of its kind.
    #[error("corrupted {text}: {problem} at offset {offset}")]
    CorruptedText {
        /// What kind of text.
        text: &'static str,
        /// What is wrong.
        problem: &'static str,
        /// Where, in bytes from the beginning of the text.
        offset: usize,
    },
    /// What is wrong in the map from nodes to revisions.
    #[error(transparent)]
    NodeTree(#[from] NodeTreeError),
    /// What a walk of the graph met.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// What cannot happen.
    #[error(transparent)]
    Internal(#[from] InternalError),
}

/// What kept a file of the store from being read.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A system call that failed.
    #[error("{}: {error}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A file that is damaged, or of an unknown format.
    #[error("{}: {error}", .path.display())]
    Revlog {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        error: RevlogError,
    },
}
