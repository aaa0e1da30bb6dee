// SPDX-License-Identifier: GPL-2.0-or-later
//! Deltas between texts: finding, applying and folding them.

#[cfg(test)]
mod edits;
mod error;
mod fold;
mod hunks;
mod line_diff;
mod manifest_diff;
mod mpatch;
mod shared;

pub use error::DeltaError;
pub use fold::{folded_size, FoldedDelta};
pub use line_diff::line_diff;
pub use manifest_diff::manifest_diff;
pub use mpatch::apply_deltas;
