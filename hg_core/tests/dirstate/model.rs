// SPDX-License-Identifier: GPL-2.0-or-later
//! Random operations, on the map and on plain dictionaries as in Python.

use std::collections::{BTreeMap, BTreeSet};

use hg_core::dirstate::{
    DirstateEntry, DirstateError, DirstateMap, DirstateParents, EntryData, Meaningful,
    ParentFileData, WriteMode,
};
use hg_core::types::{HgPath, HgPathBuf, TruncatedTimestamp};
use proptest::prelude::*;

use super::rewrite;

type Path = HgPathBuf;

#[derive(Debug, Clone)]
enum Op {
    SetTracked(Path),
    SetUntracked(Path),
    SetClean(Path, u32),
    SetPossiblyDirty(Path),
    Reset(Path, [bool; 4], Option<u32>),
    Copy(Path, Path),
    RemoveCopy(Path),
    SetParents,
    CacheMtime(Path, u32),
    ClearMtime(Path),
    Clear,
    WriteV1,
    WriteV2(WriteMode),
}

/// Few paths, many of which lie in each other.
fn path() -> impl Strategy<Value = Path> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "a-", "bb"]), 1..4)
        .prop_map(|names| names.join("/").into_bytes().into())
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => path().prop_map(Op::SetTracked),
        4 => path().prop_map(Op::SetUntracked),
        3 => (path(), 0..9_u32).prop_map(|(path, n)| Op::SetClean(path, n)),
        2 => path().prop_map(Op::SetPossiblyDirty),
        8 => (path(), any::<[bool; 4]>(), any::<Option<u32>>())
            .prop_map(|(path, bits, size)| Op::Reset(path, bits, size.map(|n| n & 0x7fff_ffff))),
        3 => (path(), path()).prop_map(|(path, source)| Op::Copy(path, source)),
        1 => path().prop_map(Op::RemoveCopy),
        1 => Just(Op::SetParents),
        3 => (path(), 0..3_u32).prop_map(|(path, n)| Op::CacheMtime(path, n)),
        1 => path().prop_map(Op::ClearMtime),
        1 => Just(Op::Clear),
        1 => Just(Op::WriteV1),
        2 => prop::sample::select(vec![
            WriteMode::Auto, WriteMode::ForceNew, WriteMode::ForceAppend
        ]).prop_map(Op::WriteV2),
    ]
}

fn time(seconds: u32) -> TruncatedTimestamp {
    TruncatedTimestamp::new(seconds, 5, false).unwrap()
}

/// What `mercurial/dirstatemap.py` does without Rust, on dictionaries; and
/// the times of directories, which only the map has.
#[derive(Debug, Default)]
struct Model {
    entries: BTreeMap<Path, DirstateEntry>,
    copies: BTreeMap<Path, Path>,
    mtimes: BTreeMap<Path, TruncatedTimestamp>,
}

fn parent(path: &[u8]) -> Option<&[u8]> {
    let slash = path.iter().rposition(|byte| *byte == b'/')?;
    Some(&path[..slash])
}

impl Model {
    /// The paths of all nodes, in the order of a tree.
    fn nodes(&self) -> Vec<Path> {
        let mut nodes = BTreeSet::new();
        for path in self.entries.keys().chain(self.copies.keys()) {
            let mut path = Some(path.as_bytes());
            while let Some(node) = path {
                nodes.insert(node.split(|byte| *byte == b'/').collect::<Vec<_>>());
                path = parent(node);
            }
        }
        let path = |names: &Vec<&[u8]>| names.join(&b'/').into();
        nodes.iter().map(path).collect()
    }

