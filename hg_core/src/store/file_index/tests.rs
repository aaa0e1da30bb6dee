// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Keeps the names it hears; refuses from the given one on.
#[derive(Default)]
struct Transaction {
    announced: Vec<String>,
    refuses_after: Option<usize>,
}

impl AnnounceFile for Transaction {
    type Error = FileIndexError;

    fn announce(&mut self, name: &str) -> Result<(), FileIndexError> {
        if self.refuses_after == Some(self.announced.len()) {
            return Err(FileIndexError::TooLarge("refused"));
        }
        self.announced.push(name.to_owned());
        Ok(())
    }
}

fn open(store: &Path, options: FileIndexOptions) -> FileIndex {
    let docket = read_docket(store, false).unwrap();
    FileIndex::open(store, docket, options, Box::new(ReadWhole)).unwrap()
}

/// Write, commit, and look that a second look at the disk finds the same.
fn commit(index: &mut FileIndex) -> Vec<String> {
    let mut transaction = Transaction::default();
    let docket = index.write(&mut transaction, 7).unwrap();
    std::fs::write(index.store.join(DOCKET_FILE), docket).unwrap();
    let again = open(&index.store, index.options);
    assert_eq!(again.docket, index.docket);
    assert_eq!(paths(&again), paths(index));
    transaction.announced
}

fn paths(index: &FileIndex) -> Vec<(FileToken, Vec<u8>)> {
    let tokens = 0..index.token_count() + 1;
    let found = tokens.filter_map(|token| Some((token, index.path(token).unwrap()?.to_vec())));
    let found: Vec<_> = found.collect();
    assert_eq!(found.len(), index.len());
    for (token, path) in &found {
        assert_eq!(index.token(path).unwrap(), Some(*token));
        assert!(index.has_token(*token));
    }
    found
}

fn tree(index: &FileIndex) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut lines = Vec::new();
    for node in index.debug_nodes().unwrap() {
        lines.push(format!(
            "{:08x}: {:?} ({})",
            node.offset,
            text(&node.label),
            node.token
        ));
        for (byte, child) in node.children {
            let byte = char::from(byte);
            lines.push(match child {
                DebugChild::Node(offset) => format!("{byte} -> {offset:08x}"),
                DebugChild::Leaf { label, token } => {
                    format!("{byte} -> {:?} ({token})", text(&label))
                }
            });
        }
    }
    lines
}

#[test]
fn the_layout_that_mercurial_writes() {
    let store = tempfile::tempdir().unwrap();
    let mut index = open(store.path(), FileIndexOptions::default());
    assert_eq!(tree(&index), ["00000000: \"\" (0)"]);
    assert!(index.is_empty());
    assert_eq!(index.add(b"file").unwrap(), (1, true));
    assert_eq!(index.add(b"file").unwrap(), (1, false));
    let names = commit(&mut index);
    let kinds: Vec<_> = names
        .iter()
        .map(|name| name.split('.').next().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["fileindex-list", "fileindex-meta", "fileindex-tree"]
    );
    let docket = index.docket();
    assert_eq!(
        (docket.list_size, docket.meta_size, docket.tree_size),
        (5, 16, 11)
    );
    assert_eq!(tree(&index), ["00000000: \"\" (0)", "f -> \"file\" (1)"]);

    for (path, token) in [("fi", 2), ("filename", 3), ("other", 4)] {
        assert_eq!(index.add(path.as_bytes()).unwrap(), (token, true));
    }
    assert_eq!(commit(&mut index), [""; 0]);
    assert_eq!(
        tree(&index),
        [
            "0000000b: \"\" (0)",
            "f -> 0000001b",
            "o -> \"other\" (4)",
            "0000001b: \"fi\" (2)",
            "l -> 00000026",
            "00000026: \"le\" (1)",
            "n -> \"name\" (3)",
        ]
    );
    let docket = index.docket();
    assert_eq!(
        (docket.tree_size, docket.tree_root, docket.tree_unused),
        (49, 11, 11)
    );
    index.vacuum();
    assert_eq!(commit(&mut index).len(), 1);
    let docket = index.docket();
    assert_eq!(
        (docket.tree_size, docket.tree_root, docket.tree_unused),
        (38, 0, 0)
    );
    assert_eq!(docket.garbage.len(), 1);

    for unknown in ["", "f", "fil", "files", "otherwise", "x", "\0"] {
        assert_eq!(
            index.token(unknown.as_bytes()).unwrap(),
            None,
            "{unknown:?}"
        );
    }
}

