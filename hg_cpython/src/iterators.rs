// SPDX-License-Identifier: GPL-2.0-or-later
//! Python iterators over collections that another Python object owns.
//!
//! An iterator keeps its owner alive, and a cursor of `hg_core` that knows how far
//! it is. The cursor takes the collection at each step, and refuses one that has
//! changed: a `RuntimeError` (contract section 4, "Shared references").

use std::cell::RefCell;

use cpython::{PyResult, Python};
use hg_core::dirstate::DirstateError;

use crate::errors::{raise_after, Error};
use crate::gil::borrow_mut;

/// What every iterator class holds: a cursor `C`, and the Python object `O` that
/// owns the collection.
pub struct SharedIterator<O, C> {
    /// `None` once it has ended: a Python iterator that has said
    /// `StopIteration` says it for ever, and has no more use for the owner.
    state: RefCell<Option<(O, C)>>,
}

impl<O, C> SharedIterator<O, C> {
    pub fn new(owner: O, cursor: C) -> Self {
        Self {
            state: RefCell::new(Some((owner, cursor))),
        }
    }

    /// The next item, as `step` takes it out of the owner. An error ends the
    /// iteration, but for those that tell what others do with the owner.
    ///
    /// `step` runs no Python code: it may make `bytes`, but no object that the
    /// garbage collector knows.
    pub fn advance<T>(
        &self,
        py: Python<'_>,
        step: impl FnOnce(&O, &mut C) -> Result<Option<T>, Error>,
    ) -> PyResult<Option<T>> {
        // The owner may die here, and its death may run Python code: only after
        // the borrow.
        let mut ended = None;
        raise_after(py, || {
            let mut state = borrow_mut(py, &self.state);
            let Some((owner, cursor)) = state.as_mut() else {
                return Ok(None);
            };
            let next = step(owner, cursor);
            match next {
                Ok(Some(_)) | Err(Error::Busy(_) | Error::DirstateRead(DirstateError::Changed)) => {
                }
                _ => ended = state.take(),
            }
            next
        })
    }
}

/// Defines an iterator class: `NAME over OWNER by CURSOR`, then how to step and
/// what to make of an item.
///
/// Stepping gives a `Result<Option<_>, Error>`, the conversion of an item a
/// `PyResult<PyObject>`; that one may run any Python code. The class is made with
/// `NAME::create_instance(py, SharedIterator::new(owner, cursor))`.
macro_rules! shared_iterator {
    (
        $class:ident over $owner:ident by $cursor:ident,
        |$py:ident, $from:ident, $at:ident| $step:expr,
        |$item:pat_param| $convert:expr
    ) => {
        cpython::py_class!(pub class $class |$py| {
            data state: $crate::iterators::SharedIterator<$owner, $cursor>;

            def __iter__(&self) -> cpython::PyResult<$class> {
                Ok(cpython::PyClone::clone_ref(self, $py))
            }

            def __next__(&self) -> cpython::PyResult<Option<cpython::PyObject>> {
                match self.state($py).advance($py, |$from, $at| $step)? {
                    Some($item) => $convert.map(Some),
                    None => Ok(None),
                }
            }
        });
    };
}
pub(crate) use shared_iterator;
