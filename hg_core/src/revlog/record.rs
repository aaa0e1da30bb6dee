// SPDX-License-Identifier: GPL-2.0-or-later
//! One entry of a version 1 index, as 64 big-endian bytes.

use zerocopy::byteorder::big_endian::{I32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::types::{Node, Revision};

/// Bytes of an index entry on disk.
pub const RECORD_SIZE: usize = 64;

/// How a record stands on disk.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned, Clone, Copy)]
#[repr(C)]
pub(super) struct RawRecord {
    offset_flags: U64,
    pub(super) compressed_len: I32,
    uncompressed_len: I32,
    pub(super) base: I32,
    link: I32,
    pub(super) parents: [I32; 2],
    pub(super) node: Node,
    padding: [u8; 12],
}

const _: () = assert!(std::mem::size_of::<RawRecord>() == RECORD_SIZE);

/// An index entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where the data starts, shifted left by 16, and 16 bits of flags.
    pub offset_flags: u64,
    /// Bytes that are stored.
    pub compressed_len: i32,
    /// Bytes of the full text.
    pub uncompressed_len: i32,
    /// What the delta applies to; the revision itself for a full text.
    pub base: Revision,
    /// The changeset that brought this revision.
    pub link: Revision,
    /// The parents; null where there is none.
    pub parents: [Revision; 2],
    /// The node of the revision.
    pub node: Node,
}

/// What the null revision looks like.
pub const NULL_RECORD: Record = Record {
    offset_flags: 0,
    compressed_len: 0,
    uncompressed_len: 0,
    base: Revision::NULL,
    link: Revision::NULL,
    parents: [Revision::NULL; 2],
    node: Node::NULL,
};

impl From<&RawRecord> for Record {
    fn from(raw: &RawRecord) -> Self {
        Self {
            offset_flags: raw.offset_flags.get(),
            compressed_len: raw.compressed_len.get(),
            uncompressed_len: raw.uncompressed_len.get(),
            base: raw.base.get().into(),
            link: raw.link.get().into(),
            parents: raw.parents.map(|parent| parent.get().into()),
            node: raw.node,
        }
    }
}

impl From<&Record> for RawRecord {
    fn from(record: &Record) -> Self {
        Self {
            offset_flags: record.offset_flags.into(),
            compressed_len: record.compressed_len.into(),
            uncompressed_len: record.uncompressed_len.into(),
            base: record.base.get().into(),
            link: record.link.get().into(),
            parents: record.parents.map(|parent| parent.get().into()),
            node: record.node,
            padding: [0; 12],
        }
    }
}

impl Record {
    /// The flags that say nothing of what the text is: that a changeset has
    /// copies, that a file revision has metadata, and five on what its delta
    /// is like. (The others: censored, ellipsis, stored elsewhere.)
    const NEUTRAL_FLAGS: u16 = 0x1fc0;

    /// That the delta is one of a snapshot, in revlogs that tell.
    pub(super) const SNAPSHOT_FLAG: u16 = 1 << 10;

    /// Where the data starts.
    pub fn offset(&self) -> u64 {
        self.offset_flags >> 16
    }

    /// The 16 bits of flags.
    pub fn flags(&self) -> u16 {
        (self.offset_flags & 0xffff) as u16
    }

    /// Whether what is stored is the text of the revision, as it is hashed.
    pub fn is_plain(&self) -> bool {
        self.flags() & !Self::NEUTRAL_FLAGS == 0
    }
}

/// The first four bytes of a revlog: they stand where the first revision's
/// offset would be, which is always 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header(pub u32);

impl Header {
    const INLINE: u32 = 1 << 16;
    const GENERAL_DELTA: u32 = 1 << 17;
    const VERSION_1: u32 = 1;

    /// Whether there is nothing in it but what is described here.
    pub fn is_supported(self) -> bool {
        self.0 & !(Self::INLINE | Self::GENERAL_DELTA) == Self::VERSION_1
    }

    /// Whether the format is the one that is read here.
    pub fn is_version_1(self) -> bool {
        self.0 & 0xffff == Self::VERSION_1
    }

    /// Whether the data of each revision follows its record.
    pub fn is_inline(self) -> bool {
        self.0 & Self::INLINE != 0
    }

    /// Whether a delta may apply to any revision, not just the one before.
    pub fn is_general_delta(self) -> bool {
        self.0 & Self::GENERAL_DELTA != 0
    }
}
