// SPDX-License-Identifier: GPL-2.0-or-later
//! Damaged files: an error, or a right answer about what is there; in no case
//! a panic or a loop.

use hg_core::dirstate::{DirstateEntry, DirstateError, DirstateMap, EntryData, NodeRef, WriteMode};
use hg_core::types::{HgPath, TruncatedTimestamp};

use super::open_v2;
use super::stock::{PARENTS, V1, V2, V2_METADATA};

/// Each way to damage a file: cut anywhere, or one byte changed.
fn damaged(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let prefixes = (0..bytes.len()).map(|len| bytes[..len].to_vec());
    let flips = (0..bytes.len()).flat_map(move |index| {
        (0..8).map(|bit| 1 << bit).chain([0xff]).map(move |mask| {
            let mut bytes = bytes.to_vec();
            bytes[index] ^= mask;
            bytes
        })
    });
    prefixes.chain(flips)
}

/// Look at everything in the ways that a status does. Returns the number of
/// entries seen.
fn traverse(map: &DirstateMap) -> Result<usize, DirstateError> {
    let mut stack: Vec<NodeRef> = map.root_children()?.iter().collect();
    let mut entries = 0;
    while let Some(node) = stack.pop() {
        let path = node.full_path()?;
        assert_eq!(path.base_name(), node.base_name());
        assert!(!node.base_name().is_empty());
        if let Some(entry) = node.entry()? {
            assert!(entry.any_tracked());
            entries += 1;
            let (state, _, size, mtime) = entry.debug_tuple();
            assert!(b"nmar".contains(&state), "{path:?} {size} {mtime}");
        }
        node.cached_directory_mtime()?;
        if node.has_copy_source() {
            node.copy_source()?;
        }
        let children = node.children()?;
        assert_eq!(children.is_empty(), !node.has_children());
        for child in children {
            let found = children.get(child.base_name()).unwrap();
            assert_eq!(found.full_path()?, child.full_path()?);
            stack.push(child);
        }
    }
    Ok(entries)
}

/// Do everything that can be done with a map.
fn exercise(map: &mut DirstateMap) -> Result<(), DirstateError> {
    let seen = traverse(map)?;
    let mut all = Vec::new();
    for item in map.iter() {
        let (path, entry) = item?;
        assert_eq!(map.get(path)?, Some(entry));
        assert!(map.contains_key(path)?);
        all.push((
            path.to_owned(),
            entry,
            map.copy_map_get(path)?.map(HgPath::to_owned),
        ));
    }
    assert_eq!(all.len(), seen);
    for item in map.copy_map_iter() {
        let (path, _) = item?;
        assert!(map.copy_map_contains_key(path)?);
    }
    map.tracked_dirs()?;

    // All of it can be written, and says the same again.
    let packed = map.pack_v1(PARENTS)?;
    let (back, parents) = DirstateMap::new_v1(packed.into(), None)?;
    assert_eq!(parents, PARENTS);
    for (path, entry, source) in &all {
        let again = back.get(path)?.unwrap();
        // In v1 a file of unknown size has no time.
        let (state, mode, size, mtime) = entry.debug_tuple();
        assert_eq!(
            again,
            DirstateEntry::from_v1_data(state, mode, size, mtime)?
        );
        assert_eq!(back.copy_map_get(path)?, source.as_deref());
    }
    let packed = map.pack_v2(WriteMode::ForceNew)?;
    let back = open_v2(&packed.data, &packed.tree_metadata)?;
    assert_eq!(back.len(), all.len());
    for (path, entry, source) in &all {
        let again = back.get(path)?.unwrap();
        assert_eq!(again.v2_data(), entry.v2_data());
        assert_eq!(back.copy_map_get(path)?, source.as_deref());
    }
    map.pack_v2(WriteMode::Auto)?;

    let time = TruncatedTimestamp::new(1, 2, false)?;
    map.set_cached_directory_mtime(HgPath::new(b"dir/sub"), time)?;
    map.setparents_fixup()?;
    for (index, (path, _, _)) in all.iter().enumerate() {
        match index % 4 {
            0 => assert!(map.set_untracked(path)?),
            1 => map.set_clean(path, 0o100644, 1, time)?,
            2 => map.reset_state(path, EntryData::default())?,
            _ => map.set_possibly_dirty(path)?,
        }
    }
    map.set_tracked(HgPath::new(b"dir/sub/new"))?;
    traverse(map)?;
    let packed = map.pack_v2(WriteMode::ForceNew)?;
    let back = open_v2(&packed.data, &packed.tree_metadata)?;
    // All of the tree was read by now, so all counts were mended.
    assert_eq!(traverse(&back)?, back.len());
    Ok(())
}

