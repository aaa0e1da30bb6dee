// SPDX-License-Identifier: GPL-2.0-or-later
//! What is to be written, found out before anything is.

use std::path::PathBuf;

use super::unsupported;
use crate::fs::{self, bytes_path, read_if_exists, TrackedKind};
use crate::history::changelog::manifest_node;
use crate::history::filelog::file_data;
use crate::history::manifest::{Manifest, ManifestFlag};
use crate::matchers::Matcher;
use crate::repo::requirements::{DOTENCODE, FNCACHE, SPARSE, STORE};
use crate::repo::Repo;
use crate::revlog::RevlogReader;
use crate::store::StoreEncoding;
use crate::types::{HgPath, Node, Revision};
use crate::update::UpdateError;

/// A file to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlannedFile<'m> {
    pub(super) path: &'m HgPath,
    pub(super) node: Node,
    pub(super) kind: TrackedKind,
}

/// The history of a repository.
pub(super) struct Store {
    root: PathBuf,
    encoding: StoreEncoding,
}

impl Store {
    pub(super) fn of(repo: &Repo) -> Self {
        let requires = |name| repo.requirements.contains(name);
        let encoding = if !requires(STORE) {
            StoreEncoding::Plain
        } else if !requires(FNCACHE) {
            StoreEncoding::Store
        } else {
            StoreEncoding::FnCache {
                dotencode: requires(DOTENCODE),
            }
        };
        Self {
            root: repo.store.clone(),
            encoding,
        }
    }

    fn open(&self, name: &[u8]) -> Result<RevlogReader, UpdateError> {
        let file = |suffix: &[u8]| {
            let path = self.encoding.encode(&[name, suffix].concat());
            self.root.join(bytes_path(&path))
        };
        Ok(RevlogReader::open(&file(b".i"), &file(b".d"))?)
    }

    /// What is in a file: its bytes, or where a link points to.
    pub(super) fn read(&self, file: &PlannedFile<'_>) -> Result<Vec<u8>, UpdateError> {
        let filelog = self.open(&[b"data/", file.path].concat())?;
        let rev = filelog.revision_of(&file.node).ok_or_else(|| {
            unsupported(format!(
                "the store lacks a revision of {}",
                String::from_utf8_lossy(file.path)
            ))
        })?;
        let mut text = filelog.text(rev)?;
        // The metadata, where there is any, comes first.
        let metadata = text.len() - file_data(&text)?.len();
        if metadata > 0 {
            text.drain(..metadata);
        }
        Ok(text)
    }
}

/// The revision to update to.
pub(super) struct Snapshot {
    pub(super) node: Node,
    manifest: Vec<u8>,
}

impl Snapshot {
    pub(super) fn read(store: &Store, to: Revision) -> Result<Self, UpdateError> {
        let changelog = store.open(b"00changelog")?;
        // Null, or one that only the process that called us sees yet.
        let node = match changelog.index().record(to) {
            Some(record) if to >= 0 => record.node,
            _ => return Err(unsupported(format!("the changelog has no revision {to}"))),
        };
        let manifest_node = manifest_node(&changelog.text(to)?)?;
        let manifests = store.open(b"00manifest")?;
        let rev = manifests
            .revision_of(&manifest_node)
            .ok_or_else(|| unsupported("the store lacks the manifest"))?;
        let manifest = manifests.text(rev)?;
        Ok(Self { node, manifest })
    }
}

/// What Python does with the content of files, and we cannot.
pub(super) fn check_configuration(repo: &Repo, knows_sparse: bool) -> Result<(), UpdateError> {
    let filters = repo.config.items(b"decode");
    if filters.iter().any(|filter| filter.value != b"!") {
        return Err(unsupported("files are to be decoded by filters"));
    }
    let is_sparse = repo.requirements.contains(SPARSE)
        || !matches!(read_if_exists(&repo.dot_hg.join("sparse")), Ok(None));
    if is_sparse && !knows_sparse {
        return Err(unsupported("the working directory is sparse"));
    }
    // The same file by another name.
    if fs::are_same_file(&repo.dot_hg, &repo.root.join(".HG")) {
        return Err(unsupported("the file system does not tell case"));
    }
    Ok(())
}

/// The files of a revision that `only` matches, sorted by path, all of which
/// may be written.
///
/// # Errors
/// [`UpdateError::Path`] or [`UpdateError::Traversal`] for a path that must
/// not be written.
pub(super) fn plan<'s>(
    snapshot: &'s Snapshot,
    only: Option<&dyn Matcher>,
) -> Result<Vec<PlannedFile<'s>>, UpdateError> {
    let mut files = Vec::new();
    for entry in Manifest::new(&snapshot.manifest).entries() {
        let entry = entry?;
        fs::audit(entry.path).map_err(UpdateError::Path)?;
        if only.is_some_and(|only| !only.matches(entry.path)) {
            continue;
        }
        if let Some(oddity) = fs::oddity(entry.path) {
            let path = String::from_utf8_lossy(entry.path);
            return Err(unsupported(format!("{path}: {oddity}")));
        }
        let kind = match entry.flag {
            None => TrackedKind::Regular,
            Some(ManifestFlag::Exec) => TrackedKind::Executable,
            Some(ManifestFlag::Link) => TrackedKind::Symlink,
            Some(ManifestFlag::Tree) => return Err(unsupported("a manifest of trees")),
        };
        files.push(PlannedFile {
            path: entry.path,
            node: entry.node,
            kind,
        });
    }
    check_directories(&files)?;
    Ok(files)
}

/// No path may be a file and a directory at once.
fn check_directories(files: &[PlannedFile<'_>]) -> Result<(), UpdateError> {
    let mut previous: &HgPath = b"";
    for file in files {
        let slashes = file
            .path
            .iter()
            .enumerate()
            .filter(|(_, &byte)| byte == b'/');
        for (slash, _) in slashes {
            if previous.get(..=slash) == file.path.get(..=slash) {
                // Looked at already.
                continue;
            }
            let directory = file.path.get(..slash).unwrap_or_default();
            let is_it = |other: &PlannedFile<'_>| other.path.cmp(directory);
            let found = files.binary_search_by(is_it).ok();
            match found.and_then(|found| files.get(found)) {
                None => {}
                Some(link) if link.kind == TrackedKind::Symlink => {
                    let message = fs::traverses(file.path, link.path);
                    return Err(UpdateError::Traversal(message));
                }
                Some(_) => {
                    let path = String::from_utf8_lossy(directory);
                    return Err(unsupported(format!("{path} is a file and a directory")));
                }
            }
        }
        previous = file.path;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn check(paths: &[&str]) -> Result<(), UpdateError> {
        let mut files: Vec<_> = paths
            .iter()
            .map(|path| PlannedFile {
                path: path.as_bytes(),
                node: Node::NULL,
                kind: TrackedKind::Regular,
            })
            .collect();
        files.sort_by_key(|file| file.path);
        check_directories(&files)
    }

    #[test]
    fn files_that_are_directories() {
        check(&["a/b", "a-b", "a.b/a", "a/a-b/c", "a/a/c"]).unwrap();
        // Between a and a/b stands another path.
        for paths in [["a", "a-b", "a/b"], ["x/a", "x/a/b/c", "x/a-b"]] {
            let error = check(&paths).unwrap_err();
            assert!(matches!(error, UpdateError::Unsupported(_)), "{error}");
        }
    }
}
