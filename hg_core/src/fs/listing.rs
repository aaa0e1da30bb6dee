// SPDX-License-Identifier: GPL-2.0-or-later
//! Listing a directory.

use std::os::fd::BorrowedFd;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::at::{FileKind, REPOSITORY};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use super::system;
use crate::types::{HgPath, InternalError};

/// One entry of a [`Listing`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListingEntry {
    /// The first bytes of the name, which order most names.
    beginning: u64,
    start: u32,
    length: u16,
    /// `None` where the filesystem does not say without a `stat`.
    pub(crate) kind: Option<FileKind>,
}

/// The entries of a directory, in buffers that serve the next one too.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    names: Vec<u8>,
    entries: Vec<ListingEntry>,
    /// The entry `.hg`, which is not one of `entries`, and what it is.
    repository: Option<Option<FileKind>>,
    buffer: Vec<u8>,
}

impl Listing {
    /// Read the entries of `directory`, without `.` and `..`.
    pub(crate) fn read(&mut self, directory: BorrowedFd<'_>) -> Result<(), Errno> {
        self.clear();
        let result = self.read_all(directory);
        if result.is_err() {
            self.clear();
        }
        result
    }

    pub(crate) fn clear(&mut self) {
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
            let entry = match entries.next() {
                None => break Ok(()),
                Some(Err(Errno::INTR)) => continue,
                Some(Err(error)) => break Err(error),
                Some(Ok(entry)) => entry,
            };
            if let Err(error) = self.push(entry.file_name().to_bytes(), entry.file_type()) {
                break Err(error);
            }
        };
        self.buffer = buffer;
        result
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn read_all(&mut self, directory: BorrowedFd<'_>) -> Result<(), Errno> {
        for entry in system::entries(directory)? {
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
    pub(crate) fn repository(&self) -> Option<Option<FileKind>> {
        self.repository
    }

    /// Make `.hg` an entry like any other.
    pub(crate) fn keep_repository(&mut self) -> Result<(), Errno> {
        match self.repository.take() {
            Some(kind) => self.add(REPOSITORY, kind),
            None => Ok(()),
        }
    }

    /// The entries, in the order of [`sort`](Self::sort) after that.
    pub(crate) fn entries(&self) -> &[ListingEntry] {
        &self.entries
    }

    /// The name of one of the [`entries`](Self::entries).
    pub(crate) fn name(&self, entry: &ListingEntry) -> Result<&HgPath, InternalError> {
        let name = name_in(&self.names, entry).map(HgPath::new);
        name.ok_or(InternalError::new("listing: an entry without a name"))
    }

    /// Order the entries by name, as siblings are in the dirstate.
    pub(crate) fn sort(&mut self) {
        let names = &self.names;
        self.entries.sort_unstable_by(|left, right| {
            let beginnings = left.beginning.cmp(&right.beginning);
            beginnings.then_with(|| name_in(names, left).cmp(&name_in(names, right)))
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

fn name_in<'a>(names: &'a [u8], entry: &ListingEntry) -> Option<&'a [u8]> {
    let start = entry.start as usize;
    names.get(start..start + usize::from(entry.length))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::fs::{open_directory, open_root, Purpose};
    use std::os::fd::AsFd;

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
            let again = open_directory(root.as_fd(), HgPath::root(), Purpose::Read).unwrap();
            listing.read(again.as_fd()).unwrap();
            listing.sort();
            let read: Vec<&HgPath> = listing
                .entries()
                .iter()
                .map(|entry| listing.name(entry).unwrap())
                .collect();
            names.sort_unstable();
            assert_eq!(read, names.iter().map(HgPath::new).collect::<Vec<_>>());
            assert_eq!(listing.repository(), Some(Some(FileKind::Directory)));
        }
        listing.keep_repository().unwrap();
        listing.sort();
        let first = listing.entries().first().unwrap();
        assert_eq!(listing.name(first).unwrap(), REPOSITORY);
        let other = Listing::default();
        assert!(other.name(first).is_err());
    }
}