    fn apply(&mut self, op: &Op) {
        let before = self.nodes();
        match op {
            Op::SetTracked(path) => {
                let entry = self.entries.entry(path.clone()).or_default();
                if entry.tracked() {
                    entry.set_possibly_dirty();
                } else {
                    entry.set_tracked();
                }
            }
            Op::SetUntracked(path) => {
                if let Some(entry) = self.entries.get_mut(path) {
                    if !entry.p2_info() {
                        self.copies.remove(path);
                    }
                    entry.set_untracked();
                }
            }
            Op::SetClean(path, size) => {
                if let Some(entry) = self.entries.get_mut(path) {
                    entry.set_clean(0o100644, *size, time(1));
                    self.copies.remove(path);
                }
            }
            Op::SetPossiblyDirty(path) => {
                if let Some(entry) = self.entries.get_mut(path) {
                    entry.set_possibly_dirty();
                }
            }
            Op::Reset(path, bits, size) => {
                self.copies.remove(path);
                let entry = DirstateEntry::new(reset_data(*bits, *size));
                self.entries.insert(path.clone(), entry);
            }
            Op::Copy(path, source) => {
                self.copies.insert(path.clone(), source.clone());
            }
            Op::RemoveCopy(path) => {
                self.copies.remove(path);
            }
            Op::SetParents => {
                for (path, entry) in &mut self.entries {
                    if entry.p2_info() {
                        self.copies.remove(path);
                        entry.drop_merge_data();
                    }
                }
            }
            Op::CacheMtime(path, n) => {
                if before.contains(path) && !self.entries.contains_key(path) {
                    self.mtimes.insert(path.clone(), time(*n));
                }
            }
            Op::ClearMtime(path) => {
                self.mtimes.remove(path);
            }
            Op::Clear => *self = Self::default(),
            Op::WriteV1 => {
                for entry in self.entries.values_mut() {
                    let (state, mode, size, mtime) = entry.debug_tuple();
                    *entry = DirstateEntry::from_v1_data(state, mode, size, mtime).unwrap();
                }
                self.copies
                    .retain(|path, _| self.entries.contains_key(path));
                self.mtimes.clear();
            }
            Op::WriteV2(_) => {
                for entry in self.entries.values_mut() {
                    let (flags, size, seconds, nanoseconds) = entry.v2_data();
                    *entry = DirstateEntry::from_v2_data(flags, size, seconds, nanoseconds);
                }
            }
        }
        self.entries.retain(|_, entry| entry.any_tracked());
        // The time of a directory goes with a child's node.
        let after = self.nodes();
        for path in before.iter().filter(|path| !after.contains(path)) {
            self.mtimes.remove(path);
            if let Some(parent) = parent(path.as_bytes()) {
                self.mtimes.remove(HgPath::new(parent));
            }
        }
        self.mtimes
            .retain(|path, _| !self.entries.contains_key(path));
    }

    fn below(&self, directory: &HgPath, tracked_only: bool) -> usize {
        let prefix = [directory.as_bytes(), b"/"].concat();
        self.entries
            .iter()
            .filter(|(path, entry)| {
                path.as_bytes().starts_with(&prefix) && (entry.tracked() || !tracked_only)
            })
            .count()
    }
}

fn reset_data([wc, p1, p2, _]: [bool; 4], size: Option<u32>) -> EntryData {
    EntryData {
        wc_tracked: wc,
        p1_tracked: p1,
        p2_info: p2,
        mode_size: size.map(|size| (0o100644, size)),
        mtime: size.filter(|size| size % 2 == 1).map(|_| time(7)),
        ..EntryData::default()
    }
}

/// Apply the operation, and check what it returns.
fn apply(map: &mut DirstateMap, file: &mut Vec<u8>, model: &Model, op: &Op) {
    let not_found = |path: &Path, result: Result<(), DirstateError>| {
        if model.entries.contains_key(path) {
            result.unwrap();
        } else {
            assert_eq!(result, Err(DirstateError::PathNotFound(path.clone())));
        }
    };
    match op {
        Op::SetTracked(path) => {
            let newly = !model.entries.get(path).is_some_and(|entry| entry.tracked());
            assert_eq!(map.set_tracked(path).unwrap(), newly);
        }
        Op::SetUntracked(path) => {
            let known = model.entries.contains_key(path);
            assert_eq!(map.set_untracked(path).unwrap(), known);
        }
        Op::SetClean(path, size) => {
            let result = map.set_clean(path, 0o100644, *size, time(1));
            not_found(path, result);
        }
        Op::SetPossiblyDirty(path) => {
            let result = map.set_possibly_dirty(path);
            not_found(path, result);
        }
        Op::Reset(path, bits, size) => {
            let data = reset_data(*bits, *size);
            // An mtime that is not meaningful is given, and ignored.
            let meaningful = data.mtime.is_some();
            let parent_data = data.mode_size.map(|(mode, size)| ParentFileData {
                mode,
                size,
                mtime: Some(time(7)),
            });
            let state = EntryData {
                wc_tracked: data.wc_tracked,
                p1_tracked: data.p1_tracked,
                p2_info: data.p2_info,
                ..EntryData::default()
            };
            let meaningful = Meaningful {
                data: true,
                mtime: meaningful,
            };
            let state = match parent_data {
                Some(file) => state.like_parent_file(file, meaningful),
                None => state,
            };
            map.reset_state(path, state).unwrap();
        }
        Op::Copy(path, source) => {
            let old = map.copy_map_insert(path, source).unwrap();
            assert_eq!(old.as_ref(), model.copies.get(path));
        }
        Op::RemoveCopy(path) => {
            let old = map.copy_map_remove(path).unwrap();
            assert_eq!(old.as_ref(), model.copies.get(path));
        }
        Op::SetParents => {
            let dropped: BTreeMap<Path, Path> =
                map.setparents_fixup().unwrap().into_iter().collect();
            let mut expected = model.copies.clone();
            expected.retain(|path, _| model.entries.get(path).is_some_and(|entry| entry.p2_info()));
            assert_eq!(dropped, expected);
        }
        Op::CacheMtime(path, n) => {
            let changes = model.nodes().contains(path)
                && !model.entries.contains_key(path)
                && model.mtimes.get(path) != Some(&time(*n));
            let changed = map.set_cached_directory_mtime(path, time(*n)).unwrap();
            assert_eq!(changed, changes);
        }
        Op::ClearMtime(path) => map.clear_cached_directory_mtime(path).unwrap(),
        Op::Clear => map.clear(),
        Op::WriteV1 => {
            let packed = map.pack_v1(DirstateParents::NULL).unwrap();
            file.clear();
            *map = DirstateMap::new_v1(packed.into(), None).unwrap().0;
        }
        Op::WriteV2(WriteMode::ForceAppend) if map.uuid().is_none() => {
            assert_eq!(
                map.pack_v2(WriteMode::ForceAppend),
                Err(DirstateError::CannotAppend)
            );
            *map = rewrite(map, file, WriteMode::ForceNew);
        }
        Op::WriteV2(mode) => {
            *map = rewrite(map, file, *mode);
            check_reachable(map, file, *mode);
        }
    }
}

