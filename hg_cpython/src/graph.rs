// SPDX-License-Identifier: GPL-2.0-or-later
//! The graph of an index that Python owns: a Rust index, or a C one.

use std::cell::RefCell;

use cpython::{PyClone, PyObject, PyResult, Python, UnsafePyLeaked};
use hg_core::dag::{Graph, GraphError};
use hg_core::revlog::Index as CoreIndex;
use hg_core::types::Revision;

use crate::c_walk::CWalk;
use crate::capsule::CIndex;
use crate::errors::{changed, raise_after, Error};
use crate::gil::{borrow_mut, without_gil};
use crate::revlog::Index;

/// A reference to the graph as it was when this was made. After the index
/// changed, every use is a `RuntimeError` (contract section 4, "Shared
/// references").
pub enum GraphHandle {
    Rust(UnsafePyLeaked<&'static CoreIndex>),
    C(CIndex),
}

/// A graph while it is borrowed.
pub enum BorrowedGraph<'a> {
    Rust(&'a CoreIndex),
    C(&'a CIndex, Python<'a>),
    CWalk(&'a CWalk<'a>),
}

impl Graph for BorrowedGraph<'_> {
    #[inline]
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        match self {
            Self::Rust(index) => index.parents(rev),
            Self::C(index, py) => index.parents(*py, rev),
            Self::CWalk(walk) => walk.parents(rev),
        }
    }

    #[inline]
    fn expect(&self, rev: Revision) {
        match self {
            // The core, which does without unsafe code, cannot prefetch.
            Self::Rust(_) => (),
            Self::C(index, py) => index.prefetch(*py, rev),
            Self::CWalk(walk) => walk.expect(rev),
        }
    }

    fn check(&self, rev: Revision) -> Result<(), GraphError> {
        match self {
            Self::Rust(index) => index.check(rev),
            Self::C(index, py) => index.parents(*py, rev).map(drop),
            Self::CWalk(walk) => walk.check(rev),
        }
    }

    fn stored_rank(&self, rev: Revision) -> Option<usize> {
        match self {
            // Of the formats it reads none has ranks.
            Self::Rust(_) => None,
            Self::C(index, py) => index.stored_rank(*py, rev),
            Self::CWalk(walk) => walk.stored_rank(rev),
        }
    }
}

impl GraphHandle {
    /// The graph of `index`; a `TypeError` if that is no index we can use.
    pub fn new(py: Python<'_>, index: &PyObject) -> PyResult<Self> {
        match index.clone_ref(py).cast_into::<Index>(py) {
            Ok(index) => Ok(Self::Rust(index.leak(py)?)),
            Err(_) => Ok(Self::C(CIndex::new(py, index)?)),
        }
    }

    /// Run `job`, which is short.
    pub fn with<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&BorrowedGraph<'_>) -> Result<T, GraphError>,
    ) -> Result<T, Error> {
        match self {
            Self::Rust(leaked) => {
                // SAFETY: the reference does not outlive the borrow.
                let index = unsafe { leaked.try_borrow(py)? };
                Ok(job(&BorrowedGraph::Rust(*index))?)
            }
            Self::C(index) => {
                index.check_unchanged(py)?;
                Ok(job(&BorrowedGraph::C(index, py))?)
            }
        }
    }

    /// Run `job`, which may take long: other Python threads go on meanwhile.
    pub fn walk<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&BorrowedGraph<'_>) -> Result<T, GraphError> + Send,
    ) -> Result<T, Error> {
        match self {
            Self::Rust(leaked) => {
                // SAFETY: the reference does not outlive the borrow, which
                // keeps the index from being changed.
                let borrowed = unsafe { leaked.try_borrow(py)? };
                let index: &CoreIndex = *borrowed;
                Ok(without_gil(py, || job(&BorrowedGraph::Rust(index)))?)
            }
            Self::C(index) => {
                index.check_unchanged(py)?;
                let walk = CWalk::new(py, index);
                let result = job(&BorrowedGraph::CWalk(&walk));
                let stripped = walk.met_a_stripped_index();
                drop(walk);
                if stripped || index.was_stripped(py) {
                    return Err(changed(py).into());
                }
                Ok(result?)
            }
        }
    }

    /// As [`Self::walk`], on the state of an object that threads may share.
    pub fn walk_on<S: Send, T: Send>(
        &self,
        py: Python<'_>,
        state: &RefCell<S>,
        job: impl FnOnce(&mut S, &BorrowedGraph<'_>) -> Result<T, GraphError> + Send,
    ) -> PyResult<T> {
        raise_after(py, || {
            let mut state = borrow_mut(py, state);
            let state: &mut S = &mut state;
            self.walk(py, |graph| job(state, graph))
        })
    }
}
