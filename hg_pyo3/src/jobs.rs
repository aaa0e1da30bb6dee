// SPDX-License-Identifier: GPL-2.0-or-later
//! Calling the core: other Python threads run meanwhile, and a panic is an
//! exception like any other.

use std::any::Any;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use hg_core::fs::{thread_builder, Cancellation};
use pyo3::exceptions::PySystemError;
use pyo3::prelude::*;

use crate::errors::{FallbackError, Raise};

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

/// How long Python waits before it looks whether it was interrupted.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs a long job on a thread of its own, while this one has Python handle
/// signals, run other threads and, now and then, `attend`. If one of these
/// raises (`KeyboardInterrupt`), the job is cancelled, and the exception is the
/// result once it has ended.
pub fn run_interruptible<T: Send, E: Raise + Send>(
    py: Python<'_>,
    cancellation: &Cancellation,
    mut attend: impl FnMut() -> PyResult<()>,
    job: impl FnOnce() -> Result<T, E> + Send,
) -> PyResult<T> {
    std::thread::scope(|scope| {
        // Nothing is sent: the job is over when its end is dropped.
        let (running, mut is_over) = mpsc::channel::<()>();
        let worker = thread_builder("job")
            .spawn_scoped(scope, move || {
                let _running = running;
                job()
            })
            .map_err(|error| FallbackError::new_err(format!("cannot start a thread: {error}")))?;
        let raised = loop {
            let is_over = &mut is_over;
            let wait = move || is_over.recv_timeout(SIGNAL_INTERVAL);
            if py.detach(wait) != Err(RecvTimeoutError::Timeout) {
                break None;
            }
            if let Err(raised) = py.check_signals().and_then(|()| attend()) {
                cancellation.cancel();
                break Some(raised);
            }
        };
        let result = py.detach(move || worker.join());
        match raised {
            Some(raised) => Err(raised),
            None => finish(py, result),
        }
    })
}

/// What is left to do once a job, and all that it borrowed, is over.
pub fn finish<T, E: Raise>(
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
