// SPDX-License-Identifier: GPL-2.0-or-later
//! Filling an empty working directory with the files of a revision.
//!
//! It is planned whole before a file is touched: the manifest is read and its
//! paths are audited, so that what cannot be done here has changed nothing.
//! Then the files are written in parallel, a directory at a time, and last
//! the dirstate. What is left in between, after an error, a panic or an
//! interruption, is an empty dirstate and whole files with the right content,
//! which Mercurial's own update takes as they are.
//!
//! Locks, hooks and the file `updatestate` are the caller's (contract
//! section 4, `update`).

mod checkout;
mod dirstate;
mod error;
mod options;
mod plan;

pub use error::UpdateError;

pub use options::UpdateOptions;

use crate::history::Snapshot;
use crate::repo::Repo;
use crate::types::Revision;
use checkout::Checkout;

/// Update the empty working directory of `repo` from no revision to the
/// revision `to`, and write its dirstate. Returns how many files it has.
///
/// # Errors
/// [`UpdateError::Unsupported`] when Python has to do it;
/// [`UpdateError::Interrupted`] when it was cancelled.
pub fn update_from_null(
    repo: &Repo,
    to: Revision,
    options: &UpdateOptions<'_>,
) -> Result<usize, UpdateError> {
    let store = repo.store();
    let old_dirstate = dirstate::load_empty(repo)?;
    plan::check_configuration(repo, options.only.is_some())?;
    let snapshot = Snapshot::of_revision(&store, to)?;
    let planned = plan::plan(&snapshot, options.only)?;

    let checkout = Checkout::new(repo, &store, &planned, &options.cancellation)?;
    let written = checkout.run(options.threads)?;
    let total = written.len();
    dirstate::write(
        repo,
        snapshot.node(),
        written,
        old_dirstate,
        options.durability,
    )?;
    Ok(total)
}

fn unsupported(reason: impl Into<String>) -> UpdateError {
    UpdateError::Unsupported(reason.into())
}
