// SPDX-License-Identifier: GPL-2.0-or-later
//! Python bindings of `hg_core`: the extension module `hgamalgam.rustext`,
//! which an unmodified Mercurial imports as `mercurial.rustext`.

// These lints fire inside the expansions of rust-cpython's `py_class!`, or on
// Python signatures as long as the contract has them.
#![allow(
    non_local_definitions,
    clippy::manual_strip,
    clippy::needless_update,
    clippy::too_many_arguments
)]

mod ancestor;
mod c_walk;
mod capsule;
mod convert;
mod copy_tracing;
mod dagop;
mod debug;
mod dirstate;
mod discovery;
mod environment;
mod errors;
mod gil;
mod graph;
mod iterators;
#[cfg(feature = "panic-injection")]
mod planted_panic;
mod revision;
mod revlog;
mod submodule;
mod update;

use cpython::py_module_initializer;

/// The version of everything Python sees of this module. It changes when a
/// caller written for the old one would go wrong; the policy refuses any other.
const VERSION: i32 = 1;

py_module_initializer!(rustext, |py, module| {
    module.add(py, "__doc__", "Mercurial's core algorithms, in Rust.")?;
    module.add(py, "version", VERSION)?;
    module.add(
        py,
        "GraphError",
        py.get_type::<errors::graph_error::GraphError>(),
    )?;
    capsule::add_core_capi(py, module)?;
    ancestor::add_submodule(py, module)?;
    copy_tracing::add_submodule(py, module)?;
    dagop::add_submodule(py, module)?;
    debug::add_submodule(py, module)?;
    dirstate::add_submodule(py, module)?;
    discovery::add_submodule(py, module)?;
    revlog::add_submodule(py, module)?;
    update::add_submodule(py, module)?;
    #[cfg(feature = "panic-injection")]
    planted_panic::add_function(py, module)?;
    Ok(())
});
