// SPDX-License-Identifier: GPL-2.0-or-later
//! Rust values to Python objects and back, a whole list at a time.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use cpython::buffer::PyBuffer;
use cpython::{
    exc, ObjectProtocol, PyBytes, PyDict, PyErr, PyList, PyObject, PyResult, PySet, Python,
    PythonObject, ToPyObject,
};
use hg_core::dag::RevisionSet;
use hg_core::types::{HgPath, HgPathBuf, Node, Revision};
use python3_sys as ffi;

use crate::errors::Error;
use crate::revision::PyRevision;

/// The revisions of any Python iterable.
pub fn revisions(py: Python<'_>, revs: &PyObject) -> PyResult<Vec<Revision>> {
    let number = |rev: PyResult<PyObject>| Ok(rev?.extract::<PyRevision>(py)?.0);
    revs.iter(py)?.map(number).collect()
}

/// A Python list of revisions.
pub fn revision_list(
    py: Python<'_>,
    revs: impl IntoIterator<Item = Revision>,
) -> PyResult<PyObject> {
    let revs: Vec<Revision> = revs.into_iter().collect();
    let revs = revs
        .into_iter()
        .map(|rev| Ok(PyRevision(rev).to_py_object(py).into_object()));
    Ok(list(py, revs)?.into_object())
}

/// A new Python list of the same items.
pub fn copy_of_list(py: Python<'_>, list: &PyList) -> PyResult<PyObject> {
    // SAFETY: the GIL is held; a null answer becomes the exception it stands for.
    unsafe {
        let copy = ffi::PyList_GetSlice(list.as_object().as_ptr(), 0, ffi::Py_ssize_t::MAX);
        owned(py, copy)
    }
}

/// A Python set of revisions.
pub fn revision_set(py: Python<'_>, revs: &RevisionSet) -> PyResult<PySet> {
    let set = PySet::empty(py)?;
    for rev in revs.iter() {
        set.add(py, PyRevision(rev))?;
    }
    Ok(set)
}

/// A Python `bytes` with the content of `bytes`.
pub fn bytes<B: AsRef<[u8]> + ?Sized>(py: Python<'_>, bytes: &B) -> PyObject {
    PyBytes::new(py, bytes.as_ref()).into_object()
}

/// A Python tuple of `items`.
pub fn tuple<const N: usize>(py: Python<'_>, items: [PyObject; N]) -> PyResult<PyObject> {
    // SAFETY: the GIL is held; a null answer becomes the exception it stands for.
    let tuple = unsafe { owned(py, ffi::PyTuple_New(N as ffi::Py_ssize_t)) }?;
    for (index, item) in items.into_iter().enumerate() {
        // SAFETY: the tuple is new and nobody else's, `index < N`, and the
        // reference to the item goes over to the tuple.
        unsafe {
            ffi::PyTuple_SET_ITEM(tuple.as_ptr(), index as ffi::Py_ssize_t, item.steal_ptr())
        };
    }
    Ok(tuple)
}

