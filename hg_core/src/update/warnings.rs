// SPDX-License-Identifier: GPL-2.0-or-later
//! What a user is told about an update, in Mercurial's words.

use std::path::Path;

use crate::fs::{error_text, path_bytes, Errno};
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
        self.add(&[
            b"update failed to remove ",
            path.as_bytes(),
            b": ",
            error_text(error).as_bytes(),
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
