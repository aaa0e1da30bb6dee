// SPDX-License-Identifier: GPL-2.0-or-later
//! The docket: which data files are in use, and how much of each.

use zerocopy::byteorder::big_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::error::{FileIndexError, IndexFile};

/// The file, relative to the store.
pub const DOCKET_FILE: &str = "fileindex";
/// What a transaction shows of it before it is committed.
pub const PENDING_DOCKET_FILE: &str = "fileindex.pending";

const MARKER: [u8; 12] = *b"fileindex-v1";
const ID_LEN: usize = 8;

/// How the docket begins on disk; entries of garbage and their paths follow.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned, Clone, Copy)]
#[repr(C)]
struct RawDocket {
    marker: [u8; 12],
    list_size: U32,
    meta_size: U32,
    tree_size: U32,
    list_id: [u8; ID_LEN],
    meta_id: [u8; ID_LEN],
    tree_id: [u8; ID_LEN],
    tree_root: U32,
    tree_unused: U32,
    reserved_flags: [u8; 4],
    garbage_count: U32,
    garbage_paths_size: U32,
}

/// An entry of garbage on disk.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned, Clone, Copy)]
#[repr(C)]
struct RawGarbage {
    ttl: U16,
    timestamp: U32,
    path_offset: U32,
    path_length: U16,
}

/// What tells one generation of a data file from the others: eight
/// hexadecimal digits, part of its name. All zero for a file that is not
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId([u8; ID_LEN]);

impl FileId {
    /// Of a file that is not there.
    pub const UNSET: Self = Self(*b"00000000");

    /// A new one.
    pub(super) fn random() -> std::io::Result<Self> {
        let digits = crate::fs::random_hex::<4>()?;
        let mut id = Self::UNSET;
        for (digit, random) in id.0.iter_mut().zip(digits.bytes()) {
            *digit = random;
        }
        Ok(id)
    }

    /// The id in a docket. It becomes part of a path, so nothing else is one.
    fn parse(digits: [u8; ID_LEN]) -> Option<Self> {
        let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        digits.iter().all(is_digit).then_some(Self(digits))
    }

    /// The digits.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name of the data file, relative to the store; `None` if unset.
    pub(super) fn file_name(self, file: IndexFile) -> Option<String> {
        let digits = String::from_utf8_lossy(&self.0);
        (self != Self::UNSET).then(|| format!("{}{digits}", prefix(file)))
    }
}

/// How the names of data files begin.
fn prefix(file: IndexFile) -> &'static str {
    match file {
        IndexFile::Docket => DOCKET_FILE,
        IndexFile::List => "fileindex-list.",
        IndexFile::Meta => "fileindex-meta.",
        IndexFile::Tree => "fileindex-tree.",
    }
}

/// The data files, in the order in which they are named and written.
pub(super) const DATA_FILES: [IndexFile; 3] = [IndexFile::List, IndexFile::Meta, IndexFile::Tree];

/// A data file that nothing refers to any more, kept for those who still read
/// it and for a rollback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GarbageEntry {
    /// Transactions for which it is kept.
    pub ttl: u16,
    /// When it became garbage, in seconds since 1970.
    pub timestamp: u32,
    /// Relative to the store; the name of a data file.
    pub path: String,
}

/// Which data files are in use, and how much of each. What a file has beyond
/// that belongs to a transaction that is not, or never was, committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Docket {
    /// Bytes in use.
    pub list_size: u32,
    /// Bytes in use.
    pub meta_size: u32,
    /// Bytes in use.
    pub tree_size: u32,
    /// Which list file.
    pub list_id: FileId,
    /// Which meta file.
    pub meta_id: FileId,
    /// Which tree file.
    pub tree_id: FileId,
    /// Where in the tree file its root is.
    pub tree_root: u32,
    /// Bytes of the tree file in use that the root does not lead to.
    pub tree_unused: u32,
    /// Read, and written as zeros.
    pub reserved_flags: [u8; 4],
    /// What can be deleted sooner or later.
    pub garbage: Vec<GarbageEntry>,
}

