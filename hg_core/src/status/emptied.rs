// SPDX-License-Identifier: GPL-2.0-or-later
//! Directories that nothing would be left in.
//!
//! Every directory is a task of its own, so that none knows what is below. Tasks
//! note which directories they came to the end of, and which ones have something
//! that stays; in the end everything above what stays, stays too.

use std::collections::HashSet;

use super::options::EmptiedDirectories;
use super::walk::{Walk, Worker};
use crate::types::{HgPath, HgPathBuf};

/// What tasks noted. Paths are those of directories.
#[derive(Debug, Default)]
pub(super) struct Noted {
    /// They are there, whether or not anybody could look into them.
    met: Vec<HgPathBuf>,
    /// All that is in them was seen.
    read: Vec<HgPathBuf>,
    /// Something in them stays.
    kept: Vec<HgPathBuf>,
}

impl Noted {
    pub(super) fn absorb(&mut self, other: &mut Self) {
        self.met.append(&mut other.met);
        self.read.append(&mut other.read);
        self.kept.append(&mut other.kept);
    }

    /// The directories that were read, with nothing in them or below that stays.
    /// The root stays.
    pub(super) fn emptied(self) -> impl Iterator<Item = HgPathBuf> {
        let read: HashSet<HgPathBuf> = self.read.into_iter().collect();
        let unread = self.met.into_iter().filter(|path| !read.contains(path));
        let mut kept = HashSet::from([HgPathBuf::new()]);
        for directory in unread.chain(self.kept) {
            let mut above: &HgPath = &directory;
            // Where one is kept, all above it are.
            while kept.insert(above.to_owned()) {
                above = above.parent();
            }
        }
        read.into_iter().filter(move |path| !kept.contains(path))
    }
}

impl<'t> Walk<'t> {
    pub(super) fn lists_emptied(&self) -> bool {
        self.options.emptied_directories != EmptiedDirectories::NotListed
    }

    /// There is the directory `path`.
    pub(super) fn note_met(&self, worker: &mut Worker<'t>, path: &HgPath) {
        if self.lists_emptied() {
            worker.noted.met.push(path.to_owned());
        }
    }

    /// All that is in the directory `path` was seen.
    pub(super) fn note_read(&self, worker: &mut Worker<'t>, path: &HgPath) {
        if self.lists_emptied() {
            worker.noted.read.push(path.to_owned());
        }
    }

    /// Something in `directory` stays.
    pub(super) fn note_kept(&self, worker: &mut Worker<'t>, directory: &HgPath) {
        let kept = &mut worker.noted.kept;
        if self.lists_emptied() && kept.last().is_none_or(|last| **last != *directory) {
            kept.push(directory.to_owned());
        }
    }

    /// There is the file `path`, that is listed or is not.
    pub(super) fn note_untracked(&self, worker: &mut Worker<'t>, path: &HgPath, listed: bool) {
        if !listed || self.options.emptied_directories == EmptiedDirectories::FilesKept {
            self.note_kept(worker, path.parent());
        }
    }

    /// There is something at `path` that is neither file nor directory: with
    /// ignored files it would go.
    pub(super) fn note_odd(&self, worker: &mut Worker<'t>, path: &HgPath) {
        if !self.options.list_ignored {
            self.note_kept(worker, path.parent());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(paths: &[&str]) -> Vec<HgPathBuf> {
        paths
            .iter()
            .map(|path| HgPath::new(path.as_bytes()).to_owned())
            .collect()
    }

    #[test]
    fn what_stays_keeps_all_above_it() {
        let noted = Noted {
            met: paths(&["a", "a/b", "a/c", "d", "e", "e/unreadable"]),
            read: paths(&["", "a", "a/b", "a/c", "d", "e"]),
            kept: paths(&["a/b", "a/b"]),
        };
        let mut emptied: Vec<_> = noted.emptied().collect();
        emptied.sort();
        assert_eq!(emptied, paths(&["a/c", "d"]));
    }
}
