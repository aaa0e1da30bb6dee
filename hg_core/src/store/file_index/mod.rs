// SPDX-License-Identifier: GPL-2.0-or-later
//! The file index: all paths in the store, and a number (token) for each.
//!
//! It stands in three data files that are only appended to, and a docket that
//! says how much of them counts. Their format is frozen and Mercurial's
//! (`hg help internals.file-index`): a list of paths; where in it the path of
//! each token is; and a prefix tree from paths to tokens.
//!
//! A change is kept in memory until the transaction asks for the docket with
//! [`FileIndex::write`], which first brings the data files up to date.

mod docket;
mod error;
mod tree;
mod view;
mod write;

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub use docket::{Docket, FileId, GarbageEntry, DOCKET_FILE, PENDING_DOCKET_FILE};
pub use error::{FileIndexError, IndexFile};
pub use view::{DebugChild, DebugNode, FileToken};
pub use write::AnnounceFile;

use crate::fs::{self, read_if_exists};
use crate::types::InternalError;
use docket::DATA_FILES;
use view::{View, ROOT_TOKEN};

/// When the tree file is written anew, to be rid of what is not used in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VacuumMode {
    /// When it is large, and enough of it is unused.
    Auto,
    /// Only when asked to.
    Never,
    /// At each change.
    Always,
}

/// How an index is kept.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FileIndexOptions {
    /// When the tree file is written anew.
    pub vacuum: VacuumMode,
    /// For [`VacuumMode::Auto`]: the share of unused bytes from which on.
    pub max_unused_ratio: f64,
    /// Seconds for which garbage is kept, besides its transactions. With 0 the
    /// clock has no say.
    pub retention: u32,
}

impl Default for FileIndexOptions {
    /// As Mercurial's configuration has it where nobody sets it.
    fn default() -> Self {
        Self {
            vacuum: VacuumMode::Auto,
            max_unused_ratio: 0.4,
            retention: 3600 * 24,
        }
    }
}

/// How the data files are read: into memory here; a front may map them.
pub trait ReadData {
    /// At least the first `size` bytes of the file.
    ///
    /// # Errors
    /// What the system says; a file that is shorter is none.
    fn read(&self, path: &Path, size: usize) -> io::Result<Bytes>;
}

/// Reads files into memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadWhole;

impl ReadData for ReadWhole {
    fn read(&self, path: &Path, _size: usize) -> io::Result<Bytes> {
        fs::read(path).map(Bytes::from)
    }
}

/// Changes that are not on disk.
#[derive(Debug, Default)]
struct Changes {
    added: Vec<Vec<u8>>,
    /// Tokens of `added`.
    tokens: HashMap<Vec<u8>, FileToken>,
    removed: BTreeSet<FileToken>,
    vacuum: bool,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && !self.vacuum
    }
}

/// All paths in a store, each with its token.
pub struct FileIndex {
    store: PathBuf,
    options: FileIndexOptions,
    reader: Box<dyn ReadData + Send + Sync>,
    docket: Docket,
    view: View,
    changes: Changes,
    /// After those of `view` and of what was added.
    next_token: FileToken,
}

/// The docket of the file index of a store; that of an empty one where there
/// is none. `pending` prefers the docket of a transaction not yet committed.
///
/// # Errors
/// [`FileIndexError::Io`], [`FileIndexError::Corrupted`]
pub fn read_docket(store: &Path, pending: bool) -> Result<Docket, FileIndexError> {
    let names = [(pending, PENDING_DOCKET_FILE), (true, DOCKET_FILE)];
    for (_, name) in names.into_iter().filter(|(wanted, _)| *wanted) {
        let path = store.join(name);
        let data = read_if_exists(&path).map_err(|error| FileIndexError::Io { path, error })?;
        match data {
            Some(data) if name == DOCKET_FILE || !data.is_empty() => return Docket::parse(&data),
            _ => (),
        }
    }
    Ok(Docket::default())
}

impl FileIndex {
    /// The index of the store at `store` as `docket` has it.
    ///
    /// # Errors
    /// [`FileIndexError::Io`], [`FileIndexError::Corrupted`]
    pub fn open(
        store: &Path,
        docket: Docket,
        options: FileIndexOptions,
        reader: Box<dyn ReadData + Send + Sync>,
    ) -> Result<Self, FileIndexError> {
        let mut index = Self {
            store: store.to_path_buf(),
            options,
            reader,
            docket,
            view: View::default(),
            changes: Changes::default(),
            next_token: ROOT_TOKEN,
        };
        let view = index.read_data_files()?;
        index.next_token = view.token_count();
        index.view = view;
        Ok(index)
    }

