// SPDX-License-Identifier: GPL-2.0-or-later
//! Files that a repository owns, opened for writing as Mercurial does it.
//!
//! A repository may have been made by linking the files of another one: such a
//! file is copied before it is written to. A group may share a repository: new
//! files and directories get the permissions of the store. Others may watch a
//! file by its times: one that is replaced within a second of the last change
//! is dated apart.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{OFlags, Stat};
use rustix::io::Errno;

use super::files::{random_hex, remove_if_exists};
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

/// What a file was, for those who compare it with what it is: a reader takes a
/// file of the same times and size for unchanged.
#[derive(Clone, Copy, Debug)]
pub struct FileTimes {
    mtime: i64,
    ctime: i64,
}

impl FileTimes {
    /// Those of the file at `path`; `None` where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        match system::stat(path) {
            Ok(stat) => Ok(Some(Self::from(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// After the file at `path` was written or replaced: if it was within the
    /// second of the last change, date it a second later than it was, so that
    /// nobody takes it for the old one.
    ///
    /// # Errors
    /// What the system says.
    pub fn avoid_ambiguity(self, path: &Path) -> io::Result<()> {
        if Self::from(&system::stat(path)?).ctime != self.ctime {
            return Ok(());
        }
        match self.date_apart(path) {
            // Only the owner may date a file: a copy of it is ours.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                own_copy(path)?;
                self.date_apart(path)
            }
            result => result,
        }
    }

    fn date_apart(self, path: &Path) -> io::Result<()> {
        let seconds = (self.mtime + 1) & 0x7fff_ffff;
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        let times = std::fs::FileTimes::new()
            .set_accessed(time)
            .set_modified(time);
        File::from(system::open(path, OFlags::WRONLY, 0)?).set_times(times)
    }
}

impl From<&Stat> for FileTimes {
    // The fields' types differ between platforms.
    #[allow(clippy::unnecessary_cast)]
    fn from(stat: &Stat) -> Self {
        Self {
            mtime: stat.st_mtime as i64,
            ctime: stat.st_ctime as i64,
        }
    }
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
        let old = FileTimes::of(to)?;
        system::rename(from, to)?;
        old.map_or(Ok(()), |old| old.avoid_ambiguity(to))
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

/// Put a copy in the place of a file, which may have other names.
fn own_copy(path: &Path) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or(InternalError::new("own_copy: a file without a name"))?;
    let name = [
        b".",
        name.as_bytes(),
        b"-",
        random_hex::<4>()?.as_bytes(),
        b"~",
    ]
    .concat();
    let copy = path.with_file_name(OsStr::from_bytes(&name));
    let mut original = File::from(system::open(path, OFlags::RDONLY, 0)?);
    let mode = mode_of(&system::fstat(original.as_fd())?) & PERMISSIONS;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let mut copied = File::from(system::open(&copy, flags, mode)?);
    let mut fill = || {
        io::copy(&mut original, &mut copied)?;
        system::fchmod(copied.as_fd(), mode)?;
        Ok(system::rename(&copy, path)?)
    };
    let filled: io::Result<()> = fill();
    if filled.is_err() {
        let _ = remove_if_exists(&copy);
    }
    filled
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
