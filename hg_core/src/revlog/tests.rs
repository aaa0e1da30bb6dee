// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use bytes::Bytes;
use proptest::prelude::*;

mod revlog_index;

use super::record::RawRecord;
use super::*;
use crate::dag::{Graph, GraphError};
use crate::revlog::{NodeTreeError, RevlogError};
use crate::types::{Node, NodePrefix, Revision};
use zerocopy::IntoBytes;

const V1: u32 = 1;
const V1_INLINE: u32 = 1 | 1 << 16;

fn record(rev: i32, length: i32, base: i32) -> Record {
    let mut node = [0; Node::LEN];
    node[..4].copy_from_slice(&(rev as u32).wrapping_mul(0x9e37_79b9).to_be_bytes());
    node[19] = 1;
    Record {
        compressed_len: length,
        base: base.into(),
        link: rev.into(),
        parents: [rev - 1, -1].map(Revision::new),
        node: Node::new(node),
        ..NULL_RECORD
    }
}

fn rev(number: i32) -> Revision {
    Revision::new(number)
}

/// A file with these records; offsets are filled in.
fn file(header: u32, records: &[Record]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut offset = 0u64;
    for record in records {
        let mut record = *record;
        record.offset_flags |= offset << 16;
        offset += record.compressed_len.max(0) as u64;
        data.extend_from_slice(RawRecord::from(&record).as_bytes());
        if header == V1_INLINE {
            data.resize(data.len() + record.compressed_len as usize, b'x');
        }
    }
    if let Some(first) = data.first_chunk_mut() {
        *first = header.to_be_bytes();
    }
    data
}

fn index(header: u32, records: &[Record]) -> Index {
    Index::new(Bytes::from(file(header, records)), header).unwrap()
}

#[test]
fn reads_both_layouts_alike() {
    let records: Vec<_> = (0..5).map(|r| record(r, 7 * r + 1, r)).collect();
    for header in [V1, V1_INLINE] {
        let index = index(header, &records);
        assert_eq!(index.len(), 5);
        let mut offset = 0;
        for (position, record) in records.iter().enumerate() {
            let rev = Revision::at(position).unwrap();
            let mut expected = *record;
            expected.offset_flags = offset << 16;
            offset += record.compressed_len as u64;
            assert_eq!(index.record(rev), Some(expected));
            assert_eq!(index.parents(rev), Ok([rev.previous(), Revision::NULL]));
            let size = if position == 0 { 60 } else { 64 };
            assert_eq!(index.entry_binary(rev).unwrap().len(), size);
        }
        assert_eq!(index.record(Revision::NULL), Some(NULL_RECORD));
        assert_eq!(index.record(rev(5)), None);
        assert_eq!(index.record(rev(-2)), None);
        let index = RevlogIndex::from(index);
        for (position, record) in records.iter().enumerate() {
            assert_eq!(index.rev(&record.node), Ok(Revision::at(position)));
        }
        assert_eq!(index.rev(&Node::NULL), Ok(Some(Revision::NULL)));
        assert_eq!(index.rev(&Node::new([0xff; 20])), Ok(None));
    }
}

#[test]
fn every_truncation_is_an_error_or_a_shorter_index() {
    let records: Vec<_> = (0..3).map(|r| record(r, 10, r)).collect();
    for header in [V1, V1_INLINE] {
        let whole = file(header, &records);
        let step = if header == V1 { 64 } else { 74 };
        for end in 1..whole.len() {
            let part = Bytes::copy_from_slice(&whole[..end]);
            match Index::new(part, header) {
                Ok(index) => assert_eq!(index.len() * step, end),
                Err(error) => {
                    assert_ne!(end % step, 0);
                    assert_eq!(error, RevlogError::TruncatedIndex(end));
                }
            }
        }
    }
}

