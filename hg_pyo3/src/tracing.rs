// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.tracing`: there, and empty, as in Mercurial's own build
//! without full tracing.

use pyo3::prelude::*;

use crate::submodule;

pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    submodule::add(parent, "tracing", "Spans of time; none are recorded.").map(drop)
}
