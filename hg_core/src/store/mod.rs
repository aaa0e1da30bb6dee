// SPDX-License-Identifier: GPL-2.0-or-later
//! Where the store keeps what: the encodings of names.

mod names;

pub use names::StoreEncoding;
