// SPDX-License-Identifier: GPL-2.0-or-later
//! The files of a changeset, as the store has them.

use thiserror::Error;

use super::changelog::manifest_node;
use super::filelog::file_data;
use super::manifest::Manifest;
use crate::revlog::{RevlogError, RevlogReader, StoreError};
use crate::store::Store;
use crate::types::{HgPath, HgPathBuf, Node, Revision};

/// What kept the files of a changeset from being read.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// A revlog that cannot be read, or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A manifest that does not follow the format.
    #[error(transparent)]
    Manifest(#[from] RevlogError),
    /// A changeset that another process may have added or removed.
    #[error("the changelog has no revision {0}")]
    NoSuchRevision(Revision),
    /// The same, of its node.
    #[error("the changelog has no changeset {0}")]
    NoSuchChangeset(Node),
    /// A changeset whose manifest is nowhere.
    #[error("the store lacks the manifest {0}")]
    NoSuchManifest(Node),
    /// A manifest that names a revision of a file which is nowhere.
    #[error("the store lacks a revision of {0}")]
    NoSuchFile(HgPathBuf),
}

/// A changeset, and the text of its manifest.
#[derive(Clone, Debug)]
pub struct Snapshot {
    node: Node,
    manifest: Vec<u8>,
}

impl Snapshot {
    /// Of a revision, which is not the null one.
    ///
    /// # Errors
    /// When there is none, or the store is damaged.
    pub fn of_revision(store: &Store, rev: Revision) -> Result<Self, HistoryError> {
        let changelog = store.changelog()?;
        let node = match changelog.index().record(rev) {
            Some(record) if !rev.is_null() => record.node,
            _ => return Err(HistoryError::NoSuchRevision(rev)),
        };
        Self::read(store, &changelog, rev, node)
    }

    /// Of a node; the null one has no files, and nothing is opened for it.
    ///
    /// # Errors
    /// When there is none, or the store is damaged.
    pub fn of_node(store: &Store, node: Node) -> Result<Self, HistoryError> {
        if node.is_null() {
            let manifest = Vec::new();
            return Ok(Self { node, manifest });
        }
        let changelog = store.changelog()?;
        let rev = changelog.revision_of(&node);
        let rev = rev.ok_or(HistoryError::NoSuchChangeset(node))?;
        Self::read(store, &changelog, rev, node)
    }

    fn read(
        store: &Store,
        changelog: &RevlogReader,
        rev: Revision,
        node: Node,
    ) -> Result<Self, HistoryError> {
        let manifest_node = manifest_node(&changelog.text(rev)?);
        let manifest_node = manifest_node.map_err(|error| changelog.error(error))?;
        let manifests = store.manifests()?;
        let rev = manifests.revision_of(&manifest_node);
        let rev = rev.ok_or(HistoryError::NoSuchManifest(manifest_node))?;
        let manifest = manifests.text(rev)?;
        Ok(Self { node, manifest })
    }

    /// The node of the changeset.
    pub fn node(&self) -> Node {
        self.node
    }

    /// Its files.
    pub fn manifest(&self) -> Manifest<'_> {
        Manifest::new(&self.manifest)
    }
}

/// What is in the revision `node` of a file: its bytes, or where a link leads.
///
/// # Errors
/// When there is none, the store is damaged, or the content is not what is
/// stored.
pub fn read_file(store: &Store, path: &HgPath, node: &Node) -> Result<Vec<u8>, HistoryError> {
    let filelog = store.filelog(path)?;
    let rev = filelog.revision_of(node);
    let rev = rev.ok_or_else(|| HistoryError::NoSuchFile(path.to_owned()))?;
    let mut text = filelog.text(rev)?;
    // The metadata, where there is any, comes first.
    let content = file_data(&text).map_err(|error| filelog.error(error))?;
    let metadata = text.len() - content.len();
    if metadata > 0 {
        text.drain(..metadata);
    }
    Ok(text)
}
