// SPDX-License-Identifier: GPL-2.0-or-later
//! Python iterators over collections that another Python object owns.
//!
//! An iterator keeps its owner alive and remembers the owner's generation:
//! once the owner was borrowed for a change, every use of the iterator raises
//! `RuntimeError`, and what it pointed to is not read again
//! (contract section 4, "Shared references").

use std::cell::RefCell;

use cpython::{PyResult, Python, UnsafePyLeaked};

use crate::errors::{Error, OrRaise};

/// What every iterator class holds: a Rust iterator `I` that borrows from the
/// Python object that owns the collection.
pub struct SharedIterator<I> {
    /// `None` once it has ended: a Python iterator that has said
    /// `StopIteration` says it for ever, and has no more use for the owner.
    leaked: RefCell<Option<UnsafePyLeaked<I>>>,
}

impl<I> SharedIterator<I> {
    pub fn new(leaked: UnsafePyLeaked<I>) -> Self {
        Self {
            leaked: RefCell::new(Some(leaked)),
        }
    }
}

impl<I: Iterator> SharedIterator<I> {
    /// The next item, as `convert` makes it. An item that is an error ends the
    /// iteration.
    ///
    /// `convert` may run any Python code (a new object can start a garbage
    /// collection); whatever that code asks of the owner or of this iterator,
    /// it gets an answer or a `RuntimeError`.
    pub fn advance<T>(
        &self,
        py: Python<'_>,
        convert: impl FnOnce(I::Item) -> PyResult<T>,
    ) -> PyResult<Option<T>> {
        let mut slot = self
            .leaked
            .try_borrow_mut()
            .map_err(|_| Error::Busy("the iterator"))
            .or_raise(py)?;
        let Some(leaked) = slot.as_mut() else {
            return Ok(None);
        };
        let result = {
            // SAFETY: the item, which pretends to live for ever, is consumed
            // by `convert` before the borrow ends.
            let mut iterator = unsafe { leaked.try_borrow_mut(py)? };
            iterator.next().map(convert)
        };
        match result {
            Some(Ok(item)) => Ok(Some(item)),
            ended => {
                // The owner may die here, and its death may run Python code:
                // only after the borrow.
                let finished = slot.take();
                drop(slot);
                drop(finished);
                ended.transpose()
            }
        }
    }
}

/// Defines an iterator class: `NAME over ITERATOR, |py, item| conversion`.
///
/// The conversion gives a `PyResult<PyObject>`. The class is made with
/// `NAME::create_instance(py, SharedIterator::new(leaked))`.
macro_rules! shared_iterator {
    ($(#[$doc:meta])* $class:ident over $iterator:ty, |$py:ident, $item:ident| $convert:expr) => {
        cpython::py_class!(pub class $class |$py| {
            data state: $crate::iterators::SharedIterator<$iterator>;

            def __iter__(&self) -> cpython::PyResult<$class> {
                Ok(cpython::PyClone::clone_ref(self, $py))
            }

            def __next__(&self) -> cpython::PyResult<Option<cpython::PyObject>> {
                self.state($py).advance($py, |$item| $convert)
            }
        });
    };
}
pub(crate) use shared_iterator;
