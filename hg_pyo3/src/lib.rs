// SPDX-License-Identifier: GPL-2.0-or-later
//! Python bindings of `hg_core`: the extension module
//! `hgamalgam.pyo3_rustext`, which Mercurial 7 imports as
//! `mercurial.pyo3_rustext`.

mod ancestor;
mod buffer;
mod cell;
mod convert;
mod copy_tracing;
mod dagop;
mod deltas;
mod diff;
mod dirstate;
mod discovery;
mod environment;
mod errors;
mod file_index;
mod graph;
mod iterators;
mod jobs;
mod matchers;
mod progress;
mod revision;
mod revlog;
mod shape;
mod submodule;
mod tracing;
mod update;
mod update_caller;

use pyo3::prelude::*;

/// The version of everything Python sees of this module. It changes when a
/// caller written for the old one would go wrong; the policy refuses any other.
const VERSION: i32 = 1;

/// Mercurial's core algorithms, in Rust.
#[pymodule]
fn pyo3_rustext(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("version", VERSION)?;
    module.add("GraphError", py.get_type::<errors::GraphError>())?;
    ancestor::add_to(module)?;
    copy_tracing::add_to(module)?;
    dagop::add_to(module)?;
    deltas::add_to(module)?;
    diff::add_to(module)?;
    dirstate::add_to(module)?;
    discovery::add_to(module)?;
    file_index::add_to(module)?;
    matchers::add_to(module)?;
    revlog::add_to(module)?;
    shape::add_to(module)?;
    tracing::add_to(module)?;
    update::add_to(module)
}
