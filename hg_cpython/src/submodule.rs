// SPDX-License-Identifier: GPL-2.0-or-later
//! The submodules of the one extension module.

use cpython::{PyDict, PyModule, PyResult, Python};

/// Adds an empty submodule `name` to `parent`, under the name `parent` was
/// loaded as, and registers it so that `import` finds it
/// (contract section 1, "importrust").
pub fn add(py: Python<'_>, parent: &PyModule, name: &str, doc: &str) -> PyResult<PyModule> {
    let package = parent.name(py)?;
    let dotted_name = format!("{package}.{name}");
    let module = PyModule::new(py, &dotted_name)?;
    module.add(py, "__package__", package)?;
    module.add(py, "__doc__", doc)?;
    parent.add(py, name, &module)?;
    let modules: PyDict = py.import("sys")?.get(py, "modules")?.extract(py)?;
    modules.set_item(py, dotted_name, &module)?;
    Ok(module)
}