#[test]
fn every_flipped_byte_is_survived() {
    let records: Vec<_> = (0..4).map(|r| record(r, 10, (r - 1).max(0))).collect();
    for header in [V1, V1_INLINE] {
        let whole = file(header, &records);
        for position in 0..whole.len() {
            for flip in [1, 0x80, 0xff] {
                let mut data = whole.clone();
                data[position] ^= flip;
                let Ok(index) = Index::new(Bytes::from(data), header) else {
                    continue;
                };
                for rev in Revision::NULL.until(index.end()) {
                    let _ = index.record(rev);
                    let _ = index.is_snapshot(rev);
                    let _ = index.delta_chain(rev, None, true);
                    let _ = index.delta_chain(rev, Some(self::rev(1)), false);
                }
                let revs: Vec<_> = Revision::ZERO.until(index.end()).collect();
                let _ = index.slice_chunk_to_density(&revs, 0.9, 1, Gaps::File);
                let _ = index.head_revs(index.end(), &Default::default());
                let _ = crate::dag::common_ancestors_heads(&index, &revs);
                let _ = RevlogIndex::from(index).rev(&records[0].node);
            }
        }
    }
}

#[test]
fn strip_and_append_again() {
    let records: Vec<_> = (0..6).map(|r| record(r, 1, r)).collect();
    for lookup_first in [false, true] {
        let mut index = RevlogIndex::from(index(V1, &records[..3]));
        index.append(&records[3]).unwrap();
        if lookup_first {
            assert_eq!(index.rev(&records[3].node), Ok(Some(rev(3))));
        }
        index.strip(rev(1)).unwrap();
        assert_eq!(index.index().len(), 1);
        assert_eq!(index.rev(&records[1].node), Ok(None));
        index.append(&records[4]).unwrap();
        index.append(&records[5]).unwrap();
        assert_eq!(index.rev(&records[5].node), Ok(Some(rev(2))));
        // Nothing is there yet to be stripped.
        assert_eq!(index.strip(rev(3)), Ok(()));
        assert_eq!(
            index.strip(rev(4)),
            Err(RevlogError::InvalidRevision(rev(4)))
        );
        assert_eq!(index.index().len(), 3);
        assert_eq!(
            index.parents(rev(1)),
            Err(GraphError::ParentOutOfRange(rev(1)))
        );
    }
}

#[test]
fn snapshots_and_chains() {
    // 0 full; 1 delta of parent; 2 snapshot on 0; 3 delta of its parent 2
    let mut records: Vec<_> = (0..)
        .zip([0, 0, 0, 2])
        .map(|(rev, base)| record(rev, 10, base))
        .collect();
    let index = index(V1, &records);
    let snapshots: Vec<_> = (-1..4)
        .map(|number| index.is_snapshot(rev(number)).unwrap())
        .collect();
    assert_eq!(snapshots, [true, true, false, true, false]);
    assert_eq!(
        index.snapshots(rev(-5), rev(99)),
        Ok(vec![(rev(-1), rev(0)), (rev(0), rev(2))])
    );
    let chain = index.delta_chain(rev(3), None, true).unwrap();
    assert_eq!(
        (chain.revs, chain.stopped),
        ([0, 2, 3].map(rev).to_vec(), false)
    );
    let chain = index.delta_chain(rev(3), Some(rev(2)), true).unwrap();
    assert_eq!((chain.revs, chain.stopped), (vec![rev(3)], true));
    assert_eq!(
        index.delta_chain(rev(4), None, true),
        Err(RevlogError::InvalidRevision(rev(4)))
    );
    // An empty delta stands for the text of its base.
    records[1].compressed_len = 0;
    let index = self::index(V1, &records);
    assert_eq!(index.is_snapshot(rev(2)), Ok(false));
    assert_eq!(
        index.is_snapshot(rev(-2)),
        Err(RevlogError::InvalidRevision(rev(-2)))
    );
}

