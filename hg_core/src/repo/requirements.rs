// SPDX-License-Identifier: GPL-2.0-or-later
//! What a repository requires of who opens it: `.hg/requires`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::fs::read_if_exists;
use crate::repo::RepoError;

/// The dirstate is a docket and a tree.
pub const DIRSTATE_V2: &str = "dirstate-v2";
/// Dots and spaces that start a name in the store are escaped.
pub const DOTENCODE: &str = "dotencode";
/// Long names in the store are hashed, and listed in `fncache`.
pub const FNCACHE: &str = "fncache";
/// The store is that of another repository, at a relative path.
pub const RELATIVE_SHARED: &str = "relshared";
/// The store is that of another repository.
pub const SHARED: &str = "shared";
/// What the store requires stands with the store.
pub const SHARE_SAFE: &str = "share-safe";
/// The working directory may lack files of the revision.
pub const SPARSE: &str = "exp-sparse";
/// History is in `.hg/store`, under names that any file system can hold.
pub const STORE: &str = "store";
/// A file tells when the set of tracked files may have changed.
pub const TRACKED_HINT: &str = "dirstate-tracked-key-v1";

/// All that `hg_core` can work with. What is missing changes how files are
/// stored (`treemanifest`, `exp-revlogv2.2`, `exp-changelog-v2`, `largefiles`,
/// `lfs`), or which of them there are (`narrowhg-experimental`); or nobody
/// knows. Which files a sparse working directory has ([`SPARSE`]) the caller
/// has to find out.
const SUPPORTED: [&str; 20] = [
    DIRSTATE_V2,
    DOTENCODE,
    FNCACHE,
    RELATIVE_SHARED,
    SHARED,
    SHARE_SAFE,
    SPARSE,
    STORE,
    TRACKED_HINT,
    "bookmarksinstore",
    "exp-archived-phase",
    "exp-compression-none",
    "exp-compression-zlib",
    "exp-compression-zstd",
    "generaldelta",
    "internal-phase-2",
    "persistent-nodemap",
    "revlog-compression-zstd",
    "revlogv1",
    "sparserevlog",
];

/// A set of requirements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements(BTreeSet<String>);

impl Requirements {
    /// What the file `requires` in `directory` says; nothing where there is
    /// none, as in the oldest repositories.
    pub fn read(directory: &Path) -> Result<Self, RepoError> {
        let path = directory.join("requires");
        match read_if_exists(&path) {
            Ok(data) => Ok(Self::parse(&data.unwrap_or_default())),
            Err(error) => Err(RepoError::Unreadable { path, error }),
        }
    }

    /// One a line.
    pub fn parse(data: &[u8]) -> Self {
        let text = String::from_utf8_lossy(data);
        Self(text.lines().map(str::to_owned).collect())
    }

    /// Whether this is among them.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Add those of another file.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// # Errors
    /// [`RepoError::UnsupportedRequirement`] for the first that is not
    /// supported.
    pub fn check(&self) -> Result<(), RepoError> {
        let unknown = |name: &&String| !SUPPORTED.contains(&name.as_str());
        match self.0.iter().find(unknown) {
            Some(name) => Err(RepoError::UnsupportedRequirement(name.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn known_and_unknown() {
        let mut requirements = Requirements::parse(b"store\nrevlogv1\n");
        assert!(requirements.contains(STORE) && !requirements.contains(FNCACHE));
        requirements.check().unwrap();
        requirements.extend(Requirements::parse(b"treemanifest\nfncache"));
        assert!(requirements.contains(FNCACHE));
        let error = requirements.check().unwrap_err().to_string();
        assert!(error.ends_with(": treemanifest"), "{error}");
        assert!(Requirements::parse(b"\xff\n").check().is_err());
        assert!(Requirements::parse(b"store\n\n").check().is_err());
    }
}
