// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the store keeps what: the encodings of names, the file index.

pub mod file_index;
mod names;

pub use names::StoreEncoding;
