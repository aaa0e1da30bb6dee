// SPDX-License-Identifier: GPL-2.0-or-later
//! What the calls of an index take and give, as Python objects.

use cpython::{
    exc, PyBytes, PyErr, PyInt, PyObject, PyResult, PyTuple, Python, PythonObject, ToPyObject,
};
use hg_core::revlog::Record;
use hg_core::types::{Node, NodePrefix, Revision};

use crate::revision::PyRevision;

/// The compression mode of data that says itself how it is compressed: all
/// that version 1 has.
const COMPRESSION_INLINE: u8 = 2;
const RANK_UNKNOWN: i32 = -1;

fn value_error(py: Python<'_>, text: &str) -> PyErr {
    PyErr::new::<exc::ValueError, _>(py, text)
}

/// A binary node.
pub fn node(py: Python<'_>, object: &PyObject) -> PyResult<Node> {
    let bytes = object.cast_as::<PyBytes>(py)?.data(py);
    Node::from_slice(bytes).ok_or_else(|| {
        let (length, expected) = (bytes.len(), Node::LEN);
        value_error(
            py,
            &format!("node len {length} != expected node len {expected}"),
        )
    })
}

/// The first digits of a node; `None` if they are not hexadecimal.
pub fn node_prefix(py: Python<'_>, object: &PyObject) -> PyResult<Option<NodePrefix>> {
    let hex = object.cast_as::<PyBytes>(py)?.data(py);
    if hex.is_empty() {
        return Err(value_error(py, "key too short"));
    }
    if hex.len() > Node::DIGITS {
        return Err(value_error(py, "key too long"));
    }
    Ok(NodePrefix::from_hex(hex))
}

/// The 13 items of an index entry.
pub fn entry_tuple(py: Python<'_>, record: &Record) -> PyObject {
    let [p1, p2] = record.parents;
    let number = |value: i32| value.to_py_object(py).into_object();
    let items = [
        record.offset_flags.to_py_object(py).into_object(),
        number(record.compressed_len),
        number(record.uncompressed_len),
        number(record.base.get()),
        number(record.link.get()),
        number(p1.get()),
        number(p2.get()),
        PyBytes::new(py, record.node.as_bytes()).into_object(),
        number(0), // side data: offset and length
        number(0),
        number(COMPRESSION_INLINE.into()), // of data and side data
        number(COMPRESSION_INLINE.into()),
        number(RANK_UNKNOWN),
    ];
    PyTuple::new(py, &items).into_object()
}

/// The entry to append; the items that version 1 cannot hold must say so.
pub fn record(py: Python<'_>, entry: &PyObject) -> PyResult<Record> {
    let entry = entry.cast_as::<PyTuple>(py)?;
    let item = |position: usize| {
        entry.as_slice(py).get(position).ok_or_else(|| {
            PyErr::new::<exc::IndexError, _>(py, "an index entry has at least 8 items")
        })
    };
    let number = |position| item(position)?.extract::<i32>(py);
    let revision = |position| number(position).map(Revision::new);
    let record = Record {
        offset_flags: item(0)?.extract(py)?,
        compressed_len: number(1)?,
        uncompressed_len: number(2)?,
        base: revision(3)?,
        link: revision(4)?,
        parents: [revision(5)?, revision(6)?],
        node: node(py, item(7)?)?,
    };
    for mode in entry.as_slice(py).iter().skip(10).take(2) {
        if mode.extract::<u8>(py)? != COMPRESSION_INLINE {
            return Err(value_error(
                py,
                "invalid data compression mode for a v1 revlog",
            ));
        }
    }
    Ok(record)
}

/// `stoprev` of a delta chain: an int or None.
pub fn optional_revision(py: Python<'_>, object: &PyObject) -> PyResult<Option<Revision>> {
    if *object == py.None() {
        return Ok(None);
    }
    match object.cast_as::<PyInt>(py) {
        Ok(_) => Ok(Some(object.extract::<PyRevision>(py)?.0)),
        Err(_) => Err(value_error(py, "stoprev must be integer or None")),
    }
}
