// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.deltas`: the size of folded deltas.

use hg_core::delta::{folded_size, FoldedDelta};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyList};

use crate::buffer::Buffer;
use crate::jobs;
use crate::revision::PyRevision;
use crate::submodule;

/// Bytes of the delta that does what all of `deltas` do, one after the other.
/// Empty ones do not count. `ValueError` for what is no delta.
#[pyfunction]
fn estimate_combined_deltas_size(py: Python<'_>, deltas: Bound<'_, PyList>) -> PyResult<usize> {
    let buffers: Vec<Buffer> = deltas.extract()?;
    let deltas: Vec<&[u8]> = buffers.iter().map(AsRef::as_ref).collect();
    let size = deltas.iter().map(|delta| delta.len()).sum();
    jobs::run_on_input(py, size, || folded_size(&deltas))
}

/// Fold `delta` onto its base, on the base of that, and so on, as the pairs of
/// revision and delta of `next_deltas` have it. Returns the last revision
/// before that takes more than `max_size` bytes, if there is one.
#[pyfunction]
fn optimize_base(
    py: Python<'_>,
    delta: Bound<'_, PyBytes>,
    next_deltas: Bound<'_, PyIterator>,
    max_size: usize,
) -> PyResult<Option<i32>> {
    if delta.as_bytes().is_empty() {
        return Ok(None);
    }
    let mut folded = jobs::run(py, || FoldedDelta::new(delta.as_bytes()))?;
    let mut best = None;
    for pair in next_deltas {
        let (PyRevision(base), below) = pair?.extract::<(PyRevision, Buffer)>()?;
        let below = below.as_ref();
        jobs::run_on_input(py, below.len(), || folded.fold_onto(below))?;
        if folded.encoded_size() > max_size {
            break;
        }
        best = Some(base);
    }
    Ok(best)
}

pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "deltas", "The size of folded deltas.")?;
    module.add_function(wrap_pyfunction!(estimate_combined_deltas_size, &module)?)?;
    module.add_function(wrap_pyfunction!(optimize_base, &module)?)
}
