// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the store keeps what: the encodings of names, the file index, shapes.

pub mod file_index;
mod names;
pub mod shapes;

pub use names::StoreEncoding;
