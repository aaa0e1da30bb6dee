// SPDX-License-Identifier: GPL-2.0-or-later
//! What the environment says, as `os.environ` has it. It is asked while the GIL
//! is held: without it another thread may be changing the process's own.

use cpython::{ObjectProtocol, PyBytes, PyObject, PyResult, Python};
use hg_core::fs::Threads;
use hg_core::types::Environment;

use crate::convert;

/// All variables.
pub fn environment(py: Python<'_>) -> PyResult<Environment> {
    let items = environb(py)?.call_method(py, "items", cpython::NoArgs, None)?;
    let pair = |item: PyResult<PyObject>| {
        let item = item?;
        let part = |index: usize| {
            let part = item.get_item(py, index)?;
            convert::content(py, &part).map(<[u8]>::to_vec)
        };
        Ok((part(0)?, part(1)?))
    };
    items.iter(py)?.map(pair).collect()
}

/// How many threads are to ask the file system.
pub fn threads(py: Python<'_>) -> PyResult<Threads> {
    const NAME: &[u8] = b"RAYON_NUM_THREADS";
    let name = PyBytes::new(py, NAME);
    let value = environb(py)?.call_method(py, "get", (name,), None)?;
    if value == py.None() {
        return Ok(Threads::default());
    }
    let environment = Environment::from_iter([(NAME, convert::content(py, &value)?)]);
    Ok(Threads::from_environment(&environment))
}

fn environb(py: Python<'_>) -> PyResult<PyObject> {
    py.import("os")?.get(py, "environb")
}
