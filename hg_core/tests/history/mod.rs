// SPDX-License-Identifier: GPL-2.0-or-later
//! The files of a changeset, read from a store.

use hg_core::history::manifest::ManifestFlag;
use hg_core::history::{read_file, HistoryError, Snapshot};
use hg_core::store::{Store, StoreEncoding};
use hg_core::types::{HgPath, Node, Revision};

use crate::update::repo;

#[test]
fn files_of_a_changeset() {
    let place = tempfile::tempdir().unwrap();
    let files = vec![
        ("Dir/A file".to_owned(), "x", b"content".to_vec()),
        (
            "b".to_owned(),
            "",
            b"\x01\ncopy: a\n\x01\nno metadata".to_vec(),
        ),
        ("link".to_owned(), "l", b"b".to_vec()),
    ];
    repo::make(place.path(), files);
    let encoding = StoreEncoding::FnCache { dotencode: true };
    let store = Store::new(place.path().join(".hg/store"), encoding);
    let snapshot = Snapshot::of_revision(&store, Revision::ZERO).unwrap();
    let again = Snapshot::of_node(&store, snapshot.node()).unwrap();
    let mut found = Vec::new();
    for entry in again.manifest().entries() {
        let entry = entry.unwrap();
        let content = read_file(&store, entry.path, &entry.node).unwrap();
        found.push((entry.path.as_bytes().to_vec(), entry.flag, content));
    }
    let expected = [
        (
            &b"Dir/A file"[..],
            Some(ManifestFlag::Exec),
            &b"content"[..],
        ),
        (b"b", None, b"no metadata"),
        (b"link", Some(ManifestFlag::Link), b"b"),
    ];
    let expected = expected.map(|(path, flag, text)| (path.to_vec(), flag, text.to_vec()));
    assert_eq!(found, expected);

    let null = Snapshot::of_node(&store, Node::NULL).unwrap();
    assert_eq!(null.manifest().entries().count(), 0);
    let unknown = Node::new([7; 20]);
    for (error, is_right) in [
        (
            Snapshot::of_node(&store, unknown).unwrap_err(),
            (|error| matches!(error, HistoryError::NoSuchChangeset(_)))
                as fn(&HistoryError) -> bool,
        ),
        (
            Snapshot::of_revision(&store, Revision::new(1)).unwrap_err(),
            |error| matches!(error, HistoryError::NoSuchRevision(rev) if *rev == 1),
        ),
        (
            Snapshot::of_revision(&store, Revision::NULL).unwrap_err(),
            |error| matches!(error, HistoryError::NoSuchRevision(rev) if rev.is_null()),
        ),
        (
            read_file(&store, HgPath::new(b"b"), &unknown).unwrap_err(),
            |error| matches!(error, HistoryError::NoSuchFile(_)),
        ),
        (
            read_file(&store, HgPath::new(b"none"), &unknown).unwrap_err(),
            |error| matches!(error, HistoryError::Store(_) | HistoryError::NoSuchFile(_)),
        ),
    ] {
        assert!(is_right(&error), "{error}");
    }
}
