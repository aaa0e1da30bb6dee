// SPDX-License-Identifier: GPL-2.0-or-later
//! What is to be written, found out before anything is.

use super::unsupported;
use crate::fs::{self, read_if_exists, TrackedKind};
use crate::history::manifest::{ManifestEntry, ManifestFlag};
use crate::history::Snapshot;
use crate::matchers::Matcher;
use crate::repo::requirements::SPARSE;
use crate::repo::Repo;
use crate::types::{HgPath, InternalError, Node};
use crate::update::UpdateError;

/// A file to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PlannedFile<'m> {
    pub(super) path: &'m HgPath,
    pub(super) node: Node,
    pub(super) kind: TrackedKind,
}

impl<'m> PlannedFile<'m> {
    /// By a line of a manifest.
    ///
    /// # Errors
    /// [`UpdateError::Path`] for a path that must not be written.
    pub(super) fn new(entry: ManifestEntry<'m>) -> Result<Self, UpdateError> {
        audit(entry.path)?;
        let kind = match entry.flag {
            None => TrackedKind::Regular,
            Some(ManifestFlag::Exec) => TrackedKind::Executable,
            Some(ManifestFlag::Link) => TrackedKind::Symlink,
            Some(ManifestFlag::Tree) => return Err(unsupported("a manifest of trees")),
        };
        Ok(Self {
            path: entry.path,
            node: entry.node,
            kind,
        })
    }
}

/// Refuse a path that must not be written, or that Python has to look at.
pub(super) fn audit(path: &HgPath) -> Result<(), UpdateError> {
    fs::audit(path).map_err(UpdateError::Path)?;
    match fs::oddity(path) {
        Some(oddity) => Err(unsupported(format!("{path}: {oddity}"))),
        None => Ok(()),
    }
}

/// What Python does with the content of files, and we cannot.
pub(super) fn check_configuration(repo: &Repo, knows_sparse: bool) -> Result<(), UpdateError> {
    check_filters(repo, b"decode")?;
    let is_sparse = repo.requirements.contains(SPARSE)
        || !matches!(read_if_exists(&repo.dot_hg.join("sparse")), Ok(None));
    if is_sparse && !knows_sparse {
        return Err(unsupported("the working directory is sparse"));
    }
    check_case(repo)
}

/// No file goes through the programs that a section, `encode` or `decode`,
/// lists.
pub(super) fn check_filters(repo: &Repo, section: &'static [u8]) -> Result<(), UpdateError> {
    let filters = repo.config.items(section);
    match filters.iter().any(|filter| filter.value != b"!") {
        true => Err(unsupported("files go through filters")),
        false => Ok(()),
    }
}

fn check_case(repo: &Repo) -> Result<(), UpdateError> {
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
    for entry in snapshot.manifest().entries() {
        let entry = entry?;
        fs::audit(entry.path).map_err(UpdateError::Path)?;
        if only.is_some_and(|only| !only.matches(entry.path)) {
            continue;
        }
        files.push(PlannedFile::new(entry)?);
    }
    check_directories(&files)?;
    Ok(files)
}

/// No path may be a file and a directory at once. `files` is sorted by path.
pub(super) fn check_directories(files: &[PlannedFile<'_>]) -> Result<(), UpdateError> {
    let mut previous: &[u8] = b"";
    for file in files {
        let path = file.path.as_bytes();
        let slashes = path.iter().enumerate().filter(|(_, &byte)| byte == b'/');
        for (slash, _) in slashes {
            if previous.get(..=slash) == path.get(..=slash) {
                // Looked at already.
                continue;
            }
            let directory = path.get(..slash).map(HgPath::new);
            let directory = directory.ok_or(InternalError::new("plan: a slash beyond a path"))?;
            let is_it = |other: &PlannedFile<'_>| other.path.cmp(directory);
            let found = files.binary_search_by(is_it).ok();
            match found.and_then(|found| files.get(found)) {
                None => {}
                Some(link) if link.kind == TrackedKind::Symlink => {
                    let message = fs::traverses(file.path, link.path);
                    return Err(UpdateError::Traversal(message));
                }
                Some(_) => {
                    return Err(unsupported(format!(
                        "{directory} is a file and a directory"
                    )));
                }
            }
        }
        previous = path;
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
                path: HgPath::new(path),
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
