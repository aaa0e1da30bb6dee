// SPDX-License-Identifier: GPL-2.0-or-later
//! The few calls a status makes to the filesystem.
//!
//! Directories are opened once and files are looked at relative to them, so
//! that the kernel resolves one name a file instead of a whole path. No path
//! of the working directory is followed through a symbolic link unless the
//! function says so.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use super::system;
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
    pub(super) fn new(stat: &rustix::fs::Stat) -> Self {
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

/// How the system calls `path`, which it does not take empty.
fn path_or_dot(path: &HgPath) -> &[u8] {
    if path.is_root() {
        b"."
    } else {
        path.as_bytes()
    }
}

/// `lstat` of `path` relative to `directory`. Links on the way to its last
/// component are followed.
pub(crate) fn lstat(directory: BorrowedFd<'_>, path: &HgPath) -> Result<FileStat, Errno> {
    system::lstat_at(directory, path_or_dot(path)).map(|stat| FileStat::new(&stat))
}

/// `fstat` of an open directory.
pub(crate) fn fstat(directory: BorrowedFd<'_>) -> Result<FileStat, Errno> {
    system::fstat(directory).map(|stat| FileStat::new(&stat))
}

/// Whether an open directory holds a `.hg` directory, or a link to one.
pub(crate) fn leads_to_repository(directory: BorrowedFd<'_>) -> bool {
    system::stat_at(directory, REPOSITORY)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// Whether an open directory holds a `.hg` that is itself a directory.
pub(crate) fn is_nested_repository(directory: BorrowedFd<'_>) -> bool {
    lstat(directory, HgPath::new(REPOSITORY)).is_ok_and(|stat| stat.kind == FileKind::Directory)
}

/// Where a repository keeps what is its own.
pub(super) const REPOSITORY: &[u8] = b".hg";

/// Open the file `path`, relative to `root`, to read it. A symbolic link as its
/// last component is an error (`ELOOP`), and nothing else is waited for.
pub(crate) fn open_file(root: BorrowedFd<'_>, path: &HgPath) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    system::open_at(root, path.as_bytes(), flags, 0)
}

/// All of an open file.
pub(crate) fn read_file(file: OwnedFd) -> Result<Vec<u8>, Errno> {
    // Without an `errno` it says only that there is no memory.
    system::read_open(file).map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::NOMEM))
}

/// Where the symbolic link `path` leads, relative to `root`.
pub(crate) fn read_link(root: BorrowedFd<'_>, path: &HgPath) -> Result<Vec<u8>, Errno> {
    system::read_link_at(root, path.as_bytes())
}

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
    let path = path_or_dot(path);
    #[allow(unused_mut)]
    let mut flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if purpose == Purpose::Search {
        flags |= OFlags::PATH;
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = purpose;
    system::open_at(root, path, flags, 0)
}

/// Open the root of the working directory, which may be a link to it.
pub(crate) fn open_root(path: &Path) -> Result<OwnedFd, Errno> {
    system::open(path, OFlags::RDONLY | OFlags::DIRECTORY, 0)
}
