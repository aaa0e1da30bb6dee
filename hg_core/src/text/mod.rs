// SPDX-License-Identifier: GPL-2.0-or-later
//! Encodings of names.

mod store_path;

pub use store_path::StoreEncoding;
