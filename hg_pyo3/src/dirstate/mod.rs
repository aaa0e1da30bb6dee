// SPDX-License-Identifier: GPL-2.0-or-later
//! `pyo3_rustext.dirstate`: the dirstate, its files on disk, and what has changed
//! since it was written (pyo3 contract section 3).

mod copy_map;
mod dirs;
mod errors;
mod item;
mod map;
mod matcher;
mod status;

use pyo3::prelude::*;

use crate::errors::FallbackError;
use crate::submodule;

pub use map::DirstateMap;

/// Adds the submodule to `parent`.
pub fn add_to(parent: &Bound<'_, PyModule>) -> PyResult<()> {
    let doc = "The dirstate: its map, its files on disk, and the status of a working copy.";
    let module = submodule::add(parent, "dirstate", doc)?;
    module.add("FallbackError", parent.py().get_type::<FallbackError>())?;
    module.add_class::<copy_map::CopyMap>()?;
    module.add_class::<copy_map::CopyMapItemsIterator>()?;
    module.add_class::<copy_map::CopyMapKeysIterator>()?;
    module.add_class::<dirs::Dirs>()?;
    module.add_class::<dirs::DirsMultisetKeysIterator>()?;
    module.add_class::<item::DirstateItem>()?;
    module.add_class::<map::DirstateIdentity>()?;
    module.add_class::<DirstateMap>()?;
    module.add_class::<map::DirstateMapItemsIterator>()?;
    module.add_class::<map::DirstateMapKeysIterator>()?;
    module.add_function(wrap_pyfunction!(status::status, &module)?)
}
