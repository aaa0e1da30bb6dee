// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.revlog` (contract sections 2.8 and 4).

mod arguments;
mod index;
mod node_tree;

use cpython::{PyModule, PyResult, Python};

pub use index::Index;

use crate::submodule;

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let doc = "The index of a revlog, and its map from nodes to revisions.";
    let module = submodule::add(py, package, "revlog", doc)?;
    module.add_class::<Index>(py)?;
    module.add_class::<node_tree::NodeTree>(py)
}