#[test]
fn slicing() {
    let lengths = [5, 5, 2, 0, 15, 4, 0, 11, 5, 0, 1, 3, 23, 11, 1, 5];
    let records: Vec<_> = (0..)
        .zip(lengths)
        .map(|(rev, length)| record(rev, length, rev))
        .collect();
    let [apart, inline] = [V1, V1_INLINE].map(|header| index(header, &records));
    let slice_of = |index: &Index, revs: &[i32], density, gap, counted| {
        let revs: Vec<Revision> = revs.iter().copied().map(rev).collect();
        let chunks = index.slice_chunk_to_density(&revs, density, gap, counted);
        let numbers = |chunk: &Vec<Revision>| chunk.iter().map(|rev| rev.get()).collect();
        Some(
            chunks
                .unwrap()?
                .iter()
                .map(numbers)
                .collect::<Vec<Vec<i32>>>(),
        )
    };
    // Nothing stands between chunks that are in a file of their own.
    let slice = |revs: &[i32], density, gap| {
        let chunks = slice_of(&apart, revs, density, gap, Gaps::Data);
        assert_eq!(slice_of(&apart, revs, density, gap, Gaps::File), chunks);
        assert_eq!(slice_of(&inline, revs, density, gap, Gaps::Data), chunks);
        chunks
    };
    assert_eq!(slice(&(0..16).collect::<Vec<_>>(), 0.5, 0), None);
    assert_eq!(slice(&[0, 15], 0.5, 0), Some(vec![vec![0], vec![15]]));
    let revs = [1, 2, 3, 5, 8, 10, 11, 14];
    assert_eq!(
        slice(&revs, 0.95, 0),
        Some(vec![vec![1, 2], vec![5], vec![8, 10, 11], vec![14]])
    );
    assert_eq!(
        slice(&revs, 0.95, 12),
        Some(vec![vec![1, 2], vec![5, 8, 10, 11], vec![14]])
    );
    assert_eq!(slice(&[], 0.5, 0), None);
    assert_eq!(slice(&[3], 0.5, 0), None);
    // Two records stand before 2: 133 bytes after the end of 0.
    let with_records = |gap| slice_of(&inline, &[0, 2], 0.5, gap, Gaps::File);
    assert_eq!(with_records(132), Some(vec![vec![0], vec![2]]));
    assert_eq!(with_records(133), None);
}

#[derive(Debug)]
struct Nodes(Vec<Node>);

impl NodeSource for Nodes {
    fn node(&self, rev: Revision) -> Option<&Node> {
        self.0.get(rev.position()?)
    }
}

/// Nodes that share long prefixes, null's among them.
fn nodes() -> impl Strategy<Value = Nodes> {
    let node = (0..6usize, any::<u32>(), 0..4u8, any::<bool>());
    prop::collection::vec(node, 0..40).prop_map(|choices| {
        let nodes = choices.into_iter().map(|(len, bits, fill, low)| {
            let mut node = [[0, 1, 0x10, 0xff][usize::from(fill)]; Node::LEN];
            let at = if low { Node::LEN - 4 } else { len };
            node[at..at + 4].copy_from_slice(&(bits & 0x1133).to_be_bytes());
            Node::new(node)
        });
        Nodes(nodes.filter(|node| !node.is_null()).collect())
    })
}

/// The order of the appended blocks is Mercurial's: a copy of the deepest block,
/// the new ones below it, copies of those above, the root.
#[test]
fn order_of_appended_blocks() {
    let nodes = [0x1100, 0x1200, 0x1230].map(|start: u16| {
        let mut node = [0; Node::LEN];
        node[..2].copy_from_slice(&start.to_be_bytes());
        Node::new(node)
    });
    let nodes = Nodes(nodes.to_vec());
    let blocks = |data: &[u8]| -> Vec<Vec<(usize, i32)>> {
        data.chunks(64)
            .map(|block| {
                let elements = block
                    .chunks(4)
                    .map(|e| i32::from_be_bytes(e.try_into().unwrap()));
                elements.enumerate().filter(|(_, e)| *e != -1).collect()
            })
            .collect()
    };
    let mut tree = NodeTree::default();
    tree.insert(&nodes, rev(0)).unwrap();
    tree.insert(&nodes, rev(1)).unwrap();
    let (data, _) = tree.incremental();
    assert_eq!(blocks(&data), [vec![(1, -2), (2, -3)], vec![(1, 0)]]);
    let mut tree = NodeTree::from_bytes(Bytes::from(data)).unwrap();
    tree.insert(&nodes, rev(2)).unwrap();
    let (more, dead) = tree.incremental();
    // Blocks 0 and 1 are on disk; 2 is the copy of 0, and 3 is new.
    let expected = [vec![(1, -2), (2, 3)], vec![(0, -3), (3, -4)], vec![(1, 2)]];
    assert_eq!(blocks(&more), expected);
    assert_eq!(dead, 128);
}