/// After a new file everything is reachable; after appending, the bytes that
/// are not, are those that the metadata counts.
fn check_reachable(map: &DirstateMap, file: &[u8], mode: WriteMode) {
    let packed = map.pack_v2(WriteMode::ForceAppend).unwrap();
    assert!(packed.data.is_empty());
    let unreachable = u32::from_be_bytes(packed.tree_metadata[16..20].try_into().unwrap());
    let mut reachable = 0;
    for node in map.nodes() {
        let node = node.unwrap();
        let source = node.copy_source().unwrap().unwrap_or(HgPath::root());
        reachable += 44 + node.full_path().unwrap().len() + source.len();
    }
    assert_eq!(unreachable as usize + reachable, file.len());
    if mode == WriteMode::ForceNew {
        assert_eq!(unreachable, 0);
    }
}

fn check(map: &DirstateMap, model: &Model) {
    assert_eq!(map.len(), model.entries.len());
    assert_eq!(map.is_empty(), model.entries.is_empty());
    let entries: BTreeMap<Path, DirstateEntry> = map
        .iter()
        .map(|item| item.map(|(path, entry)| (path.to_owned(), entry)).unwrap())
        .collect();
    assert_eq!(entries, model.entries);
    let copies: BTreeMap<Path, Path> = map
        .copy_map_iter()
        .map(|item| {
            item.map(|(path, from)| (path.to_owned(), from.to_owned()))
                .unwrap()
        })
        .collect();
    assert_eq!(copies, model.copies);
    assert_eq!(map.copy_map_len(), model.copies.len());

    let nodes: Vec<_> = map.nodes().map(Result::unwrap).collect();
    let paths: Vec<Path> = nodes
        .iter()
        .map(|node| node.full_path().unwrap().to_owned())
        .collect();
    assert_eq!(paths, model.nodes());
    for node in nodes {
        let path = node.full_path().unwrap();
        assert_eq!(node.entry().unwrap(), model.entries.get(path).copied());
        assert_eq!(node.has_copy_source(), model.copies.contains_key(path));
        assert_eq!(
            node.cached_directory_mtime().unwrap(),
            model.mtimes.get(path).copied(),
            "{path:?}"
        );
        let (below, tracked) = (model.below(path, false), model.below(path, true));
        assert_eq!(node.descendants_with_entry_count().unwrap() as usize, below);
        assert_eq!(node.tracked_descendants_count().unwrap() as usize, tracked);
        assert_eq!(map.has_directory(path).unwrap(), below > 0);
        assert_eq!(map.has_tracked_directory(path).unwrap(), tracked > 0);
        assert_eq!(map.get(path).unwrap(), node.entry().unwrap());
        let source = model.copies.get(path).map(HgPathBuf::as_ref);
        assert_eq!(map.copy_map_get(path).unwrap(), source);
        let names: Vec<_> = node
            .children()
            .unwrap()
            .iter()
            .map(|n| n.base_name())
            .collect();
        assert!(names.is_sorted());
        assert_eq!(names.is_empty(), !node.has_children());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn operations(ops in prop::collection::vec(op(), 1..60)) {
        let (mut map, mut file, mut model) = (DirstateMap::new_empty(), Vec::new(), Model::default());
        for op in &ops {
            apply(&mut map, &mut file, &model, op);
            model.apply(op);
            // Now and then nothing looks before the next operation, so that
            // it meets nodes that are still in the file.
            if !matches!(op, Op::WriteV2(_)) {
                check(&map, &model);
            }
        }
        check(&map, &model);
    }
}
