// SPDX-License-Identifier: GPL-2.0-or-later
//! Deltas between texts.

mod mpatch;

pub use mpatch::apply_deltas;
