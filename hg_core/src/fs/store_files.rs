// SPDX-License-Identifier: GPL-2.0-or-later
//! Files that a repository owns, opened for writing as Mercurial does it.
//!
//! A repository may have been made by linking the files of another one: such a
//! file is copied before it is written to. A group may share a repository: new
//! files and directories get the permissions of the store. Others may watch a
//! file by its times: one that is replaced within a second of the last change
//! is dated apart.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{OFlags, Stat};
use rustix::io::Errno;

use super::file_times::{own_copy, rename_dated_apart};
use super::files::remove_if_exists;
use super::{system, OpenFile};
use crate::types::InternalError;

/// Permissions of a file, of those a directory has.
const FILE_MODE: u32 = 0o666;
const DIRECTORY_MODE: u32 = 0o7777;
const PERMISSIONS: u32 = 0o777;

/// The files below a directory; new ones get its permissions.
#[derive(Clone, Debug)]
pub struct StoreFiles {
    base: PathBuf,
}

impl StoreFiles {
    /// The files below the store `base`, which nobody looks at yet.
    pub fn new(base: &Path) -> Self {
        Self {
            base: base.to_path_buf(),
        }
    }

    /// Where the file `name`, relative to the store, is.
    pub fn path(&self, name: &Path) -> PathBuf {
        self.base.join(name)
    }

    /// Open a file to change it; it and its directory are made where they are
    /// not there. A file with other names than this is copied first.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn open_to_write(&self, path: &Path) -> io::Result<OpenFile> {
        let existing = || system::open(path, OFlags::RDWR, 0);
        let file = match existing() {
            Ok(file) => file,
            Err(Errno::NOENT) => return self.create(path),
            Err(error) => return Err(error.into()),
        };
        if system::fstat(file.as_fd())?.st_nlink < 2 {
            return Ok(file.into());
        }
        own_copy(path)?;
        Ok(existing()?.into())
    }

    /// Make an empty file, in place of one that is there: whoever has that one
    /// open, or by another name, keeps it as it is.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn create(&self, path: &Path) -> io::Result<OpenFile> {
        remove_if_exists(path)?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
        let new = || system::open(path, flags, FILE_MODE);
        let file = match new() {
            Err(Errno::NOENT) => {
                self.make_directories(parent_of(path)?)?;
                new()?
            }
            result => result?,
        };
        let mode = self.mode()? & FILE_MODE;
        if mode_of(&system::fstat(file.as_fd())?) & PERMISSIONS != mode {
            system::fchmod(file.as_fd(), mode)?;
        }
        Ok(file.into())
    }

    /// Rename a file to another, dated apart from the one it replaces.
    ///
    /// # Errors
    /// What the system says.
    pub fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        rename_dated_apart(from, to)
    }

    fn mode(&self) -> io::Result<u32> {
        Ok(mode_of(&system::stat(&self.base)?))
    }

    /// Make a directory below the base, and those on the way to it.
    fn make_directories(&self, path: &Path) -> io::Result<()> {
        match system::mkdir(path, PERMISSIONS) {
            Err(Errno::NOENT) if path != self.base => {
                self.make_directories(parent_of(path)?)?;
                system::mkdir(path, PERMISSIONS)?;
            }
            Err(Errno::EXIST) => return Ok(()),
            result => result?,
        }
        let directory = system::open(path, OFlags::RDONLY | OFlags::DIRECTORY, 0)?;
        let mode = self.mode()? & DIRECTORY_MODE;
        if mode_of(&system::fstat(directory.as_fd())?) & PERMISSIONS != mode & PERMISSIONS {
            system::fchmod(directory.as_fd(), mode)?;
        }
        Ok(())
    }
}

/// The directory of a path that is below the base.
fn parent_of(path: &Path) -> Result<&Path, InternalError> {
    let parent = path.parent();
    parent.ok_or(InternalError::new(
        "store files: a path without a directory",
    ))
}

// The field's type differs between platforms.
#[allow(clippy::unnecessary_cast)]
fn mode_of(stat: &Stat) -> u32 {
    stat.st_mode as u32
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & DIRECTORY_MODE
    }

    #[test]
    fn permissions_are_the_stores() {
        let store = tempfile::tempdir().unwrap();
        std::fs::set_permissions(&store, Permissions::from_mode(0o2770)).unwrap();
        let files = StoreFiles::new(store.path());
        let path = files.path(Path::new("data/a/b.i"));
        drop(files.open_to_write(&path).unwrap());
        assert_eq!(mode(&path), 0o660);
        assert_eq!(mode(path.parent().unwrap()) & PERMISSIONS, 0o770);
        // Of what was there before nothing is changed.
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        std::fs::set_permissions(store.path().join("data"), Permissions::from_mode(0o700)).unwrap();
        drop(files.open_to_write(&path).unwrap());
        drop(
            files
                .open_to_write(&files.path(Path::new("data/c.i")))
                .unwrap(),
        );
        assert_eq!(
            (mode(&path), mode(&store.path().join("data"))),
            (0o600, 0o700)
        );
    }

    #[test]
    fn links_are_broken() {
        let store = tempfile::tempdir().unwrap();
        let files = StoreFiles::new(store.path());
        let (path, link) = (files.path(Path::new("a.i")), files.path(Path::new("link")));
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        std::fs::hard_link(&path, &link).unwrap();
        files.open_to_write(&path).unwrap().append(b"new").unwrap();
        assert_eq!(std::fs::read(&link).unwrap(), b"old");
        assert_eq!(std::fs::read(&path).unwrap(), b"oldnew");
        assert_eq!((mode(&path), mode(&link)), (0o640, 0o640));
        std::fs::remove_file(&path).unwrap();
        std::fs::hard_link(&link, &path).unwrap();
        drop(files.create(&path).unwrap());
        assert_eq!(std::fs::read(&link).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(&store).unwrap().count(), 2);
    }

    #[test]
    fn replaced_files_are_dated_apart() {
        let store = tempfile::tempdir().unwrap();
        let files = StoreFiles::new(store.path());
        let (path, new) = (files.path(Path::new("a.i")), files.path(Path::new("a.i.a")));
        std::fs::write(&new, "first").unwrap();
        files.replace(&new, &path).unwrap();
        for _ in 0..5 {
            let old = std::fs::metadata(&path).unwrap();
            std::fs::write(&new, "other").unwrap();
            files.replace(&new, &path).unwrap();
            let now = std::fs::metadata(&path).unwrap();
            assert_ne!((old.mtime(), old.ctime()), (now.mtime(), now.ctime()));
        }
    }
}
