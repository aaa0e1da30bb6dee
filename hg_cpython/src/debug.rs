// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.debug`, which is empty (contract section 4).

use cpython::{PyModule, PyResult, Python};

use crate::submodule;

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    submodule::add(py, package, "debug", "Nothing yet.").map(drop)
}
