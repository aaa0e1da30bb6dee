// SPDX-License-Identifier: GPL-2.0-or-later
//! Bytes that a Python object lends: `bytes`, a view of a mapped file.
//!
//! The limited API of Python 3.9 and 3.10 leaves the buffer protocol out, so
//! PyO3 does. Its functions are in every Python since 3.0, and the struct has
//! not changed since then; from 3.11 on both are part of the stable ABI.

use std::ffi::{c_char, c_int, c_void, CStr};
use std::pin::Pin;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::{ffi, Borrowed};

/// `Py_buffer` of CPython's `pybuffer.h`.
#[repr(C)]
struct RawBuffer {
    buf: *mut c_void,
    obj: *mut ffi::PyObject,
    len: ffi::Py_ssize_t,
    itemsize: ffi::Py_ssize_t,
    readonly: c_int,
    ndim: c_int,
    format: *mut c_char,
    shape: *mut ffi::Py_ssize_t,
    strides: *mut ffi::Py_ssize_t,
    suboffsets: *mut ffi::Py_ssize_t,
    internal: *mut c_void,
}

extern "C" {
    fn PyObject_GetBuffer(object: *mut ffi::PyObject, view: *mut RawBuffer, flags: c_int) -> c_int;
    fn PyBuffer_Release(view: *mut RawBuffer);
}

/// `PyBUF_C_CONTIGUOUS | PyBUF_FORMAT`: the whole shape, without a gap.
const CONTIGUOUS_WITH_FORMAT: c_int = 0x0020 | 0x0010 | 0x0008 | 0x0004;

/// Bytes lent by a Python object, for as long as this lives. Nobody can change
/// them: a buffer that its owner could write to is refused.
pub struct Buffer(Pin<Box<RawBuffer>>);

// SAFETY: the bytes are read only, and their owner keeps them where they are
// until the buffer is released, which takes the interpreter wherever it is done.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        let length = usize::try_from(self.0.len).unwrap_or(0);
        if length == 0 || self.0.buf.is_null() {
            return &[];
        }
        // SAFETY: `buf` points to `len` contiguous bytes that stay and do not
        // change until the buffer is released.
        unsafe { std::slice::from_raw_parts(self.0.buf.cast_const().cast(), length) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // Without an interpreter there is nobody left to release it for.
        Python::try_attach(|_| {
            // SAFETY: it was filled by PyObject_GetBuffer and not moved since;
            // the thread is attached.
            unsafe { PyBuffer_Release(&mut *self.0) }
        });
    }
}

impl<'py> FromPyObject<'_, 'py> for Buffer {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let mut raw = Box::pin(RawBuffer {
            buf: std::ptr::null_mut(),
            obj: std::ptr::null_mut(),
            len: 0,
            itemsize: 0,
            readonly: 0,
            ndim: 0,
            format: std::ptr::null_mut(),
            shape: std::ptr::null_mut(),
            strides: std::ptr::null_mut(),
            suboffsets: std::ptr::null_mut(),
            internal: std::ptr::null_mut(),
        });
        // SAFETY: the object is alive, the struct is where it will stay, and
        // the thread is attached.
        let status =
            unsafe { PyObject_GetBuffer(object.as_ptr(), &mut *raw, CONTIGUOUS_WITH_FORMAT) };
        if status != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        let buffer = Self(raw);
        let raw = &buffer.0;
        // SAFETY: a format that is there is a C string of the buffer's owner.
        let is_bytes = raw.format.is_null() || unsafe { CStr::from_ptr(raw.format) } == c"B";
        if raw.readonly == 0 || raw.ndim != 1 || raw.itemsize != 1 || !is_bytes {
            return Err(PyValueError::new_err(
                "buffer has an invalid memory representation",
            ));
        }
        Ok(buffer)
    }
}
