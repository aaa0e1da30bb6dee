// SPDX-License-Identifier: GPL-2.0-or-later
//! A repository: where its parts are, and what it is made of.

mod error;
pub mod requirements;

pub use error::RepoError;

use std::path::{Path, PathBuf};

use crate::config::{Config, Invocation};
use crate::dirstate::io::DirstateFile;
use crate::dirstate::DirstateVersion;
use crate::fs::{self, bytes_path, FileKind};
use crate::repo::requirements::{
    Requirements, DIRSTATE_V2, DOTENCODE, FNCACHE, RELATIVE_SHARED, SHARED, SHARE_SAFE, STORE,
};
use crate::store::{Store, StoreEncoding};

/// A repository with a working directory, on disk.
#[derive(Clone, Debug)]
pub struct Repo {
    /// The root of the working directory.
    pub root: PathBuf,
    /// What belongs to this working directory alone.
    pub dot_hg: PathBuf,
    /// History: of this repository, or of the one it shares it with.
    pub store_root: PathBuf,
    /// What is required of who opens it: of both, where it is a share.
    pub requirements: Requirements,
    /// All layers of it.
    pub config: Config,
}

impl Repo {
    /// The root of the repository that `start` is in: the nearest directory
    /// with a `.hg`, of those above `start` and itself. `start` is absolute.
    ///
    /// # Errors
    /// When a directory cannot be looked at.
    pub fn find(start: &Path) -> Result<Option<PathBuf>, RepoError> {
        for directory in start.ancestors() {
            if is_directory(&directory.join(".hg"))? {
                return Ok(Some(directory.to_path_buf()));
            }
        }
        Ok(None)
    }

