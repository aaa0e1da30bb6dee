// SPDX-License-Identifier: GPL-2.0-or-later
//! The store, against what Mercurial writes: `fixtures/make_fixtures.py`.

mod damage;
mod fncache;
mod names;
mod revlogs;

use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/store/fixtures")
        .join(name)
}

/// The texts of the revisions that all revlogs hold but `large.i`.
fn texts() -> Vec<Vec<u8>> {
    let packed = std::fs::read(fixture("texts")).unwrap();
    let mut rest = &packed[..];
    let mut texts = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (text, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        texts.push(text.to_vec());
        rest = after;
    }
    texts
}
