// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::convert::Infallible;
use std::path::Path;

use zerocopy::IntoBytes;

use super::*;
use crate::fs::StoreFiles;
use crate::revlog::record::RawRecord;
use crate::revlog::{RevlogNames, WriteTransaction, NULL_RECORD};
use crate::types::Node;

const INLINE: u32 = 0x0003_0001;
const APART: u32 = 0x0002_0001;

struct Transaction;

impl WriteTransaction for Transaction {
    type Error = Infallible;

    fn add(&mut self, _name: &[u8], _length: u64) -> Result<(), Infallible> {
        Ok(())
    }
}

fn rev(number: i32) -> Revision {
    Revision::new(number)
}

/// The revlog of a store, as one finds it.
fn open(store: &Path, header: u32, options: RevlogOptions) -> InnerRevlog {
    let data = std::fs::read(store.join("x.i")).unwrap_or_default();
    let index = Index::new(data.into(), header).unwrap();
    let names = RevlogNames {
        index: b"x.i".to_vec(),
        data: b"x.d".to_vec(),
        encode: <[u8]>::to_vec,
    };
    let is_inline = index.header().is_inline();
    let files = RevlogFiles::new(StoreFiles::new(store), names, is_inline);
    InnerRevlog::new(index, files, options)
}

/// What revision `number` says: most lines are those of the one before.
fn text(number: i32) -> Vec<u8> {
    let lines = (0..40).map(|line| format!("line {line} since {}\n", number / (line % 7 + 1)));
    lines.collect::<String>().into_bytes()
}

fn add(revlog: &mut InnerRevlog, header: u32) {
    let number = revlog.index().index().len() as i32;
    let parent = rev(number - 1);
    let is_full = number % 5 == 0;
    let stored = match is_full {
        true => text(number),
        false => crate::delta::line_diff(&text(number - 1), &text(number)).unwrap(),
    };
    let (mark, data) = revlog.options().compression.compress(&stored).unwrap();
    let (_, offset) = revlog.lengths();
    let record = Record {
        offset_flags: offset << 16,
        compressed_len: (mark.len() + data.len()) as i32,
        uncompressed_len: text(number).len() as i32,
        base: if is_full { rev(number) } else { parent },
        parents: [parent, Revision::NULL],
        node: Node::new([number as u8 + 1; Node::LEN]),
        ..NULL_RECORD
    };
    revlog.append(&record).unwrap();
    let mut entry = RawRecord::from(&record).as_bytes().to_vec();
    if number == 0 {
        entry[..4].copy_from_slice(&header.to_be_bytes());
    }
    let announcement = revlog.announce_entry(offset).unwrap();
    let announced = announcement.make(&mut Transaction).unwrap();
    let stored = (mark, &data[..]);
    revlog
        .write_entry(&announced, &entry, stored, offset)
        .unwrap();
}

fn begin(revlog: &mut InnerRevlog) {
    let announcement = revlog.announce_writing().unwrap();
    let announced = announcement.make(&mut Transaction).unwrap();
    revlog.begin_writing(&announced).unwrap();
}

fn check(revlog: &InnerRevlog) {
    let end = revlog.index().index().end();
    for rev in Revision::ZERO.until(end) {
        let expected = text(rev.get());
        assert_eq!(revlog.raw_text(rev, None).unwrap(), expected);
        for known in [0, rev.get() - 1, rev.get(), rev.get() + 1] {
            let known_text = text(known);
            let known = Some((self::rev(known), &known_text[..]));
            assert_eq!(revlog.raw_text(rev, known).unwrap(), expected);
        }
        let stored = revlog.segment(rev, rev).unwrap().1;
        let chunk = revlog.chunk(rev).unwrap();
        let unpacked = crate::revlog::chunks::decompress(&stored, 1 << 20).unwrap();
        assert_eq!(&unpacked[..], &chunk[..]);
    }
    assert_eq!(revlog.raw_text(Revision::NULL, None).unwrap(), b"");
}

fn variants() -> Vec<RevlogOptions> {
    let mut variants = Vec::new();
    for compression in [
        Compression::None,
        Compression::Zlib(6),
        Compression::Zstd(3),
    ] {
        for chunk_cache_factor in [None, Some(4.0)] {
            variants.push(RevlogOptions {
                compression,
                chunk_cache_factor,
                ..RevlogOptions::default()
            });
        }
    }
    variants
}

#[test]
fn what_is_written_is_read_at_once_and_later() {
    for header in [INLINE, APART] {
        for options in variants() {
            let store = tempfile::tempdir().unwrap();
            let mut revlog = open(store.path(), header, options.clone());
            check(&revlog);
            for _ in 0..2 {
                begin(&mut revlog);
                assert!(revlog.is_open());
                for _ in 0..7 {
                    add(&mut revlog, header);
                    check(&revlog);
                }
                revlog.end_writing().unwrap();
                assert!(!revlog.is_open());
                check(&revlog);
            }
            let mut found = open(store.path(), header, options);
            check(&found);
            begin(&mut found);
            add(&mut found, header);
            found.end_writing().unwrap();
            check(&found);
            let (offset, all) = found.segment(rev(0), rev(14)).unwrap();
            let inline = header == INLINE;
            assert_eq!(offset, if inline { 64 } else { 0 });
            let name = if inline { "x.i" } else { "x.d" };
            let file = std::fs::read(store.path().join(name)).unwrap();
            assert_eq!(&all[..], &file[offset as usize..]);
        }
    }
}

