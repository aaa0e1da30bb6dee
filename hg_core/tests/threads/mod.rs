// SPDX-License-Identifier: GPL-2.0-or-later
//! What several threads share: an index, and a text reader, as Python's threads
//! share them while the GIL is released. `make tsan` looks for data races.

use std::thread;

use bytes::Bytes;
use hg_core::dag::{heads, rank, MissingAncestors, RevisionSet};
use hg_core::revlog::{Index, NodeTree, RevlogReader};
use hg_core::types::Revision;

const COUNT: i32 = 5000;

fn index() -> Index {
    let mut data = Vec::new();
    for rev in 0..COUNT {
        let header = if rev == 0 { 1_u64 << 32 } else { 0 };
        data.extend_from_slice(&header.to_be_bytes());
        let second = if rev % 7 == 6 { rev - 5 } else { -1 };
        for number in [0, 0, rev, rev, rev - 1 - rev % 3 / 2, second] {
            data.extend_from_slice(&number.to_be_bytes());
        }
        let node = (u64::from(rev.unsigned_abs()) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        data.extend_from_slice(&node.to_be_bytes());
        data.extend_from_slice(&[7; 12]);
        data.extend_from_slice(&[0; 12]);
    }
    Index::new(Bytes::from(data), 1).unwrap()
}

/// What one walker finds.
fn walk(index: &Index) -> (Vec<Revision>, Vec<Revision>, usize, Vec<Revision>) {
    let last = index.end().previous();
    let mut missing = MissingAncestors::default();
    missing
        .add_bases(index, &[40, COUNT / 2].map(Revision::new))
        .unwrap();
    let found = missing.missing_ancestors(index, [last]).unwrap();
    let all = index.head_revs(index.end(), &RevisionSet::new()).unwrap();
    let some = heads(index, Revision::ZERO.until(index.end()).step_by(3)).unwrap();
    let rank = rank(index, last, last.previous()).unwrap();
    (found, all, rank, some.iter().collect())
}

#[test]
fn walks_share_an_index() {
    let index = index();
    let expected = walk(&index);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    assert_eq!(walk(&index), expected);
                }
            });
        }
    });
}

#[test]
fn node_trees_share_an_index() {
    let index = index();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut tree = NodeTree::default();
                for rev in Revision::ZERO.until(index.end()).rev() {
                    tree.insert(&index, rev).unwrap();
                }
            });
        }
    });
}

#[test]
fn texts_are_read_from_one_reader() {
    let place = tempfile::tempdir().unwrap();
    crate::update::repo::make(
        place.path(),
        (0..300)
            .map(|number| (format!("f{number}"), "", vec![b'x'; number]))
            .collect(),
    );
    let store = place.path().join(".hg/store");
    let open = |name: &str| {
        RevlogReader::open(
            &store.join(format!("{name}.i")),
            &store.join(format!("{name}.d")),
        )
    };
    let reader = open("00manifest").unwrap();
    let expected = reader.text(Revision::ZERO).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(reader.text(Revision::ZERO).unwrap(), expected);
                }
            });
        }
    });
}
