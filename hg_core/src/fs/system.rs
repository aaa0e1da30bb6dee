// SPDX-License-Identifier: GPL-2.0-or-later
//! The system calls of the crate, all in this file, and all made again when a
//! signal interrupts them: network and FUSE file systems interrupt calls that
//! no other file system does, `lstat` among them. A test holds that no other
//! file makes its own.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, Stat, CWD};
use rustix::io::Errno;
use rustix::path::Arg;

use super::files::path_bytes;

/// An error that may say no more than that the call is to be made again.
trait CallError {
    fn is_interruption(&self) -> bool;
}

impl CallError for Errno {
    fn is_interruption(&self) -> bool {
        *self == Errno::INTR
    }
}

impl CallError for io::Error {
    fn is_interruption(&self) -> bool {
        self.kind() == io::ErrorKind::Interrupted
    }
}

/// What the system says of an error, without the number that `std` adds.
pub(crate) fn error_text(error: impl Into<io::Error>) -> String {
    let error = error.into();
    let text = error.to_string();
    let number = error
        .raw_os_error()
        .map(|number| format!(" (os error {number})"));
    let plain = number.and_then(|number| text.strip_suffix(&number));
    plain.unwrap_or(&text).to_owned()
}

/// What `call` answers once no signal interrupts it.
fn uninterrupted<T, E: CallError>(mut call: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    loop {
        match call() {
            Err(error) if error.is_interruption() => continue,
            result => return result,
        }
    }
}

// Relative to an open directory.

/// Of `path` itself, should it be a symbolic link.
pub(super) fn lstat_at<P: Arg + Copy>(directory: BorrowedFd<'_>, path: P) -> Result<Stat, Errno> {
    uninterrupted(|| rustix::fs::statat(directory, path, AtFlags::SYMLINK_NOFOLLOW))
}

/// Of what `path` leads to.
pub(super) fn stat_at<P: Arg + Copy>(directory: BorrowedFd<'_>, path: P) -> Result<Stat, Errno> {
    uninterrupted(|| rustix::fs::statat(directory, path, AtFlags::empty()))
}

/// The descriptor is closed in programs that this process starts.
pub(super) fn open_at<P: Arg + Copy>(
    directory: BorrowedFd<'_>,
    path: P,
    flags: OFlags,
    mode: u32,
) -> Result<OwnedFd, Errno> {
    #[cfg(test)]
    calls::make(match flags.contains(OFlags::CREATE) {
        true => calls::Call::Create,
        false => calls::Call::Open,
    })?;
    let (flags, mode) = (flags | OFlags::CLOEXEC, Mode::from_raw_mode(mode as _));
    uninterrupted(|| rustix::fs::openat(directory, path, flags, mode))
}

pub(super) fn mkdir_at(directory: BorrowedFd<'_>, name: &[u8], mode: u32) -> Result<(), Errno> {
    uninterrupted(|| rustix::fs::mkdirat(directory, name, Mode::from_raw_mode(mode as _)))
}

pub(super) fn symlink_at<P: Arg + Copy>(
    target: &[u8],
    directory: BorrowedFd<'_>,
    name: P,
) -> Result<(), Errno> {
    #[cfg(test)]
    calls::make(calls::Call::Create)?;
    uninterrupted(|| rustix::fs::symlinkat(target, directory, name))
}

/// Where a symbolic link leads.
pub(super) fn read_link_at<P: Arg + Copy>(
    directory: BorrowedFd<'_>,
    path: P,
) -> Result<Vec<u8>, Errno> {
    let target = uninterrupted(|| rustix::fs::readlinkat(directory, path, Vec::new()))?;
    Ok(target.into_bytes())
}

pub(super) fn unlink_at<P: Arg + Copy>(directory: BorrowedFd<'_>, name: P) -> Result<(), Errno> {
    #[cfg(test)]
    calls::make(calls::Call::Unlink)?;
    uninterrupted(|| rustix::fs::unlinkat(directory, name, AtFlags::empty()))
}

/// `rmdir` of `name` in an open directory.
pub(super) fn rmdir_at<P: Arg + Copy>(directory: BorrowedFd<'_>, name: P) -> Result<(), Errno> {
    #[cfg(test)]
    calls::make(calls::Call::Unlink)?;
    uninterrupted(|| rustix::fs::unlinkat(directory, name, AtFlags::REMOVEDIR))
}

/// `rename` within an open directory.
pub(super) fn rename_at<P: Arg + Copy, Q: Arg + Copy>(
    directory: BorrowedFd<'_>,
    from: P,
    to: Q,
) -> Result<(), Errno> {
    #[cfg(test)]
    calls::make(calls::Call::Rename)?;
    uninterrupted(|| rustix::fs::renameat(directory, from, directory, to))
}

// Of an open file or directory.

