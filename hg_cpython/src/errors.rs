// SPDX-License-Identifier: GPL-2.0-or-later
//! The only place where a Rust error becomes a Python exception.

use std::cell::{BorrowError, BorrowMutError};

use cpython::{exc, py_exception, PyErr, PyResult, Python};
use hg_core::errors::{DirstateError, PatternError, StatusError};

// Asks the caller to do the whole job in Python instead. One class for all
// submodules; its `__module__` is `rustext`.
py_exception!(rustext, FallbackError, exc::RuntimeError);

/// What can go wrong between a call from Python and its answer.
pub enum Error {
    /// An exception that Python raised already.
    Python(PyErr),
    /// A dirstate that could not be parsed, changed or written.
    Dirstate(DirstateError),
    /// A dirstate that turned out to be damaged where it was read.
    DirstateRead(DirstateError),
    /// No such path in a mapping.
    NoSuchPath(Vec<u8>),
    /// A path that `Dirs` cannot take in or does not know.
    Dirs(DirstateError),
    /// A binary node of a wrong length.
    NodeLength(usize),
    /// No such way to write a dirstate.
    WriteMode(usize),
    /// The object is in the middle of another call.
    Busy(&'static str),
    /// A matcher that only Python can evaluate.
    UnsupportedMatcher(String),
    Pattern(PatternError),
    Status(StatusError),
}

impl From<PyErr> for Error {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<BorrowError> for Error {
    fn from(_: BorrowError) -> Self {
        Self::Busy("the object")
    }
}

impl From<BorrowMutError> for Error {
    fn from(_: BorrowMutError) -> Self {
        Self::Busy("the object")
    }
}

impl From<PatternError> for Error {
    fn from(error: PatternError) -> Self {
        Self::Pattern(error)
    }
}

impl From<StatusError> for Error {
    fn from(error: StatusError) -> Self {
        Self::Status(error)
    }
}

impl Error {
    /// The way out: the exception that the contract (section 4) documents.
    fn into_exception(self, py: Python<'_>) -> PyErr {
        use DirstateError::{InvalidPath, PathNotFound, TimestampOutOfRange};
        let value_error = |text: String| PyErr::new::<exc::ValueError, _>(py, text);
        match self {
            Self::Python(error) => error,
            Self::Dirstate(error @ (TimestampOutOfRange | InvalidPath { .. }))
            | Self::DirstateRead(error @ (TimestampOutOfRange | InvalidPath { .. }))
            | Self::Dirs(error @ InvalidPath { .. }) => value_error(error.to_string()),
            Self::Dirstate(PathNotFound(_)) => PyErr::new::<exc::OSError, _>(py, "Dirstate error"),
            Self::Dirstate(error) => {
                PyErr::new::<exc::OSError, _>(py, format!("Dirstate error: {error}"))
            }
            Self::DirstateRead(_) => value_error("corrupted dirstate-v2".to_owned()),
            Self::Dirs(_) => value_error("expected a value, found none".to_owned()),
            Self::NoSuchPath(path) => {
                PyErr::new::<exc::KeyError, _>(py, String::from_utf8_lossy(&path).into_owned())
            }
            Self::NodeLength(length) => {
                value_error(format!("expected a node of 20 bytes, found {length}"))
            }
            Self::WriteMode(mode) => value_error(format!("unknown write mode: {mode}")),
            Self::Busy(what) => {
                PyErr::new::<exc::RuntimeError, _>(py, format!("{what} is in use by another call"))
            }
            Self::UnsupportedMatcher(name) => {
                FallbackError::new(py, format!("unsupported matcher: {name}"))
            }
            Self::Pattern(error) | Self::Status(StatusError::Pattern(error)) => {
                FallbackError::new(py, error.to_string())
            }
            // Python meets the same trouble, and aborts in its own words.
            Self::Status(error @ (StatusError::System { .. } | StatusError::Threads(_))) => {
                FallbackError::new(py, error.to_string())
            }
            Self::Status(error) => value_error(error.to_string()),
        }
    }
}

/// Ends a Rust computation in what `py_class!` and `py_fn!` expect.
pub trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T, E: Into<Error>> OrRaise<T> for Result<T, E> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| error.into().into_exception(py))
    }
}
