// SPDX-License-Identifier: GPL-2.0-or-later
//! The dirstate as its users see it.

mod corruption;
mod large;
mod model;
mod stock;

use hg_core::dirstate::{DirstateMap, WriteMode};

/// The map in a v2 data file with this metadata.
fn open_v2(data: &[u8], metadata: &[u8]) -> Result<DirstateMap, hg_core::dirstate::DirstateError> {
    DirstateMap::new_v2(
        data.to_vec().into(),
        data.len(),
        metadata,
        b"uuid".to_vec(),
        None,
    )
}

/// Write `map` over the data file `old`, and open what that makes.
fn rewrite(map: &DirstateMap, old: &mut Vec<u8>, mode: WriteMode) -> DirstateMap {
    let packed = map.pack_v2(mode).unwrap();
    if !packed.append {
        old.clear();
    }
    old.extend_from_slice(&packed.data);
    open_v2(old, &packed.tree_metadata).unwrap()
}