pub(super) fn fstat(file: BorrowedFd<'_>) -> Result<Stat, Errno> {
    uninterrupted(|| rustix::fs::fstat(file))
}

pub(super) fn fchmod(file: BorrowedFd<'_>, mode: u32) -> Result<(), Errno> {
    uninterrupted(|| rustix::fs::fchmod(file, Mode::from_raw_mode(mode as _)))
}

/// Until the disk has the file, or the names in the directory.
pub(super) fn fsync(file: BorrowedFd<'_>) -> Result<(), Errno> {
    #[cfg(test)]
    calls::make_sync(file)?;
    uninterrupted(|| rustix::fs::fsync(file))
}

/// Until the disk has all that was written to the file system of `file`.
pub(super) fn sync_file_system(file: BorrowedFd<'_>) -> Result<(), Errno> {
    #[cfg(test)]
    calls::make(calls::Call::SyncFileSystem)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return uninterrupted(|| rustix::fs::syncfs(file));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = file;
        rustix::fs::sync();
        Ok(())
    }
}

/// All of `data`.
pub(super) fn write(file: BorrowedFd<'_>, mut data: &[u8]) -> Result<(), Errno> {
    while !data.is_empty() {
        #[cfg(test)]
        calls::make(calls::Call::Write)?;
        let count = uninterrupted(|| rustix::io::write(file, data))?;
        data = data.get(count..).filter(|_| count > 0).ok_or(Errno::IO)?;
    }
    Ok(())
}

/// Have the next byte written from `offset` on.
pub(super) fn seek(file: BorrowedFd<'_>, offset: u64) -> Result<(), Errno> {
    uninterrupted(|| rustix::fs::seek(file, rustix::fs::SeekFrom::Start(offset))).map(drop)
}

/// Have the next byte written at the end of the file, which is returned.
pub(super) fn seek_to_end(file: BorrowedFd<'_>) -> Result<u64, Errno> {
    uninterrupted(|| rustix::fs::seek(file, rustix::fs::SeekFrom::End(0)))
}

/// Some bytes from `offset` on; none at the end of the file.
pub(super) fn read_at(
    file: BorrowedFd<'_>,
    buffer: &mut [u8],
    offset: u64,
) -> Result<usize, Errno> {
    uninterrupted(|| rustix::io::pread(file, &mut *buffer, offset))
}

/// All that is left to read.
pub(super) fn read_open(file: OwnedFd) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    // Sized by what the file system says, and made again by `std`.
    File::from(file).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(target_os = "linux")]
pub(super) fn fstatfs(file: BorrowedFd<'_>) -> Result<rustix::fs::StatFs, Errno> {
    uninterrupted(|| rustix::fs::fstatfs(file))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn entries(directory: BorrowedFd<'_>) -> Result<rustix::fs::Dir, Errno> {
    uninterrupted(|| rustix::fs::Dir::read_from(directory))
}

// By path.

pub(super) fn lstat(path: &Path) -> Result<Stat, Errno> {
    lstat_at(CWD, path)
}

pub(super) fn stat(path: &Path) -> Result<Stat, Errno> {
    stat_at(CWD, path)
}

pub(super) fn open(path: &Path, flags: OFlags, mode: u32) -> Result<OwnedFd, Errno> {
    open_at(CWD, path, flags, mode)
}

pub(super) fn mkdir(path: &Path, mode: u32) -> Result<(), Errno> {
    uninterrupted(|| rustix::fs::mkdir(path, Mode::from_raw_mode(mode as _)))
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<(), Errno> {
    #[cfg(test)]
    calls::make(calls::Call::Rename)?;
    uninterrupted(|| rustix::fs::rename(from, to))
}

pub(super) fn unlink(path: &Path) -> Result<(), Errno> {
    unlink_at(CWD, path)
}

pub(super) fn symlink(target: &Path, path: &Path) -> Result<(), Errno> {
    symlink_at(path_bytes(target), CWD, path)
}

pub(super) fn read_link(path: &Path) -> Result<Vec<u8>, Errno> {
    read_link_at(CWD, path)
}

pub(super) fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    uninterrupted(|| std::fs::canonicalize(path))
}

/// The whole content.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    #[cfg(test)]
    calls::make(calls::Call::Open)?;
    uninterrupted(|| std::fs::read(path))
}

pub(super) fn read_directory(path: &Path) -> io::Result<std::fs::ReadDir> {
    uninterrupted(|| std::fs::read_dir(path))
}

/// A directory with all that is in it; links in it are not followed.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    calls::make(calls::Call::Unlink)?;
    uninterrupted(|| std::fs::remove_dir_all(path))
}

// Of the system.

/// Whether this process is in a directory that exists.
pub(crate) fn has_current_directory() -> bool {
    uninterrupted(|| rustix::process::getcwd(Vec::new())).is_ok()
}

