// SPDX-License-Identifier: GPL-2.0-or-later
//! A directory of thousands of files, in any order.

use hg_core::dirstate::{DirstateMap, DirstateParents, WriteMode};
use hg_core::types::HgPath;

use super::rewrite;

const COUNT: usize = 5_000;

/// The files' paths in a scattered order; the factor has no divisor in
/// common with the count.
fn scattered() -> impl Iterator<Item = Vec<u8>> {
    (0..COUNT).map(|index| format!("large/f{:04}", index * 2_741 % COUNT).into_bytes())
}

fn assert_complete(map: &DirstateMap) {
    let paths: Vec<_> = map
        .iter()
        .map(|item| item.unwrap().0.to_owned().into_bytes())
        .collect();
    let expected: Vec<_> = (0..COUNT)
        .map(|index| format!("large/f{index:04}").into_bytes())
        .collect();
    assert_eq!(paths, expected);
    for path in &expected {
        assert!(map.contains_key(HgPath::new(path)).unwrap());
    }
    let node = map.get_node(HgPath::new(b"large")).unwrap().unwrap();
    assert_eq!(node.tracked_descendants_count().unwrap() as usize, COUNT);
    let children = node.children().unwrap();
    assert!(children.get(HgPath::new(b"f4999")).is_some());
    assert!(children.get(HgPath::new(b"f")).is_none() && children.get(HgPath::new(b"z")).is_none());
}

#[test]
fn any_order() {
    let mut map = DirstateMap::new_empty();
    for path in scattered() {
        assert!(map.set_tracked(HgPath::new(&path)).unwrap());
    }
    assert_complete(&map);

    // Unsorted records are read right, too.
    let mut data = vec![0; 40];
    for path in scattered() {
        data.extend_from_slice(b"a\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
        data.extend_from_slice(&(path.len() as u32).to_be_bytes());
        data.extend_from_slice(&path);
    }
    let (unsorted, _) = DirstateMap::new_v1(data.into(), None).unwrap();
    assert_complete(&unsorted);
    assert_eq!(
        unsorted.pack_v1(DirstateParents::NULL).unwrap(),
        map.pack_v1(DirstateParents::NULL).unwrap()
    );

    // From v2 and back into memory, and all away again.
    let mut file = Vec::new();
    let mut map = rewrite(&map, &mut file, WriteMode::ForceNew);
    assert_complete(&map);
    map.set_tracked(HgPath::new(b"large/f2500x")).unwrap();
    map.set_untracked(HgPath::new(b"large/f2500x")).unwrap();
    assert_complete(&map);
    for path in scattered() {
        map.set_untracked(HgPath::new(&path)).unwrap();
    }
    assert!(map.nodes().next().is_none());
    let map = rewrite(&map, &mut file, WriteMode::ForceAppend);
    assert!(map.is_empty());
    let map = rewrite(&map, &mut file, WriteMode::Auto);
    assert!(file.is_empty() && map.is_empty());
}

/// Directories in directories: what two paths share is found once for each
/// record, not once a level.
#[test]
fn deep_paths_in_turn() {
    const HALF: usize = 15_000;
    let one = [b"a/".repeat(2 * HALF), b"x".to_vec()].concat();
    let other = [b"a/".repeat(HALF), b"b/".repeat(HALF), b"x".to_vec()].concat();
    let mut data = vec![0; 40];
    for path in [&one, &other, &one, &other] {
        data.extend_from_slice(b"a\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");
        data.extend_from_slice(&(path.len() as u32).to_be_bytes());
        data.extend_from_slice(path);
    }
    let (mut map, _) = DirstateMap::new_v1(data.into(), None).unwrap();
    assert_eq!(map.nodes().count(), 3 * HALF + 2);
    for path in [&one, &other] {
        assert!(map.contains_key(HgPath::new(path)).unwrap());
        assert!(map.set_untracked(HgPath::new(path)).unwrap());
    }
    assert!(map.nodes().next().is_none());
}
