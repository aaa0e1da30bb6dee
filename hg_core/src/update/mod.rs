// SPDX-License-Identifier: GPL-2.0-or-later
//! Updating a working directory to a revision: an empty one, or one whose
//! tracked files are as another revision has them ([`update_from_clean`]).
//!
//! Filling an empty one is planned whole before a file is touched: the manifest is read and its
//! paths are audited, so that what cannot be done here has changed nothing.
//! Then the files are written in parallel, a directory at a time, and last
//! the dirstate. What is left in between, after an error, a panic or an
//! interruption, is an empty dirstate and whole files with the right content,
//! which Mercurial's own update takes as they are.
//!
//! Locks, hooks and the file `updatestate` are the caller's (contract
//! section 4, `update`).

mod actions;
mod backup;
mod checkout;
mod clean;
mod conflicts;
mod dirstate;
mod error;
mod hindrances;
mod kinds;
mod options;
mod place;
mod plan;
mod progress;
mod removal;
mod warnings;
mod workers;
mod writing;

pub use clean::{update_from_clean, Step, UpdateCounts};
pub use error::UpdateError;
pub use options::{
    ConflictPolicies, ConflictPolicy, EmptyDirectories, MapUpdateOptions, Replacing, Until,
    UpdateOptions,
};
pub use progress::{NoProgress, Progress};
pub use warnings::Warnings;

use crate::dirstate::DirstateMap;
use crate::history::Snapshot;
use crate::repo::Repo;
use crate::types::Revision;
use checkout::Checkout;

/// Extensions of Mercurial that see in Python to what is written to the
/// working directory: a caller that has one loaded does not ask for an update.
/// docs/differences.md lists them too.
pub const EXTENSIONS_THAT_WRITE: [&[u8]; 7] = [
    b"eol",
    b"keyword",
    b"largefiles",
    b"lfs",
    b"remotefilelog",
    b"win32mbcs",
    b"win32text",
];

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

    let (cancellation, progress) = (&options.cancellation, &NoProgress);
    let checkout = Checkout::new(repo, &store, &planned, cancellation, progress)?;
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

/// As [`update_from_null`], and record the files in `map`, which is empty and
/// is the caller's to write. Returns how many files there are.
///
/// # Errors
/// As [`update_from_null`].
pub fn update_map_from_null(
    repo: &Repo,
    to: Revision,
    map: &mut DirstateMap,
    options: &MapUpdateOptions,
) -> Result<usize, UpdateError> {
    let store = repo.store();
    if map.nodes().next().is_some() {
        return Err(unsupported("the dirstate has files"));
    }
    plan::check_configuration(repo, false)?;
    let snapshot = Snapshot::of_revision(&store, to)?;
    let planned = plan::plan(&snapshot, None)?;
    let (cancellation, progress) = (&options.cancellation, &*options.progress);
    progress.begin(planned.len());
    let checkout = Checkout::new(repo, &store, &planned, cancellation, progress)?;
    let mut written = checkout.run(options.threads)?;
    options.until.check()?;
    dirstate::record(repo, map, &mut written)?;
    Ok(written.len())
}

fn unsupported(reason: impl Into<String>) -> UpdateError {
    UpdateError::Unsupported(reason.into())
}
