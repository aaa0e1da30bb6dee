// SPDX-License-Identifier: GPL-2.0-or-later
//! From one revision to another, where no tracked file has been changed.

use super::actions::Actions;
use super::backup::{back_up, check_backups};
use super::checkout::WrittenFile;
use super::conflicts::Creation;
use super::hindrances::Hindrances;
use super::place::WorkingDirectory;
use super::plan::PlannedFile;
use super::workers::Workers;
use super::writing::Writer;
use super::{dirstate, kinds, plan, removal};
use crate::dirstate::DirstateMap;
use crate::fs::has_current_directory;
use crate::history::manifest::Manifest;
use crate::repo::Repo;
use crate::store::Store;
use crate::types::HgPath;
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
    options.progress.begin(actions.len());

    let update = Update {
        repo,
        store: &repo.store(),
        working_directory: &WorkingDirectory::open(&repo.root)?,
        workers: &Workers::new(
            options.threads,
            actions.len(),
            &options.cancellation,
            &*options.progress,
        )?,
        actions: &actions,
        to_write: &to_write,
        options,
    };
    let conflicting = update.look(map, warnings)?;
    let mut written = update.perform(&conflicting, warnings)?;
    options.until.check()?;
    dirstate::forget(map, &actions.remove)?;
    let added = dirstate::record(repo, map, &mut written)?;
    Ok(UpdateCounts {
        added,
        updated: written.len(),
        removed: actions.remove.len(),
    })
}

/// An update that is known to the last file.
struct Update<'a, 'm> {
    repo: &'a Repo,
    store: &'a Store,
    working_directory: &'a WorkingDirectory<'a>,
    workers: &'a Workers<'a>,
    actions: &'a Actions<'m>,
    /// Those of `actions` that are written, sorted by path.
    to_write: &'a [PlannedFile<'m>],
    options: &'a MapUpdateOptions,
}

impl<'m> Update<'_, 'm> {
    /// See whether it can be done. Returns the files of the user's that are to
    /// be moved away for it.
    fn look(
        &self,
        map: &DirstateMap,
        warnings: &mut Warnings,
    ) -> Result<Vec<&'m HgPath>, UpdateError> {
        let options = self.options;
        let creation = Creation {
            repo: self.repo,
            store: self.store,
            working_directory: self.working_directory,
            workers: self.workers,
            files: &self.actions.create,
        };
        let conflicts = creation.conflicts(map, options.conflicts, warnings)?;
        let hindrances = Hindrances {
            working_directory: self.working_directory,
            workers: self.workers,
            actions: self.actions,
            empty_directories: options.empty_directories,
        };
        hindrances.check()?;
        let (root, place) = (&self.repo.root, options.backups.as_deref());
        check_backups(root, map, self.to_write, &conflicts.paths, place)?;
        for path in &conflicts.to_warn_of {
            warnings.replacing_untracked(path);
        }
        Ok(conflicts.paths)
    }

    /// Do it. Returns the files that are to be recorded.
    fn perform(
        &self,
        conflicting: &[&HgPath],
        warnings: &mut Warnings,
    ) -> Result<Vec<WrittenFile<'m>>, UpdateError> {
        let (working_directory, workers) = (self.working_directory, self.workers);
        let (root, options) = (&self.repo.root, self.options);
        let had_current_directory = has_current_directory();
        removal::remove(
            working_directory,
            workers,
            &self.actions.remove,
            options.empty_directories,
            warnings,
        )?;
        if had_current_directory && !has_current_directory() {
            warnings.no_current_directory(root);
        }
        for path in conflicting {
            back_up(root, path, options.backups.as_deref())?;
        }
        let writer = Writer {
            store: self.store,
            working_directory,
            workers,
            replacing: options.replacing,
        };
        let mut written = writer.write(self.to_write.to_vec())?;
        let changed = &self.actions.change_kind;
        written.append(&mut kinds::change(working_directory, workers, changed)?);
        Ok(written)
    }
}

#[cfg(test)]
mod tests;
