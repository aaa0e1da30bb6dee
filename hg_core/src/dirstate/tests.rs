// SPDX-License-Identifier: GPL-2.0-or-later
//! Trees that cannot be: nothing is made up in place of what they lack, and
//! nothing of it is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::tree::{Node, PathRange};
use super::*;
use crate::types::HgPath;

/// A map of a few files, in memory.
fn map() -> DirstateMap {
    let mut map = DirstateMap::new_empty();
    for path in ["a", "d/b", "d/sub/c", "d/sub/e", "f"] {
        map.set_tracked(HgPath::new(path)).unwrap();
    }
    let (copy, source) = (HgPath::new("d/b"), HgPath::new("a"));
    map.copy_map_insert(copy, source).unwrap();
    map
}

fn is_internal<T>(result: Result<T, DirstateError>) -> bool {
    matches!(result, Err(DirstateError::Internal(_)))
}

/// No way of writing or listing the map has an answer.
fn assert_broken(map: &DirstateMap, what: &str) {
    assert!(is_internal(map.pack_v1(DirstateParents::NULL)), "{what}");
    for mode in [WriteMode::ForceNew, WriteMode::Auto] {
        assert!(is_internal(map.pack_v2(mode)), "{what}");
    }
    let all: Result<Vec<_>, _> = map.iter().collect();
    assert!(is_internal(all), "{what}");
    let all: Result<Vec<_>, _> = map.paths().collect();
    assert!(is_internal(all), "{what}");
    let all: Result<Vec<_>, _> = map.debug_iter(true).collect();
    assert!(is_internal(all), "{what}");
}

fn node_mut<'a>(map: &'a mut DirstateMap, path: &str) -> &'a mut Node {
    let id = map.tree_mut().load_node(HgPath::new(path)).unwrap();
    map.tree_mut().node_mut(id).unwrap()
}

#[test]
fn a_child_that_is_no_node() {
    let mut map = map();
    map.tree_mut().nodes.pop();
    assert_broken(&map, "the last node");
    map.tree_mut().nodes.truncate(1);
    assert_broken(&map, "all nodes");
}

#[test]
fn a_directory_that_is_lost() {
    let mut map = map();
    map.tree_mut().directories.pop();
    assert_broken(&map, "the last directory");
    let lost = HgPath::new("d/sub");
    assert!(is_internal(map.has_directory(lost)));
    assert!(is_internal(map.has_tracked_directory(lost)));
    assert!(is_internal(map.tracked_dirs()));
    let mtime = crate::types::TruncatedTimestamp::new_truncate(5, 7, false);
    assert!(is_internal(map.set_cached_directory_mtime(lost, mtime)));
    assert_broken(&map, "a time for the last directory");
    map.tree_mut().directories.clear();
    assert_broken(&map, "the root");
    for path in ["a", "g", "d/sub/g"] {
        assert!(is_internal(map.get(HgPath::new(path))));
        assert!(is_internal(map.set_tracked(HgPath::new(path))));
        assert!(is_internal(map.set_untracked(HgPath::new(path))));
    }
    assert_broken(&map, "after changes");
}

#[test]
fn paths_that_are_nowhere() {
    let far = PathRange {
        start: 1 << 20,
        len: 3,
    };
    for path in ["a", "d/sub/c"] {
        let mut map = map();
        node_mut(&mut map, path).path = far;
        assert_broken(&map, path);
    }
    // A directory has no record in v1.
    let mut with_directory = map();
    node_mut(&mut with_directory, "d").path = far;
    assert!(is_internal(with_directory.pack_v2(WriteMode::ForceNew)));
    assert!(is_internal(with_directory.tracked_dirs()));
    let mut map = map();
    node_mut(&mut map, "d/b").copy_source = far;
    assert!(is_internal(map.copy_map_get(HgPath::new("d/b"))));
    assert!(is_internal(
        map.copy_map_iter().collect::<Result<Vec<_>, _>>()
    ));
    assert!(is_internal(map.pack_v1(DirstateParents::NULL)));
    assert!(is_internal(map.pack_v2(WriteMode::ForceNew)));
}

#[test]
fn a_node_that_its_parent_does_not_list() {
    let mut map = map();
    node_mut(&mut map, "a").parent = 0;
    let directory = map.tree_mut().load_node(HgPath::new("d")).unwrap();
    node_mut(&mut map, "a").parent = directory;
    assert!(is_internal(map.set_untracked(HgPath::new("a"))));
}