impl Default for Docket {
    /// The docket of an empty index without files.
    fn default() -> Self {
        Self {
            list_size: 0,
            meta_size: 0,
            tree_size: 0,
            list_id: FileId::UNSET,
            meta_id: FileId::UNSET,
            tree_id: FileId::UNSET,
            tree_root: 0,
            tree_unused: 0,
            reserved_flags: [0; 4],
            garbage: Vec::new(),
        }
    }
}

impl Docket {
    /// The marker at the beginning of a docket.
    pub const MARKER: &'static [u8] = &MARKER;

    /// Read what [`serialize`](Self::serialize) writes.
    ///
    /// # Errors
    /// [`FileIndexError::Corrupted`]
    pub fn parse(data: &[u8]) -> Result<Self, FileIndexError> {
        let corrupted = |problem, offset| FileIndexError::Corrupted {
            file: IndexFile::Docket,
            problem,
            offset,
        };
        let (raw, rest) = RawDocket::read_from_prefix(data)
            .map_err(|_| corrupted("it ends early", data.len()))?;
        if raw.marker != MARKER {
            return Err(corrupted("the marker of another format", 0));
        }
        let id = |digits| FileId::parse(digits).ok_or_else(|| corrupted("no file id", 24));
        let count = raw.garbage_count.get() as usize;
        let (entries, paths) = <[RawGarbage]>::ref_from_prefix_with_elems(rest, count)
            .map_err(|_| corrupted("it ends early", data.len()))?;
        let paths = paths
            .get(..raw.garbage_paths_size.get() as usize)
            .ok_or_else(|| corrupted("it ends early", data.len()))?;
        let mut garbage = Vec::with_capacity(entries.len());
        for (entry, number) in entries.iter().zip(0..) {
            let start = entry.path_offset.get() as usize;
            let path = paths.get(start..start + usize::from(entry.path_length.get()));
            let path = path.and_then(data_file_name).ok_or_else(|| {
                let offset = size_of::<RawDocket>() + number * size_of::<RawGarbage>();
                corrupted("garbage that is no data file", offset)
            })?;
            garbage.push(GarbageEntry {
                ttl: entry.ttl.get(),
                timestamp: entry.timestamp.get(),
                path,
            });
        }
        Ok(Self {
            list_size: raw.list_size.get(),
            meta_size: raw.meta_size.get(),
            tree_size: raw.tree_size.get(),
            list_id: id(raw.list_id)?,
            meta_id: id(raw.meta_id)?,
            tree_id: id(raw.tree_id)?,
            tree_root: raw.tree_root.get(),
            tree_unused: raw.tree_unused.get(),
            reserved_flags: raw.reserved_flags,
            garbage,
        })
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`FileIndexError::TooLarge`]
    pub fn serialize(&self) -> Result<Vec<u8>, FileIndexError> {
        let number = |length: usize| {
            u32::try_from(length).map_err(|_| FileIndexError::TooLarge("too much garbage"))
        };
        let mut entries = Vec::with_capacity(self.garbage.len());
        let mut paths = Vec::new();
        for entry in &self.garbage {
            let length = u16::try_from(entry.path.len());
            entries.push(RawGarbage {
                ttl: entry.ttl.into(),
                timestamp: entry.timestamp.into(),
                path_offset: number(paths.len())?.into(),
                path_length: length
                    .map_err(|_| FileIndexError::TooLarge("a name of garbage"))?
                    .into(),
            });
            paths.extend_from_slice(entry.path.as_bytes());
            paths.push(0);
        }
        let raw = RawDocket {
            marker: MARKER,
            list_size: self.list_size.into(),
            meta_size: self.meta_size.into(),
            tree_size: self.tree_size.into(),
            list_id: self.list_id.0,
            meta_id: self.meta_id.0,
            tree_id: self.tree_id.0,
            tree_root: self.tree_root.into(),
            tree_unused: self.tree_unused.into(),
            reserved_flags: [0; 4],
            garbage_count: number(entries.len())?.into(),
            garbage_paths_size: number(paths.len())?.into(),
        };
        Ok([raw.as_bytes(), entries.as_bytes(), &paths].concat())
    }

