// SPDX-License-Identifier: GPL-2.0-or-later
//! The list of a store's files, as Mercurial writes it.

use std::collections::BTreeSet;

use hg_core::store::{FnCache, Store, StoreEncoding};

use super::fixture;
use crate::matchers::decode;

#[test]
fn every_file_of_a_repository() {
    let root = fixture("repo");
    let store = Store::new(root.clone(), StoreEncoding::FnCache { dotencode: true });
    let cache = store.fncache().unwrap().unwrap();
    let names = ["Dir.d/script", "aux", "copied", "plain"];
    let files: Vec<_> = cache.tracked_files().map(ToString::to_string).collect();
    assert_eq!(files, names);
    for name in cache.names() {
        assert!(store.path(name).exists(), "{}", store.path(name).display());
    }
}

#[test]
fn hostile_names() {
    let cases = std::fs::read_to_string(fixture("store_paths")).unwrap();
    let (mut names, mut file, mut encoded) = (BTreeSet::new(), Vec::new(), 0);
    for line in cases.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let [name, .., plain] = fields[..] else {
            panic!("{line}");
        };
        // A field that is as the one before it.
        let plain = match plain {
            "=" => fields.iter().rev().find(|field| **field != "=").unwrap(),
            plain => plain,
        };
        encoded += usize::from(plain != name);
        names.insert(decode(name));
        file.extend_from_slice(&decode(plain));
        file.push(b'\n');
    }
    let cache = FnCache::parse(&file).unwrap();
    assert!(names.iter().eq(cache.names()));
    assert!(names.iter().all(|name| cache.contains(name)));
    assert!(encoded > 40, "only {encoded} of them are encoded");
}
