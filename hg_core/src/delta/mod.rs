// SPDX-License-Identifier: GPL-2.0-or-later
//! Deltas between texts.

#[cfg(test)]
mod edits;
mod error;
mod fold;
mod hunks;
mod mpatch;

pub use error::DeltaError;
pub use fold::{folded_size, FoldedDelta};
pub use mpatch::apply_deltas;
