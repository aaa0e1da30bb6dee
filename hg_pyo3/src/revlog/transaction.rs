// SPDX-License-Identifier: GPL-2.0-or-later
//! A Python transaction, told of files before they are written to.

use hg_core::revlog::WriteTransaction;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A transaction of Mercurial's.
pub struct Transaction<'a, 'py>(pub &'a Bound<'py, PyAny>);

impl WriteTransaction for Transaction<'_, '_> {
    type Error = PyErr;

    fn add(&mut self, name: &[u8], length: u64) -> PyResult<()> {
        let py = self.0.py();
        let add = intern!(py, "add");
        let arguments = (PyBytes::new(py, name), length);
        self.0.call_method1(add, arguments).map(drop)
    }
}
