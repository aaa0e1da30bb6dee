// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::super::EntryData;
use super::*;
use crate::types::{HgPathBuf, Node, TruncatedTimestamp};

const PARENTS: DirstateParents = DirstateParents {
    p1: Node::new([1; 20]),
    p2: Node::new([2; 20]),
};

const MERGED: EntryData = EntryData {
    p2_info: true,
    ..EntryData::TRACKED
};

fn time(seconds: u32) -> TruncatedTimestamp {
    TruncatedTimestamp::new(seconds, 7, false).unwrap()
}

/// Everything a map says, for comparisons.
fn contents(map: &DirstateMap) -> Vec<(HgPathBuf, DirstateEntry, Option<HgPathBuf>)> {
    map.iter()
        .map(|item| {
            let (path, entry) = item.unwrap();
            let source = map.copy_map_get(path).unwrap();
            (path.to_owned(), entry, source.map(HgPath::to_owned))
        })
        .collect()
}

fn sample() -> DirstateMap {
    let mut map = DirstateMap::new_empty();
    for path in [&b"b/c"[..], b"a", b"b/a", b"b-", b"b/d/e", b"z"] {
        let clean = EntryData {
            mode_size: Some((0o100644, 3)),
            mtime: Some(time(5)),
            ..EntryData::TRACKED
        };
        map.reset_state(HgPath::new(path), clean).unwrap();
    }
    map.set_untracked(HgPath::new(b"b/c")).unwrap();
    map.set_tracked(HgPath::new(b"new/file")).unwrap();
    map.reset_state(HgPath::new(b"m"), MERGED).unwrap();
    map.copy_map_insert(HgPath::new(b"m"), HgPath::new(b"a"))
        .unwrap();
    map
}

fn reopened(map: &DirstateMap) -> DirstateMap {
    let packed = map.pack_v2(WriteMode::ForceNew).unwrap();
    let size = packed.data.len();
    let data = packed.data.into();
    DirstateMap::new_v2(data, size, &packed.tree_metadata, b"id".to_vec(), None).unwrap()
}

/// A status reads the map from several threads.
#[test]
fn is_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<DirstateMap>();
    check::<NodeRef<'_>>();
}

#[test]
fn paths_that_no_node_has() {
    let mut map = sample();
    let before = contents(&map);
    for path in [&b""[..], b"/", b"a/", b"/a", b"b//a", b"b/a\0"] {
        assert_eq!(map.get(HgPath::new(path)).unwrap(), None);
        assert!(!map.set_untracked(HgPath::new(path)).unwrap());
        assert!(map.set_possibly_dirty(HgPath::new(path)).is_err());
        let invalid = |result| matches!(result, Err(DirstateError::InvalidPath { .. }));
        assert!(invalid(map.set_tracked(HgPath::new(path)).map(drop)));
        assert!(invalid(map.reset_state(HgPath::new(path), MERGED)));
        assert!(invalid(
            map.copy_map_insert(HgPath::new(path), HgPath::new(b"a"))
                .map(drop)
        ));
        assert!(invalid(
            map.copy_map_insert(HgPath::new(b"a"), HgPath::new(path))
                .map(drop)
        ));
    }
    assert_eq!(contents(&map), before);
}

/// Two names of the same hash: looking up by hashes alone would take one
/// for the other.
#[test]
fn names_of_the_same_hash() {
    let mut seen = std::collections::HashMap::new();
    let mut random = fastrand::Rng::with_seed(3);
    let mut pair = None;
    for _ in 0..1_000_000 {
        let name = format!("{:x}", random.u128(..)).into_bytes();
        let hash = super::super::children::NameHash::of(HgPath::new(&name));
        if let Some(other) = seen.insert(hash, name.clone()) {
            pair = Some((other, name));
            break;
        }
    }
    let (one, other) = pair.unwrap();
    let in_one = [&one[..], b"/x"].concat();
    let in_other = [&other[..], b"/y"].concat();
    let mut map = DirstateMap::new_empty();
    for path in [&in_one, &in_other] {
        assert!(map.set_tracked(HgPath::new(path)).unwrap());
    }
    for path in [&in_one, &in_other] {
        assert!(map.contains_key(HgPath::new(path)).unwrap());
    }
    for path in [[&one[..], b"/y"].concat(), [&other[..], b"/x"].concat()] {
        assert!(!map.contains_key(HgPath::new(&path)).unwrap());
    }
    assert!(map.set_untracked(HgPath::new(&in_other)).unwrap());
    assert!(map.get_node(HgPath::new(&other)).unwrap().is_none());
    assert!(
        map.has_directory(HgPath::new(&one)).unwrap()
            && !map.contains_key(HgPath::new(&one)).unwrap()
    );
    assert!(map.contains_key(HgPath::new(&in_one)).unwrap());
}