/// The name of this machine.
pub(super) fn host_name() -> Vec<u8> {
    rustix::system::uname().nodename().to_bytes().to_vec()
}

/// Some bytes at the start of `buffer` from the system's generator; how many.
pub(super) fn random(buffer: &mut [u8]) -> Result<usize, Errno> {
    let flags = rustix::rand::GetRandomFlags::empty();
    uninterrupted(|| rustix::rand::getrandom(&mut *buffer, flags))
}

/// The calls of a thread that change what is on disk or take a descriptor, and
/// their failures by order of a test.
#[cfg(test)]
pub(crate) mod calls {
    use std::cell::RefCell;
    use std::os::fd::BorrowedFd;

    use rustix::fs::FileType;
    use rustix::io::Errno;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Call {
        /// Of what is there.
        Open,
        Create,
        Write,
        Rename,
        Unlink,
        SyncFile,
        SyncDirectory,
        SyncFileSystem,
    }

    impl Call {
        /// Whether it decides what a crash of the machine leaves.
        fn is_about_crashes(self) -> bool {
            !matches!(self, Self::Open | Self::Create | Self::Write | Self::Unlink)
        }
    }

    /// Which calls fail, and how.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Failures {
        /// Those that change what is on disk, which is broken.
        Changes,
        /// Those that take a descriptor, of which there are too many.
        Descriptors,
    }

    impl Failures {
        fn concern(self, call: Call) -> bool {
            match self {
                Self::Changes => call != Call::Open,
                Self::Descriptors => matches!(call, Call::Open | Call::Create),
            }
        }

        fn error(self) -> Errno {
            match self {
                Self::Changes => Errno::IO,
                Self::Descriptors => Errno::MFILE,
            }
        }
    }

    thread_local! {
        static CALLS: RefCell<Vec<Call>> = const { RefCell::new(Vec::new()) };
        static FAILING: RefCell<Option<(Failures, usize)>> = const { RefCell::new(None) };
    }

    /// The calls that decide what a crash leaves, of `job` on this thread.
    pub(crate) fn recorded(job: impl FnOnce()) -> Vec<Call> {
        CALLS.take();
        job();
        let mut calls = CALLS.take();
        calls.retain(|call| call.is_about_crashes());
        calls
    }

    /// Run `job` with each call that `failures` concern failing, one after the
    /// other, and `check` what it left; and once with none. Counts the calls.
    pub(crate) fn failing_each<S, T>(
        failures: Failures,
        set_up: impl Fn() -> S,
        job: impl Fn(&S) -> T,
        mut check: impl FnMut(&S, T, Option<Call>),
    ) -> usize {
        for number in 0.. {
            let state = set_up();
            CALLS.take();
            FAILING.set(Some((failures, number)));
            let result = job(&state);
            FAILING.set(None);
            let mut calls = CALLS.take();
            calls.retain(|call| failures.concern(*call));
            let failed = calls.get(number).copied();
            check(&state, result, failed);
            if failed.is_none() {
                return number;
            }
        }
        0
    }

    pub(super) fn make(call: Call) -> Result<(), Errno> {
        CALLS.with_borrow_mut(|calls| {
            calls.push(call);
            let Some((failures, number)) = FAILING.with_borrow(|failing| *failing) else {
                return Ok(());
            };
            let before = calls.iter().filter(|call| failures.concern(**call)).count();
            match failures.concern(call) && before == number + 1 {
                true => Err(failures.error()),
                false => Ok(()),
            }
        })
    }

    pub(super) fn make_sync(file: BorrowedFd<'_>) -> Result<(), Errno> {
        let is_directory = super::fstat(file)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory);
        make(match is_directory {
            true => Call::SyncDirectory,
            false => Call::SyncFile,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::os::fd::AsFd;

    #[test]
    fn interrupted_calls_are_made_again() {
        let mut left = 3;
        let answer = uninterrupted(|| {
            left -= 1;
            if left > 0 {
                Err(Errno::INTR)
            } else {
                Ok(left)
            }
        });
        assert_eq!(answer, Ok(0));
        let mut left = 3;
        let answer = uninterrupted(|| {
            left -= 1;
            match left {
                0 => Err(io::Error::from(io::ErrorKind::NotFound)),
                _ => Err::<(), _>(io::Error::from(Errno::INTR)),
            }
        });
        assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_is_written_in_parts_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let file = open(&path, OFlags::WRONLY | OFlags::CREATE, 0o600).unwrap();
        write(file.as_fd(), b"").unwrap();
        write(file.as_fd(), &[7; 100_000]).unwrap();
        assert_eq!(read(&path).unwrap(), [7; 100_000]);
        let full = Path::new("/dev/full");
        if full.exists() {
            let full = open(full, OFlags::WRONLY, 0).unwrap();
            assert_eq!(write(full.as_fd(), b"x"), Err(Errno::NOSPC));
        }
    }
}
