// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use super::*;

/// Keeps what it hears, and refuses the n-th.
#[derive(Default)]
struct Transaction {
    heard: Vec<(String, u64)>,
    refuses: Option<usize>,
}

impl WriteTransaction for Transaction {
    type Error = WriteError;

    fn add(&mut self, name: &[u8], length: u64) -> Result<(), WriteError> {
        if self.refuses == Some(self.heard.len()) {
            return Err(WriteError::InUse);
        }
        let name = String::from_utf8_lossy(name).into_owned();
        self.heard.push((name, length));
        Ok(())
    }
}

fn revlog(store: &Path, is_inline: bool) -> RevlogFiles {
    let names = RevlogNames {
        index: b"x.i".to_vec(),
        data: b"x.d".to_vec(),
        encode: |name| [b"_", name].concat(),
    };
    RevlogFiles::new(StoreFiles::new(store), names, is_inline)
}

fn entry(rev: u64) -> NewEntry<'static> {
    NewEntry {
        rev,
        entry: &[b'e'; RECORD_SIZE],
        header: b"u",
        data: b"data",
        offset: rev * 5,
    }
}

fn begin(
    files: &mut RevlogFiles,
    transaction: &mut Transaction,
    revs: u64,
) -> Result<(), WriteError> {
    let announced = files.announce_writing(revs, revs * 5)?.make(transaction)?;
    files.begin_writing(&announced, revs, revs * 5)
}

fn add(
    files: &mut RevlogFiles,
    transaction: &mut Transaction,
    rev: u64,
) -> Result<FileEnds, WriteError> {
    let announced = files.announce_entry(rev, rev * 5)?.make(transaction)?;
    files.write_entry(&announced, &entry(rev))
}

fn write(files: &mut RevlogFiles, revs: std::ops::Range<u64>) -> Transaction {
    let mut transaction = Transaction::default();
    begin(files, &mut transaction, revs.start).unwrap();
    for rev in revs {
        let ends = add(files, &mut transaction, rev).unwrap();
        assert_eq!(files.ends().unwrap(), Some(ends));
        let end = (rev + 1) * RECORD_SIZE as u64;
        match files.is_inline() {
            true => assert_eq!(ends, (end + (rev + 1) * 5, None)),
            false => assert_eq!(ends, (end, Some((rev + 1) * 5))),
        }
    }
    files.end_writing().unwrap();
    assert!(!files.is_writing());
    transaction
}

fn length(store: &Path, name: &str) -> Option<u64> {
    std::fs::metadata(store.join(name))
        .ok()
        .map(|metadata| metadata.len())
}

fn heard(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    pairs
        .iter()
        .map(|&(name, length)| (name.to_owned(), length))
        .collect()
}

#[test]
fn apart_and_inline() {
    let store = tempfile::tempdir().unwrap();
    let store = store.path();
    let mut files = revlog(store, false);
    let transaction = write(&mut files, 0..2);
    let expected = [
        ("x.d", 0),
        ("x.i", 0),
        ("x.d", 0),
        ("x.i", 0),
        ("x.d", 5),
        ("x.i", 64),
    ];
    assert_eq!(transaction.heard, heard(&expected));
    assert_eq!(
        (length(store, "_x.i"), length(store, "_x.d")),
        (Some(128), Some(10))
    );

    std::fs::remove_file(store.join("_x.i")).unwrap();
    let mut files = revlog(store, true);
    assert_eq!(
        write(&mut files, 0..1).heard,
        heard(&[("x.i", 0), ("x.i", 0)])
    );
    assert_eq!(
        write(&mut files, 1..2).heard,
        heard(&[("x.i", 69), ("x.i", 69)])
    );
    assert_eq!(length(store, "_x.i"), Some(138));
}

#[test]
fn a_refusal_leaves_the_files_as_they_were() {
    let store = tempfile::tempdir().unwrap();
    let store = store.path();
    let mut files = revlog(store, false);
    write(&mut files, 0..1);
    for refuses in 0..4 {
        let mut transaction = Transaction {
            refuses: Some(refuses),
            ..Transaction::default()
        };
        let begun = begin(&mut files, &mut transaction, 1);
        assert_eq!(begun.is_err(), refuses < 2);
        assert_eq!(files.is_writing(), refuses >= 2);
        let error = add(&mut files, &mut transaction, 1).unwrap_err();
        assert_eq!(matches!(error, WriteError::NotOpen), refuses < 2);
        files.end_writing().unwrap();
        assert_eq!(
            (length(store, "_x.i"), length(store, "_x.d")),
            (Some(64), Some(5))
        );
    }
    files.set_read_only();
    let error = begin(&mut files, &mut Transaction::default(), 1).unwrap_err();
    assert_eq!(error.to_string(), "write access in a readonly vfs");
}

