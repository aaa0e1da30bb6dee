// SPDX-License-Identifier: GPL-2.0-or-later
//! Work done while other Python threads run.

use std::cell::{RefCell, RefMut};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use cpython::{PyErr, Python};
use hg_core::fs::{thread_builder, Cancellation};
use hg_core::update::UpdateError;
use python3_sys as ffi;

use crate::errors::Error;

/// Runs `job` with the GIL released, and takes the GIL back whatever happens.
///
/// `Python::allow_threads` alone does not take it back when `job` panics: the
/// unwinding would then run Python code without the GIL. Here the panic waits
/// until the GIL is ours, and goes on to become a Python exception.
pub fn without_gil<T, F>(py: Python<'_>, job: F) -> T
where
    F: FnOnce() -> T + Send,
{
    // The panic is not swallowed, so nobody sees what it may have left broken.
    match py.allow_threads(|| catch_unwind(AssertUnwindSafe(job))) {
        Ok(result) => result,
        Err(payload) => resume_unwind(payload),
    }
}

/// How long Python waits before it looks whether it was interrupted.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs `job` on a thread of its own, with the GIL released, while this one
/// has Python handle signals. If a handler raises (`KeyboardInterrupt`),
/// the job is cancelled, and the exception is the result once `job` has ended.
///
/// A panic of `job` goes on in the caller.
///
/// # Errors
/// [`UpdateError::Threads`] where there is no thread for it.
pub fn interruptible<T, F>(py: Python<'_>, cancellation: &Cancellation, job: F) -> Result<T, Error>
where
    T: Send,
    F: FnOnce() -> T + Send,
{
    std::thread::scope(|scope| {
        // Nothing is sent: the job is over when its end is dropped.
        let (running, mut is_over) = mpsc::channel::<()>();
        let worker = thread_builder("job")
            .spawn_scoped(scope, move || {
                let _running = running;
                job()
            })
            .map_err(|error| UpdateError::Threads(error.to_string()))?;
        let raised = loop {
            let is_over = &mut is_over;
            let wait = move || is_over.recv_timeout(SIGNAL_INTERVAL);
            if py.allow_threads(wait) != Err(RecvTimeoutError::Timeout) {
                break None;
            }
            // SAFETY: the GIL is held.
            if unsafe { ffi::PyErr_CheckSignals() } != 0 {
                cancellation.cancel();
                break Some(PyErr::fetch(py));
            }
        };
        let result = py.allow_threads(move || worker.join());
        match (raised, result) {
            (Some(raised), _) => Err(raised.into()),
            (None, Ok(result)) => Ok(result),
            (None, Err(payload)) => resume_unwind(payload),
        }
    })
}

/// How long a thread sleeps before it looks again whether another is done.
const PATIENCE: Duration = Duration::from_micros(50);

/// Borrows what another thread may have borrowed for a job without the GIL:
/// waits for that job to end, as it would have done for the GIL.
///
/// Whoever borrows with this calls no Python code before the borrow ends, not
/// even to make an exception ([`crate::errors::raise_after`]), so no thread waits
/// for itself.
pub fn borrow_mut<'a, T>(py: Python<'_>, cell: &'a RefCell<T>) -> RefMut<'a, T> {
    loop {
        match cell.try_borrow_mut() {
            Ok(borrowed) => return borrowed,
            Err(_) => py.allow_threads(|| std::thread::sleep(PATIENCE)),
        }
    }
}

/// Puts `value` in `cell`, and drops what was there once nothing is borrowed: the
/// death of what Python lent can run any Python code, which may ask the same
/// object.
pub fn replace<T>(py: Python<'_>, cell: &RefCell<T>, value: T) {
    let replaced = std::mem::replace(&mut *borrow_mut(py, cell), value);
    drop(replaced);
}
