// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.diff`: deltas between texts.

use hg_core::delta::{self, DeltaError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::buffer::Buffer;
use crate::jobs;
use crate::submodule;

/// The delta that makes `m2` of `m1`, by whole lines.
#[pyfunction]
fn line_diff<'py>(py: Python<'py>, m1: Buffer, m2: Buffer) -> PyResult<Bound<'py, PyBytes>> {
    diff(py, &m1, &m2, delta::line_diff)
}

/// The delta that makes the manifest `m2` of the manifest `m1`.
#[pyfunction]
fn manifest_diff<'py>(py: Python<'py>, m1: Buffer, m2: Buffer) -> PyResult<Bound<'py, PyBytes>> {
    diff(py, &m1, &m2, delta::manifest_diff)
}

fn diff<'py>(
    py: Python<'py>,
    old: &Buffer,
    new: &Buffer,
    by: impl FnOnce(&[u8], &[u8]) -> Result<Vec<u8>, DeltaError> + Send,
) -> PyResult<Bound<'py, PyBytes>> {
    let (old, new) = (old.as_ref(), new.as_ref());
    let delta = jobs::run_on_input(py, old.len() + new.len(), || by(old, new))?;
    Ok(PyBytes::new(py, &delta))
}

pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "diff", "Deltas between texts.")?;
    module.add_function(wrap_pyfunction!(line_diff, &module)?)?;
    module.add_function(wrap_pyfunction!(manifest_diff, &module)?)
}
