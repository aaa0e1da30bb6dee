// SPDX-License-Identifier: GPL-2.0-or-later

use bytes::Bytes;

use super::{index, record, rev, V1};
use crate::dag::RevisionSet;
use crate::revlog::*;
use crate::types::Revision;

/// Revisions of which each has the one before as its parent, but for 2: that
/// has 0.
fn forked(count: i32) -> Vec<Record> {
    let mut records: Vec<_> = (0..count).map(|r| record(r, 1, r)).collect();
    records[2].parents[0] = rev(0);
    records
}

fn heads(index: &RevlogIndex, hidden: &[i32], stop: Option<i32>) -> Vec<i32> {
    let hidden = index.existing(hidden.iter().copied().map(rev));
    let heads = index.heads(hidden, stop.map(rev)).unwrap();
    heads.iter().map(|head| head.get()).collect()
}

#[test]
fn heads_are_remembered_until_the_index_changes() {
    let mut index = RevlogIndex::from(index(V1, &forked(4)));
    let none = RevisionSet::new();
    assert_eq!(index.known_heads(&none), None);
    assert_eq!(heads(&index, &[], None), [1, 3]);
    let known = index.known_heads(&none).unwrap();
    // The same answer, not one like it; who asks of a part asks anew.
    assert!(std::sync::Arc::ptr_eq(
        &known,
        &index.heads(none.clone(), None).unwrap()
    ));
    assert_eq!(heads(&index, &[], Some(2)), [1]);
    assert_eq!(heads(&index, &[], Some(0)), [0; 0]);
    for out_of_range in [-1, 4, 9] {
        assert_eq!(heads(&index, &[], Some(out_of_range)), [1, 3]);
    }
    assert!(index.known_heads(&none).is_some());
    // What does not exist hides nothing.
    assert_eq!(heads(&index, &[3, 77, -1], None), [1, 2]);
    assert_eq!(index.known_heads(&none), None);
    assert!(index.known_heads(&[rev(3)].into_iter().collect()).is_some());

    index.append(&record(4, 1, 4)).unwrap();
    assert_eq!(heads(&index, &[], None), [1, 4]);
    index.strip(rev(3)).unwrap();
    assert_eq!(heads(&index, &[], None), [1, 2]);
    drop(index.clear_caches());
    assert_eq!(index.known_heads(&none), None);
    index.strip(rev(0)).unwrap();
    assert_eq!(heads(&index, &[], None), [-1]);
    assert_eq!(heads(&index, &[], Some(0)), [-1]);
}

#[test]
fn a_saved_map_catches_up() {
    let records: Vec<_> = (0..40).map(|r| record(r, 1, r)).collect();
    let saved = RevlogIndex::from(index(V1, &records[..30]));
    let saved = saved.map_to_save().unwrap();
    let mut index = RevlogIndex::from(index(V1, &records));
    assert_eq!(index.unmapped(), 40);
    let data = Bytes::from(saved.clone());
    assert_eq!(
        index.use_saved_map(data.clone(), rev(40)).unwrap_err(),
        RevlogError::InvalidRevision(rev(40))
    );
    assert_eq!(
        index.use_saved_map(data.slice(1..), rev(29)).unwrap_err(),
        RevlogError::NodeTree(NodeTreeError::TruncatedData(saved.len() - 1))
    );
    assert_eq!(index.unmapped(), 40);
    drop(index.use_saved_map(data, rev(29)).unwrap());
    assert_eq!(index.unmapped(), 10);
    for (position, record) in records.iter().enumerate() {
        assert_eq!(index.rev(&record.node), Ok(Revision::at(position)));
        assert_eq!(
            index.complete(&(&record.node).into()),
            Ok(Some(record.node))
        );
    }
    assert_eq!(index.unmapped(), 0);
    let (more, dead) = index.map_to_append().unwrap();
    assert!(dead > 0);
    let whole = Bytes::from([&saved[..], &more].concat());
    // What is handed back is the map that was in use, with its data.
    let old = index.use_saved_map(whole.clone(), rev(39)).unwrap();
    assert_eq!(old.len(), 40);
    assert_eq!(index.map_to_append(), Ok((Vec::new(), 0)));
    assert_eq!(index.rev(&records[39].node), Ok(Some(rev(39))));
    // After a strip all that was saved is dead.
    index.strip(rev(1)).unwrap();
    assert_eq!(index.rev(&records[1].node), Ok(None));
    let (more, dead) = index.map_to_append().unwrap();
    assert_eq!((more.len(), dead), (BLOCK_SIZE, whole.len()));
    assert_eq!(index.clear_caches().len(), 1);
    assert_eq!((index.unmapped(), index.map_to_save()), (1, Ok(more)));
}

#[test]
fn roots_that_do_not_exist_are_none() {
    let index = RevlogIndex::from(index(V1, &forked(4)));
    let reachable = |heads: &[i32], roots: &[i32]| {
        let revs = |revs: &[i32]| revs.iter().copied().map(rev).collect::<Vec<_>>();
        index.reachable_roots(rev(0), &revs(heads), &revs(roots), true)
    };
    assert_eq!(reachable(&[3], &[0, 99, -2]), Ok([0, 2, 3].map(rev).into()));
    for unknown in [-2, 4] {
        let error = RevlogError::UnknownHead(rev(unknown));
        assert_eq!(reachable(&[3, unknown], &[0]), Err(error));
    }
}
