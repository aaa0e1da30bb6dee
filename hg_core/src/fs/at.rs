// SPDX-License-Identifier: GPL-2.0-or-later
//! The few calls a status makes to the filesystem.
//!
//! Directories are opened once and files are looked at relative to them, so
//! that the kernel resolves one name a file instead of a whole path. No path
//! of the working directory is followed through a symbolic link unless the
//! function says so.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::{retry_on_intr, Errno};

use crate::types::{HgPath, TruncatedTimestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    File,
    Symlink,
    Directory,
    CharacterDevice,
    BlockDevice,
    Fifo,
    Socket,
    Unknown,
}

impl FileKind {
    pub(super) fn new(file_type: FileType) -> Self {
        match file_type {
            FileType::RegularFile => FileKind::File,
            FileType::Symlink => FileKind::Symlink,
            FileType::Directory => FileKind::Directory,
            FileType::CharacterDevice => FileKind::CharacterDevice,
            FileType::BlockDevice => FileKind::BlockDevice,
            FileType::Fifo => FileKind::Fifo,
            FileType::Socket => FileKind::Socket,
            FileType::Unknown => FileKind::Unknown,
        }
    }

    /// In Mercurial's words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            FileKind::File => "file",
            FileKind::Symlink => "symbolic link",
            FileKind::Directory => "directory",
            FileKind::CharacterDevice => "character device",
            FileKind::BlockDevice => "block device",
            FileKind::Fifo => "fifo",
            FileKind::Socket => "socket",
            FileKind::Unknown => "unknown",
        }
    }

    /// Mercurial tracks files and symbolic links.
    pub(crate) fn is_trackable(self) -> bool {
        matches!(self, FileKind::File | FileKind::Symlink)
    }
}

/// The part of a `stat` that a status needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileStat {
    pub(crate) kind: FileKind,
    pub(crate) mode: u32,
    pub(crate) size: u64,
    pub(crate) mtime: TruncatedTimestamp,
}

impl FileStat {
    // The fields' types differ between platforms.
    #[allow(clippy::unnecessary_cast)]
    fn new(stat: &rustix::fs::Stat) -> Self {
        Self {
            kind: FileKind::new(FileType::from_raw_mode(stat.st_mode)),
            mode: stat.st_mode as u32,
            size: stat.st_size as u64,
            mtime: TruncatedTimestamp::new_truncate(
                stat.st_mtime as i64,
                stat.st_mtime_nsec as u32,
                false,
            ),
        }
    }
}

/// Whether a system call failed because of what is, or is not, at a path.
/// After any other failure there is no telling.
pub(crate) fn is_about_the_path(error: Errno) -> bool {
    matches!(
        error,
        Errno::NOENT
            | Errno::NOTDIR
            | Errno::LOOP
            | Errno::ACCESS
            | Errno::PERM
            | Errno::NAMETOOLONG
            | Errno::INVAL
    )
}

/// `lstat` of `path` relative to `directory`. Links on the way to its last
/// component are followed.
pub(crate) fn lstat(directory: BorrowedFd<'_>, path: &HgPath) -> Result<FileStat, Errno> {
    let path = if path.is_empty() { b"." } else { path };
    rustix::fs::statat(directory, path, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileStat::new(&stat))
}

/// `fstat` of an open directory.
pub(crate) fn fstat(directory: BorrowedFd<'_>) -> Result<FileStat, Errno> {
    retry_on_intr(|| rustix::fs::fstat(directory)).map(|stat| FileStat::new(&stat))
}

/// Whether an open directory holds a `.hg` directory, or a link to one.
pub(crate) fn leads_to_repository(directory: BorrowedFd<'_>) -> bool {
    retry_on_intr(|| rustix::fs::statat(directory, REPOSITORY, AtFlags::empty()))
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// Whether an open directory holds a `.hg` that is itself a directory.
pub(crate) fn is_nested_repository(directory: BorrowedFd<'_>) -> bool {
    lstat(directory, REPOSITORY).is_ok_and(|stat| stat.kind == FileKind::Directory)
}

/// Where a repository keeps what is its own.
pub(super) const REPOSITORY: &[u8] = b".hg";

/// What a directory is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To read its entries: takes permission to read it.
    Read,
    /// To look at entries whose names are known: takes permission to search
    /// it alone.
    Search,
}

/// Open the directory `path`, relative to `root`. A symbolic link as its last
/// component is an error (`ENOTDIR` or `ELOOP`).
pub(crate) fn open_directory(
    root: BorrowedFd<'_>,
    path: &HgPath,
    purpose: Purpose,
) -> Result<OwnedFd, Errno> {
    let path = if path.is_empty() { b"." } else { path };
    #[allow(unused_mut)]
    let mut flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if purpose == Purpose::Search {
        flags |= OFlags::PATH;
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = purpose;
    retry_on_intr(|| rustix::fs::openat(root, path, flags, Mode::empty()))
}

/// Open the root of the working directory, which may be a link to it.
pub(crate) fn open_root(path: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

/// The filesystem's time: the mtime of a file just made in `.hg`. `None`
/// where none can be made.
pub(crate) fn filesystem_now(root: BorrowedFd<'_>) -> Option<TruncatedTimestamp> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Ok(file) = rustix::fs::openat(root, ".hg", flags | OFlags::TMPFILE, mode) {
        return fstat(file.as_fd()).ok().map(|stat| stat.mtime);
    }
    for attempt in 0..16 {
        let name = format!(".hg/status-now-{}-{attempt}", std::process::id());
        match rustix::fs::openat(root, &*name, flags | OFlags::CREATE | OFlags::EXCL, mode) {
            Ok(file) => {
                let stat = fstat(file.as_fd());
                // Left behind it would be litter, not a wrong answer.
                let _ = rustix::fs::unlinkat(root, &*name, AtFlags::empty());
                return stat.ok().map(|stat| stat.mtime);
            }
            Err(Errno::EXIST) => continue,
            Err(_) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_clock_of_the_filesystem_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let root = open_root(directory.path()).unwrap();
        assert_eq!(filesystem_now(root.as_fd()), None);
        let repository = directory.path().join(".hg");
        std::fs::create_dir(&repository).unwrap();
        let now = filesystem_now(root.as_fd()).unwrap();
        assert_eq!(std::fs::read_dir(&repository).unwrap().count(), 0);
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let after = TruncatedTimestamp::from_metadata(&std::fs::metadata(file).unwrap());
        let key = |time: TruncatedTimestamp| (time.seconds(), time.nanoseconds());
        assert!(key(now) <= key(after));
    }
}
