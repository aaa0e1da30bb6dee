// SPDX-License-Identifier: GPL-2.0-or-later
//! A repository: where its parts are, and what it is made of.

mod error;
pub mod requirements;

pub use error::RepoError;

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::fs::bytes_path;
use crate::repo::requirements::{Requirements, RELATIVE_SHARED, SHARED, SHARE_SAFE, STORE};

/// A repository with a working directory, on disk.
#[derive(Clone, Debug)]
pub struct Repo {
    /// The root of the working directory.
    pub root: PathBuf,
    /// What belongs to this working directory alone.
    pub dot_hg: PathBuf,
    /// History: of this repository, or of the one it shares it with.
    pub store: PathBuf,
    pub requirements: Requirements,
    pub config: Config,
}

impl Repo {
    /// Open the repository at `root`. `program` is what Mercurial was started
    /// as, see [`Config::load`].
    ///
    /// # Errors
    /// When there is none, or one that requires what is not supported.
    pub fn open(root: &Path, program: Option<&Path>) -> Result<Self, RepoError> {
        let dot_hg = root.join(".hg");
        if !dot_hg.is_dir() {
            return Err(RepoError::NotFound(root.to_path_buf()));
        }
        let mut requirements = Requirements::read(&dot_hg)?;
        let source = share_source(&dot_hg, &requirements)?;
        let share_safe = requirements.contains(SHARE_SAFE);
        if let Some(source) = &source {
            // Mercurial has its ways to settle this, some of which write.
            if Requirements::read(source)?.contains(SHARE_SAFE) != share_safe {
                return Err(RepoError::ShareMismatch);
            }
        }
        let owner = source.as_deref().unwrap_or(&dot_hg);
        if share_safe {
            requirements.extend(Requirements::read(&owner.join("store"))?);
        }
        requirements.check()?;
        let store = if requirements.contains(STORE) {
            owner.join("store")
        } else {
            owner.to_path_buf()
        };

        let mut config = Config::load(program)?;
        if Config::repositories_have_one() {
            if let Some(source) = source.as_ref().filter(|_| share_safe) {
                config.read(&source.join("hgrc"))?;
            }
            config.read(&dot_hg.join("hgrc"))?;
            config.read(&dot_hg.join("hgrc-not-shared"))?;
        }
        Ok(Self {
            root: root.to_path_buf(),
            store,
            requirements,
            config,
            dot_hg,
        })
    }
}

/// The `.hg` of the repository that this one shares the store of.
fn share_source(dot_hg: &Path, requirements: &Requirements) -> Result<Option<PathBuf>, RepoError> {
    let relative = requirements.contains(RELATIVE_SHARED);
    if !relative && !requirements.contains(SHARED) {
        return Ok(None);
    }
    let path = dot_hg.join("sharedpath");
    let unreadable = |path: &Path, error| RepoError::Unreadable {
        path: path.to_path_buf(),
        error,
    };
    let mut written = std::fs::read(&path).map_err(|error| unreadable(&path, error))?;
    while written.last() == Some(&b'\n') {
        written.pop();
    }
    let written = bytes_path(&written);
    let source = if relative {
        dot_hg.join(written)
    } else {
        written.to_path_buf()
    };
    match std::fs::canonicalize(&source) {
        Ok(source) => Ok(Some(source)),
        Err(error) => Err(unreadable(&source, error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn make(root: &Path, requires: &str, store_requires: Option<&str>) {
        std::fs::create_dir_all(root.join(".hg/store")).unwrap();
        std::fs::write(root.join(".hg/requires"), requires).unwrap();
        if let Some(requires) = store_requires {
            std::fs::write(root.join(".hg/store/requires"), requires).unwrap();
        }
    }

    #[test]
    fn where_things_are() {
        let directory = tempfile::tempdir().unwrap();
        let directory = std::fs::canonicalize(&directory).unwrap();
        let (plain, source, share) = (
            directory.join("plain"),
            directory.join("source"),
            directory.join("share"),
        );
        assert!(Repo::open(&plain, None).is_err());
        make(&plain, "", None);
        assert_eq!(Repo::open(&plain, None).unwrap().store, plain.join(".hg"));
        make(&plain, "store\nrevlogv1\n", None);
        let repo = Repo::open(&plain, None).unwrap();
        assert_eq!(repo.store, plain.join(".hg/store"));

        make(&source, "share-safe\n", Some("store\nfncache\n"));
        make(&share, "share-safe\nrelshared\n", None);
        std::fs::write(share.join(".hg/sharedpath"), "../../source/.hg\n").unwrap();
        std::fs::write(source.join(".hg/hgrc"), "[decode]\na = b\n").unwrap();
        let repo = Repo::open(&share, None).unwrap();
        assert_eq!(repo.store, source.join(".hg/store"));
        assert!(repo.requirements.contains("fncache"));
        assert_eq!(repo.config.get(b"decode", b"a"), Some(&b"b"[..]));

        make(&share, "store\nshared\n", None);
        std::fs::write(
            share.join(".hg/sharedpath"),
            source.join(".hg").as_os_str().as_encoded_bytes(),
        )
        .unwrap();
        let error = Repo::open(&share, None).unwrap_err();
        assert!(matches!(error, RepoError::ShareMismatch));
        make(&source, "store\ntreemanifest\n", None);
        Repo::open(&share, None).unwrap();
        let error = Repo::open(&source, None).unwrap_err();
        assert!(matches!(error, RepoError::UnsupportedRequirement(_)));
    }
}
