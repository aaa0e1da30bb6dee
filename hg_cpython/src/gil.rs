// SPDX-License-Identifier: GPL-2.0-or-later
//! Work done while other Python threads run.

use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

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
