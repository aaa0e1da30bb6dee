// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.copy_tracing` (contract section 4).

use cpython::{
    exc, py_fn, ObjectProtocol, PyBool, PyBytes, PyDict, PyErr, PyList, PyModule, PyObject,
    PyResult, Python, PythonObject, ToPyObject,
};
use hg_core::copies::CopyTracer;
use hg_core::types::Revision;

use crate::convert;
use crate::errors::OrRaise;
use crate::gil::without_gil;
use crate::revision::PyRevision;
use crate::submodule;

/// How many revisions are asked for before the next batch is combined: enough
/// to make the price of releasing the GIL small.
const BATCH: usize = 500;

type RevisionInfo = (Revision, [Revision; 2], Option<bytes::Bytes>);

/// Whether `multi_thread` or not, `rev_info` is Python and has the GIL, and
/// the combining has not.
fn combine_changeset_copies(
    py: Python<'_>,
    revs: PyList,
    children: PyDict,
    target_rev: PyRevision,
    rev_info: PyObject,
    multi_thread: PyBool,
) -> PyResult<PyDict> {
    let _ = multi_thread;
    let children_count: Vec<(Revision, usize)> = children
        .items(py)
        .into_iter()
        .map(|(rev, count)| Ok((rev.extract::<PyRevision>(py)?.0, count.extract(py)?)))
        .collect::<PyResult<_>>()?;
    let mut tracer = CopyTracer::new(children_count);
    let mut revs = revs.iter(py);
    loop {
        let batch: Vec<RevisionInfo> = revs
            .by_ref()
            .take(BATCH)
            .map(|rev| revision_info(py, &rev, &rev_info))
            .collect::<PyResult<_>>()?;
        if batch.is_empty() {
            break;
        }
        let lent: &[RevisionInfo] = &batch;
        without_gil(py, || {
            lent.iter().try_for_each(|(rev, parents, side_data)| {
                tracer.add_revision(*rev, *parents, side_data.as_deref())
            })
        })
        .or_raise(py)?;
    }
    match without_gil(py, || tracer.finish(target_rev.0)).or_raise(py)? {
        Some(copies) => convert::bytes_dict(py, copies),
        None => Err(PyErr::new::<exc::KeyError, _>(
            py,
            target_rev.to_py_object(py).into_object(),
        )),
    }
}

fn revision_info(py: Python<'_>, rev: &PyObject, rev_info: &PyObject) -> PyResult<RevisionInfo> {
    let info = rev_info.call(py, (rev,), None)?;
    let (p1, p2, side_data): (PyRevision, PyRevision, Option<PyBytes>) = info.extract(py)?;
    let side_data = side_data.map(|data| convert::lend(py, data));
    Ok((rev.extract::<PyRevision>(py)?.0, [p1.0, p2.0], side_data))
}

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let doc = "Copies between two changesets.";
    let module = submodule::add(py, package, "copy_tracing", doc)?;
    let function = py_fn!(
        py,
        combine_changeset_copies(
            revs: PyList,
            children: PyDict,
            target_rev: PyRevision,
            rev_info: PyObject,
            multi_thread: PyBool
        )
    );
    module.add(py, "combine_changeset_copies", function)
}
