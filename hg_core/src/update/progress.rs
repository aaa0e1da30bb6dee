// SPDX-License-Identifier: GPL-2.0-or-later
//! How far an update is.

use std::fmt::Debug;

/// Who is told how far an update is, by any of its threads and after each few
/// files: what it does with that has to be quick.
pub trait Progress: Debug + Send + Sync {
    /// So many files are to be done.
    fn begin(&self, files: usize);

    /// So many more are done.
    fn advance(&self, files: usize);
}

/// Nobody is told.
#[derive(Clone, Copy, Debug)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _files: usize) {}

    fn advance(&self, _files: usize) {}
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Progress;

    /// Files that are done, and files in all.
    #[derive(Debug, Default)]
    pub(in crate::update) struct Counted {
        done: AtomicUsize,
        total: AtomicUsize,
    }

    impl Counted {
        pub(in crate::update) fn counts(&self) -> (usize, usize) {
            let load = |count: &AtomicUsize| count.load(Ordering::Relaxed);
            (load(&self.done), load(&self.total))
        }
    }

    impl Progress for Counted {
        fn begin(&self, files: usize) {
            self.total.store(files, Ordering::Relaxed);
        }

        fn advance(&self, files: usize) {
            self.done.fetch_add(files, Ordering::Relaxed);
        }
    }
}