    /// The docket, without the changes that are not on disk.
    pub fn docket(&self) -> &Docket {
        &self.docket
    }

    /// How many paths there are.
    pub fn len(&self) -> usize {
        let tokens = self.token_count() - ROOT_TOKEN - 1;
        tokens as usize - self.changes.removed.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The next token to give.
    pub fn token_count(&self) -> FileToken {
        self.next_token
    }

    /// Whether a file has this token.
    pub fn has_token(&self, token: FileToken) -> bool {
        (ROOT_TOKEN + 1..self.token_count()).contains(&token)
            && !self.changes.removed.contains(&token)
    }

    /// The path of a token, if a file has it.
    ///
    /// # Errors
    /// [`FileIndexError::Corrupted`]
    pub fn path(&self, token: FileToken) -> Result<Option<&[u8]>, FileIndexError> {
        if !self.has_token(token) {
            return Ok(None);
        }
        match token.checked_sub(self.view.token_count()) {
            None => self.view.path(token).map(Some),
            Some(added) => {
                let path = self.changes.added.get(added as usize);
                Ok(Some(path.ok_or(InternalError::new(
                    "file index: a token without a path",
                ))?))
            }
        }
    }

    /// The token of a path, if it has one.
    ///
    /// # Errors
    /// [`FileIndexError::Corrupted`]
    pub fn token(&self, path: &[u8]) -> Result<Option<FileToken>, FileIndexError> {
        if let Some(&token) = self.changes.tokens.get(path) {
            return Ok(Some(token));
        }
        let token = self.view.token(path)?;
        Ok(token.filter(|token| !self.changes.removed.contains(token)))
    }

    /// Add a path. Returns its token, and whether it is a new one.
    ///
    /// # Errors
    /// [`FileIndexError::EmptyPath`]; [`FileIndexError::AddAndRemove`] when
    /// paths were removed since the last write.
    pub fn add(&mut self, path: &[u8]) -> Result<(FileToken, bool), FileIndexError> {
        if path.is_empty() {
            return Err(FileIndexError::EmptyPath);
        }
        if !self.changes.removed.is_empty() {
            return Err(FileIndexError::AddAndRemove);
        }
        if let Some(token) = self.token(path)? {
            return Ok((token, false));
        }
        let token = self.token_count();
        if token >= view::LEAF {
            return Err(FileIndexError::TooLarge("too many paths"));
        }
        self.changes.added.push(path.to_vec());
        self.changes.tokens.insert(path.to_vec(), token);
        self.next_token = token + 1;
        Ok((token, true))
    }

    /// Remove a path. Returns whether it was there.
    ///
    /// # Errors
    /// [`FileIndexError::AddAndRemove`] when paths were added since the last
    /// write.
    pub fn remove(&mut self, path: &[u8]) -> Result<bool, FileIndexError> {
        if !self.changes.added.is_empty() {
            return Err(FileIndexError::AddAndRemove);
        }
        let token = self.token(path)?;
        Ok(token.is_some_and(|token| self.changes.removed.insert(token)))
    }

    /// Have the tree file written anew by the next write.
    pub fn vacuum(&mut self) {
        self.changes.vacuum = true;
    }

    /// Every node of the tree on disk, parents before their children.
    ///
    /// # Errors
    /// [`FileIndexError::Corrupted`]
    pub fn debug_nodes(&self) -> Result<Vec<DebugNode>, FileIndexError> {
        self.view.debug_nodes()
    }

    fn read_data_files(&self) -> Result<View, FileIndexError> {
        let sizes = [
            self.docket.list_size,
            self.docket.meta_size,
            self.docket.tree_size,
        ];
        let mut files = [Bytes::new(), Bytes::new(), Bytes::new()];
        for ((file, size), bytes) in DATA_FILES.into_iter().zip(sizes).zip(&mut files) {
            if let Some(name) = self.docket.id(file).file_name(file) {
                let path = self.store.join(name);
                *bytes = self
                    .reader
                    .read(&path, size as usize)
                    .map_err(|error| FileIndexError::Io { path, error })?;
            }
        }
        View::new(&self.docket, files)
    }
}

#[cfg(test)]
mod tests;
