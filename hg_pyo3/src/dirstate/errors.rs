// SPDX-License-Identifier: GPL-2.0-or-later
//! What is wrong with a dirstate, as an exception: that depends on what was done.

use hg_core::dirstate::DirstateError;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::errors::{changed, internal_error, Raise};

/// Met where the map was read, or where the contract has that exception.
pub struct WhileReading(pub DirstateError);

/// Met where the map was made, changed or written.
pub struct WhileChanging(pub DirstateError);

/// Met by [`Dirs`](super::dirs::Dirs).
pub struct InDirs(pub DirstateError);

/// What is the same wherever it was met; other errors are given back.
fn common(error: DirstateError) -> Result<PyErr, DirstateError> {
    match error {
        DirstateError::Internal(error) => Ok(internal_error(error)),
        DirstateError::Changed => Ok(changed()),
        DirstateError::Timestamp(_) | DirstateError::InvalidPath(_) => {
            Ok(PyValueError::new_err(error.to_string()))
        }
        error => Err(error),
    }
}

impl Raise for WhileReading {
    fn into_exception(self, _py: Python<'_>) -> PyErr {
        common(self.0).unwrap_or_else(|_| PyValueError::new_err("corrupted dirstate-v2"))
    }
}

impl Raise for WhileChanging {
    fn into_exception(self, _py: Python<'_>) -> PyErr {
        common(self.0)
            .unwrap_or_else(|error| PyOSError::new_err(format!("Dirstate error: {error}")))
    }
}

impl Raise for InDirs {
    fn into_exception(self, _py: Python<'_>) -> PyErr {
        common(self.0).unwrap_or_else(|_| PyValueError::new_err("expected a value, found none"))
    }
}
