// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.revlog`: revlogs that are read and written (pyo3 contract
//! section 4).

mod arguments;
mod config;
mod contexts;
mod errors;
mod index_calls;
mod inner;
mod node_tree;
mod texts;
mod transaction;

use pyo3::prelude::*;

use crate::submodule;

pub use inner::InnerRevlog;

pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let doc = "Revlogs: their index, their texts, and their files.";
    let module = submodule::add(parent, "revlog", doc)?;
    module.add_class::<inner::InnerRevlog>()?;
    module.add_class::<contexts::ReadingContextManager>()?;
    module.add_class::<node_tree::NodeTree>()
}
