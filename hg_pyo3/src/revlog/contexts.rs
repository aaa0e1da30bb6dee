// SPDX-License-Identifier: GPL-2.0-or-later
//! What a revlog is read and written in: context managers of Python.

use std::sync::atomic::{AtomicBool, Ordering};

use hg_core::revlog::FileEnds;
use pyo3::prelude::*;

use super::inner::InnerRevlog;

/// The data file is open within.
#[pyclass(frozen)]
pub struct ReadingContextManager(pub Py<InnerRevlog>);

#[pymethods]
impl ReadingContextManager {
    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        self.0.get().begin_reading(py)
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, py: Python<'_>, _args: Bound<'_, PyAny>) -> PyResult<()> {
        self.0.get().end_reading(py)
    }
}

/// The files are open to be written within. Within another one it does nothing.
#[pyclass(frozen)]
pub struct WritingContextManager {
    revlog: Py<InnerRevlog>,
    transaction: Py<PyAny>,
    /// Whether it is this one that opened them.
    has_opened: AtomicBool,
}

impl WritingContextManager {
    pub fn new(revlog: Py<InnerRevlog>, transaction: Py<PyAny>) -> Self {
        Self {
            revlog,
            transaction,
            has_opened: AtomicBool::new(false),
        }
    }
}

#[pymethods]
impl WritingContextManager {
    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        let (revlog, transaction) = (self.revlog.get(), self.transaction.bind(py));
        if !revlog.is_writing(py)? {
            revlog.begin_writing(py, transaction)?;
            self.has_opened.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, py: Python<'_>, _args: Bound<'_, PyAny>) -> PyResult<()> {
        match self.has_opened.swap(false, Ordering::Relaxed) {
            true => self.revlog.get().end_writing(py),
            false => Ok(()),
        }
    }
}

/// An open file, of which Mercurial asks where it is written to.
#[pyclass(frozen)]
pub struct PyFileHandle(u64);

#[pymethods]
impl PyFileHandle {
    fn tell(&self) -> u64 {
        self.0
    }
}

/// The index, the data file if there is one, and no file of side data.
pub fn handles(ends: FileEnds) -> (PyFileHandle, Option<PyFileHandle>, Option<PyFileHandle>) {
    let (index, data) = ends;
    (PyFileHandle(index), data.map(PyFileHandle), None)
}
