// SPDX-License-Identifier: GPL-2.0-or-later
//! Texts of sound revlogs.

use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use hg_core::history::manifest::{Manifest, ManifestFlag};
use hg_core::history::{changelog, filelog};
use hg_core::revlog::{RevlogError, RevlogReader, StoreError};
use hg_core::store::StoreEncoding;
use hg_core::types::{HgPath, Node, Revision};

use super::{fixture, texts};

fn open(name: &str) -> RevlogReader {
    let index = fixture(&format!("{name}.i"));
    RevlogReader::open(&index, &index.with_extension("d")).unwrap()
}

/// Threads share readers.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<RevlogReader>();
};

const INLINE: &[&str] = &["zlib", "zstd", "none", "no-general-delta"];
const SPLIT: &[&str] = &["zlib-split", "zstd-split", "no-general-delta-split"];

#[test]
fn every_revision_of_every_kind_of_revlog() {
    let texts = texts();
    let nodes = std::fs::read(fixture("nodes")).unwrap();
    for name in INLINE.iter().chain(SPLIT) {
        let reader = open(name);
        let header = reader.index().header();
        assert_eq!(header.is_inline(), INLINE.contains(name));
        assert_eq!(header.is_general_delta(), !name.starts_with("no-general"));
        assert_eq!(reader.index().len(), texts.len());
        let mut deltas = 0;
        for (rev, text) in Revision::ZERO.until(Revision::MAX).zip(&texts) {
            assert_eq!(reader.text(rev).unwrap(), *text, "{name} {rev}");
            assert_eq!(reader.flags(rev).unwrap(), 0);
            deltas += i32::from(reader.index().record(rev).unwrap().base != rev);
        }
        assert!(deltas > 3, "{name} has {deltas} deltas");
        for (rev, node) in Revision::ZERO.until(Revision::MAX).zip(nodes.chunks(20)) {
            let node = Node::from_slice(node).unwrap();
            assert_eq!(reader.revision_of(&node), Some(rev));
        }
        assert_eq!(reader.revision_of(&Node::NULL), Some(Revision::NULL));
        assert_eq!(reader.revision_of(&Node::new([7; 20])), None);
        assert_eq!(reader.text(Revision::NULL).unwrap(), b"");
        for rev in [-2, 15, i32::MIN, i32::MAX].map(Revision::new) {
            let error = reader.text(rev).unwrap_err();
            let expected = fixture(&format!("{name}.i"));
            assert!(
                matches!(&error, StoreError::Revlog {
                    path,
                    error: RevlogError::InvalidRevision(_)
                } if *path == expected),
                "{error}"
            );
            assert!(reader.flags(rev).is_err());
        }
    }
}

#[test]
fn a_text_compressed_as_a_stream() {
    let text = open("large").text(Revision::ZERO).unwrap();
    assert_eq!(text, b"a large text\n".repeat(100_000));
}

#[test]
fn file_data() {
    let texts = texts();
    let data: Vec<_> = texts
        .iter()
        .map(|text| filelog::file_data(text).unwrap())
        .collect();
    assert_eq!(data[0], texts[0]);
    assert!(texts[11].starts_with(b"\x01\ncopy: another/file\ncopyrev: 12"));
    assert_eq!(data[11], texts[4]);
    assert_eq!(data[12], b"\x01\nlooks like metadata\x01\n");
    assert!(filelog::file_data(b"\x01\ncopy: a\n").is_err());
    assert!(filelog::file_data(b"\x01\n").is_err());
    assert_eq!(filelog::file_data(b"\x01\n\x01\n").unwrap(), b"");
    assert_eq!(filelog::file_data(b"\x01").unwrap(), b"\x01");
}

#[test]
fn missing_files() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("f.i");
    let open = || RevlogReader::open(&path, &path.with_extension("d"));
    assert!(
        matches!(open(), Err(StoreError::Io { path: named, error }) if named == path
            && error.kind() == std::io::ErrorKind::NotFound)
    );
    // What is left of a transaction that was rolled back.
    std::fs::write(&path, b"").unwrap();
    let reader = open().unwrap();
    assert!(reader.index().is_empty());
    assert!(reader.text(Revision::ZERO).is_err());
    // A clone does not have empty files; rev 8 is empty.
    std::fs::copy(fixture("zlib-split.i"), &path).unwrap();
    let reader = open().unwrap();
    assert_eq!(reader.text(Revision::new(8)).unwrap(), b"");
    assert!(
        matches!(reader.text(Revision::ZERO), Err(StoreError::Revlog { path: named, error })
            if named == path.with_extension("d") && error == RevlogError::TruncatedData(Revision::ZERO))
    );
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(open(), Err(StoreError::Io { .. })));
}

/// From a changeset to the files of it.
#[test]
fn a_whole_repository() {
    let store = fixture("repo");
    let open = |path: &Path| RevlogReader::open(path, &path.with_extension("d")).unwrap();
    let changelog = open(&store.join("00changelog.i"));
    let manifests = open(&store.join("00manifest.i"));
    assert_eq!(changelog.index().len(), 2);
    let changeset = changelog.text(Revision::new(1)).unwrap();
    let manifest = changelog::manifest_node(&changeset).unwrap();
    let manifest = manifests.revision_of(&manifest).unwrap();
    assert_eq!(manifest, 1);
    let text = manifests.text(manifest).unwrap();
    let mut files = Vec::new();
    for entry in Manifest::new(&text).entries() {
        let entry = entry.unwrap();
        let path = [b"data/", entry.path.as_bytes(), b".i"].concat();
        let name = StoreEncoding::FnCache { dotencode: true }.encode(HgPath::new(&path));
        let name = PathBuf::from(std::ffi::OsString::from_vec(name));
        let filelog = open(&store.join(name));
        let text = filelog.text(filelog.revision_of(&entry.node).unwrap());
        let data = filelog::file_data(&text.unwrap()).unwrap().to_vec();
        files.push((entry.path, entry.flag, data));
    }
    let expected: &[(&[u8], _, &[u8])] = &[
        (b"Dir.d/script", Some(ManifestFlag::Exec), b"#!/bin/sh\n"),
        (b"aux", Some(ManifestFlag::Link), b"plain"),
        (b"copied", None, b"plain\n"),
        (b"plain", None, b"changed\n"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(path, flag, data)| (HgPath::new(path), *flag, data.to_vec()))
        .collect();
    assert_eq!(files, expected);
}
