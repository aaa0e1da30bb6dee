// SPDX-License-Identifier: GPL-2.0-or-later
//! What goes wrong in a revlog, as exceptions (pyo3 contract sections 2 and 4).

use hg_core::dag::GraphError;
use hg_core::delta::DeltaError;
use hg_core::revlog::{FileError, NodeTreeError, ReadError, RevlogError, SplitError, WriteError};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::{internal_error, mercurial_error, Raise};

/// `mercurial.error.RevlogError`.
pub fn revlog_error(py: Python<'_>, text: &str) -> PyErr {
    mercurial_error(py, "RevlogError", text.as_bytes())
}

/// A `RevlogError` that says nothing: Mercurial's own has the word `None` then.
pub fn bare(py: Python<'_>) -> PyErr {
    revlog_error(py, "None")
}

/// A prefix of several nodes.
pub fn ambiguous(py: Python<'_>, prefix: &Bound<'_, PyBytes>) -> PyErr {
    mercurial_error(py, "RevlogError", prefix.as_bytes())
}

fn abort(py: Python<'_>, error: &impl std::fmt::Display) -> PyErr {
    revlog_error(py, &format!("abort: {error}"))
}

/// What is wrong with an index, or with the revisions that are asked of it.
impl Raise for RevlogError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Internal(error) | Self::Delta(DeltaError::Internal(error)) => {
                internal_error(error)
            }
            Self::Delta(DeltaError::CutShort { length, available }) => {
                let lack = format!("{length} < {available}");
                abort(
                    py,
                    &format!("corrupted revlog, patch insert more data than available: {lack}"),
                )
            }
            Self::Delta(error) => abort(py, &format!("corrupted revlog, {error}")),
            Self::NodeTree(error) => error.into_exception(py),
            Self::Graph(GraphError::ParentOutOfRange(_)) | Self::CorruptedParent { .. } => {
                PyValueError::new_err("parent out of range")
            }
            Self::Graph(error) => error.into_exception(py),
            Self::UnknownHead(_) => PyIndexError::new_err(self.to_string()),
            Self::InvalidRevision(_) => PyValueError::new_err(self.to_string()),
            Self::UnknownVersion(_) => revlog_error(py, "abort: unsupported revlog version"),
            Self::TruncatedIndex(_) => revlog_error(py, "abort: unexpected inline revlog length"),
            Self::UnknownCompression(byte) => {
                let text = format!("unsupported feature: unknown compression header '{byte}'");
                revlog_error(py, &text)
            }
            error => abort(py, &error),
        }
    }
}

impl Raise for NodeTreeError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Internal(error) => internal_error(error),
            Self::AmbiguousPrefix => bare(py),
            error => PyValueError::new_err(error.to_string()),
        }
    }
}

impl Raise for FileError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        abort(py, &self)
    }
}

impl Raise for ReadError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::File(error) => error.into_exception(py),
            Self::Revlog(error) => error.into_exception(py),
        }
    }
}

impl Raise for WriteError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::File(error) => error.into_exception(py),
            Self::Internal(error) => internal_error(error),
            error => revlog_error(py, &error.to_string()),
        }
    }
}

impl Raise for SplitError {
    fn into_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Read(error) => error.into_exception(py),
            Self::Write(error) => error.into_exception(py),
        }
    }
}
