// SPDX-License-Identifier: GPL-2.0-or-later
//! How a Rust error becomes a Python exception. Errors of one submodule alone
//! are raised beside it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use hg_core::dag;
use hg_core::delta::DeltaError;
use hg_core::store::file_index::FileIndexError;
use hg_core::types::InternalError;
use pyo3::exceptions::{PyOSError, PyOverflowError, PyRuntimeError, PySystemError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

// What is wrong with a revision graph: `(name, revision)`.
pyo3::create_exception!(pyo3_rustext, GraphError, PyValueError);
// Asks the caller to do the whole job in Python instead. One class for all
// submodules.
pyo3::create_exception!(pyo3_rustext, FallbackError, PyRuntimeError);

/// An error that is an exception in Python.
pub trait Raise {
    fn into_exception(self, py: Python<'_>) -> PyErr;
}

impl Raise for PyErr {
    fn into_exception(self, _py: Python<'_>) -> PyErr {
        self
    }
}

impl Raise for DeltaError {
    fn into_exception(self, _py: Python<'_>) -> PyErr {
        match self {
            Self::Internal(error) => internal_error(error),
            error => PyValueError::new_err(error.to_string()),
        }
    }
}

impl Raise for dag::GraphError {
    fn into_exception(self, _py: Python<'_>) -> PyErr {
        match self {
            Self::ParentOutOfRange(rev) => GraphError::new_err(("ParentOutOfRange", rev.get())),
            Self::InvalidRevision(rev) => GraphError::new_err(("InvalidRevision", rev.get())),
            // Mercurial then goes on in Python.
            Self::TooManyRevisions(_) => PyOverflowError::new_err(self.to_string()),
            Self::Internal(error) => internal_error(error),
        }
    }
}

/// What is wrong with a file index when it is asked.
impl Raise for FileIndexError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Io { path, error } => os_error(py, &path, &error),
            Self::AddAndRemove | Self::EmptyPath => {
                mercurial_error(py, "ProgrammingError", self.to_string().as_bytes())
            }
            Self::Internal(error) => internal_error(error),
            error => PyOSError::new_err(format!("FileIndex error: {error}")),
        }
    }
}

/// As a panic would be: a `SystemError`, which says that we are to blame.
pub fn internal_error(error: InternalError) -> PyErr {
    PySystemError::new_err(error.to_string())
}

/// The use of what was derived from an object that has changed since.
pub fn changed() -> PyErr {
    PyRuntimeError::new_err("Cannot access to shared reference after mutation")
}

/// An object that is in the middle of another call of this thread.
pub fn in_use(what: &str) -> PyErr {
    PyRuntimeError::new_err(format!("{what} is in use by another call"))
}

/// `OSError(errno, message, filename)`, which Python makes one of its
/// subclasses.
pub fn os_error(py: Python<'_>, path: &Path, error: &std::io::Error) -> PyErr {
    let Some(errno) = error.raw_os_error() else {
        return PyOSError::new_err(format!("{}: {error}", path.display()));
    };
    let message = py
        .import("os")
        .and_then(|os| os.call_method1("strerror", (errno,)));
    match message {
        Ok(message) => {
            let name = PyBytes::new(py, path.as_os_str().as_bytes()).unbind();
            PyOSError::new_err((errno, message.unbind(), name))
        }
        Err(error) => error,
    }
}

/// An exception of `mercurial.error`, looked up when it is needed: extensions
/// may have replaced it.
pub fn mercurial_error(py: Python<'_>, class: &str, message: &[u8]) -> PyErr {
    let raised = py
        .import("mercurial.error")
        .and_then(|module| module.getattr(class))
        .and_then(|class| class.call1((PyBytes::new(py, message),)));
    match raised {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// The path that these bytes are.
pub fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}
