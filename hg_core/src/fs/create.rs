// SPDX-License-Identifier: GPL-2.0-or-later
//! New directories and files of a working directory.
//!
//! Each is made below an open directory, with one name, and through no symbolic
//! link: whoever changes the working directory meanwhile cannot lead a file
//! astray. Nothing that exists is written to.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::at::{fstat, lstat, open_directory, FileKind, FileStat, Purpose};
use super::system;
use crate::types::HgPath;

/// How a tracked file stands in the working directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrackedKind {
    Regular,
    Executable,
    /// The data are its target.
    Symlink,
}

/// Make the directory `name` and open it.
pub(crate) fn create_directory(parent: BorrowedFd<'_>, name: &HgPath) -> Result<OwnedFd, Errno> {
    // The umask takes away what it takes away from any directory.
    system::mkdir_at(parent, name.as_bytes(), 0o777)?;
    open_directory(parent, name, Purpose::Search)
}

/// Make the file or symbolic link `name`; one that cannot be written whole is
/// removed. The size in the result is that of `data`: encrypting file systems
/// report another for a link.
pub(crate) fn create_file(
    directory: BorrowedFd<'_>,
    name: &HgPath,
    kind: TrackedKind,
    data: &[u8],
) -> Result<FileStat, Errno> {
    let mode = match kind {
        TrackedKind::Symlink => return create_symlink(directory, name, data),
        TrackedKind::Regular => 0o666,
        TrackedKind::Executable => 0o777,
    };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let file = system::open_at(directory, name.as_bytes(), flags, mode)?;
    let unfinished = Unfinished { directory, name };
    system::write(file.as_fd(), data)?;
    let mut stat = FileStat {
        size: data.len() as u64,
        ..fstat(file.as_fd())?
    };
    if kind == TrackedKind::Executable {
        // Who may read it may execute it, but for the umask: and nobody else.
        let mode = stat.mode & 0o7666 | stat.mode & 0o111 & ((stat.mode & 0o444) >> 2);
        if mode != stat.mode & 0o7777 {
            system::fchmod(file.as_fd(), mode)?;
            stat.mode = stat.mode & !0o7777 | mode;
        }
    }
    std::mem::forget(unfinished);
    Ok(stat)
}

fn create_symlink(
    directory: BorrowedFd<'_>,
    name: &HgPath,
    target: &[u8],
) -> Result<FileStat, Errno> {
    system::symlink_at(target, directory, name.as_bytes())?;
    let unfinished = Unfinished { directory, name };
    let stat = lstat(directory, name)?;
    std::mem::forget(unfinished);
    if stat.kind != FileKind::Symlink {
        // Somebody has replaced it: it is not ours to remove.
        return Err(Errno::EXIST);
    }
    Ok(FileStat {
        size: target.len() as u64,
        ..stat
    })
}

/// A file that is removed again unless this is forgotten.
pub(super) struct Unfinished<'a> {
    pub(super) directory: BorrowedFd<'a>,
    pub(super) name: &'a HgPath,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // When even that fails, the error that led here is the one to tell.
        let _ = system::unlink_at(self.directory, self.name.as_bytes());
    }
}
