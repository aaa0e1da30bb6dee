// SPDX-License-Identifier: GPL-2.0-or-later
//! What a revlog is read and written in: context managers of Python.

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

/// The files are open to be written within, unless they are already.
#[pyclass(frozen)]
pub struct WritingContextManager {
    pub revlog: Py<InnerRevlog>,
    pub transaction: Py<PyAny>,
}

#[pymethods]
impl WritingContextManager {
    fn __enter__(&self, py: Python<'_>) -> PyResult<()> {
        let transaction = self.transaction.bind(py);
        self.revlog.get().begin_writing(py, transaction)
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, py: Python<'_>, _args: Bound<'_, PyAny>) -> PyResult<()> {
        self.revlog.get().end_writing(py)
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
