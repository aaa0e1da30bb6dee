// SPDX-License-Identifier: GPL-2.0-or-later
//! One error type a layer.

use std::path::PathBuf;

use thiserror::Error;

use crate::dag::Revision;
use crate::HgPathBuf;

/// What a walk of the revision graph met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GraphError {
    #[error("revision {0} has a parent out of range")]
    ParentOutOfRange(Revision),
    #[error("revision {0} does not exist")]
    InvalidRevision(Revision),
    #[error("{0} revisions are too many at once")]
    TooManyRevisions(usize),
}

/// Why a matcher could not be built. Python, which has the last word on
/// patterns, is then asked instead (contract section 4, `FallbackError`).
#[derive(Debug, Error)]
pub enum PatternError {
    #[error("unsupported kind of pattern: {0}")]
    UnsupportedKind(String),
    /// A pattern that is invalid, or whose meaning in Python's `re` cannot be
    /// expressed here.
    #[error("unsupported pattern '{pattern}': {reason}")]
    UnsupportedPattern { pattern: String, reason: String },
    /// A path in a pattern that Python would refuse, or might.
    #[error("path needs an audit: {0}")]
    Path(String),
    #[error("cannot read pattern file '{}': {error}", .path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    /// A limit that keeps hostile input from taking all time or memory.
    #[error("patterns are too large: {0}")]
    TooLarge(String),
}

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
}

/// Why a delta cannot be applied (contract section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DeltaError {
    /// It is cut short, or a number in it makes no sense.
    #[error("patch cannot be decoded")]
    Undecodable,
    /// What it replaces overlaps, or is beyond the end of the text.
    #[error("invalid patch")]
    Invalid,
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

/// What kept copies from being traced.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CopiesError {
    #[error("corrupted side data: it ends early, at {0} bytes")]
    TruncatedSideData(usize),
    #[error("corrupted side data: no file {0} to copy from")]
    UnknownSource(u32),
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// What can go wrong with a dirstate: bytes that do not follow a format,
/// a value a format cannot hold, or a path that an operation does not take.
///
/// Offsets are counted in bytes from the start of the v1 file, or of the
/// v2 data file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DirstateError {
    #[error("corrupted dirstate: {problem} at offset {offset}")]
    CorruptedV1 {
        problem: &'static str,
        offset: usize,
    },
    #[error("corrupted dirstate-v2: {problem} at offset {offset}")]
    CorruptedV2 {
        problem: &'static str,
        offset: usize,
    },
    #[error("unknown state: {:?}", char::from(*.state))]
    UnknownState { state: u8 },
    #[error("expected mtime truncated to 31 bits, and less than a second of nanoseconds")]
    TimestampOutOfRange,
    #[error("no such path in the dirstate: {}", String::from_utf8_lossy(.0))]
    PathNotFound(HgPathBuf),
    #[error("invalid path {:?}: {problem}", String::from_utf8_lossy(.path))]
    InvalidPath {
        path: HgPathBuf,
        problem: &'static str,
    },
    #[error("the dirstate is too large: {0}")]
    TooLarge(&'static str),
    #[error("a data file that is not dirstate-v2 cannot be appended to")]
    CannotAppend,
}

/// Why a status could not be told.
#[derive(Debug, Error)]
pub enum StatusError {
    #[error("{0}")]
    Dirstate(#[from] DirstateError),
    #[error("{0}")]
    Pattern(#[from] PatternError),
    #[error("cannot open the working directory '{}': {error}", .path.display())]
    WorkingDirectory {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("cannot start threads: {0}")]
    Threads(String),
    /// The system failed in a way that says nothing about the path: too many
    /// open files, an I/O error. Any answer could be wrong.
    #[error("{}: {error}", String::from_utf8_lossy(.path))]
    System {
        path: HgPathBuf,
        error: std::io::Error,
    },
}

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
    /// A home directory that only the system's list of users tells.
    #[error("whose home directory is meant by '{0}'?")]
    UnknownUser(String),
}

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

/// Why a working directory was not updated.
#[derive(Debug, Error)]
pub enum UpdateError {
    /// Python has to do it, or to say what is wrong. What was written until
    /// then are whole files with the right content.
    #[error("{0}")]
    Unsupported(String),
    /// A path in the manifest that must not be written. The message is
    /// Mercurial's, in bytes as paths are.
    #[error("{}", String::from_utf8_lossy(.0))]
    Path(Vec<u8>),
    /// A path below a symbolic link of the same revision; the message.
    #[error("{}", String::from_utf8_lossy(.0))]
    Traversal(Vec<u8>),
    #[error("{}: {error}", .path.display())]
    System {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("cannot start threads: {0}")]
    Threads(String),
    #[error(transparent)]
    Dirstate(#[from] DirstateError),
    #[error("interrupted")]
    Interrupted,
}

impl From<RepoError> for UpdateError {
    fn from(error: RepoError) -> Self {
        Self::Unsupported(error.to_string())
    }
}

/// Python meets the same damage, and says so in its own words.
impl From<StoreError> for UpdateError {
    fn from(error: StoreError) -> Self {
        Self::Unsupported(error.to_string())
    }
}

impl From<RevlogError> for UpdateError {
    fn from(error: RevlogError) -> Self {
        Self::Unsupported(error.to_string())
    }
}