#[test]
fn a_directory_in_place_of_a_file() {
    let mut map = sample();
    map.set_untracked(HgPath::new(b"a")).unwrap();
    map.set_tracked(HgPath::new(b"a/b")).unwrap();
    for map in [&map, &reopened(&map)] {
        assert!(map.get(HgPath::new(b"a")).unwrap().unwrap().removed());
        assert!(map.get(HgPath::new(b"a/b")).unwrap().unwrap().added());
        assert!(map.has_tracked_directory(HgPath::new(b"a")).unwrap());
    }
    map.reset_state(HgPath::new(b"a"), EntryData::default())
        .unwrap();
    assert_eq!(map.get(HgPath::new(b"a")).unwrap(), None);
    assert!(map.get(HgPath::new(b"a/b")).unwrap().is_some());
    map.set_untracked(HgPath::new(b"a/b")).unwrap();
    assert!(map.get_node(HgPath::new(b"a")).unwrap().is_none());
}

#[test]
fn present_files_are_not_removed() {
    let mut map = sample();
    let present: Vec<_> = map.present_files().map(Result::unwrap).collect();
    assert!(present.contains(&HgPath::new(b"b/a")));
    assert!(!present.contains(&HgPath::new(b"b/c")));
    assert_eq!(present.len(), map.len() - 1);
    map.set_tracked(HgPath::new(b"b/D/E")).unwrap();
    let folded: Vec<_> = map.file_fold_map().map(Result::unwrap).collect();
    assert_eq!(folded.len(), map.len() - 1);
    for path in [HgPath::new(b"b/D/E"), HgPath::new(b"b/d/e")] {
        assert!(folded.contains(&(HgPath::new(b"b/d/e").into(), path)));
    }
}

#[test]
fn debug_iter_shows_directories() {
    let mut map = sample();
    map.set_cached_directory_mtime(HgPath::new(b"b/d"), time(9))
        .unwrap();
    let all: Vec<_> = map.debug_iter(true).map(Result::unwrap).collect();
    assert!(all.contains(&(HgPath::new(b"b"), (b' ', 0, -1, -1))));
    assert!(all.contains(&(HgPath::new(b"b/d"), (b' ', 0, -1, 9))));
    assert_eq!(map.debug_iter(false).count(), map.len());
}

#[test]
fn v2_round_trip() {
    let map = sample();
    let back = reopened(&map);
    assert_eq!(contents(&back), contents(&map));
    assert_eq!(back.len(), map.len());
    assert_eq!(back.copy_map_len(), 1);
    assert!(back.has_directory(HgPath::new(b"b/d")).unwrap());
    assert!(!back.has_directory(HgPath::new(b"")).unwrap());
    assert!(!back.has_directory(HgPath::new(b"a")).unwrap());
}

#[test]
fn v1_round_trip() {
    let mut map = sample();
    // v1 has no nanoseconds.
    for path in [&b"a"[..], b"b/a", b"b-", b"b/d/e", b"z"] {
        let mtime = TruncatedTimestamp::new(5, 0, false).unwrap();
        map.set_clean(HgPath::new(path), 0o100644, 3, mtime)
            .unwrap();
    }
    let packed = map.pack_v1(PARENTS).unwrap();
    let (back, parents) = DirstateMap::new_v1(packed.clone().into(), None).unwrap();
    assert_eq!(parents, PARENTS);
    assert_eq!(contents(&back), contents(&map));
    assert_eq!(back.pack_v1(PARENTS).unwrap(), packed);
}
