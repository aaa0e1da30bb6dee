// SPDX-License-Identifier: GPL-2.0-or-later
//! Files that Mercurial's own Python writes: `fixtures/make_fixtures.py`.

use hg_core::dirstate::{DirstateMap, DirstateParents, NodeRef, WriteMode};
use hg_core::types::{HgPath, Node, TruncatedTimestamp};

use super::{open_v2, rewrite};

pub const V1: &[u8] = include_bytes!("fixtures/stock-v1.dirstate");
pub const V2: &[u8] = include_bytes!("fixtures/stock-v2.data");
pub const V2_METADATA: &[u8] = include_bytes!("fixtures/stock-v2.meta");

pub const PARENTS: DirstateParents = DirstateParents {
    p1: Node::new([0x11; 20]),
    p2: Node::new([0x22; 20]),
};

type Row = (&'static [u8], (u8, i32, i32, i32), Option<&'static [u8]>);

const T: i32 = 1_700_000_000;

/// What `mercurial.pure.parsers` reads from the v1 file, in the order of the
/// tree. The v2 file gives the same v1 values.
const ROWS: &[Row] = &[
    (b"a", (b'n', 0o100644, 3, T), None),
    (b"a-b", (b'n', 0o100755, 7, T), None),
    (b"a.x", (b'n', 0o120777, 0, T), None),
    (b"dir/clean", (b'n', 0o100644, 3, T), None),
    (b"dir/removed", (b'r', 0, 0, 0), None),
    (b"dir/sub/deep/file", (b'n', 0o100644, 3, T), None),
    (b"dir/sub/other", (b'a', 0, -1, -1), Some(b"dir/clean")),
    (b"dir0", (b'n', 0o100644, 5, -1), None),
    (b"fallback", (b'n', 0, -1, -1), None),
    (b"from_p2", (b'n', 0, -2, -1), None),
    (b"lookup", (b'n', 0, -1, -1), None),
    (b"merged", (b'm', 0, -2, -1), Some(b"a")),
    (b"removed_merged", (b'r', 0, -1, 0), None),
    (b"removed_p2", (b'r', 0, -2, 0), None),
    (b"was_file", (b'r', 0, 0, 0), None),
    (b"was_file/now/dir", (b'a', 0, -1, -1), None),
    (b"was_file2", (b'r', 0, 0, 0), None),
    (b"was_file2/direct", (b'a', 0, -1, -1), None),
    (b"\xe9\xff", (b'n', 0o100644, 3, T), None),
];

fn assert_rows(map: &DirstateMap, v2: bool) {
    let rows: Vec<_> = map.debug_iter(false).map(Result::unwrap).collect();
    for ((path, values), (expected_path, expected, source)) in rows.iter().zip(ROWS) {
        assert_eq!(path, expected_path);
        let mut expected = *expected;
        if v2 && expected.1 & 0o170000 == 0o120000 {
            // v2 keeps one bit of the permissions.
            expected.1 = 0o120755;
        }
        assert_eq!(*values, expected, "{path:?}");
        let entry = map.get(path).unwrap().unwrap();
        assert_eq!(entry.debug_tuple(), expected);
        assert_eq!(map.copy_map_get(path).unwrap(), source.map(HgPath::new));
    }
    assert_eq!(rows.len(), ROWS.len());
    assert_eq!(map.len(), ROWS.len());
    assert_eq!(map.copy_map_len(), 2);
    assert_eq!(map.copy_map_iter().count(), 2);
}

fn assert_directories(map: &DirstateMap) {
    assert_eq!(
        map.tracked_dirs().unwrap(),
        [
            &b"dir"[..],
            b"dir/sub",
            b"dir/sub/deep",
            b"was_file",
            b"was_file/now",
            b"was_file2"
        ]
    );
    let node = map.get_node(HgPath::new(b"dir")).unwrap().unwrap();
    assert_eq!(node.descendants_with_entry_count().unwrap(), 4);
    assert_eq!(node.tracked_descendants_count().unwrap(), 3);
    assert!(map.has_directory(HgPath::new(b"was_file")).unwrap());
    assert!(map
        .has_tracked_directory(HgPath::new(b"dir/sub/deep"))
        .unwrap());
    for path in [&b""[..], b"a", b"dir/clean", b"nowhere", b"dir/", b"/dir"] {
        assert!(!map.has_directory(HgPath::new(path)).unwrap(), "{path:?}");
        assert!(!map.has_tracked_directory(HgPath::new(path)).unwrap());
    }
}

#[test]
fn v1() {
    let (map, parents) = DirstateMap::new_v1(V1.to_vec().into(), None).unwrap();
    assert_eq!(parents, PARENTS);
    assert_rows(&map, false);
    assert_directories(&map);
    let packed = map.pack_v1(parents).unwrap();
    let (map, _) = DirstateMap::new_v1(packed.clone().into(), None).unwrap();
    assert_rows(&map, false);
    assert_eq!(map.pack_v1(parents).unwrap(), packed);
}

