// SPDX-License-Identifier: GPL-2.0-or-later
//! `rustext.dirstate` (contract section 4).

mod copymap;
mod dirs;
mod item;
mod map;
pub mod matcher;
mod status;

use cpython::{PyBytes, PyModule, PyResult, Python};
use hg_core::dirstate::V2_FORMAT_MARKER;

use crate::errors::FallbackError;
use crate::submodule;

pub fn add_submodule(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let module = submodule::add(
        py,
        package,
        "dirstate",
        "The dirstate: its map, its files on disk, and the status of a working copy.",
    )?;
    module.add(py, "FallbackError", py.get_type::<FallbackError>())?;
    module.add(py, "V2_FORMAT_MARKER", PyBytes::new(py, V2_FORMAT_MARKER))?;
    module.add_class::<dirs::Dirs>(py)?;
    module.add_class::<item::DirstateItem>(py)?;
    module.add_class::<map::DirstateIdentity>(py)?;
    module.add_class::<map::DirstateMap>(py)?;
    module.add(py, "status", status::function(py))?;
    // Classes that only calls give are made now too: made on first use, they
    // could be made by two threads at once.
    py.get_type::<copymap::CopyMap>();
    py.get_type::<copymap::CopyMapKeysIterator>();
    py.get_type::<copymap::CopyMapItemsIterator>();
    py.get_type::<dirs::DirsMultisetKeysIterator>();
    py.get_type::<map::DirstateMapKeysIterator>();
    py.get_type::<map::DirstateMapItemsIterator>();
    Ok(())
}
