// SPDX-License-Identifier: GPL-2.0-or-later
//! Rust values to Python objects and back, a whole list at a time.

use hg_core::dag::RevisionSet;
use hg_core::types::{HgPath, HgPathBuf, Node, Revision};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PySet};

use crate::revision::PyRevision;

/// A Python list of `bytes`.
pub fn bytes_list<'py, T: AsRef<[u8]>>(
    py: Python<'py>,
    items: impl ExactSizeIterator<Item = T>,
) -> PyResult<Bound<'py, PyList>> {
    PyList::new(py, items.map(|item| PyBytes::new(py, item.as_ref())))
}

/// A Python dict of `bytes` to `bytes`.
pub fn bytes_dict<'py, K: AsRef<[u8]>, V: AsRef<[u8]>>(
    py: Python<'py>,
    items: impl IntoIterator<Item = (K, V)>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in items {
        let (key, value) = (key.as_ref(), value.as_ref());
        dict.set_item(PyBytes::new(py, key), PyBytes::new(py, value))?;
    }
    Ok(dict)
}

/// The path in the repository that a Python `bytes` is.
pub fn path<'a>(bytes: &'a Bound<'_, PyBytes>) -> &'a HgPath {
    HgPath::new(bytes.as_bytes())
}

/// The paths of any iterable of `bytes`.
pub fn paths(iterable: &Bound<'_, PyAny>) -> PyResult<Vec<HgPathBuf>> {
    let mut paths = Vec::new();
    for item in iterable.try_iter()? {
        paths.push(path(item?.cast::<PyBytes>()?).to_owned());
    }
    Ok(paths)
}

/// A binary node: 20 bytes, else a `ValueError`.
pub fn node(bytes: &Bound<'_, PyBytes>) -> PyResult<Node> {
    let node = Node::from_slice(bytes.as_bytes());
    node.ok_or_else(|| PyValueError::new_err("20-byte hash required"))
}

/// The revisions of any Python iterable.
pub fn revisions(iterable: &Bound<'_, PyAny>) -> PyResult<Vec<Revision>> {
    let revs = iterable.try_iter()?;
    revs.map(|rev| Ok(rev?.extract::<PyRevision>()?.get()))
        .collect()
}

/// A Python list of revisions.
pub fn revision_list<'py>(
    py: Python<'py>,
    revs: impl IntoIterator<Item = Revision>,
) -> PyResult<Bound<'py, PyList>> {
    let revs: Vec<i32> = revs.into_iter().map(Revision::get).collect();
    PyList::new(py, revs)
}

/// A Python set of revisions.
pub fn revision_set<'py>(py: Python<'py>, revs: &RevisionSet) -> PyResult<Bound<'py, PySet>> {
    let set = PySet::empty(py)?;
    for rev in revs.iter() {
        set.add(rev.get())?;
    }
    Ok(set)
}
