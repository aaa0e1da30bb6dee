// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.dagop` (contract section 4).

use cpython::{py_fn, PyModule, PyObject, PyResult, PySet, Python};
use hg_core::dag;

use crate::convert;
use crate::errors::OrRaise;
use crate::graph::GraphHandle;
use crate::revision::PyRevision;
use crate::submodule;

fn headrevs(py: Python<'_>, index: PyObject, revs: PyObject) -> PyResult<PySet> {
    let graph = GraphHandle::new(py, &index)?;
    let revs = convert::revisions(py, &revs)?;
    let heads = graph
        .walk(py, |graph| dag::heads(graph, revs))
        .or_raise(py)?;
    convert::revision_set(py, &heads)
}

fn rank(py: Python<'_>, index: PyObject, p1r: PyRevision, p2r: PyRevision) -> PyResult<usize> {
    let graph = GraphHandle::new(py, &index)?;
    graph
        .walk(py, |graph| dag::rank(graph, p1r.0, p2r.0))
        .or_raise(py)
}

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let doc = "Heads and ranks in the revision graph.";
    let module = submodule::add(py, package, "dagop", doc)?;
    let function = py_fn!(py, headrevs(index: PyObject, revs: PyObject));
    module.add(py, "headrevs", function)?;
    let function = py_fn!(py, rank(index: PyObject, p1r: PyRevision, p2r: PyRevision));
    module.add(py, "rank", function)
}
