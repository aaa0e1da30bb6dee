// SPDX-License-Identifier: GPL-2.0-or-later
//! Deltas between texts.

mod error;
mod mpatch;

pub use error::DeltaError;
pub use mpatch::apply_deltas;