    /// Open the repository at `root`. Its configuration is that of the system
    /// and of the user, then that of the repository it shares with, if both
    /// are share-safe, and its own.
    ///
    /// # Errors
    /// When there is none, or one that requires what is not supported.
    pub fn open(root: &Path, invocation: &Invocation) -> Result<Self, RepoError> {
        let dot_hg = root.join(".hg");
        if !is_directory(&dot_hg)? {
            return Err(match is_kind(root, FileKind::File)? {
                true => RepoError::Bundle(root.to_path_buf()),
                false => RepoError::NotFound(root.to_path_buf()),
            });
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
        let store_root = if requirements.contains(STORE) {
            owner.join("store")
        } else {
            owner.to_path_buf()
        };

        let mut config = Config::load(invocation)?;
        if invocation.reads_repositories() {
            if let Some(source) = source.as_ref().filter(|_| share_safe) {
                config.read_of_repository(&source.join("hgrc"))?;
            }
            config.read_of_repository(&dot_hg.join("hgrc"))?;
            config.read_of_repository(&dot_hg.join("hgrc-not-shared"))?;
        }
        Ok(Self {
            root: root.to_path_buf(),
            store_root,
            requirements,
            config,
            dot_hg,
        })
    }

    /// The history.
    pub fn store(&self) -> Store {
        let requires = |name| self.requirements.contains(name);
        let encoding = match (requires(STORE), requires(FNCACHE)) {
            (false, _) => StoreEncoding::Plain,
            (true, false) => StoreEncoding::Store,
            (true, true) => StoreEncoding::FnCache {
                dotencode: requires(DOTENCODE),
            },
        };
        Store::new(self.store_root.clone(), encoding)
    }

    /// The format that the dirstate is to have.
    pub fn dirstate_version(&self) -> DirstateVersion {
        match self.requirements.contains(DIRSTATE_V2) {
            true => DirstateVersion::V2,
            false => DirstateVersion::V1,
        }
    }

    /// The dirstate of the working directory.
    pub fn dirstate(&self) -> DirstateFile {
        DirstateFile::new(self.dot_hg.clone(), self.dirstate_version())
    }

    /// The files that say what is ignored: `.hgignore`, if there is one, and
    /// those that the configuration names, below the root unless absolute.
    ///
    /// # Errors
    /// When the configuration names the home of somebody unknown.
    pub fn ignore_files(&self) -> Result<Vec<PathBuf>, RepoError> {
        let mut files = Vec::new();
        let own = self.root.join(".hgignore");
        if fs::stat_if_exists(&own).is_ok_and(|stat| stat.is_some()) {
            files.push(own);
        }
        for item in self.config.items(b"ui") {
            if item.name == b"ignore" || item.name.starts_with(b"ignore.") {
                files.push(self.root.join(self.config.path(&item.value)?));
            }
        }
        Ok(files)
    }

    /// The permissions of new files in `.hg`: those of the store, which is how
    /// a repository is shared by a group.
    ///
    /// # Errors
    /// When the store cannot be looked at.
    pub fn file_mode(&self) -> Result<u32, RepoError> {
        match fs::stat_if_exists(&self.store_root) {
            Ok(Some(stat)) => Ok(stat.mode & 0o666),
            Ok(None) => Err(unreadable(
                &self.store_root,
                std::io::ErrorKind::NotFound.into(),
            )),
            Err(error) => Err(unreadable(&self.store_root, error)),
        }
    }
}

/// The `.hg` of the repository that this one shares the store of.
fn share_source(dot_hg: &Path, requirements: &Requirements) -> Result<Option<PathBuf>, RepoError> {
    let relative = requirements.contains(RELATIVE_SHARED);
    if !relative && !requirements.contains(SHARED) {
        return Ok(None);
    }
    let path = dot_hg.join("sharedpath");
    let mut written = fs::read(&path).map_err(|error| unreadable(&path, error))?;
    while written.last() == Some(&b'\n') {
        written.pop();
    }
    let written = bytes_path(&written);
    let source = if relative {
        dot_hg.join(written)
    } else {
        written.to_path_buf()
    };
    match fs::canonicalize(&source) {
        Ok(source) => Ok(Some(source)),
        Err(error) => Err(unreadable(&source, error)),
    }
}

fn is_directory(path: &Path) -> Result<bool, RepoError> {
    is_kind(path, FileKind::Directory)
}

fn is_kind(path: &Path, kind: FileKind) -> Result<bool, RepoError> {
    match fs::stat_if_exists(path) {
        Ok(stat) => Ok(stat.is_some_and(|stat| stat.kind == kind)),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn unreadable(path: &Path, error: std::io::Error) -> RepoError {
    RepoError::Unreadable {
        path: path.to_path_buf(),
        error,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::types::Environment;

    fn make(root: &Path, requires: &str, store_requires: Option<&str>) {
        std::fs::create_dir_all(root.join(".hg/store")).unwrap();
        std::fs::write(root.join(".hg/requires"), requires).unwrap();
        if let Some(requires) = store_requires {
            std::fs::write(root.join(".hg/store/requires"), requires).unwrap();
        }
    }

    /// With a home directory that has no configuration.
    fn open(root: &Path) -> Result<Repo, RepoError> {
        let invocation = Invocation {
            environment: Environment::from_iter([("HGRCPATH", "")]),
            ..Invocation::default()
        };
        Repo::open(root, &invocation)
    }

    #[test]
    fn the_nearest_repository_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        make(root, "", None);
        make(&root.join("a/nested"), "", None);
        std::fs::create_dir_all(root.join("a/b/c")).unwrap();
        std::fs::write(root.join("a/b/.hg"), "no directory").unwrap();
        let find = |path: &str| Repo::find(&root.join(path)).unwrap();
        assert_eq!(find(""), Some(root.to_path_buf()));
        assert_eq!(find("a/b/c"), Some(root.to_path_buf()));
        assert_eq!(find("a/b/not/there"), Some(root.to_path_buf()));
        assert_eq!(find("a/nested/.hg/store"), Some(root.join("a/nested")));
        assert_eq!(Repo::find(Path::new("/")).unwrap(), None);
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
        assert!(matches!(open(&plain), Err(RepoError::NotFound(_))));
        std::fs::write(directory.join("bundle.hg"), "HG20").unwrap();
        let bundle = open(&directory.join("bundle.hg"));
        assert!(matches!(bundle, Err(RepoError::Bundle(_))));
        make(&plain, "", None);
        assert_eq!(open(&plain).unwrap().store_root, plain.join(".hg"));
        make(&plain, "store\nrevlogv1\n", None);
        let repo = open(&plain).unwrap();
        assert_eq!(repo.store_root, plain.join(".hg/store"));

        make(&source, "share-safe\n", Some("store\nfncache\n"));
        make(&share, "share-safe\nrelshared\n", None);
        std::fs::write(share.join(".hg/sharedpath"), "../../source/.hg\n").unwrap();
        std::fs::write(source.join(".hg/hgrc"), "[decode]\na = b\n").unwrap();
        let repo = open(&share).unwrap();
        assert_eq!(repo.store_root, source.join(".hg/store"));
        assert!(repo.requirements.contains("fncache"));
        assert_eq!(repo.config.get(b"decode", b"a"), Some(&b"b"[..]));

        make(&share, "store\nshared\n", None);
        std::fs::write(
            share.join(".hg/sharedpath"),
            source.join(".hg").as_os_str().as_encoded_bytes(),
        )
        .unwrap();
        let error = open(&share).unwrap_err();
        assert!(matches!(error, RepoError::ShareMismatch));
        make(&source, "store\ntreemanifest\n", None);
        open(&share).unwrap();
        let error = open(&source).unwrap_err();
        assert!(matches!(error, RepoError::UnsupportedRequirement(_)));
    }
}
