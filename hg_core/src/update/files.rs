// SPDX-License-Identifier: GPL-2.0-or-later
//! The calls to the file system that make directories and files.
//!
//! Each works below an open directory, with one name, and follows no symbolic
//! link: whoever changes the working directory meanwhile cannot lead a file
//! astray. Nothing that exists is written to.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::{retry_on_intr, Errno};

use super::plan::Kind;
use crate::fs::{open_directory, Purpose};
use crate::types::TruncatedTimestamp;

/// What the dirstate wants to know of a file that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileState {
    pub(super) mode: u32,
    pub(super) size: usize,
    pub(super) mtime: TruncatedTimestamp,
}

/// Make the directory `name` and open it.
pub(super) fn make_directory(parent: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    // The umask takes away what it takes away from any directory.
    rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(0o777))?;
    open_directory(parent, name, Purpose::Search)
}

/// Make the file or symbolic link `name`; one that cannot be written whole is
/// removed.
pub(super) fn make_file(
    directory: BorrowedFd<'_>,
    name: &[u8],
    kind: Kind,
    data: &[u8],
) -> Result<FileState, Errno> {
    let mode = match kind {
        Kind::Symlink => return make_symlink(directory, name, data),
        Kind::Regular => 0o666,
        Kind::Executable => 0o777,
    };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = || rustix::fs::openat(directory, name, flags, Mode::from_raw_mode(mode));
    let file = retry_on_intr(open)?;
    let unfinished = Unfinished { directory, name };
    let mut rest = data;
    while !rest.is_empty() {
        let count = retry_on_intr(|| rustix::io::write(&file, rest))?;
        if count == 0 {
            return Err(Errno::IO);
        }
        rest = rest.get(count..).unwrap_or_default();
    }
    let mut state = FileState::new(&rustix::fs::fstat(&file)?, data.len());
    if kind == Kind::Executable {
        // Who may read it may execute it, but for the umask: and nobody else.
        let mode = state.mode & 0o7666 | state.mode & 0o111 & ((state.mode & 0o444) >> 2);
        if mode != state.mode & 0o7777 {
            rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
            state.mode = state.mode & !0o7777 | mode;
        }
    }
    std::mem::forget(unfinished);
    Ok(state)
}

fn make_symlink(directory: BorrowedFd<'_>, name: &[u8], target: &[u8]) -> Result<FileState, Errno> {
    rustix::fs::symlinkat(target, directory, name)?;
    let unfinished = Unfinished { directory, name };
    let stat = rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
        // Somebody has replaced it: it is not ours to remove.
        std::mem::forget(unfinished);
        return Err(Errno::EXIST);
    }
    std::mem::forget(unfinished);
    Ok(FileState::new(&stat, target.len()))
}

impl FileState {
    // The fields' types differ between platforms.
    #[allow(clippy::unnecessary_cast)]
    fn new(stat: &rustix::fs::Stat, size: usize) -> Self {
        Self {
            mode: stat.st_mode as u32,
            size,
            mtime: TruncatedTimestamp::new_truncate(
                stat.st_mtime as i64,
                stat.st_mtime_nsec as u32,
                false,
            ),
        }
    }
}

/// A file that is removed again unless this is forgotten.
struct Unfinished<'a> {
    directory: BorrowedFd<'a>,
    name: &'a [u8],
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // When even that fails, the error that led here is the one to tell.
        let _ = rustix::fs::unlinkat(self.directory.as_fd(), self.name, AtFlags::empty());
    }
}

/// Whether a directory is on a network file system, whose clock is another's.
pub(super) fn is_on_network(directory: BorrowedFd<'_>) -> bool {
    #[cfg(target_os = "linux")]
    {
        const NFS_MAGIC: i64 = 0x6969;
        // The field's type differs between platforms.
        #[allow(clippy::unnecessary_cast)]
        let is_nfs = |stat: rustix::fs::StatFs| stat.f_type as i64 == NFS_MAGIC;
        rustix::fs::fstatfs(directory).is_ok_and(is_nfs)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = directory;
        false
    }
}
