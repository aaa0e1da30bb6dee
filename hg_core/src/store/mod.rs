// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the store keeps what: the encodings of names and the list of them,
//! its revlogs, the file index, shapes.

pub mod file_index;
mod fncache;
mod names;
mod revlogs;
pub mod shapes;

pub use fncache::{FnCache, FnCacheError};
pub use names::{mark_directories, StoreEncoding};
pub use revlogs::Store;
