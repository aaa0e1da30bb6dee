// SPDX-License-Identifier: GPL-2.0-or-later
//! An open file that is read anywhere and added to at its end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::OFlags;

use super::system;

/// Bytes that are copied at a time.
const COPY_SIZE: usize = 1 << 16;

/// A file that is open.
#[derive(Debug)]
pub(crate) struct OpenFile(OwnedFd);

impl From<OwnedFd> for OpenFile {
    fn from(file: OwnedFd) -> Self {
        Self(file)
    }
}

impl OpenFile {
    /// Open a file to read it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(system::open(path, OFlags::RDONLY, 0)?))
    }

    /// Its bytes.
    pub(crate) fn size(&self) -> io::Result<u64> {
        let size = system::fstat(self.0.as_fd())?.st_size;
        u64::try_from(size).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    /// Fill the beginning of `buffer` with what stands from `offset` on; how
    /// much that is: nothing at the end of the file.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        Ok(system::read_at(self.0.as_fd(), buffer, offset)?)
    }

    /// Fill `buffer` with what stands from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` where the file ends before; what the system says.
    pub(crate) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let mut filled = 0;
        while let Some(rest @ [_, ..]) = buffer.get_mut(filled..) {
            match self.read_at(rest, offset + filled as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => filled += count,
            }
        }
        Ok(())
    }

    /// Write all of this file at the end of another.
    pub(crate) fn copy_to(&self, other: &Self) -> io::Result<()> {
        let mut buffer = vec![0; COPY_SIZE];
        let mut copied = 0;
        loop {
            let count = self.read_at(&mut buffer, copied)?;
            let part = buffer.get(..count).filter(|part| !part.is_empty());
            let Some(part) = part else {
                return Ok(());
            };
            other.append(part)?;
            copied += count as u64;
        }
    }

    /// Write at the end; where the file ends now.
    pub(crate) fn append(&self, bytes: &[u8]) -> io::Result<u64> {
        let end = system::seek_to_end(self.0.as_fd())?;
        system::write(self.0.as_fd(), bytes)?;
        Ok(end + bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn read_anywhere_and_added_to_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let file = OpenFile::from(system::open(&path, OFlags::RDWR, 0).unwrap());
        assert_eq!(file.append(b" two").unwrap(), 7);
        let mut part = [0; 3];
        file.read_exact_at(&mut part, 2).unwrap();
        assert_eq!(&part, b"e t");
        assert_eq!(file.append(b" three").unwrap(), 13);
        assert_eq!(file.size().unwrap(), 13);
        assert_eq!(std::fs::read(&path).unwrap(), b"one two three");
        let error = file.read_exact_at(&mut part, 11).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(OpenFile::open(&directory.path().join("none")).is_err());
        let long = vec![7; COPY_SIZE + 1];
        file.append(&long).unwrap();
        let copy = directory.path().join("copy");
        std::fs::write(&copy, "before ").unwrap();
        let flags = OFlags::RDWR;
        file.copy_to(&system::open(&copy, flags, 0).unwrap().into())
            .unwrap();
        let expected = [b"before one two three", &long[..]].concat();
        assert_eq!(std::fs::read(&copy).unwrap(), expected);
    }
}
