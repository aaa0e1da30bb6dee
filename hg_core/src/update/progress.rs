// SPDX-License-Identifier: GPL-2.0-or-later
//! How far an update is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// How many files of an update are done, of how many. Clones speak of one
/// update.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress {
    /// Files that are done.
    pub fn done(&self) -> usize {
        self.0.done.load(Ordering::Relaxed)
    }

    /// Files in all; 0 as long as nobody knows.
    pub fn total(&self) -> usize {
        self.0.total.load(Ordering::Relaxed)
    }

    pub(super) fn set_total(&self, files: usize) {
        self.0.total.store(files, Ordering::Relaxed);
    }

    pub(super) fn add(&self, files: usize) {
        self.0.done.fetch_add(files, Ordering::Relaxed);
    }
}