/// A Python list, allocated once with the size that `items` announces.
pub fn list<I>(py: Python<'_>, items: I) -> PyResult<PyList>
where
    I: ExactSizeIterator<Item = PyResult<PyObject>>,
{
    let length = items.len();
    // SAFETY: the GIL is held; a null answer becomes the exception it stands for.
    let list = unsafe { owned(py, ffi::PyList_New(length as ffi::Py_ssize_t)) }?;
    for (index, item) in items.enumerate() {
        let item = item?;
        // SAFETY: `list` is a list that we own. The call checks the index, and
        // takes over the reference to the item even when it fails.
        let status = unsafe {
            ffi::PyList_SetItem(list.as_ptr(), index as ffi::Py_ssize_t, item.steal_ptr())
        };
        if status != 0 {
            return Err(PyErr::fetch(py));
        }
    }
    Ok(list.cast_into::<PyList>(py)?)
}

/// A Python list of `bytes`.
pub fn bytes_list<T: AsRef<[u8]>>(py: Python<'_>, items: &[T]) -> PyResult<PyObject> {
    let items = items.iter().map(|item| Ok(bytes(py, item.as_ref())));
    Ok(list(py, items)?.into_object())
}

/// A Python dict of `bytes` to `bytes`.
pub fn bytes_dict<K, V>(py: Python<'_>, items: impl IntoIterator<Item = (K, V)>) -> PyResult<PyDict>
where
    K: AsRef<[u8]>,
    V: AsRef<[u8]>,
{
    let dict = PyDict::new(py);
    for (key, value) in items {
        dict.set_item(py, bytes(py, key.as_ref()), bytes(py, value.as_ref()))?;
    }
    Ok(dict)
}

/// # Safety
///
/// `pointer` is null with a Python exception set, or a reference we own.
unsafe fn owned(py: Python<'_>, pointer: *mut ffi::PyObject) -> PyResult<PyObject> {
    // SAFETY: as the caller promises.
    unsafe { PyObject::from_owned_ptr_opt(py, pointer) }.ok_or_else(|| PyErr::fetch(py))
}

/// The content of a Python `bytes`; anything else is a `TypeError`.
pub fn content<'a>(py: Python<'a>, object: &'a PyObject) -> PyResult<&'a [u8]> {
    Ok(object.cast_as::<PyBytes>(py)?.data(py))
}

/// The path in the repository that a Python `bytes` is.
pub fn path<'a>(py: Python<'a>, bytes: &'a PyBytes) -> &'a HgPath {
    HgPath::new(bytes.data(py))
}

/// The paths of a list, or of any iterable, of `bytes`.
pub fn paths(py: Python<'_>, objects: &PyObject) -> PyResult<Vec<HgPathBuf>> {
    let mut result = Vec::new();
    for object in objects.iter(py)? {
        result.push(HgPath::new(content(py, &object?)?).to_owned());
    }
    Ok(result)
}

/// The operating system's path that these bytes are.
pub fn os_path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// The bytes that this path of the operating system is.
pub fn os_path_bytes(py: Python<'_>, path: &Path) -> PyObject {
    bytes(py, path.as_os_str().as_bytes())
}

/// A binary node: 20 bytes, else a `ValueError`.
pub fn node(py: Python<'_>, bytes: &PyBytes) -> Result<Node, Error> {
    let bytes = bytes.data(py);
    Node::from_slice(bytes).ok_or(Error::NodeLength(bytes.len()))
}

/// The content of a Python `bytes`, lent to Rust without a copy.
///
/// The object lives as long as the lent bytes. Their last owner may be dropped
/// by any thread: it waits for the GIL, so it must hold no lock that a thread
/// with the GIL can wait for.
pub fn lend(py: Python<'_>, bytes: PyBytes) -> Bytes {
    let data = bytes.data(py);
    Bytes::from_owner(LentBytes {
        start: data.as_ptr(),
        length: data.len(),
        _owner: bytes,
    })
}

struct LentBytes {
    start: *const u8,
    length: usize,
    _owner: PyBytes,
}

// SAFETY: `start` points into `_owner`, whose content Python never changes and
// which dies with this value; dropping `_owner` takes the GIL itself.
unsafe impl Send for LentBytes {}

impl AsRef<[u8]> for LentBytes {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `start` and `length` came from a slice of `_owner`'s content,
        // which is immutable and lives as long as `self`.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// The content of a read-only Python buffer (`bytes`, a memoryview, an mmap),
/// lent to Rust without a copy; it stays exported as long as that. One that
/// can be written to is a `ValueError`: walks read what is lent without the GIL.
///
/// See [`lend`] on where the lent bytes may be dropped.
pub fn lend_buffer(py: Python<'_>, object: &PyObject) -> PyResult<Bytes> {
    let buffer = PyBuffer::get(py, object)?;
    if !buffer.readonly() {
        let text = "buffer has an invalid memory representation: it is writable";
        return Err(PyErr::new::<exc::ValueError, _>(py, text));
    }
    if !buffer.is_c_contiguous() || buffer.item_size() != 1 {
        let text = "expected a C-contiguous buffer of bytes";
        return Err(PyErr::new::<exc::TypeError, _>(py, text));
    }
    if buffer.len_bytes() == 0 {
        return Ok(Bytes::new());
    }
    Ok(Bytes::from_owner(LentBuffer(buffer)))
}

struct LentBuffer(PyBuffer);

// SAFETY: the memory of an exported buffer stays where it is; releasing it
// takes the GIL itself.
unsafe impl Send for LentBuffer {}

impl AsRef<[u8]> for LentBuffer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `lend_buffer` checked the layout and that the buffer is
        // read-only, and the exporter keeps the memory until it is released.
        // A read-only view of what Python can write elsewhere looks the same:
        // who makes one promises not to write while the view lives.
        unsafe { std::slice::from_raw_parts(self.0.buf_ptr().cast(), self.0.len_bytes()) }
    }
}
