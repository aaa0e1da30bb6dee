// SPDX-License-Identifier: GPL-2.0-or-later
//! Opening the revlogs of a store by what they hold.

use std::path::{Path, PathBuf};

use super::fncache::{self, FnCache, FnCacheError};
use super::StoreEncoding;
use crate::fs::{bytes_path, read_if_exists};
use crate::revlog::{RevlogReader, StoreError};
use crate::types::HgPath;

/// The directory where a repository keeps its history.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    encoding: StoreEncoding,
}

impl Store {
    /// The store at `root`, which names its files so.
    pub fn new(root: PathBuf, encoding: StoreEncoding) -> Self {
        Self { root, encoding }
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the store has the file that is called `name`, such as
    /// `data/a file.i`.
    pub fn path(&self, name: &[u8]) -> PathBuf {
        self.root
            .join(bytes_path(&self.encoding.encode(HgPath::new(name))))
    }

    /// The names of all files below `data/` and `meta/`; `None` for a store
    /// that keeps no list of them.
    ///
    /// # Errors
    /// When the list cannot be read, or is damaged.
    pub fn fncache(&self) -> Result<Option<FnCache>, FnCacheError> {
        if !matches!(self.encoding, StoreEncoding::FnCache { .. }) {
            return Ok(None);
        }
        let path = self.root.join(fncache::FILE);
        match read_if_exists(&path) {
            Ok(Some(data)) => FnCache::parse(&data).map(Some),
            // Nothing is in it yet.
            Ok(None) => Ok(Some(FnCache::default())),
            Err(error) => Err(FnCacheError::Io { path, error }),
        }
    }

    /// The changesets.
    ///
    /// # Errors
    /// When the revlog cannot be read, or its index is damaged.
    pub fn changelog(&self) -> Result<RevlogReader, StoreError> {
        self.open(b"00changelog")
    }

    /// The manifests of the root.
    ///
    /// # Errors
    /// When the revlog cannot be read, or its index is damaged.
    pub fn manifests(&self) -> Result<RevlogReader, StoreError> {
        self.open(b"00manifest")
    }

    /// The revisions of one file.
    ///
    /// # Errors
    /// When the revlog cannot be read, or its index is damaged.
    pub fn filelog(&self, path: &HgPath) -> Result<RevlogReader, StoreError> {
        self.open(&[b"data/", path.as_bytes()].concat())
    }

    /// The revlog that is called `name`, without an extension.
    fn open(&self, name: &[u8]) -> Result<RevlogReader, StoreError> {
        let file = |suffix: &[u8]| self.path(&[name, suffix].concat());
        RevlogReader::open(&file(b".i"), &file(b".d"))
    }
}