/// How many of the damaged files were found out, and how many were not.
fn count(results: impl Iterator<Item = Result<(), DirstateError>>) -> (usize, usize) {
    let (errors, fine): (Vec<_>, Vec<_>) = results.partition(Result::is_err);
    for error in errors.iter().filter_map(|result| result.as_ref().err()) {
        assert!(!error.to_string().is_empty());
    }
    (errors.len(), fine.len())
}

#[test]
fn v1() {
    let (errors, fine) = count(damaged(V1).map(|bytes| {
        let (mut map, _) = DirstateMap::new_v1(bytes.into(), None)?;
        exercise(&mut map)
    }));
    assert!(errors > 1000 && fine > 1000, "{errors} {fine}");
}

#[test]
fn v2_data() {
    let (errors, fine) = count(damaged(V2).map(|bytes| {
        let size = bytes.len();
        let mut map = DirstateMap::new_v2(bytes.into(), size, V2_METADATA, Vec::new(), None)?;
        exercise(&mut map)
    }));
    assert!(errors > 1000 && fine > 1000, "{errors} {fine}");
}

#[test]
fn v2_metadata() {
    let (errors, fine) = count(damaged(V2_METADATA).map(|bytes| {
        let mut map = open_v2(V2, &bytes)?;
        exercise(&mut map)
    }));
    assert!(errors > 60 && fine > 200, "{errors} {fine}");
}

fn v1_record(state: u8, numbers: [i32; 3], name: &[u8]) -> Vec<u8> {
    let mut record = vec![state];
    for number in numbers {
        record.extend_from_slice(&number.to_be_bytes());
    }
    record.extend_from_slice(&(name.len() as u32).to_be_bytes());
    record.extend_from_slice(name);
    record
}

fn v1_file(records: &[Vec<u8>]) -> Result<DirstateMap, DirstateError> {
    let mut data = vec![0; 40];
    data.extend(records.concat());
    Ok(DirstateMap::new_v1(data.into(), None)?.0)
}

/// Negative numbers come back as they were, as in C.
#[test]
fn v1_negative_numbers() {
    for numbers in [
        [-1, 5, 5],
        [1, -7, 5],
        [1, 5, -7],
        [i32::MIN, i32::MIN, i32::MIN],
    ] {
        let record = v1_record(b'n', numbers, b"f");
        let map = v1_file(std::slice::from_ref(&record)).unwrap();
        let entry = map.get(HgPath::new(b"f")).unwrap().unwrap();
        let [mode, size, mtime] = numbers;
        assert_eq!(entry.debug_tuple(), (b'n', mode, size, mtime));
        let packed = map.pack_v1(PARENTS).unwrap();
        assert_eq!(packed[40..], record);
        // v2 has no negative ones.
        let packed = map.pack_v2(WriteMode::ForceNew).unwrap();
        let map = open_v2(&packed.data, &packed.tree_metadata).unwrap();
        let entry = map.get(HgPath::new(b"f")).unwrap().unwrap();
        assert_eq!(entry.mode_size().is_some(), size >= 0);
        assert_eq!(entry.truncated_mtime().is_some(), size >= 0 && mtime >= 0);
    }
}

/// As in a Python dictionary the last record counts, and a copy source stays
/// until there is another.
#[test]
fn v1_duplicates() {
    let map = v1_file(&[
        v1_record(b'a', [0; 3], b"d/f\0source"),
        v1_record(b'n', [1, 2, 3], b"other"),
        v1_record(b'r', [0; 3], b"d/f"),
    ])
    .unwrap();
    assert_eq!(map.len(), 2);
    assert_eq!(map.copy_map_len(), 1);
    assert!(map.get(HgPath::new(b"d/f")).unwrap().unwrap().removed());
    assert_eq!(
        map.copy_map_get(HgPath::new(b"d/f")).unwrap(),
        Some(HgPath::new(b"source"))
    );
    assert!(map.has_directory(HgPath::new(b"d")).unwrap());
    assert!(!map.has_tracked_directory(HgPath::new(b"d")).unwrap());
}

#[test]
fn v1_bad_records() {
    let bad_names: [&[u8]; 9] = [
        b"", b"/", b"a/", b"/a", b"a//b", b"\0a", b"a\0", b"a\0b\0c", b"a/\0b",
    ];
    for name in bad_names {
        assert!(
            matches!(
                v1_file(&[v1_record(b'n', [1; 3], name)]),
                Err(DirstateError::CorruptedV1 { .. })
            ),
            "{name:?}"
        );
    }
    assert_eq!(
        v1_file(&[v1_record(b'x', [1; 3], b"a")]).unwrap_err(),
        DirstateError::UnknownState { state: b'x' }
    );
    let mut overflow = v1_record(b'n', [1; 3], b"a");
    overflow[13] = 0xff;
    let error = v1_file(&[overflow]).unwrap_err().to_string();
    assert!(
        error.contains("overflow in dirstate at offset 40"),
        "{error}"
    );
    let error = DirstateMap::new_v1(vec![0; 39].into(), None).unwrap_err();
    assert!(error.to_string().contains("too little data for parents"));
}

