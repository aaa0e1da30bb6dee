// SPDX-License-Identifier: GPL-2.0-or-later
//! What a user is told about an update, in Mercurial's words.

use std::path::Path;

use crate::fs::{path_bytes, Errno};
use crate::types::HgPath;

/// Lines to show, in order, each with its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings(Vec<Vec<u8>>);

impl Warnings {
    /// The lines.
    pub fn lines(&self) -> &[Vec<u8>] {
        &self.0
    }

    fn add(&mut self, parts: &[&[u8]]) {
        self.0.push(parts.concat());
    }

    pub(super) fn not_removed(&mut self, path: &HgPath, error: Errno) {
        // What the system says, without the number that is added to it here.
        let text = std::io::Error::from(error).to_string();
        let number = format!(" (os error {})", error.raw_os_error());
        let text = text.strip_suffix(&number).unwrap_or(&text);
        let path = path.as_bytes();
        self.add(&[
            b"update failed to remove ",
            path,
            b": ",
            text.as_bytes(),
            b"!\n",
        ]);
    }

    pub(super) fn no_current_directory(&mut self, root: &Path) {
        self.add(&[
            b"current directory was removed\n(consider changing to repo root: ",
            path_bytes(root),
            b")\n",
        ]);
    }

    pub(super) fn untracked_differs(&mut self, path: &HgPath) {
        self.add(&[path.as_bytes(), b": untracked file differs\n"]);
    }

    pub(super) fn replacing_untracked(&mut self, path: &HgPath) {
        self.add(&[path.as_bytes(), b": replacing untracked file\n"]);
    }
}
