// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.matchers`: which files are meant (pyo3 contract section 3).

use hg_core::store::shapes::ShapeTree;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::submodule;

/// The files of a shape. Python cannot make one.
#[pyclass(frozen)]
pub struct PyMatcher(ShapeTree);

impl PyMatcher {
    pub fn new(files: ShapeTree) -> Self {
        Self(files)
    }
}

#[pymethods]
impl PyMatcher {
    fn __call__(&self, path: Bound<'_, PyBytes>) -> bool {
        self.0.matches(path.as_bytes())
    }

    fn always(&self) -> bool {
        self.0.matches_everything()
    }

    fn isexact(&self) -> bool {
        false
    }

    fn prefix(&self) -> bool {
        false
    }

    /// The files that are named: none, a shape is made of directories.
    fn files<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        PyList::empty(py)
    }
}

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "matchers", "Which files are meant.")?;
    module.add_class::<PyMatcher>()
}
