// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.dagop`: heads and ranks in the revision graph (pyo3 contract
//! section 3).

use hg_core::dag;
use pyo3::prelude::*;
use pyo3::types::PySet;

use crate::convert;
use crate::graph::GraphHandle;
use crate::revision::PyRevision;
use crate::submodule;

/// Those of `revs` that are no ancestors of others of them.
#[pyfunction]
fn headrevs<'py>(
    py: Python<'py>,
    index_proxy: Bound<'py, PyAny>,
    revs: Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PySet>> {
    let graph = GraphHandle::new(&index_proxy)?;
    let revs = convert::revisions(&revs)?;
    let heads = graph.walk(py, |index| dag::heads(index, revs))?;
    convert::revision_set(py, &heads)
}

/// How many ancestors a revision with these parents has, itself included.
#[pyfunction]
fn rank(
    py: Python<'_>,
    _index: Bound<'_, PyAny>,
    _p1r: PyRevision,
    _p2r: PyRevision,
) -> PyResult<usize> {
    let graph = GraphHandle::new(&_index)?;
    graph.walk(py, |index| dag::rank(index, _p1r.get(), _p2r.get()))
}

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let module = submodule::add(parent, "dagop", "Heads and ranks in the revision graph.")?;
    module.add_function(wrap_pyfunction!(headrevs, &module)?)?;
    module.add_function(wrap_pyfunction!(rank, &module)?)
}
