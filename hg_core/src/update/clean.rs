// SPDX-License-Identifier: GPL-2.0-or-later
//! From one revision to another, where no tracked file has been changed.

use super::actions::Actions;
use super::backup::{back_up, check_backups};
use super::hindrances::Hindrances;
use super::place::WorkingDirectory;
use super::workers::Workers;
use super::writing::Writer;
use super::{conflicts, dirstate, kinds, plan, removal};
use crate::dirstate::DirstateMap;
use crate::fs::has_current_directory;
use crate::history::manifest::Manifest;
use crate::repo::Repo;
use crate::update::{MapUpdateOptions, UpdateError, Warnings};

/// The manifests of the revision that the working directory is at, and of the
/// one it is to be at.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Its files are as this says.
    pub from: Manifest<'a>,
    /// Its files are to be as this says.
    pub to: Manifest<'a>,
}

/// What an update did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpdateCounts {
    /// Files that the dirstate did not have.
    pub added: usize,
    /// Files that were written, or whose kind was changed; the added ones are
    /// among them.
    pub updated: usize,
    /// Files that were removed.
    pub removed: usize,
}

/// Take the working directory of `repo` one step further, and record in `map`,
/// which is the caller's to write, what it holds then.
///
/// What may keep the update from being done is looked for before a file is
/// touched. After a later error, or a cancellation, `map` is as it was, files
/// are whole, of the old revision or of the new one, and files of the user's
/// are where they were, or at their backups. `warnings` are added to even so.
///
/// # Errors
/// [`UpdateError::Unsupported`] when Python has to do it, which it can from
/// wherever this ended; [`UpdateError::Interrupted`] when it was cancelled.
pub fn update_from_clean(
    repo: &Repo,
    step: Step<'_>,
    map: &mut DirstateMap,
    options: &MapUpdateOptions,
    warnings: &mut Warnings,
) -> Result<UpdateCounts, UpdateError> {
    plan::check_filters(repo, b"encode")?;
    plan::check_configuration(repo, false)?;
    let actions = Actions::between(step.from, step.to)?;
    let mut to_write = [actions.create.as_slice(), &actions.update].concat();
    to_write.sort_unstable_by_key(|file| file.path);
    plan::check_directories(&to_write)?;
    options.progress.set_total(actions.len());

    let store = repo.store();
    let working_directory = WorkingDirectory::open(&repo.root)?;
    let workers = Workers::new(
        options.threads,
        actions.len(),
        &options.cancellation,
        &options.progress,
    )?;
    let creation = conflicts::Creation {
        repo,
        store: &store,
        working_directory: &working_directory,
        workers: &workers,
        files: &actions.create,
    };
    let conflicts = creation.conflicts(map, options.conflicts, warnings)?;
    let empty_directories = options.empty_directories;
    let hindrances = Hindrances {
        working_directory: &working_directory,
        workers: &workers,
        actions: &actions,
        empty_directories,
    };
    hindrances.check()?;
    let place = options.backups.as_deref();
    check_backups(&repo.root, map, &to_write, &conflicts.paths, place)?;
    for path in &conflicts.to_warn_of {
        warnings.replacing_untracked(path);
    }

    let had_current_directory = has_current_directory();
    removal::remove(
        &working_directory,
        &workers,
        &actions.remove,
        empty_directories,
        warnings,
    )?;
    if had_current_directory && !has_current_directory() {
        warnings.no_current_directory(&repo.root);
    }
    for path in conflicts.paths {
        back_up(&repo.root, path, place)?;
    }
    let writer = Writer {
        store: &store,
        working_directory: &working_directory,
        workers: &workers,
        replacing: options.replacing,
    };
    let mut written = writer.write(to_write)?;
    written.append(&mut kinds::change(
        &working_directory,
        &workers,
        &actions.change_kind,
    )?);

    options.until.check()?;
    dirstate::forget(map, &actions.remove)?;
    let added = dirstate::record(repo, map, &mut written)?;
    Ok(UpdateCounts {
        added,
        updated: written.len(),
        removed: actions.remove.len(),
    })
}

#[cfg(test)]
mod tests;
