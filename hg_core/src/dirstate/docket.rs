// SPDX-License-Identifier: GPL-2.0-or-later
//! The docket of a dirstate-v2: the file `.hg/dirstate`, which says where
//! the data is. It is replaced in one step; the data file is written before.

use zerocopy::byteorder::big_endian::U32;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use super::v2::TreeMetadata;
use super::{DirstateParents, PackedV2, TREE_METADATA_SIZE};
use crate::dirstate::DirstateError;
use crate::types::Node;

/// What the docket begins with.
pub const V2_FORMAT_MARKER: &[u8; 12] = b"dirstate-v2\n";

/// The docket up to the name of the data file. Nodes are padded with zeros.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct RawDocket {
    marker: [u8; V2_FORMAT_MARKER.len()],
    p1: [u8; 32],
    p2: [u8; 32],
    tree_metadata: [u8; TREE_METADATA_SIZE],
    data_size: U32,
    uuid_size: u8,
}

/// What a docket says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Docket {
    /// The parents of the working directory.
    pub parents: DirstateParents,
    /// Where the tree is in the data file, see
    /// [`DirstateMap::new_v2`](super::DirstateMap::new_v2).
    pub tree_metadata: [u8; TREE_METADATA_SIZE],
    /// Bytes of the data file that are in use.
    pub data_size: u32,
    /// Part of the data file's name: digits in hexadecimal, or nothing where
    /// there is no data file.
    pub uuid: Vec<u8>,
}

impl Docket {
    /// The docket of a new data file that holds `packed`.
    pub fn of_new(
        parents: DirstateParents,
        packed: &PackedV2,
        uuid: Vec<u8>,
    ) -> Result<Self, DirstateError> {
        let too_large = |_| DirstateError::TooLarge("the file takes 4 GiB or more");
        Ok(Self {
            parents,
            tree_metadata: packed.tree_metadata,
            data_size: u32::try_from(packed.data.len()).map_err(too_large)?,
            uuid,
        })
    }

    /// What the bytes of a docket say.
    ///
    /// # Errors
    /// When this is no docket. Mercurial makes the names of data files of
    /// random digits, in hexadecimal: another could lead anywhere, and the file
    /// it leads to is removed once it has been replaced.
    pub fn parse(data: &[u8]) -> Result<Self, DirstateError> {
        let corrupted = |problem| DirstateError::CorruptedV2 { problem, offset: 0 };
        let (raw, rest) =
            RawDocket::read_from_prefix(data).map_err(|_| corrupted("the docket is cut short"))?;
        if raw.marker != *V2_FORMAT_MARKER {
            return Err(corrupted("the docket has no marker"));
        }
        let uuid = rest
            .get(..usize::from(raw.uuid_size))
            .ok_or(corrupted("the docket is cut short"))?;
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if !uuid.iter().all(is_digit) {
            return Err(corrupted("the docket names a data file that is none"));
        }
        Ok(Self {
            parents: DirstateParents {
                p1: unpadded(raw.p1),
                p2: unpadded(raw.p2),
            },
            tree_metadata: raw.tree_metadata,
            data_size: raw.data_size.get(),
            uuid: uuid.to_vec(),
        })
    }

    /// The bytes of the docket.
    ///
    /// # Errors
    /// When the name of the data file is too long for a docket.
    pub fn serialize(&self) -> Result<Vec<u8>, DirstateError> {
        let too_large = |_| DirstateError::TooLarge("the name of the data file");
        let raw = RawDocket {
            marker: *V2_FORMAT_MARKER,
            p1: padded(self.parents.p1),
            p2: padded(self.parents.p2),
            tree_metadata: self.tree_metadata,
            data_size: self.data_size.into(),
            uuid_size: u8::try_from(self.uuid.len()).map_err(too_large)?,
        };
        Ok([raw.as_bytes(), &self.uuid].concat())
    }

    /// Whether the data file has any node.
    pub fn has_nodes(&self) -> bool {
        let metadata: TreeMetadata = zerocopy::transmute!(self.tree_metadata);
        self.data_size > 0 && metadata.root_count.get() > 0
    }

    /// The name of the data file, in `.hg`.
    pub fn data_file_name(&self) -> Vec<u8> {
        [b"dirstate.", self.uuid.as_slice()].concat()
    }
}

fn padded(node: Node) -> [u8; 32] {
    let mut padded = [0; 32];
    for (byte, value) in padded.iter_mut().zip(node.as_bytes()) {
        *byte = *value;
    }
    padded
}

fn unpadded(padded: [u8; 32]) -> Node {
    let mut node = [0; Node::LEN];
    for (byte, value) in node.iter_mut().zip(padded) {
        *byte = value;
    }
    Node::new(node)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::{DirstateMap, WriteMode};
    use super::*;
    use crate::types::HgPath;

    #[test]
    fn round_trip() {
        let mut map = DirstateMap::new_empty();
        let parents = DirstateParents {
            p1: Node::new([1; 20]),
            p2: Node::NULL,
        };
        let empty = map.pack_v2(WriteMode::ForceNew).unwrap();
        let docket = Docket::of_new(parents, &empty, b"0123abcd".to_vec()).unwrap();
        assert!(!docket.has_nodes());
        map.set_tracked(HgPath::new(b"a/b")).unwrap();
        let packed = map.pack_v2(WriteMode::ForceNew).unwrap();
        let docket = Docket::of_new(parents, &packed, b"0123abcd".to_vec()).unwrap();
        assert!(docket.has_nodes());
        assert_eq!(docket.data_file_name(), b"dirstate.0123abcd");
        let data = docket.serialize().unwrap();
        assert_eq!(data.len(), 12 + 64 + 44 + 5 + 8);
        assert_eq!(Docket::parse(&data).unwrap(), docket);
        for length in 0..data.len() {
            assert!(Docket::parse(data.get(..length).unwrap()).is_err());
        }
        assert!(Docket::parse(&[b' '; 200]).is_err());
        let long = Docket {
            uuid: vec![b'a'; 256],
            ..docket.clone()
        };
        assert!(long.serialize().is_err());
    }

    /// Of the names that a docket could hold only those that Mercurial makes.
    #[test]
    fn names_of_data_files() {
        let empty = DirstateMap::new_empty()
            .pack_v2(WriteMode::ForceNew)
            .unwrap();
        let parse = |uuid: &[u8]| {
            let docket = Docket::of_new(DirstateParents::NULL, &empty, uuid.to_vec());
            Docket::parse(&docket.unwrap().serialize().unwrap())
        };
        for uuid in [&b""[..], b"0123abcd", b"89ef", &[b'0'; 255]] {
            assert_eq!(parse(uuid).unwrap().uuid, uuid);
        }
        for uuid in [
            &b"/"[..],
            b"..",
            b"0/../1",
            b"0123abcg",
            b"0123ABCD",
            b"01\0",
            b"0.",
            b"0~",
        ] {
            let error = parse(uuid).unwrap_err();
            assert!(
                matches!(error, DirstateError::CorruptedV2 { .. }),
                "{error}"
            );
        }
    }
}
