// SPDX-License-Identifier: GPL-2.0-or-later
//! Work done while other Python threads run.

use std::cell::{RefCell, RefMut};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

use std::time::Duration;

use cpython::Python;

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

/// How long a thread sleeps before it looks again whether another is done.
const PATIENCE: Duration = Duration::from_micros(50);

/// Borrows what another thread may have borrowed for a job without the GIL:
/// waits for that job to end, as it would have done for the GIL.
///
/// Whoever borrows with this calls no Python code before the borrow ends, so
/// no thread waits for itself.
pub fn borrow_mut<'a, T>(py: Python<'_>, cell: &'a RefCell<T>) -> RefMut<'a, T> {
    loop {
        match cell.try_borrow_mut() {
            Ok(borrowed) => return borrowed,
            Err(_) => py.allow_threads(|| std::thread::sleep(PATIENCE)),
        }
    }
}
