// SPDX-License-Identifier: GPL-2.0-or-later
//! What the calls of an index take and give, as Python objects.

use hg_core::revlog::Record;
use hg_core::types::NodePrefix;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::errors::revlog_error;
use crate::convert::node;
use crate::revision::PyRevision;

/// The compression mode of data that says itself how it is compressed: all
/// that version 1 has.
const COMPRESSION_INLINE: i32 = 2;
const RANK_UNKNOWN: i32 = -1;
/// The flags that no version of Mercurial gives a meaning to.
const UNKNOWN_FLAGS: u16 = 0x3f;

/// The first digits of a node.
pub fn node_prefix(hex: &Bound<'_, PyBytes>) -> PyResult<NodePrefix> {
    let hex = hex.as_bytes();
    NodePrefix::from_hex(hex).ok_or_else(|| {
        let hex = String::from_utf8_lossy(hex);
        PyValueError::new_err(format!("Invalid node or prefix '{hex}'"))
    })
}

/// The 13 items of an index entry.
pub fn entry_tuple<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyTuple>> {
    let number = |value: i32| value.into_pyobject(py).map(Bound::into_any);
    let [p1, p2] = record.parents;
    let items = [
        record.offset_flags.into_pyobject(py)?.into_any(),
        number(record.compressed_len)?,
        number(record.uncompressed_len)?,
        number(record.base.get())?,
        number(record.link.get())?,
        number(p1.get())?,
        number(p2.get())?,
        PyBytes::new(py, record.node.as_bytes()).into_any(),
        number(0)?, // side data: offset and length
        number(0)?,
        number(COMPRESSION_INLINE)?, // of data and side data
        number(COMPRESSION_INLINE)?,
        number(RANK_UNKNOWN)?,
    ];
    PyTuple::new(py, items)
}

/// The entry to append, of the first eight items.
pub fn record(entry: &Bound<'_, PyTuple>) -> PyResult<Record> {
    let number = |position| entry.get_item(position)?.extract::<i32>();
    let rev = |position| PyResult::Ok(entry.get_item(position)?.extract::<PyRevision>()?.get());
    let record = Record {
        offset_flags: entry.get_item(0)?.extract()?,
        compressed_len: number(1)?,
        uncompressed_len: number(2)?,
        base: rev(3)?,
        link: rev(4)?,
        parents: [rev(5)?, rev(6)?],
        node: node(entry.get_item(7)?.cast::<PyBytes>()?)?,
    };
    if record.flags() & UNKNOWN_FLAGS != 0 {
        let flags = record.flags();
        let text = format!("abort: corrupted revlog, unknown revlog index flags: {flags}");
        return Err(revlog_error(entry.py(), &text));
    }
    Ok(record)
}
