// SPDX-License-Identifier: GPL-2.0-or-later
//! Removing files, and the directories they leave empty.

use std::collections::BTreeSet;
use std::os::fd::AsFd;

use super::place::WorkingDirectory;
use super::workers::Workers;
use crate::fs::{is_about_the_path, open_parent, remove_directory, remove_file, Errno, Hindrance};
use crate::types::HgPath;
use crate::update::{EmptyDirectories, UpdateError, Warnings};

/// Remove files, which are sorted. One that the system does not let go of is
/// warned of, and is the user's from now on, as after Python's update.
///
/// # Errors
/// What Python would not have met: it opens no directory to remove a file.
pub(super) fn remove(
    working_directory: &WorkingDirectory<'_>,
    workers: &Workers<'_>,
    paths: &[&HgPath],
    empty_directories: EmptyDirectories,
    warnings: &mut Warnings,
) -> Result<(), UpdateError> {
    let failures = workers.run(paths, |first, paths| {
        remove_in(working_directory, workers, first, paths)
    })?;
    for (path, error) in failures {
        warnings.not_removed(path, error);
    }
    if empty_directories == EmptyDirectories::Removed {
        remove_empty_parents(working_directory, paths);
    }
    Ok(())
}

/// Remove files of one directory; those that could not be.
fn remove_in<'p>(
    working_directory: &WorkingDirectory<'_>,
    workers: &Workers<'_>,
    first: &HgPath,
    paths: &[&'p HgPath],
) -> Result<Vec<(&'p HgPath, Errno)>, UpdateError> {
    let directory = match open_parent(working_directory.root(), first) {
        Ok(directory) => directory,
        // They are gone already.
        Err(why) if why.hindrance == Hindrance::System(Errno::NOENT) => return Ok(Vec::new()),
        Err(why) => {
            let refused = working_directory.not_entered(first, why);
            let is_refused = matches!(refused, UpdateError::Traversal(_) | UpdateError::Path(_));
            return match why.hindrance {
                Hindrance::System(error) if !is_refused && is_about_the_path(error) => {
                    Ok(paths.iter().map(|&path| (path, error)).collect())
                }
                _ => Err(refused),
            };
        }
    };
    let mut failures = Vec::new();
    for &path in paths {
        workers.count()?;
        match remove_file(directory.as_fd(), path.base_name()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => failures.push((path, error)),
        }
    }
    Ok(failures)
}

/// Remove the directories of removed files that are empty now, those inside
/// first.
fn remove_empty_parents(working_directory: &WorkingDirectory<'_>, removed: &[&HgPath]) {
    // What is below a directory comes after it.
    let mut directories: BTreeSet<&HgPath> = removed.iter().map(|path| path.parent()).collect();
    while let Some(directory) = directories.pop_last() {
        if directory.is_root() {
            continue;
        }
        let parent = open_parent(working_directory.root(), directory);
        let is_removed = parent
            .is_ok_and(|parent| remove_directory(parent.as_fd(), directory.base_name()).is_ok());
        if is_removed {
            directories.insert(directory.parent());
        }
    }
}