#[test]
fn hidden_in_memory() {
    let store = tempfile::tempdir().unwrap();
    let store = store.path();
    let mut files = revlog(store, false);
    write(&mut files, 0..1);
    assert_eq!(files.delay(false).unwrap(), None);
    assert_eq!(files.delay(false).unwrap(), None);
    write(&mut files, 1..3);
    assert_eq!(
        (length(store, "_x.i"), length(store, "_x.d")),
        (Some(64), Some(15))
    );

    let pending = files.write_pending().unwrap();
    assert_eq!(pending, (Some(b"x.i.a".to_vec()), true));
    assert_eq!(
        (files.index_name(), files.canonical_index_name()),
        (&b"x.i.a"[..], &b"x.i"[..])
    );
    assert_eq!(
        (length(store, "_x.i"), length(store, "_x.i.a")),
        (Some(64), Some(192))
    );
    assert_eq!(files.write_pending().unwrap(), (None, true));
    // More of it goes where the rest is.
    let transaction = write(&mut files, 3..4);
    assert_eq!(transaction.heard[1], ("x.i.a".to_owned(), 192));
    assert_eq!(transaction.heard[3], ("x.i".to_owned(), 192));
    assert_eq!(files.finalize_pending().unwrap(), b"x.i");
    assert_eq!(
        (length(store, "_x.i"), length(store, "_x.i.a")),
        (Some(256), None)
    );
    assert!(!files.is_delaying());

    files.delay(false).unwrap();
    write(&mut files, 4..5);
    files.finalize_pending().unwrap();
    assert_eq!(length(store, "_x.i"), Some(320));
    assert!(matches!(
        files.finalize_pending(),
        Err(WriteError::NotDelayed)
    ));
    files.delay(false).unwrap();
    assert_eq!(
        files.write_pending().unwrap(),
        (Some(b"x.i.a".to_vec()), false)
    );
}

#[test]
fn a_new_one_is_hidden_beside() {
    let store = tempfile::tempdir().unwrap();
    let store = store.path();
    std::fs::write(store.join("_x.i.a"), "left behind").unwrap();
    let mut files = revlog(store, false);
    assert_eq!(files.delay(true).unwrap(), Some(b"x.i.a".to_vec()));
    assert_eq!(length(store, "_x.i.a"), None);
    write(&mut files, 0..1);
    assert_eq!(
        (length(store, "_x.i"), length(store, "_x.i.a")),
        (None, Some(64))
    );
    assert_eq!(files.finalize_pending().unwrap(), b"x.i");
    assert_eq!(
        (length(store, "_x.i"), length(store, "_x.i.a")),
        (Some(64), None)
    );
    assert!(matches!(
        files.finalize_pending(),
        Err(WriteError::NotDelayed)
    ));
    // Nothing was added.
    let mut files = revlog(store, false);
    std::fs::remove_file(store.join("_x.i")).unwrap();
    files.delay(true).unwrap();
    assert_eq!(files.finalize_pending().unwrap(), b"x.i");
}

#[test]
fn splitting() {
    let store = tempfile::tempdir().unwrap();
    let store = store.path();
    let mut files = revlog(store, true);
    assert!(matches!(files.delay(false), Err(WriteError::InlineDelayed)));
    write(&mut files, 0..1);
    let mut transaction = Transaction::default();
    begin(&mut files, &mut transaction, 1).unwrap();
    assert!(matches!(files.delay(false), Err(WriteError::InlineDelayed)));
    files
        .split_inline(&[b'e'; 64], b"udata", Some(b"x.i.s".to_vec()))
        .unwrap();
    assert!(!files.is_inline() && files.is_writing());
    let ends = add(&mut files, &mut transaction, 1).unwrap();
    assert_eq!(ends, (128, Some(10)));
    files.end_writing().unwrap();
    assert_eq!(
        (length(store, "_x.i"), length(store, "_x.i.s")),
        (Some(69), Some(128))
    );
    // What hooks read is named after the index itself.
    files.delay(false).unwrap();
    assert_eq!(files.write_pending().unwrap().0, Some(b"x.i.a".to_vec()));
}

#[test]
fn failures_name_the_file() {
    let store = tempfile::tempdir().unwrap();
    let store = store.path();
    std::fs::create_dir(store.join("_x.d")).unwrap();
    let mut files = revlog(store, false);
    let error = begin(&mut files, &mut Transaction::default(), 0).unwrap_err();
    let expected = format!("when writing {}: ", store.join("_x.d").display());
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[test]
fn what_was_announced_must_still_be_so() {
    let store = tempfile::tempdir().unwrap();
    let mut files = revlog(store.path(), false);
    let mut transaction = Transaction::default();
    let announcement = files.announce_writing(0, 0).unwrap();
    let announced = announcement.make(&mut transaction).unwrap();
    let error = files.begin_writing(&announced, 0, 1).unwrap_err();
    assert!(matches!(error, WriteError::Changed));
    assert_eq!(length(store.path(), "_x.d"), None);
    begin(&mut files, &mut transaction, 0).unwrap();
    let announcement = files.announce_entry(0, 0).unwrap();
    let announced = announcement.make(&mut transaction).unwrap();
    for changed in [
        entry(1),
        NewEntry {
            offset: 1,
            ..entry(0)
        },
    ] {
        let error = files.write_entry(&announced, &changed).unwrap_err();
        assert!(matches!(error, WriteError::Changed));
    }
    // A transaction may do anything while it is told.
    files.end_writing().unwrap();
    let error = files.write_entry(&announced, &entry(0)).unwrap_err();
    assert!(matches!(error, WriteError::NotOpen));
    assert_eq!(length(store.path(), "_x.d"), Some(0));
}