fn check(tree: &NodeTree, nodes: &Nodes, up_to: usize) -> Result<(), TestCaseError> {
    let known = &nodes.0[..up_to];
    let mut all: HashMap<String, Revision> = HashMap::new();
    all.insert(Node::NULL.to_string(), Revision::NULL);
    for (rev, node) in known.iter().enumerate() {
        all.insert(node.to_string(), Revision::at(rev).unwrap());
    }
    for name in all.keys() {
        for digits in 1..=40 {
            let prefix = &name[..digits];
            let mut matches = all.iter().filter(|(n, _)| n.starts_with(prefix));
            let first = matches.next().map(|(_, &rev)| rev);
            let expected = match matches.next() {
                Some(_) => Err(NodeTreeError::AmbiguousPrefix),
                None => Ok(first),
            };
            let prefix = NodePrefix::from_hex(prefix.as_bytes()).unwrap();
            prop_assert_eq!(tree.find(nodes, &prefix), expected);
        }
        let unique = |digits: &usize| {
            all.keys()
                .filter(|n| n.starts_with(&name[..*digits]))
                .count()
                == 1
        };
        let node = known
            .iter()
            .chain([&Node::NULL])
            .find(|n| n.to_string() == *name);
        let node = node.unwrap();
        prop_assert_eq!(tree.shortest(nodes, node), Ok((1..=40).find(unique)));
    }
    Ok(())
}

proptest! {
    #[test]
    fn node_tree_finds_what_is_unique(nodes in nodes(), cut: prop::sample::Index) {
        let cut = cut.index(nodes.0.len() + 1);
        let mut tree = NodeTree::default();
        for rev in 0..cut {
            tree.insert(&nodes, Revision::at(rev).unwrap()).unwrap();
        }
        check(&tree, &nodes, cut)?;
        let (data, dead) = tree.incremental();
        prop_assert_eq!(dead, 0);

        let mut tree = NodeTree::from_bytes(Bytes::from(data.clone())).unwrap();
        prop_assert_eq!(tree.incremental(), (Vec::new(), 0));
        check(&tree, &nodes, cut)?;
        for rev in cut..nodes.0.len() {
            tree.insert(&nodes, Revision::at(rev).unwrap()).unwrap();
        }
        check(&tree, &nodes, nodes.0.len())?;
        let (more, dead) = tree.incremental();
        prop_assert!(dead <= data.len());

        let data = [data, more].concat();
        let tree = NodeTree::from_bytes(Bytes::from(data.clone())).unwrap();
        check(&tree, &nodes, nodes.0.len())?;

        // After a strip all that was on disk is dead.
        let mut tree = NodeTree::from_bytes(Bytes::from(data.clone())).unwrap();
        tree.forget_all();
        check(&tree, &nodes, 0)?;
        for rev in 0..cut {
            tree.insert(&nodes, Revision::at(rev).unwrap()).unwrap();
        }
        check(&tree, &nodes, cut)?;
        let (more, dead) = tree.incremental();
        prop_assert_eq!(dead, data.len());
        let data = [data, more].concat();
        check(&NodeTree::from_bytes(Bytes::from(data)).unwrap(), &nodes, cut)?;
    }

    #[test]
    fn damaged_node_trees_are_survived(
        nodes in nodes(),
        position: prop::sample::Index,
        value: i32,
    ) {
        let mut tree = NodeTree::default();
        for rev in 0..nodes.0.len() / 2 {
            tree.insert(&nodes, Revision::at(rev).unwrap()).unwrap();
        }
        let (mut data, _) = tree.incremental();
        if !data.is_empty() {
            let at = position.index(data.len() / 4) * 4;
            data[at..at + 4].copy_from_slice(&value.to_be_bytes());
        }
        let mut tree = NodeTree::from_bytes(Bytes::from(data)).unwrap();
        for node in &nodes.0 {
            let _ = tree.find(&nodes, &node.into());
            let _ = tree.shortest(&nodes, node);
        }
        for rev in 0..nodes.0.len() {
            let _ = tree.insert(&nodes, Revision::at(rev).unwrap());
        }
    }
}
