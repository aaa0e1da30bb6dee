// SPDX-License-Identifier: GPL-2.0-or-later
//! Repositories of one revision, written as Mercurial would.

use std::fs;
use std::path::Path;

use hg_core::store::StoreEncoding;
use hg_core::types::{HgPath, Node};
use sha1::{Digest, Sha1};

const REQUIREMENTS: &str = "dotencode\nfncache\ngeneraldelta\nrevlogv1\nsparserevlog\nstore\n";
/// Version 1, inline, with general deltas.
const HEADER: u32 = 1 | 1 << 16 | 1 << 17;

/// A file's path, its flag (`""`, `"x"` or `"l"`) and its content.
pub type File = (String, &'static str, Vec<u8>);

/// Make a repository at `root` whose revision 0 has these files.
pub fn make(root: &Path, mut files: Vec<File>) {
    let store = root.join(".hg/store");
    fs::create_dir_all(&store).unwrap();
    fs::write(root.join(".hg/requires"), REQUIREMENTS).unwrap();
    files.sort();
    let encoding = StoreEncoding::FnCache { dotencode: true };
    let mut manifest = Vec::new();
    for (path, flag, content) in &files {
        let name = encoding.encode(HgPath::new(&format!("data/{path}.i")));
        let name = store.join(String::from_utf8(name).unwrap());
        fs::create_dir_all(name.parent().unwrap()).unwrap();
        let node = write_revlog(&name, content);
        manifest.extend_from_slice(path.as_bytes());
        manifest.push(0);
        manifest.extend_from_slice((node.to_string() + flag + "\n").as_bytes());
    }
    let manifest = write_revlog(&store.join("00manifest.i"), &manifest);
    let changeset = manifest.to_string() + "\ntest\n0 0\n\nall at once";
    write_revlog(&store.join("00changelog.i"), changeset.as_bytes());
}

/// A revlog with one revision; returns its node.
fn write_revlog(path: &Path, text: &[u8]) -> Node {
    let mut digest = Sha1::new();
    digest.update([0; 40]);
    digest.update(text);
    let node = Node::from_slice(&digest.finalize()).unwrap();
    let mut data = Vec::new();
    data.extend_from_slice(&HEADER.to_be_bytes());
    data.extend_from_slice(&[0; 4]);
    let stored = text.len() as u32 + 1;
    for number in [stored, text.len() as u32, 0, 0, u32::MAX, u32::MAX] {
        data.extend_from_slice(&number.to_be_bytes());
    }
    data.extend_from_slice(node.as_bytes());
    data.extend_from_slice(&[0; 12]);
    data.push(b'u');
    data.extend_from_slice(text);
    fs::write(path, data).unwrap();
    node
}
