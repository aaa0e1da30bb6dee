// SPDX-License-Identifier: GPL-2.0-or-later
//! The texts of the store: changesets, manifests, revisions of files.

pub mod changelog;
pub mod filelog;
pub mod manifest;
mod snapshot;

pub use snapshot::{read_file, HistoryError, Snapshot};