    /// The id of a data file; that of the docket, which has none, is unset.
    pub(super) fn id(&self, file: IndexFile) -> FileId {
        match file {
            IndexFile::Docket => FileId::UNSET,
            IndexFile::List => self.list_id,
            IndexFile::Meta => self.meta_id,
            IndexFile::Tree => self.tree_id,
        }
    }

    /// The names of the data files there are, relative to the store.
    pub fn data_file_names(&self) -> impl Iterator<Item = String> + '_ {
        let names = DATA_FILES.into_iter();
        names.filter_map(|file| self.id(file).file_name(file))
    }
}

/// The name of a data file, if these bytes are one. It will be deleted: no
/// other name is taken from a docket.
fn data_file_name(bytes: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(bytes).ok()?;
    let digits = DATA_FILES
        .iter()
        .find_map(|&file| name.strip_prefix(prefix(file)))?;
    let digits = digits.as_bytes().try_into().ok()?;
    FileId::parse(digits).map(|_| name.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn sample() -> Docket {
        let entry = |ttl, path: &str| GarbageEntry {
            ttl,
            timestamp: 0x0102_0304,
            path: path.to_owned(),
        };
        Docket {
            list_size: 1,
            meta_size: 2,
            tree_size: 3,
            list_id: FileId(*b"0123abcd"),
            meta_id: FileId(*b"1123abcd"),
            tree_id: FileId(*b"2123abcd"),
            tree_root: 4,
            tree_unused: 5,
            reserved_flags: [0; 4],
            garbage: vec![
                entry(2, "fileindex-tree.deadbeef"),
                entry(0, "fileindex-list.00000001"),
            ],
        }
    }

    #[test]
    fn as_documented() {
        let data = sample().serialize().unwrap();
        assert_eq!(&data[..12], b"fileindex-v1");
        assert_eq!(&data[12..24], b"\0\0\0\x01\0\0\0\x02\0\0\0\x03");
        assert_eq!(&data[24..48], b"0123abcd1123abcd2123abcd");
        assert_eq!(&data[48..60], b"\0\0\0\x04\0\0\0\x05\0\0\0\0");
        assert_eq!(&data[60..68], b"\0\0\0\x02\0\0\0\x30");
        assert_eq!(&data[68..80], b"\0\x02\x01\x02\x03\x04\0\0\0\0\0\x17");
        assert_eq!(&data[80..92], b"\0\0\x01\x02\x03\x04\0\0\0\x18\0\x17");
        assert_eq!(&data[92..116], b"fileindex-tree.deadbeef\0");
        assert_eq!(data.len(), 140);
        assert_eq!(Docket::parse(&data).unwrap(), sample());
        let names: Vec<_> = sample().data_file_names().collect();
        assert_eq!(
            names,
            [
                "fileindex-list.0123abcd",
                "fileindex-meta.1123abcd",
                "fileindex-tree.2123abcd"
            ]
        );
        assert_eq!(Docket::default().data_file_names().count(), 0);
        let empty = Docket::default().serialize().unwrap();
        assert_eq!(empty.len(), 68);
        assert_eq!(Docket::parse(&empty).unwrap(), Docket::default());
    }

    #[test]
    fn damage() {
        let data = sample().serialize().unwrap();
        for length in 0..data.len() {
            let error = Docket::parse(&data[..length]).unwrap_err().to_string();
            assert!(
                error.starts_with("corrupted file index, docket: "),
                "{error}"
            );
        }
        for (offset, byte) in [
            (0, b'F'),
            (24, b'/'),
            (33, b'.'),
            (47, b'G'),
            (92, b'/'),
            (115 - 8, b'.'),
        ] {
            let mut damaged = data.clone();
            damaged[offset] = byte;
            assert!(Docket::parse(&damaged).is_err(), "{offset}");
        }
        // Numbers of entries and bytes that are not there.
        for offset in [60, 64, 74, 78] {
            let mut damaged = data.clone();
            damaged[offset] = 0xff;
            assert!(Docket::parse(&damaged).is_err(), "{offset}");
        }
    }

    #[test]
    fn ids() {
        let id = FileId::random().unwrap();
        assert_eq!(FileId::parse(id.0), Some(id));
        assert_eq!(FileId::UNSET.file_name(IndexFile::List), None);
    }
}
