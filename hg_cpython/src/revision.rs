// SPDX-License-Identifier: GPL-2.0-or-later
//! Revision numbers as arguments and results.

use cpython::{FromPyObject, PyInt, PyObject, PyResult, Python, ToPyObject};
use hg_core::types::Revision;

/// A revision as an int of Python: one that does not fit is an
/// `OverflowError`, anything else a `TypeError`.
#[derive(Clone, Copy)]
pub struct PyRevision(pub Revision);

impl<'s> FromPyObject<'s> for PyRevision {
    #[inline]
    fn extract(py: Python<'_>, object: &'s PyObject) -> PyResult<Self> {
        Ok(Self(Revision::new(object.extract(py)?)))
    }
}

impl ToPyObject for PyRevision {
    type ObjectType = PyInt;

    #[inline]
    fn to_py_object(&self, py: Python<'_>) -> PyInt {
        self.0.get().to_py_object(py)
    }
}
