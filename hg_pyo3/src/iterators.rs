// SPDX-License-Identifier: GPL-2.0-or-later
//! Python iterators over collections that another Python object owns.
//!
//! An iterator keeps its owner alive, and a cursor of `hg_core` that knows how far
//! it is. The cursor takes the collection at each step, and refuses one that has
//! changed.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::MutexExt;

/// What every iterator class holds: a cursor `C`, and the Python object `O` that
/// owns the collection.
///
/// `None` once it has ended: a Python iterator that has said `StopIteration` says it
/// for ever, and has no more use for the owner.
pub struct Walk<O, C>(Mutex<Option<(Py<O>, C)>>);

impl<O, C> Walk<O, C> {
    pub fn new(owner: Bound<'_, O>, cursor: C) -> Self {
        Self(Mutex::new(Some((owner.unbind(), cursor))))
    }

    /// The next item, as `step` takes it out of the owner.
    ///
    /// `step` runs no Python code: it may make `bytes`, but no object that the
    /// garbage collector knows.
    pub fn advance<T>(
        &self,
        py: Python<'_>,
        step: impl FnOnce(&Py<O>, &mut C) -> PyResult<Option<T>>,
    ) -> PyResult<Option<T>> {
        let mut state = self
            .0
            .lock_py_attached(py)
            .unwrap_or_else(PoisonError::into_inner);
        let Some((owner, cursor)) = state.as_mut() else {
            return Ok(None);
        };
        let next = step(owner, cursor)?;
        if next.is_none() {
            // The owner may die here, and its death may run Python code: only
            // after the lock.
            let ended = state.take();
            drop(state);
            drop(ended);
        }
        Ok(next)
    }
}

/// Defines an iterator class: `NAME over OWNER by CURSOR`, then how to step and
/// what to make of an item.
///
/// Stepping gives a `PyResult<Option<_>>`, see [`Walk::advance`] on what it may do.
/// The conversion of an item may run any Python code.
macro_rules! shared_iterator {
    (
        $(#[$doc:meta])*
        $class:ident over $owner:ident by $cursor:ty,
        |$py:ident, $from:ident, $at:ident| $step:expr,
        |$item:pat_param| $convert:expr
    ) => {
        $(#[$doc])*
        #[pyo3::pyclass(frozen)]
        pub struct $class($crate::iterators::Walk<$owner, $cursor>);

        impl $class {
            pub fn new(owner: pyo3::Bound<'_, $owner>, cursor: $cursor) -> Self {
                Self($crate::iterators::Walk::new(owner, cursor))
            }
        }

        #[pyo3::pymethods]
        impl $class {
            fn __iter__(slf: pyo3::Bound<'_, Self>) -> pyo3::Bound<'_, Self> {
                slf
            }

            fn __next__<'py>(
                &self,
                $py: pyo3::Python<'py>,
            ) -> pyo3::PyResult<Option<pyo3::Bound<'py, pyo3::PyAny>>> {
                match self.0.advance($py, |$from, $at| $step)? {
                    Some($item) => $convert.map(Some),
                    None => Ok(None),
                }
            }
        }
    };
}
pub(crate) use shared_iterator;
