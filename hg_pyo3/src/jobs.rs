// SPDX-License-Identifier: GPL-2.0-or-later
//! Calling the core: other Python threads run meanwhile, and a panic is an
//! exception like any other.

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};

use pyo3::exceptions::PySystemError;
use pyo3::prelude::*;

use crate::errors::Raise;

/// Bytes of input from which a job that reads them once is worth giving the
/// interpreter to others: about a tenth of a millisecond.
pub const LARGE_INPUT: usize = 64 * 1024;

/// Runs a short job.
pub fn run<T, E: Raise>(py: Python<'_>, job: impl FnOnce() -> Result<T, E>) -> PyResult<T> {
    finish(py, catch_unwind(AssertUnwindSafe(job)))
}

/// Runs a job while other Python threads may run.
pub fn run_detached<T: Send, E: Raise + Send>(
    py: Python<'_>,
    job: impl FnOnce() -> Result<T, E> + Send,
) -> PyResult<T> {
    finish(py, py.detach(|| catch_unwind(AssertUnwindSafe(job))))
}

/// Runs a job that reads `input_size` bytes once.
pub fn run_on_input<T: Send, E: Raise + Send>(
    py: Python<'_>,
    input_size: usize,
    job: impl FnOnce() -> Result<T, E> + Send,
) -> PyResult<T> {
    if input_size < LARGE_INPUT {
        run(py, job)
    } else {
        run_detached(py, job)
    }
}

fn finish<T, E: Raise>(
    py: Python<'_>,
    result: Result<Result<T, E>, Box<dyn Any + Send>>,
) -> PyResult<T> {
    match result {
        Ok(result) => result.map_err(|error| error.into_exception(py)),
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
            let text = text.unwrap_or("no message");
            Err(PySystemError::new_err(format!("Rust panic: {text}")))
        }
    }
}
