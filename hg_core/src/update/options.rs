// SPDX-License-Identifier: GPL-2.0-or-later
//! What a caller asks of an update.

use crate::fs::{Cancellation, Durability, Threads};
use crate::matchers::Matcher;

/// How to update. The default is all files, on all processors, no more durable
/// than Mercurial's own, and not to be cancelled.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct UpdateOptions<'a> {
    /// Matches the files of a sparse working directory; `None` if it is not
    /// sparse.
    pub only: Option<&'a dyn Matcher>,
    /// One thread is the caller's own.
    pub threads: Threads,
    /// Cancelling ends the update between two files.
    pub cancellation: Cancellation,
    /// Of the dirstate; the files it tells of are as durable.
    pub durability: Durability,
}