#[test]
fn removing_and_garbage() {
    let store = tempfile::tempdir().unwrap();
    let options = FileIndexOptions {
        retention: 0,
        ..FileIndexOptions::default()
    };
    let mut index = open(store.path(), options);
    for path in ["a", "b", "c"] {
        index.add(path.as_bytes()).unwrap();
    }
    assert!(matches!(
        index.remove(b"a"),
        Err(FileIndexError::AddAndRemove)
    ));
    let old_names = commit(&mut index);
    assert!(!index.remove(b"x").unwrap());
    assert!(index.remove(b"b").unwrap() && !index.remove(b"b").unwrap());
    assert_eq!(index.token(b"b").unwrap(), None);
    assert!(matches!(index.add(b"d"), Err(FileIndexError::AddAndRemove)));
    assert_eq!(commit(&mut index).len(), 3);
    assert_eq!(paths(&index), [(1, b"a".to_vec()), (2, b"c".to_vec())]);
    let garbage: Vec<_> = index
        .docket
        .garbage
        .iter()
        .map(|entry| &entry.path)
        .collect();
    assert_eq!(garbage, old_names.iter().collect::<Vec<_>>());
    let count = || std::fs::read_dir(&store).unwrap().count();
    assert_eq!(count(), 7);
    assert!(index.collect_garbage(8, false).unwrap());
    assert_eq!(count(), 7);
    assert!(index.collect_garbage(8, false).unwrap());
    assert_eq!((count(), index.docket.garbage.len()), (4, 0));
    assert!(!index.collect_garbage(8, true).unwrap());

    for path in ["a", "c"] {
        index.remove(path.as_bytes()).unwrap();
    }
    commit(&mut index);
    assert!(index.is_empty());
    let docket = index.docket();
    assert_eq!(
        (docket.list_size, docket.meta_size, docket.tree_size),
        (0, 8, 0)
    );
    assert!(index.add(b"a").unwrap().1);
    commit(&mut index);
    assert_eq!(paths(&index), [(1, b"a".to_vec())]);
}

#[test]
fn retention() {
    let store = tempfile::tempdir().unwrap();
    let options = FileIndexOptions {
        retention: 100,
        ..FileIndexOptions::default()
    };
    let mut index = open(store.path(), options);
    let entry = |timestamp| GarbageEntry {
        ttl: 0,
        timestamp,
        path: "fileindex-tree.00000001".to_owned(),
    };
    index.docket.garbage = vec![entry(0), entry(50), entry(u32::MAX)];
    assert!(!index.collect_garbage(100, false).unwrap());
    assert!(index.collect_garbage(150, false).unwrap());
    assert_eq!(index.docket.garbage, [entry(50), entry(u32::MAX)]);
    assert!(index.collect_garbage(150, true).unwrap());
}

#[test]
fn a_refusal_or_a_failure_changes_nothing() {
    let store = tempfile::tempdir().unwrap();
    let mut index = open(store.path(), FileIndexOptions::default());
    index.add(b"a").unwrap();
    for refuses_after in 0..3 {
        let mut transaction = Transaction {
            announced: Vec::new(),
            refuses_after: Some(refuses_after),
        };
        assert!(index.write(&mut transaction, 7).is_err());
        assert_eq!(index.docket, Docket::default());
        assert_eq!(std::fs::read_dir(&store).unwrap().count(), 0);
    }
    commit(&mut index);
    let before = index.docket.clone();
    index.add(b"b").unwrap();
    let tree = index
        .store
        .join(index.docket.data_file_names().last().unwrap());
    let hidden = store.path().join("hidden");
    std::fs::rename(&tree, &hidden).unwrap();
    let error = index
        .write(&mut Transaction::default(), 7)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with(tree.to_str().unwrap()), "{error}");
    assert_eq!(index.docket, before);
    std::fs::rename(&hidden, &tree).unwrap();
    commit(&mut index);
    assert_eq!(paths(&index), [(1, b"a".to_vec()), (2, b"b".to_vec())]);
}

