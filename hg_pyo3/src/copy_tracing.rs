// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.copy_tracing`: copies between two changesets (pyo3 contract
//! section 3).

use hg_core::copies::{CopiesError, CopyTracer};
use hg_core::types::Revision;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};

use crate::convert::bytes_dict;
use crate::errors::{internal_error, Raise};
use crate::jobs;
use crate::revision::PyRevision;
use crate::submodule;

/// How many revisions are asked for before the next batch is combined: enough
/// to make the price of letting the interpreter go small.
const BATCH: usize = 500;

type RevisionInfo = (Revision, [Revision; 2], Option<PyBackedBytes>);

/// The copies at `target_rev`, destinations to sources, where `rev_info` tells
/// parents and side data of each of `revs`. `KeyError` if it is not among them.
///
/// Whether `multi_thread` or not, other Python threads run while copies are
/// combined.
#[pyfunction]
fn combine_changeset_copies<'py>(
    py: Python<'py>,
    revs: Bound<'py, PyList>,
    children_count: Bound<'py, PyDict>,
    target_rev: PyRevision,
    rev_info: Bound<'py, PyAny>,
    multi_thread: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let _ = multi_thread;
    let counts = children_count.items();
    let counts = counts.iter().map(|item| {
        let (rev, count): (PyRevision, usize) = item.extract()?;
        Ok((rev.get(), count))
    });
    let mut tracer = CopyTracer::new(counts.collect::<PyResult<Vec<_>>>()?);
    let mut revs = revs.iter();
    loop {
        let batch = revs.by_ref().take(BATCH);
        let batch = batch.map(|rev| revision_info(&rev, &rev_info));
        let batch: Vec<RevisionInfo> = batch.collect::<PyResult<_>>()?;
        if batch.is_empty() {
            break;
        }
        jobs::run_detached(py, || {
            batch.iter().try_for_each(|(rev, parents, side_data)| {
                tracer.add_revision(*rev, *parents, side_data.as_deref())
            })
        })?;
    }
    match jobs::run_detached(py, || tracer.finish(target_rev.get()))? {
        Some(copies) => bytes_dict(py, copies),
        None => Err(PyKeyError::new_err(target_rev.get().get())),
    }
}

fn revision_info(rev: &Bound<'_, PyAny>, rev_info: &Bound<'_, PyAny>) -> PyResult<RevisionInfo> {
    let info = rev_info.call1((rev,))?.cast_into::<PyTuple>()?;
    let (p1, p2, side_data): (PyRevision, PyRevision, Option<Bound<'_, PyBytes>>) =
        info.extract()?;
    let rev: PyRevision = rev.extract()?;
    let parents = [p1.get(), p2.get()];
    Ok((rev.get(), parents, side_data.map(PyBackedBytes::from)))
}

impl Raise for CopiesError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Graph(error) => error.into_exception(py),
            Self::Internal(error) => internal_error(error),
            error @ (Self::TruncatedSideData(_) | Self::UnknownSource(_)) => {
                PyValueError::new_err(error.to_string())
            }
        }
    }
}

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "copy_tracing", "Copies between two changesets.")?;
    module.add_function(wrap_pyfunction!(combine_changeset_copies, &module)?)
}
