// SPDX-License-Identifier: GPL-2.0-or-later
//! The only place where a Rust error becomes a Python exception.

use std::cell::{BorrowError, BorrowMutError};
use std::path::Path;

use cpython::{
    exc, py_exception, ObjectProtocol, PyErr, PyObject, PyResult, Python, PythonObject, ToPyObject,
};
use hg_core::copies::CopiesError;
use hg_core::dag::GraphError;
use hg_core::delta::DeltaError;
use hg_core::dirstate::DirstateError;
use hg_core::matchers::PatternError;
use hg_core::revlog::{NodeTreeError, RevlogError};
use hg_core::status::StatusError;
use hg_core::types::{HgPathBuf, InternalError};
use hg_core::update::UpdateError;

use crate::convert;
use crate::revision::PyRevision;

// Asks the caller to do the whole job in Python instead. One class for all
// submodules; its `__module__` is `rustext`.
py_exception!(rustext, FallbackError, exc::RuntimeError);

/// `rustext.GraphError`: what is wrong with a revision graph, as
/// `(name, revision)`.
pub mod graph_error {
    cpython::py_exception!(rustext, GraphError, cpython::exc::ValueError);
}

/// What can go wrong between a call from Python and its answer.
pub enum Error {
    /// An exception that Python raised already.
    Python(PyErr),
    /// A dirstate that could not be parsed, changed or written.
    Dirstate(DirstateError),
    /// A dirstate that turned out to be damaged where it was read.
    DirstateRead(DirstateError),
    /// No such path in a mapping.
    NoSuchPath(HgPathBuf),
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
    Graph(GraphError),
    /// A file that is no index.
    OpenRevlog(RevlogError),
    Revlog(RevlogError),
    /// No revision has this node.
    NoSuchNode,
    Copies(CopiesError),
    Update(UpdateError),
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

impl From<GraphError> for Error {
    fn from(error: GraphError) -> Self {
        Self::Graph(error)
    }
}

impl From<NodeTreeError> for Error {
    fn from(error: NodeTreeError) -> Self {
        Self::Revlog(error.into())
    }
}

/// Inside an index, whose graph is its own, a damaged graph is a damaged
/// index.
impl From<RevlogError> for Error {
    fn from(error: RevlogError) -> Self {
        Self::Revlog(error)
    }
}

impl From<CopiesError> for Error {
    fn from(error: CopiesError) -> Self {
        Self::Copies(error)
    }
}

impl From<UpdateError> for Error {
    fn from(error: UpdateError) -> Self {
        Self::Update(error)
    }
}

impl Error {
    /// The way out: the exception that the contract (section 4) documents.
    fn into_exception(self, py: Python<'_>) -> PyErr {
        use DirstateError::{Changed, Internal, InvalidPath, PathNotFound, Timestamp};
        let value_error = |text: String| PyErr::new::<exc::ValueError, _>(py, text);
        match self {
            Self::Python(error) => error,
            Self::Dirstate(Internal(error))
            | Self::DirstateRead(Internal(error))
            | Self::Dirs(Internal(error))
            | Self::Pattern(PatternError::Internal(error))
            | Self::Status(
                StatusError::Dirstate(Internal(error))
                | StatusError::Pattern(PatternError::Internal(error))
                | StatusError::Internal(error),
            )
            | Self::Update(UpdateError::Dirstate(Internal(error)) | UpdateError::Internal(error)) => {
                internal_exception(py, error)
            }
            Self::Dirstate(Changed) | Self::DirstateRead(Changed) => changed(py),
            Self::Dirstate(error @ (Timestamp(_) | InvalidPath(_)))
            | Self::DirstateRead(error @ (Timestamp(_) | InvalidPath(_)))
            | Self::Dirs(error @ InvalidPath(_)) => value_error(error.to_string()),
            Self::Dirstate(PathNotFound(_)) => PyErr::new::<exc::OSError, _>(py, "Dirstate error"),
            Self::Dirstate(error) => {
                PyErr::new::<exc::OSError, _>(py, format!("Dirstate error: {error}"))
            }
            Self::DirstateRead(_) => value_error("corrupted dirstate-v2".to_owned()),
            Self::Dirs(_) => value_error("expected a value, found none".to_owned()),
            Self::NoSuchPath(path) => PyErr::new::<exc::KeyError, _>(py, path.to_string()),
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
            Self::Graph(error) | Self::Copies(CopiesError::Graph(error)) => {
                graph_exception(py, error)
            }
            Self::Copies(CopiesError::Internal(error)) => internal_exception(py, error),
            Self::Copies(error) => value_error(error.to_string()),
            Self::OpenRevlog(error) => mercurial_revlog_error(py, Some(&format!("abort: {error}"))),
            Self::NoSuchNode => mercurial_revlog_error(py, None),
            Self::Revlog(error) => revlog_exception(py, error),
            Self::Update(error) => update_exception(py, error),
        }
    }
}

fn graph_exception(py: Python<'_>, error: GraphError) -> PyErr {
    let new = |arguments: PyObject| PyErr::new::<graph_error::GraphError, _>(py, arguments);
    let with_revision =
        |name: &str, rev| new((name, PyRevision(rev)).to_py_object(py).into_object());
    match error {
        GraphError::ParentOutOfRange(rev) => with_revision("ParentOutOfRange", rev),
        GraphError::InvalidRevision(rev) => with_revision("InvalidRevision", rev),
        // Mercurial then goes on in Python.
        GraphError::TooManyRevisions(_) => {
            PyErr::new::<exc::OverflowError, _>(py, error.to_string())
        }
        GraphError::Internal(error) => internal_exception(py, error),
    }
}

/// A use of what was derived from an object that has changed since (contract
/// section 4, "Shared references").
pub fn changed(py: Python<'_>) -> PyErr {
    let text = "Cannot access to leaked reference after mutation";
    PyErr::new::<exc::RuntimeError, _>(py, text)
}

/// As a panic would be: a `SystemError`, which says that we are to blame.
fn internal_exception(py: Python<'_>, error: InternalError) -> PyErr {
    PyErr::new::<exc::SystemError, _>(py, error.to_string())
}

fn revlog_exception(py: Python<'_>, error: RevlogError) -> PyErr {
    match error {
        RevlogError::Internal(error)
        | RevlogError::Delta(DeltaError::Internal(error))
        | RevlogError::NodeTree(NodeTreeError::Internal(error))
        | RevlogError::Graph(GraphError::Internal(error)) => internal_exception(py, error),
        RevlogError::NodeTree(NodeTreeError::AmbiguousPrefix) => mercurial_revlog_error(py, None),
        RevlogError::Graph(GraphError::TooManyRevisions(_)) => {
            PyErr::new::<exc::OverflowError, _>(py, error.to_string())
        }
        RevlogError::Graph(GraphError::ParentOutOfRange(_)) => {
            PyErr::new::<exc::ValueError, _>(py, "parent out of range")
        }
        RevlogError::Graph(GraphError::InvalidRevision(_)) => {
            PyErr::new::<exc::IndexError, _>(py, "index out of range")
        }
        RevlogError::UnknownHead(_) => PyErr::new::<exc::IndexError, _>(py, error.to_string()),
        error => PyErr::new::<exc::ValueError, _>(py, error.to_string()),
    }
}

fn update_exception(py: Python<'_>, error: UpdateError) -> PyErr {
    match error {
        // Python can do without threads.
        error @ (UpdateError::Unsupported(_) | UpdateError::Threads(_)) => {
            FallbackError::new(py, error.to_string())
        }
        UpdateError::Path(message) | UpdateError::Traversal(message) => {
            mercurial_error(py, "InputError", Some(&message))
        }
        // An update of a directory that is not empty is not served here.
        error @ (UpdateError::UnknownDirectory(_)
        | UpdateError::UntrackedFilesDiffer
        | UpdateError::RecordingSimulated) => {
            mercurial_error(py, "Abort", Some(error.to_string().as_bytes()))
        }
        UpdateError::System { path, error } => os_error(py, &path, &error),
        UpdateError::Config(error) => {
            mercurial_error(py, "ConfigError", Some(error.to_string().as_bytes()))
        }
        UpdateError::Interrupted => PyErr::new::<exc::KeyboardInterrupt, _>(py, cpython::NoArgs),
        UpdateError::Internal(error) => internal_exception(py, error),
        UpdateError::Dirstate(error) => PyErr::new::<exc::RuntimeError, _>(py, error.to_string()),
    }
}

/// `OSError(errno, message, filename)`, which Python makes one of its
/// subclasses.
fn os_error(py: Python<'_>, path: &Path, error: &std::io::Error) -> PyErr {
    let Some(errno) = error.raw_os_error() else {
        let text = format!("{}: {error}", path.display());
        return PyErr::new::<exc::OSError, _>(py, text);
    };
    let message = py
        .import("os")
        .and_then(|module| module.call(py, "strerror", (errno,), None));
    match message {
        Ok(message) => {
            let arguments = (errno, message, convert::os_path_bytes(py, path));
            PyErr::new::<exc::OSError, _>(py, arguments)
        }
        Err(error) => error,
    }
}

fn mercurial_revlog_error(py: Python<'_>, message: Option<&str>) -> PyErr {
    mercurial_error(py, "RevlogError", message.map(str::as_bytes))
}

/// An exception of `mercurial.error`, looked up when it is needed: extensions
/// may have replaced it (contract section 6).
fn mercurial_error(py: Python<'_>, class: &str, message: Option<&[u8]>) -> PyErr {
    let message = message.map(|bytes| cpython::PyBytes::new(py, bytes));
    let raised = py
        .import("mercurial.error")
        .and_then(|module| module.get(py, class))
        .and_then(|class| class.call(py, (message,), None));
    match raised {
        Ok(error) => PyErr::from_instance(py, error),
        Err(error) => error,
    }
}

/// Raises what went wrong in `job` once all that `job` borrowed is free again: to
/// make an exception can run any Python code, which may ask the same object.
pub fn raise_after<T>(py: Python<'_>, job: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    job().or_raise(py)
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
