// SPDX-License-Identifier: GPL-2.0-or-later
//! The files that a changeset touches, as recorded in its side data.
//!
//! A `>L` count, then for each file a `>bLL` record (flags, where its name
//! ends, which file it was copied from), then the names on end.

use zerocopy::byteorder::big_endian::U32;
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use crate::copies::CopiesError;
use crate::types::HgPath;

#[derive(FromBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct FileRecord {
    flags: u8,
    name_end: U32,
    copy_source: U32,
}

const ACTION_MASK: u8 = 0b11100;
const MERGED: u8 = 0b01000;
const REMOVED: u8 = 0b01100;
const SALVAGED: u8 = 0b10000;

const COPY_MASK: u8 = 0b11;
const COPIED_FROM_P1: u8 = 0b10;
const COPIED_FROM_P2: u8 = 0b11;

/// What happened to a file, as far as copies depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Both sides had changed it.
    Merged,
    /// The changeset removed it.
    Removed,
    /// A merge kept what one side had removed.
    Salvaged,
    /// Added, touched, or only named as the source of a copy.
    Other,
}

/// Which parent a copy was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The first parent.
    First,
    /// The second parent.
    Second,
}

/// One file of a changeset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedFile<'a> {
    /// The file.
    pub path: &'a HgPath,
    /// What happened to it.
    pub action: Action,
    /// Through which parent it was copied, and from what.
    pub copied: Option<(Parent, &'a HgPath)>,
}

/// Decode the side data of a changeset.
pub fn decode_changed_files(data: &[u8]) -> Result<Vec<ChangedFile<'_>>, CopiesError> {
    let truncated = CopiesError::TruncatedSideData(data.len());
    let (count, rest) = U32::ref_from_prefix(data).map_err(|_| truncated.clone())?;
    // A count larger than the address space cannot be met by the data.
    let count = usize::try_from(count.get()).unwrap_or(usize::MAX);
    let (records, names) =
        <[FileRecord]>::ref_from_prefix_with_elems(rest, count).map_err(|_| truncated.clone())?;
    let mut paths = Vec::with_capacity(records.len());
    let mut start = 0;
    for record in records {
        let end = record.name_end.get() as usize;
        let path = names.get(start..end).ok_or(truncated.clone())?;
        paths.push(HgPath::new(path));
        start = end;
    }
    let mut files = Vec::with_capacity(records.len());
    for (record, &path) in records.iter().zip(&paths) {
        let action = match record.flags & ACTION_MASK {
            MERGED => Action::Merged,
            REMOVED => Action::Removed,
            SALVAGED => Action::Salvaged,
            _ => Action::Other,
        };
        let parent = match record.flags & COPY_MASK {
            COPIED_FROM_P1 => Some(Parent::First),
            COPIED_FROM_P2 => Some(Parent::Second),
            _ => None,
        };
        let copied = match parent {
            Some(parent) => {
                let source = record.copy_source.get();
                let path = paths.get(source as usize);
                let path = path.ok_or(CopiesError::UnknownSource(source))?;
                Some((parent, *path))
            }
            None => None,
        };
        files.push(ChangedFile {
            path,
            action,
            copied,
        });
    }
    Ok(files)
}
