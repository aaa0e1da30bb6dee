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

use crate::dirstate::TruncatedTimestamp;
use crate::HgPath;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
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
    fn new(file_type: FileType) -> Self {
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
    pub(super) fn name(self) -> &'static str {
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
    pub(super) fn is_trackable(self) -> bool {
        matches!(self, FileKind::File | FileKind::Symlink)
    }
}

/// The part of a `stat` that a status needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileStat {
    pub(super) kind: FileKind,
    pub(super) mode: u32,
    pub(super) size: u64,
    pub(super) mtime: TruncatedTimestamp,
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
pub(super) fn is_about_the_path(error: Errno) -> bool {
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
pub(super) fn lstat(directory: BorrowedFd<'_>, path: &HgPath) -> Result<FileStat, Errno> {
    let path = if path.is_empty() { b"." } else { path };
    rustix::fs::statat(directory, path, AtFlags::SYMLINK_NOFOLLOW).map(|stat| FileStat::new(&stat))
}

/// `fstat` of an open directory.
pub(super) fn fstat(directory: BorrowedFd<'_>) -> Result<FileStat, Errno> {
    retry_on_intr(|| rustix::fs::fstat(directory)).map(|stat| FileStat::new(&stat))
}

/// Whether an open directory holds a `.hg` directory, or a link to one.
pub(super) fn leads_to_repository(directory: BorrowedFd<'_>) -> bool {
    retry_on_intr(|| rustix::fs::statat(directory, REPOSITORY, AtFlags::empty()))
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// Whether an open directory holds a `.hg` that is itself a directory.
pub(super) fn is_nested_repository(directory: BorrowedFd<'_>) -> bool {
    lstat(directory, REPOSITORY).is_ok_and(|stat| stat.kind == FileKind::Directory)
}

/// Where a repository keeps what is its own.
const REPOSITORY: &[u8] = b".hg";

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

/// One entry of a [`Listing`].
#[derive(Clone, Copy, Debug)]
pub(super) struct ListingEntry {
    /// The first bytes of the name, which order most names.
    beginning: u64,
    start: u32,
    length: u16,
    /// `None` where the filesystem does not say without a `stat`.
    pub(super) kind: Option<FileKind>,
}

/// The entries of a directory, in buffers that serve the next one too.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: Vec<u8>,
    entries: Vec<ListingEntry>,
    /// The entry `.hg`, which is not one of `entries`, and what it is.
    repository: Option<Option<FileKind>>,
    buffer: Vec<u8>,
}

impl Listing {
    /// Read the entries of `directory`, without `.` and `..`.
    pub(super) fn read(&mut self, directory: BorrowedFd<'_>) -> Result<(), Errno> {
        self.clear();
        let result = self.read_all(directory);
        if result.is_err() {
            self.clear();
        }
        result
    }

    pub(super) fn clear(&mut self) {
        self.names.clear();
        self.entries.clear();
        self.repository = None;
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn read_all(&mut self, directory: BorrowedFd<'_>) -> Result<(), Errno> {
        use rustix::fs::RawDir;

        // Room for the entries of a directory of hundreds in one call.
        const BUFFER_SIZE: usize = 32 * 1024;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.reserve(BUFFER_SIZE);
        let mut entries = RawDir::new(directory, buffer.spare_capacity_mut());
        let result = loop {
            match entries.next() {
                None => break Ok(()),
                Some(Ok(entry)) => {
                    if let Err(error) = self.push(entry.file_name().to_bytes(), entry.file_type()) {
                        break Err(error);
                    }
                }
                Some(Err(Errno::INTR)) => continue,
                Some(Err(error)) => break Err(error),
            }
        };
        self.buffer = buffer;
        result
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn read_all(&mut self, directory: BorrowedFd<'_>) -> Result<(), Errno> {
        for entry in rustix::fs::Dir::read_from(directory)? {
            let entry = entry?;
            self.push(entry.file_name().to_bytes(), entry.file_type())?;
        }
        Ok(())
    }

    fn push(&mut self, name: &[u8], file_type: FileType) -> Result<(), Errno> {
        if name == b"." || name == b".." {
            return Ok(());
        }
        let kind = (file_type != FileType::Unknown).then(|| FileKind::new(file_type));
        if name == REPOSITORY {
            self.repository = Some(kind);
            return Ok(());
        }
        self.add(name, kind)
    }

    fn add(&mut self, name: &[u8], kind: Option<FileKind>) -> Result<(), Errno> {
        let start = u32::try_from(self.names.len()).map_err(|_| Errno::OVERFLOW)?;
        let length = u16::try_from(name.len()).map_err(|_| Errno::NAMETOOLONG)?;
        self.names.extend_from_slice(name);
        self.entries.push(ListingEntry {
            beginning: beginning(name),
            start,
            length,
            kind,
        });
        Ok(())
    }

    /// What the entry `.hg` is, if there is one.
    pub(super) fn repository(&self) -> Option<Option<FileKind>> {
        self.repository
    }

    /// Make `.hg` an entry like any other.
    pub(super) fn keep_repository(&mut self) -> Result<(), Errno> {
        match self.repository.take() {
            Some(kind) => self.add(REPOSITORY, kind),
            None => Ok(()),
        }
    }

    /// The entries, in the order of [`sort`](Self::sort) after that.
    pub(super) fn entries(&self) -> &[ListingEntry] {
        &self.entries
    }

    pub(super) fn name(&self, entry: &ListingEntry) -> &[u8] {
        name_in(&self.names, entry)
    }

    /// Order the entries by name, as siblings are in the dirstate.
    pub(super) fn sort(&mut self) {
        let names = &self.names;
        self.entries.sort_unstable_by(|left, right| {
            let beginnings = left.beginning.cmp(&right.beginning);
            beginnings.then_with(|| name_in(names, left).cmp(name_in(names, right)))
        });
    }
}

/// The first eight bytes, as a number that compares as they do.
fn beginning(name: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    for (byte, first) in bytes.iter_mut().zip(name) {
        *byte = *first;
    }
    u64::from_be_bytes(bytes)
}

fn name_in<'a>(names: &'a [u8], entry: &ListingEntry) -> &'a [u8] {
    let start = entry.start as usize;
    names
        .get(start..start + usize::from(entry.length))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn listings_are_sorted_as_bytes() {
        let directory = tempfile::tempdir().unwrap();
        let mut names = vec![
            "a",
            "aa",
            "ab",
            "abcdefgh",
            "abcdefgh ",
            "abcdefghi",
            "abcdefg",
            "\u{e9}",
            "B",
            "z",
        ];
        for name in &names {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        std::fs::create_dir(directory.path().join(".hg")).unwrap();
        let root = open_root(directory.path()).unwrap();
        let mut listing = Listing::default();
        // Twice: the buffers are used again.
        for _ in 0..2 {
            let again = open_directory(root.as_fd(), b"", Purpose::Read).unwrap();
            listing.read(again.as_fd()).unwrap();
            listing.sort();
            let read: Vec<&[u8]> = listing
                .entries()
                .iter()
                .map(|entry| listing.name(entry))
                .collect();
            names.sort_unstable();
            assert_eq!(
                read,
                names.iter().map(|name| name.as_bytes()).collect::<Vec<_>>()
            );
            assert_eq!(listing.repository(), Some(Some(FileKind::Directory)));
        }
        listing.keep_repository().unwrap();
        listing.sort();
        let first = listing.entries().first().unwrap();
        assert_eq!(listing.name(first), REPOSITORY);
    }

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