/// A path with very many components costs memory in proportion, and no stack.
#[test]
fn v1_deep_path() {
    let path = b"d/".repeat(100_000);
    let path = &path[..path.len() - 1];
    let mut map = v1_file(&[v1_record(b'n', [1; 3], path)]).unwrap();
    assert_eq!(traverse(&map).unwrap(), 1);
    assert!(map
        .has_tracked_directory(HgPath::new(&path[..path.len() - 2]))
        .unwrap());
    assert!(matches!(
        map.pack_v2(WriteMode::ForceNew),
        Err(DirstateError::TooLarge(_))
    ));
    map.set_tracked(HgPath::new(path)).unwrap();
    map.reset_state(HgPath::new(path), EntryData::default())
        .unwrap();
    assert!(map.nodes().next().is_none());
}

/// One v2 node; `path` is a range of the data file.
fn v2_node(path: (u32, u16), base_name: u16, children: (u32, u32)) -> Vec<u8> {
    let mut node = Vec::new();
    node.extend_from_slice(&path.0.to_be_bytes());
    node.extend_from_slice(&path.1.to_be_bytes());
    node.extend_from_slice(&base_name.to_be_bytes());
    node.extend_from_slice(&[0; 6]);
    node.extend_from_slice(&children.0.to_be_bytes());
    node.extend_from_slice(&children.1.to_be_bytes());
    node.extend_from_slice(&[0; 8]);
    node.extend_from_slice(&(1_u16 << 13).to_be_bytes());
    node.extend_from_slice(&[0; 12]);
    assert_eq!(node.len(), 44);
    node
}

fn v2_file(paths: &[u8], nodes: &[Vec<u8>], root: (u32, u32)) -> DirstateMap {
    let mut data = paths.to_vec();
    data.extend(nodes.concat());
    let mut metadata = Vec::new();
    metadata.extend_from_slice(&root.0.to_be_bytes());
    metadata.extend_from_slice(&root.1.to_be_bytes());
    metadata.extend_from_slice(&[0; 36]);
    open_v2(&data, &metadata).unwrap()
}

fn v2_problem(map: &mut DirstateMap) -> &'static str {
    let error = traverse(map).unwrap_err();
    // What reads the same list says the same.
    assert_eq!(map.nodes().find_map(Result::err), Some(error.clone()));
    assert_eq!(map.pack_v2(WriteMode::ForceNew).unwrap_err(), error);
    assert_eq!(map.pack_v1(PARENTS).unwrap_err(), error);
    assert!(exercise(map).is_err());
    match error {
        DirstateError::CorruptedV2 { problem, .. } => problem,
        error => panic!("{error}"),
    }
}

#[test]
fn v2_bad_nodes() {
    // Its own child; each other's children.
    let cycle = [v2_node((0, 1), 0, (3, 1))];
    assert_eq!(
        v2_problem(&mut v2_file(b"a/a", &cycle, (3, 1))),
        "a path is not in its parent directory"
    );
    let cycle = [v2_node((0, 1), 0, (47, 1)), v2_node((0, 3), 2, (3, 1))];
    assert_eq!(
        v2_problem(&mut v2_file(b"a/a", &cycle, (3, 1))),
        "a path is not in its parent directory"
    );
    let siblings = |first, second| {
        let nodes = [v2_node(first, 0, (0, 0)), v2_node(second, 0, (0, 0))];
        v2_problem(&mut v2_file(b"ab/\0", &nodes, (4, 2)))
    };
    assert_eq!(siblings((1, 1), (0, 1)), "sibling nodes are not sorted");
    assert_eq!(siblings((0, 1), (0, 1)), "two siblings have the same name");
    assert_eq!(siblings((0, 1), (1, 0)), "a base name is empty");
    let slash_or_nul = "a base name contains a slash or NUL byte";
    assert_eq!(siblings((0, 1), (1, 2)), slash_or_nul);
    assert_eq!(siblings((0, 1), (3, 1)), slash_or_nul);
    assert_eq!(siblings((0, 1), (91, 2)), "a path ends after the file");
    assert_eq!(
        siblings((0, 1), (u32::MAX, 1)),
        "a path ends after the file"
    );
    let one = |base_name, children| {
        let nodes = [v2_node((0, 1), base_name, children)];
        v2_problem(&mut v2_file(b"a/b", &nodes, (3, 1)))
    };
    assert_eq!(one(1, (0, 0)), "a base name is empty");
    assert_eq!(one(9, (0, 0)), "a base name is empty");
    let after_end = "a list of nodes ends after the file";
    assert_eq!(one(0, (4, 1)), after_end);
    assert_eq!(one(0, (0, u32::MAX)), after_end);
    assert_eq!(one(0, (u32::MAX, u32::MAX)), after_end);
}
