// SPDX-License-Identifier: GPL-2.0-or-later
//! Walks over a C index, whose functions need the GIL, that let other Python
//! threads run.
//!
//! A short walk keeps the GIL and asks the index for each revision's parents.
//! One that goes on for longer gives the GIL up, and from then on copies the
//! parents of many revisions at a time, for which it takes the GIL back.

use std::cell::{Cell, RefCell};
use std::ptr;

use cpython::Python;
use hg_core::dag::{Graph, GraphError};
use hg_core::types::Revision;
use python3_sys as ffi;

use crate::capsule::CIndex;

/// Look-ups before the GIL is given up: about a millisecond.
const PATIENCE: u32 = 20_000;
/// Revisions in a block of copied parents.
const BLOCK: usize = 1024;
/// Most blocks that are copied at once: about a millisecond.
const MOST_BLOCKS: usize = 64;
/// Stands for parents that the index refuses to tell.
const REFUSED: [Revision; 2] = [Revision::new(i32::MIN); 2];

type Block = Box<[[Revision; 2]]>;

/// The graph of a C index during a walk. Only the thread that made it uses it.
pub struct CWalk<'a> {
    index: &'a CIndex,
    lookups: Cell<u32>,
    /// The thread's Python state while it does without the GIL, else null.
    released: Cell<*mut ffi::PyThreadState>,
    blocks: RefCell<Vec<Option<Block>>>,
    /// How many blocks to copy next: walks that go far go further.
    ahead: Cell<usize>,
    stripped: Cell<bool>,
}

impl<'a> CWalk<'a> {
    pub fn new(_py: Python<'a>, index: &'a CIndex) -> Self {
        Self {
            index,
            lookups: Cell::new(0),
            released: Cell::new(ptr::null_mut()),
            blocks: RefCell::default(),
            ahead: Cell::new(1),
            stripped: Cell::new(false),
        }
    }

    /// Whether the walk met an index that another thread had stripped. What
    /// was appended meanwhile does not change what is walked.
    pub fn met_a_stripped_index(&self) -> bool {
        self.stripped.get()
    }

    /// Runs `job` with the GIL, and leaves the GIL as it was.
    fn with_gil<T>(&self, job: impl FnOnce(Python<'_>) -> T) -> T {
        let was_released = self.take_gil();
        // SAFETY: it is held: always unless `released` said otherwise.
        let result = job(unsafe { Python::assume_gil_acquired() });
        if was_released {
            self.release_gil();
        }
        result
    }

    fn release_gil(&self) {
        // SAFETY: this thread has the GIL, and no reference of Python's is in
        // use below a walk but those of `self.index`, which its owner keeps.
        self.released.set(unsafe { ffi::PyEval_SaveThread() });
    }

    fn take_gil(&self) -> bool {
        let state = self.released.replace(ptr::null_mut());
        if state.is_null() {
            return false;
        }
        // SAFETY: the state is this thread's, which does not have the GIL.
        unsafe { ffi::PyEval_RestoreThread(state) };
        true
    }

    fn copied(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        let position = rev.position().ok_or(GraphError::InvalidRevision(rev))?;
        let (block, offset) = (position / BLOCK, position % BLOCK);
        if position >= self.index.len() {
            return Err(GraphError::InvalidRevision(rev));
        }
        let mut blocks = self.blocks.borrow_mut();
        if blocks.is_empty() {
            blocks.resize(self.index.len().div_ceil(BLOCK), None);
        }
        if blocks.get(block).is_none_or(Option::is_none) {
            self.copy(&mut blocks, block)
                .ok_or(GraphError::InvalidRevision(rev))?;
        }
        let found = blocks
            .get(block)
            .and_then(Option::as_ref)
            .and_then(|block| block.get(offset));
        match found {
            Some(&REFUSED) => Err(GraphError::ParentOutOfRange(rev)),
            Some(parents) => Ok(*parents),
            None => Err(GraphError::InvalidRevision(rev)),
        }
    }

    /// Copies `block` and some of those below, where walks go; `None` if the
    /// index was stripped.
    fn copy(&self, blocks: &mut [Option<Block>], block: usize) -> Option<()> {
        let count = self.ahead.get();
        self.ahead.set((count * 2).min(MOST_BLOCKS));
        let first = (block + 1).saturating_sub(count);
        self.with_gil(|py| {
            if self.index.was_stripped(py) {
                self.stripped.set(true);
                return None;
            }
            for (number, slot) in blocks.iter_mut().enumerate().take(block + 1).skip(first) {
                if slot.is_none() {
                    let start = number * BLOCK;
                    let end = (start + BLOCK).min(self.index.len());
                    let parents = (start..end).map(|position| {
                        let rev = Revision::at(position);
                        let parents = rev.map(|rev| self.index.parents(py, rev));
                        parents.and_then(Result::ok).unwrap_or(REFUSED)
                    });
                    *slot = Some(parents.collect());
                }
            }
            Some(())
        })
    }
}

impl Graph for CWalk<'_> {
    #[inline]
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        if self.released.get().is_null() {
            let lookups = self.lookups.get() + 1;
            self.lookups.set(lookups);
            if lookups < PATIENCE {
                // SAFETY: the GIL is held unless `released` says otherwise.
                return self
                    .index
                    .parents(unsafe { Python::assume_gil_acquired() }, rev);
            }
            self.release_gil();
        }
        self.copied(rev)
    }

    #[inline]
    fn expect(&self, rev: Revision) {
        if self.released.get().is_null() {
            // SAFETY: the GIL is held unless `released` says otherwise.
            let py = unsafe { Python::assume_gil_acquired() };
            self.index.prefetch(py, rev);
        }
    }

    fn stored_rank(&self, rev: Revision) -> Option<usize> {
        self.with_gil(|py| {
            if self.index.was_stripped(py) {
                self.stripped.set(true);
                return None;
            }
            self.index.stored_rank(py, rev)
        })
    }
}

impl Drop for CWalk<'_> {
    /// Whatever ends the walk, a panic too, its caller has the GIL again.
    fn drop(&mut self) {
        self.take_gil();
    }
}
