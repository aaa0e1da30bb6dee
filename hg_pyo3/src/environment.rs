// SPDX-License-Identifier: GPL-2.0-or-later
//! How Mercurial was started.

use std::path::PathBuf;

use hg_core::config::Invocation;
use hg_core::types::Environment;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors::path_of;

/// What says, beside files, how Mercurial is configured.
pub fn invocation(py: Python<'_>) -> PyResult<Invocation> {
    Ok(Invocation {
        environment: environment(py)?,
        program: program(py)?,
        ..Invocation::default()
    })
}

/// All variables, as `os.environb` has them: without the interpreter another
/// thread may be changing the process's own.
pub fn environment(py: Python<'_>) -> PyResult<Environment> {
    let items = py
        .import("os")?
        .getattr("environb")?
        .call_method0("items")?;
    let mut variables = Vec::new();
    for item in items.try_iter()? {
        let (name, value): (Bound<'_, PyBytes>, Bound<'_, PyBytes>) = item?.extract()?;
        variables.push((name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    }
    Ok(variables.into_iter().collect())
}

/// What Mercurial was started as, beside which its installation may have a
/// configuration.
fn program(py: Python<'_>) -> PyResult<Option<PathBuf>> {
    let Ok(first) = py
        .import("sys")?
        .getattr("argv")
        .and_then(|arguments| arguments.get_item(0))
    else {
        return Ok(None);
    };
    let first = py.import("os")?.call_method1("fsencode", (first,))?;
    Ok(Some(
        path_of(first.cast::<PyBytes>()?.as_bytes()).to_path_buf(),
    ))
}