#[test]
fn pending_dockets() {
    let store = tempfile::tempdir().unwrap();
    let mut index = open(store.path(), FileIndexOptions::default());
    index.add(b"a").unwrap();
    let docket = index.write(&mut Transaction::default(), 7).unwrap();
    std::fs::write(store.path().join(PENDING_DOCKET_FILE), &docket).unwrap();
    assert_eq!(read_docket(store.path(), false).unwrap(), Docket::default());
    assert_eq!(read_docket(store.path(), true).unwrap(), index.docket);
    std::fs::write(store.path().join(PENDING_DOCKET_FILE), "").unwrap();
    assert_eq!(read_docket(store.path(), true).unwrap(), Docket::default());
    std::fs::write(store.path().join(DOCKET_FILE), "").unwrap();
    assert!(read_docket(store.path(), true).is_err());
}

#[test]
fn long_paths() {
    let store = tempfile::tempdir().unwrap();
    let mut index = open(store.path(), FileIndexOptions::default());
    let long = [b'x'; 1000];
    for length in [1000, 255, 256, 510, 999, 3] {
        index.add(&long[..length]).unwrap();
        commit(&mut index);
    }
    index.add(&[b'y'; 0x10000]).unwrap();
    assert!(index.write(&mut Transaction::default(), 7).is_err());
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(b'a'..b'c', 1..6),
        (1..4usize, b'a'..b'c').prop_map(|(times, byte)| vec![byte; times * 254]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn as_a_list_of_paths(
        rounds in prop::collection::vec(
            (prop::collection::vec(path(), 0..8), any::<bool>(), any::<bool>()),
            1..8,
        ),
    ) {
        let store = tempfile::tempdir().unwrap();
        let mut index = open(store.path(), FileIndexOptions::default());
        let mut model: Vec<Vec<u8>> = Vec::new();
        for (paths_given, removing, vacuum) in rounds {
            for path in paths_given {
                let known = model.iter().position(|other| *other == path);
                if removing {
                    prop_assert_eq!(index.remove(&path).unwrap(), known.is_some());
                    model.retain(|other| *other != path);
                } else {
                    let token = known.unwrap_or(model.len()) as u32 + 1;
                    prop_assert_eq!(index.add(&path).unwrap(), (token, known.is_none()));
                    if known.is_none() {
                        model.push(path);
                    }
                }
            }
            if vacuum {
                index.vacuum();
            }
            commit(&mut index);
            let expected: Vec<_> = (1..).zip(model.clone()).collect();
            prop_assert_eq!(paths(&index), expected);
        }
        // What the root does not lead to is what is counted as unused.
        let reached: usize = index.debug_nodes().unwrap().iter().map(|node| {
            view::NODE_SIZE + view::CHILD_SIZE * node.children.len()
        }).sum();
        if index.docket.tree_size > 0 {
            prop_assert_eq!(reached as u32 + index.docket.tree_unused, index.docket.tree_size);
        }
    }

    #[test]
    fn damage_is_an_error_or_an_answer(
        paths in prop::collection::btree_set(path(), 1..8),
        damage in prop::collection::vec((0..3usize, 0..400usize, any::<u8>()), 1..4),
    ) {
        let store = tempfile::tempdir().unwrap();
        let mut index = open(store.path(), FileIndexOptions::default());
        for path in &paths {
            index.add(path).unwrap();
        }
        let docket = index.write(&mut Transaction::default(), 7).unwrap();
        let names: Vec<_> = index.docket.data_file_names().collect();
        let mut files: BTreeMap<usize, Vec<u8>> = (0..3)
            .map(|file| (file, std::fs::read(store.path().join(&names[file])).unwrap()))
            .collect();
        for (file, offset, byte) in damage {
            let data = files.get_mut(&file).unwrap();
            let offset = offset % data.len();
            data[offset] = byte;
        }
        for (file, data) in &files {
            std::fs::write(store.path().join(&names[*file]), data).unwrap();
        }
        let docket = Docket::parse(&docket).unwrap();
        let options = FileIndexOptions::default();
        let mut damaged = FileIndex::open(store.path(), docket, options, Box::new(ReadWhole)).unwrap();
        for token in 0..damaged.token_count() {
            let _ = damaged.path(token);
        }
        for path in &paths {
            let _ = damaged.token(path);
        }
        let _ = damaged.debug_nodes();
        let _ = damaged.add(b"abcabc").and_then(|_| damaged.write(&mut Transaction::default(), 7));
    }
}