#[test]
fn v2() {
    let map = open_v2(V2, V2_METADATA).unwrap();
    assert_rows(&map, true);
    assert_directories(&map);
    let clean = map.get(HgPath::new(b"dir/clean")).unwrap().unwrap();
    let mtime = TruncatedTimestamp::new(T as u32, 123_456_789, false).unwrap();
    assert_eq!(clean.truncated_mtime(), Some(mtime));
    let ambiguous = map.get(HgPath::new(b"dir0")).unwrap().unwrap();
    assert!(ambiguous.truncated_mtime().unwrap().second_ambiguous());
    let fallback = map.get(HgPath::new(b"fallback")).unwrap().unwrap();
    assert_eq!(fallback.fallback_exec(), Some(true));
    assert_eq!(fallback.fallback_symlink(), Some(false));
    let map = rewrite(&map, &mut Vec::new(), WriteMode::ForceNew);
    assert_rows(&map, true);
    assert_directories(&map);
}

/// Python's writer makes two nodes of `was_file`, which are one.
#[test]
fn a_node_in_two_parts() {
    let map = open_v2(V2, V2_METADATA).unwrap();
    let children = map.root_children().unwrap();
    let named: Vec<NodeRef> = children
        .iter()
        .filter(|node| node.base_name() == b"was_file")
        .collect();
    assert_eq!(named.len(), 1);
    for node in [
        named[0],
        children.get(HgPath::new(b"was_file")).unwrap(),
        map.get_node(HgPath::new(b"was_file")).unwrap().unwrap(),
    ] {
        assert!(node.entry().unwrap().unwrap().removed());
        assert!(node.has_children());
        assert_eq!(node.descendants_with_entry_count().unwrap(), 1);
        assert_eq!(node.children().unwrap().iter().count(), 1);
    }
    let mut map = map;
    let mut file = V2.to_vec();
    map.set_untracked(HgPath::new(b"was_file/now/dir")).unwrap();
    let map = rewrite(&map, &mut file, WriteMode::ForceAppend);
    assert!(map
        .get(HgPath::new(b"was_file"))
        .unwrap()
        .unwrap()
        .removed());
    assert!(!map
        .get_node(HgPath::new(b"was_file"))
        .unwrap()
        .unwrap()
        .has_children());
    assert_eq!(map.len(), ROWS.len() - 1);
}

/// What nobody changed is not written again.
#[test]
fn append() {
    let mut map = open_v2(V2, V2_METADATA).unwrap();
    let packed = map.pack_v2(WriteMode::Auto).unwrap();
    assert!(packed.append);
    assert!(packed.data.is_empty());
    assert_eq!(packed.tree_metadata[..], *V2_METADATA);

    // The root has 15 nodes, two of them parts of one, and `dir` has 3; their
    // paths are reused.
    assert!(map.set_untracked(HgPath::new(b"dir/clean")).unwrap());
    let packed = map.pack_v2(WriteMode::Auto).unwrap();
    assert!(!packed.append, "more than half is unreachable");
    let packed = map.pack_v2(WriteMode::ForceAppend).unwrap();
    assert!(packed.append);
    assert_eq!(packed.data.len(), 44 * (15 - 1 + 3));
    let unreachable = u32::from_be_bytes(packed.tree_metadata[16..20].try_into().unwrap());
    assert_eq!(unreachable, 44 * (15 + 3) + 8);

    let mut file = V2.to_vec();
    let map = rewrite(&map, &mut file, WriteMode::ForceAppend);
    assert!(map
        .get(HgPath::new(b"dir/clean"))
        .unwrap()
        .unwrap()
        .removed());
    assert_eq!(map.len(), ROWS.len());
    assert_eq!(map.iter().count(), ROWS.len());
    let node = map.get_node(HgPath::new(b"dir")).unwrap().unwrap();
    assert_eq!(node.tracked_descendants_count().unwrap(), 2);
}

/// A file may be longer than the docket says, and never shorter.
#[test]
fn data_size() {
    let mut data = V2.to_vec();
    data.extend_from_slice(b"another process is writing here");
    let open = |data: &[u8], size| {
        DirstateMap::new_v2(data.to_vec().into(), size, V2_METADATA, Vec::new(), None)
    };
    let map = open(&data, V2.len()).unwrap();
    assert_rows(&map, true);
    let packed = map.pack_v2(WriteMode::ForceAppend).unwrap();
    assert!(packed.append && packed.data.is_empty());
    assert!(open(V2, V2.len() + 1).is_err());
    assert!(open(b"", 0).unwrap().is_empty());
}
