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

use std::collections::{BTreeSet, HashMap};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use zerocopy::IntoBytes;

pub use docket::{Docket, FileId, GarbageEntry, DOCKET_FILE, PENDING_DOCKET_FILE};
pub use error::{FileIndexError, IndexFile};
pub use view::{DebugChild, DebugNode, FileToken};

use crate::fs::read_if_exists;
use crate::types::InternalError;
use docket::DATA_FILES;
use tree::Growth;
use view::{RawMeta, View, ROOT_TOKEN};

/// A tree file smaller than this is not worth being written anew.
const SMALLEST_TO_VACUUM: u32 = 16 * 1024;

/// Transactions for which a file is kept after it became garbage.
const GARBAGE_TTL: u16 = 2;

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
        std::fs::read(path).map(Bytes::from)
    }
}

/// What a transaction has to know while data files are written.
pub trait AnnounceFile {
    /// The error with which it may refuse.
    type Error: From<FileIndexError>;

    /// The file `name`, relative to the store, is new: it is to be removed if
    /// the transaction is not committed.
    ///
    /// # Errors
    /// Whatever the transaction has to say; nothing is written then.
    fn announce(&mut self, name: &str) -> Result<(), Self::Error>;
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

    /// Count a transaction down for all garbage, and delete what is due at
    /// `now` (seconds since 1970), or all of it if `force`. Returns whether
    /// the docket has changed.
    ///
    /// # Errors
    /// [`FileIndexError::Io`] when a file cannot be deleted: it stays garbage.
    pub fn collect_garbage(&mut self, now: u32, force: bool) -> Result<bool, FileIndexError> {
        let mut kept = Vec::new();
        let mut is_changed = false;
        let mut failed = None;
        for mut entry in std::mem::take(&mut self.docket.garbage) {
            if entry.ttl > 0 {
                entry.ttl -= 1;
                is_changed = true;
            }
            let retention = self.options.retention;
            let is_old = retention == 0 || now > entry.timestamp.saturating_add(retention);
            if !force && (entry.ttl > 0 || !is_old) {
                kept.push(entry);
                continue;
            }
            let path = self.store.join(&entry.path);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    failed.get_or_insert(FileIndexError::Io { path, error });
                    kept.push(entry);
                }
                _ => is_changed = true,
            }
        }
        self.docket.garbage = kept;
        match failed {
            Some(error) => Err(error),
            None => Ok(is_changed),
        }
    }

    /// Bring the data files up to date. Returns the bytes of the docket, which
    /// make it count once they are in place. `now` (seconds since 1970) is
    /// when files replaced by this became garbage.
    ///
    /// # Errors
    /// What `transaction` refuses with; [`FileIndexError::Io`] and others. The
    /// changes are still there then, and the docket as it was.
    pub fn write<T: AnnounceFile>(
        &mut self,
        transaction: &mut T,
        now: u32,
    ) -> Result<Vec<u8>, T::Error> {
        if !self.changes.is_empty() {
            let before = self.docket.clone();
            let written = self.write_data(transaction, now);
            let view = written.and_then(|()| self.read_data_files().map_err(T::Error::from));
            match view {
                Ok(view) => {
                    self.next_token = view.token_count();
                    self.view = view;
                }
                Err(error) => {
                    self.docket = before;
                    return Err(error);
                }
            }
            self.changes = Changes::default();
        }
        Ok(self.docket.serialize()?)
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

    fn should_vacuum(&self) -> bool {
        let size = self.docket.tree_size;
        self.changes.vacuum
            || match self.options.vacuum {
                VacuumMode::Always => true,
                VacuumMode::Never => false,
                VacuumMode::Auto => {
                    let unused = f64::from(self.docket.tree_unused);
                    size >= SMALLEST_TO_VACUUM
                        && unused / f64::from(size) >= self.options.max_unused_ratio
                }
            }
    }

    fn write_data<T: AnnounceFile>(
        &mut self,
        transaction: &mut T,
        now: u32,
    ) -> Result<(), T::Error> {
        let removing = !self.changes.removed.is_empty();
        let vacuum = self.should_vacuum();
        let renewed = [removing, removing, removing || vacuum];
        let mut replaced = Vec::new();
        for (file, renew) in DATA_FILES.into_iter().zip(renewed) {
            let old_name = self.docket.id(file).file_name(file);
            if old_name.is_some() && !renew {
                continue;
            }
            replaced.extend(old_name);
            self.renew(file)?;
            if let Some(name) = self.docket.id(file).file_name(file) {
                transaction.announce(&name)?;
            }
        }

        let nothing = View::default();
        let mut growth = Growth::new(if removing || vacuum {
            &nothing
        } else {
            &self.view
        })?;
        let mut added = NewPaths::after(&self.docket);
        if removing {
            let mut token = ROOT_TOKEN;
            for old_token in ROOT_TOKEN + 1..self.token_count() {
                if let Some(path) = self.path(old_token)? {
                    token += 1;
                    added.push(path)?;
                    growth.insert(path, token)?;
                }
            }
        } else {
            if vacuum {
                for token in ROOT_TOKEN + 1..self.view.token_count() {
                    growth.insert(self.view.path(token)?, token)?;
                }
            }
            for (token, path) in (self.view.token_count()..).zip(&self.changes.added) {
                added.push(path)?;
                growth.insert(path, token)?;
            }
        }
        let nodes = growth.finish()?;

        let mut docket = self.docket.clone();
        self.append(IndexFile::List, &mut docket.list_size, &added.list)?;
        self.append(IndexFile::Meta, &mut docket.meta_size, &added.meta)?;
        let new_tree = nodes.as_ref().map_or(&[][..], |nodes| &nodes.data);
        self.append(IndexFile::Tree, &mut docket.tree_size, new_tree)?;
        if let Some(nodes) = nodes {
            docket.tree_root = nodes.root;
            docket.tree_unused += nodes.replaced;
        }
        docket
            .garbage
            .extend(replaced.into_iter().map(|path| GarbageEntry {
                ttl: GARBAGE_TTL,
                timestamp: now,
                path,
            }));
        self.docket = docket;
        Ok(())
    }

    /// A new and empty file in place of one, in the docket.
    fn renew(&mut self, file: IndexFile) -> Result<(), FileIndexError> {
        let id = FileId::random().map_err(|error| FileIndexError::Io {
            path: self.store.clone(),
            error,
        })?;
        match file {
            IndexFile::Docket => {
                return Err(InternalError::new("file index: a docket with an id").into())
            }
            IndexFile::List => (self.docket.list_id, self.docket.list_size) = (id, 0),
            IndexFile::Meta => (self.docket.meta_id, self.docket.meta_size) = (id, 0),
            IndexFile::Tree => {
                (self.docket.tree_id, self.docket.tree_size) = (id, 0);
                (self.docket.tree_root, self.docket.tree_unused) = (0, 0);
            }
        }
        Ok(())
    }

    /// Write `data` behind the `size` bytes that are in use of a data file,
    /// and count it.
    fn append(&self, file: IndexFile, size: &mut u32, data: &[u8]) -> Result<(), FileIndexError> {
        let name = self.docket.id(file).file_name(file);
        let name = name.ok_or(InternalError::new("file index: a data file without a name"))?;
        let path = self.store.join(name);
        let write = || -> io::Result<()> {
            // What stands behind the bytes in use was never committed.
            let mut options = OpenOptions::new();
            let mut target: File = match *size {
                0 => options
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .open(&path)?,
                _ => options.write(true).open(&path)?,
            };
            target.seek(SeekFrom::Start(u64::from(*size)))?;
            target.write_all(data)
        };
        if !data.is_empty() || *size == 0 {
            write().map_err(|error| FileIndexError::Io { path, error })?;
        }
        let added = u32::try_from(data.len()).ok();
        *size = added
            .and_then(|added| size.checked_add(added))
            .ok_or(FileIndexError::TooLarge("a data file"))?;
        Ok(())
    }
}

/// What is appended to the list and the meta file.
struct NewPaths {
    list: Vec<u8>,
    meta: Vec<u8>,
    /// Bytes of the list file before these.
    list_start: u32,
}

impl NewPaths {
    fn after(docket: &Docket) -> Self {
        Self {
            list: Vec::new(),
            meta: match docket.meta_size {
                0 => RawMeta::ROOT.as_bytes().to_vec(),
                _ => Vec::new(),
            },
            list_start: docket.list_size,
        }
    }

    fn push(&mut self, path: &[u8]) -> Result<(), FileIndexError> {
        let offset = u32::try_from(self.list.len()).ok();
        let offset = offset.and_then(|offset| offset.checked_add(self.list_start));
        let offset = offset.ok_or(FileIndexError::TooLarge("the list file"))?;
        let meta = RawMeta::new(path, offset)?;
        self.meta.extend_from_slice(meta.as_bytes());
        self.list.extend_from_slice(path);
        self.list.push(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
