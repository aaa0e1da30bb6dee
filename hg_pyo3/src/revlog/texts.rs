// SPDX-License-Identifier: GPL-2.0-or-later
//! The Python objects that were made last, for who asks for the same again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hg_core::types::Revision;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyList, PyTuple};

use crate::convert::revision_list;

/// A value that is read, or replaced; what it was is dropped when nothing is
/// locked, for the death of a Python object can run any code.
#[derive(Default)]
pub struct Slot<T>(Mutex<Option<T>>);

impl<T> Slot<T> {
    pub fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Read something out of the value that is there, without calling Python.
    pub fn read<R>(&self, read: impl FnOnce(&T) -> Option<R>) -> Option<R> {
        self.lock().as_ref().and_then(read)
    }

    /// Put a value there; returns what was there before.
    pub fn replace(&self, value: Option<T>) -> Option<T> {
        std::mem::replace(&mut *self.lock(), value)
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text that Mercurial told us to keep, as the tuple that it gets back.
struct CachedText {
    rev: Revision,
    is_validated: bool,
    text: Py<PyBytes>,
    tuple: Py<PyTuple>,
}

/// The text of one revision.
pub struct CachedTexts(Slot<CachedText>);

impl CachedTexts {
    pub fn new() -> Self {
        Self(Slot::new())
    }

    /// `(rev, text, validated)`, if that is the revision that is kept.
    pub fn tuple_of(&self, py: Python<'_>, rev: Revision) -> Option<Py<PyTuple>> {
        let of = |kept: &CachedText| (kept.rev == rev).then(|| kept.tuple.clone_ref(py));
        self.0.read(of)
    }

    /// The revision that is kept, and its text.
    pub fn known(&self, py: Python<'_>) -> Option<(Revision, Py<PyBytes>)> {
        self.0
            .read(|kept| Some((kept.rev, kept.text.clone_ref(py))))
    }

    /// Keep a text; not in place of the same one that is known to be right.
    pub fn keep(
        &self,
        rev: Revision,
        text: Bound<'_, PyBytes>,
        validated: &Bound<'_, PyBool>,
    ) -> PyResult<()> {
        let is_kept = |kept: &CachedText| (kept.rev == rev && kept.is_validated).then_some(());
        if self.0.read(is_kept).is_some() {
            return Ok(());
        }
        let kept = CachedText {
            rev,
            is_validated: validated.is_true(),
            tuple: text_tuple(rev, &text, validated)?.unbind(),
            text: text.unbind(),
        };
        drop(self.0.replace(Some(kept)));
        Ok(())
    }

    /// Forget the text, if it is that of `rev`, or whatever it is.
    pub fn forget(&self, rev: Option<Revision>) {
        let is_other = |kept: &CachedText| rev.filter(|rev| *rev != kept.rev).map(drop);
        if self.0.read(is_other).is_none() {
            drop(self.0.replace(None));
        }
    }
}

/// `(rev, text, validated)`
pub fn text_tuple<'py>(
    rev: Revision,
    text: &Bound<'py, PyBytes>,
    validated: &Bound<'py, PyBool>,
) -> PyResult<Bound<'py, PyTuple>> {
    let rev = rev.get().into_pyobject(text.py())?.into_any();
    PyTuple::new(
        text.py(),
        [rev, text.clone().into_any(), validated.clone().into_any()],
    )
}

/// The heads that were asked for last, as the list that they became.
pub struct ListedHeads(Slot<(Arc<[Revision]>, Py<PyList>)>);

impl ListedHeads {
    pub fn new() -> Self {
        Self(Slot::new())
    }

    /// A list of these: the same as last time if they are the same.
    pub fn list<'py>(
        &self,
        py: Python<'py>,
        heads: Arc<[Revision]>,
    ) -> PyResult<Bound<'py, PyList>> {
        let same = |(listed, list): &(Arc<[Revision]>, Py<PyList>)| {
            Arc::ptr_eq(listed, &heads).then(|| list.clone_ref(py))
        };
        if let Some(list) = self.0.read(same) {
            return Ok(list.into_bound(py));
        }
        let list = revision_list(py, heads.iter().copied())?;
        drop(self.0.replace(Some((heads, list.clone().unbind()))));
        Ok(list)
    }

    pub fn forget(&self) {
        drop(self.0.replace(None));
    }
}
