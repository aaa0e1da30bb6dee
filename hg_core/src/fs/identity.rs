// SPDX-License-Identifier: GPL-2.0-or-later
//! Which file was read: to see later whether another has its name.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{OFlags, Stat};
use rustix::io::Errno;

use super::system;

/// What `stat` said about a file when it was read; when it says something
/// else, somebody has written or replaced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity {
    /// Kind and permissions.
    pub mode: u32,
    /// The file system.
    pub dev: u64,
    /// The file's number on it.
    pub ino: u64,
    /// How many names the file has.
    pub nlink: u64,
    /// The owner.
    pub uid: u32,
    /// The owning group.
    pub gid: u32,
    /// In bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Nanoseconds into that second.
    pub mtime_nsec: i64,
    /// Seconds since 1970.
    pub ctime: i64,
    /// Nanoseconds into that second.
    pub ctime_nsec: i64,
}

impl FileIdentity {
    /// Of what has the name `path`; `None` where nothing has.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        match system::stat(path) {
            Ok(stat) => Ok(Some(Self::from(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<&Stat> for FileIdentity {
    // The fields' types differ between platforms.
    #[allow(clippy::unnecessary_cast)]
    fn from(stat: &Stat) -> Self {
        Self {
            mode: stat.st_mode as u32,
            dev: stat.st_dev as u64,
            ino: stat.st_ino as u64,
            nlink: stat.st_nlink as u64,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: stat.st_size as u64,
            mtime: stat.st_mtime as i64,
            mtime_nsec: stat.st_mtime_nsec as i64,
            ctime: stat.st_ctime as i64,
            ctime_nsec: stat.st_ctime_nsec as i64,
        }
    }
}

/// The content of a file, and which file that is; `None` where there is none.
pub(crate) fn read_identified(path: &Path) -> io::Result<Option<(Vec<u8>, FileIdentity)>> {
    let file = match system::open(path, OFlags::RDONLY, 0) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // Before the content: one that changes meanwhile is another one then.
    let identity = FileIdentity::from(&system::fstat(file.as_fd())?);
    Ok(Some((system::read_open(file)?, identity)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_file_that_is_replaced_or_written_is_another() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert!(read_identified(&path).unwrap().is_none());
        assert_eq!(FileIdentity::of(&path).unwrap(), None);
        std::fs::write(&path, "one").unwrap();
        let (data, identity) = read_identified(&path).unwrap().unwrap();
        assert_eq!(data, b"one");
        assert_eq!(FileIdentity::of(&path).unwrap(), Some(identity));
        let other = directory.path().join("other");
        std::fs::write(&other, "two").unwrap();
        std::fs::rename(&other, &path).unwrap();
        let replaced = FileIdentity::of(&path).unwrap();
        assert_ne!(replaced, Some(identity));
        std::fs::write(&path, "three").unwrap();
        assert_ne!(FileIdentity::of(&path).unwrap(), replaced);
        assert!(read_identified(directory.path()).is_err());
    }
}
