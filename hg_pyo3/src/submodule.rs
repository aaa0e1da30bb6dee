// SPDX-License-Identifier: GPL-2.0-or-later
//! The submodules of the one extension module.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Adds an empty submodule `name` to `parent` and registers it, under the name
/// `parent` was loaded as, so that `import` finds it.
pub fn add<'py>(
    parent: &Bound<'py, PyModule>,
    name: &str,
    doc: &str,
) -> PyResult<Bound<'py, PyModule>> {
    let py = parent.py();
    let package = parent.name()?;
    let module = PyModule::new(py, name)?;
    module.setattr("__package__", &package)?;
    module.setattr("__doc__", doc)?;
    parent.setattr(name, &module)?;
    let modules = py.import("sys")?.getattr("modules")?;
    let modules = modules.cast::<PyDict>()?;
    modules.set_item(format!("{package}.{name}"), &module)?;
    Ok(module)
}