#[test]
fn readers_share_a_file_until_the_last_is_gone() {
    let store = tempfile::tempdir().unwrap();
    let mut revlog = open(store.path(), APART, RevlogOptions::default());
    begin(&mut revlog);
    add(&mut revlog, APART);
    revlog.end_writing().unwrap();
    revlog.begin_reading().unwrap();
    revlog.begin_reading().unwrap();
    std::fs::remove_file(store.path().join("x.d")).unwrap();
    check(&revlog);
    revlog.end_reading();
    check(&revlog);
    assert!(revlog.is_open());
    assert!(matches!(revlog.delay(), Err(WriteError::InUse)));
    revlog.end_reading();
    assert!(!revlog.is_open());
    let path = store.path().join("x.d");
    let expected = format!("when reading {}: No such file", path.display());
    let error = revlog.begin_reading().unwrap_err();
    assert!(error.to_string().starts_with(&expected));
    let error = revlog.raw_text(rev(0), None).unwrap_err();
    assert!(error.to_string().starts_with(&expected));
    assert!(!revlog.is_open());
    // A file that ends early is told of by the revision whose data it lacks.
    std::fs::write(&path, "x").unwrap();
    let error = revlog.raw_text(rev(0), None).unwrap_err();
    assert!(matches!(
        error,
        ReadError::Revlog(RevlogError::TruncatedData(_))
    ));
}

#[test]
fn hidden_revisions_are_read() {
    let store = tempfile::tempdir().unwrap();
    let mut revlog = open(store.path(), APART, RevlogOptions::default());
    assert_eq!(revlog.delay().unwrap(), Some(b"x.i.a".to_vec()));
    for pending in [false, true, false] {
        begin(&mut revlog);
        for _ in 0..3 {
            add(&mut revlog, APART);
        }
        revlog.end_writing().unwrap();
        check(&revlog);
        if pending {
            assert_eq!(
                revlog.write_pending().unwrap(),
                (Some(b"x.i.a".to_vec()), true)
            );
        }
        assert_eq!(revlog.finalize_pending().unwrap(), b"x.i");
        check(&open(store.path(), APART, RevlogOptions::default()));
        assert_eq!(revlog.delay().unwrap(), None);
    }
}

#[test]
fn a_revlog_that_was_split_goes_on() {
    for while_writing in [false, true] {
        let store = tempfile::tempdir().unwrap();
        let mut revlog = open(store.path(), INLINE, RevlogOptions::default());
        begin(&mut revlog);
        for _ in 0..6 {
            add(&mut revlog, INLINE);
        }
        if !while_writing {
            revlog.end_writing().unwrap();
        }
        let name = revlog.split_inline(APART, None).unwrap();
        assert_eq!(name, b"x.i");
        if !while_writing {
            begin(&mut revlog);
        }
        add(&mut revlog, APART);
        revlog.end_writing().unwrap();
        check(&revlog);
        let found = open(store.path(), INLINE, RevlogOptions::default());
        assert_eq!(found.index().index().header().0, APART);
        assert_eq!(found.index().index().len(), 7);
        check(&found);
    }
}

#[test]
fn differences_and_kinds_of_revisions() {
    let store = tempfile::tempdir().unwrap();
    let mut revlog = open(store.path(), INLINE, RevlogOptions::default());
    begin(&mut revlog);
    for _ in 0..8 {
        add(&mut revlog, INLINE);
    }
    revlog.end_writing().unwrap();
    let of = |number: i32| if number < 0 { Vec::new() } else { text(number) };
    let extra = crate::delta::line_diff(&text(7), b"something else\n").unwrap();
    for from in -1..8 {
        for to in -1..8 {
            let known_text = text(5);
            for known in [None, Some((rev(5), &known_text[..]))] {
                let delta = revlog.diff(rev(from), rev(to), None, known).unwrap();
                assert_eq!(delta.is_empty(), from == to);
                let made = crate::delta::apply_deltas(&of(from), &[&delta]).unwrap();
                assert_eq!(made, of(to));
            }
        }
        let delta = revlog.diff(rev(from), rev(7), Some(&extra), None).unwrap();
        let made = crate::delta::apply_deltas(&of(from), &[&delta]).unwrap();
        assert_eq!(made, b"something else\n");
    }
    let snapshots = |revlog: &InnerRevlog| {
        let all = Revision::NULL.until(revlog.index().index().end());
        let is_snapshot = |rev: &Revision| revlog.is_snapshot(*rev).unwrap();
        all.filter(is_snapshot)
            .map(Revision::get)
            .collect::<Vec<_>>()
    };
    assert_eq!(snapshots(&revlog), [-1, 0, 5]);
    revlog.options.snapshots = Snapshots::Sparse;
    assert_eq!(snapshots(&revlog), [-1, 0, 5]);
    revlog.options.snapshots = Snapshots::Flagged;
    assert_eq!(snapshots(&revlog), [-1]);
    let chain = revlog.delta_chain(rev(7), Some(rev(6))).unwrap();
    assert_eq!((chain.revs, chain.stopped), (vec![rev(7)], true));
    assert!(matches!(
        revlog.raw_text(rev(8), None),
        Err(ReadError::Revlog(RevlogError::InvalidRevision(_)))
    ));
    revlog.strip(rev(3)).unwrap();
    check(&revlog);
}

#[test]
fn a_length_that_is_not_known_is_none() {
    let store = tempfile::tempdir().unwrap();
    let mut revlog = open(store.path(), APART, RevlogOptions::default());
    begin(&mut revlog);
    add(&mut revlog, APART);
    revlog.end_writing().unwrap();
    let path = store.path().join("x.i");
    let mut index = std::fs::read(&path).unwrap();
    index[12..16].copy_from_slice(&(-1i32).to_be_bytes());
    std::fs::write(&path, index).unwrap();
    check(&open(store.path(), APART, RevlogOptions::default()));
}
