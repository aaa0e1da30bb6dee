// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the store keeps what: the encodings of names, its revlogs, the file
//! index, shapes.

pub mod file_index;
mod names;
mod revlogs;
pub mod shapes;

pub use names::StoreEncoding;
pub use revlogs::Store;
