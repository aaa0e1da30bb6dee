// SPDX-License-Identifier: GPL-2.0-or-later
//! What stands in the way of files, found out before one is touched.

use std::os::fd::{AsFd, BorrowedFd};

use super::actions::Actions;
use super::place::WorkingDirectory;
use super::plan::PlannedFile;
use super::workers::Workers;
use crate::fs::{
    lstat, open_directory, open_parent, EnterError, Errno, FileKind, Hindrance, Listing, Purpose,
};
use crate::types::{HgPath, HgPathBuf};
use crate::update::{EmptyDirectories, UpdateError};

/// An update that is yet to be done.
pub(super) struct Hindrances<'a, 'm> {
    pub(super) working_directory: &'a WorkingDirectory<'a>,
    pub(super) workers: &'a Workers<'a>,
    pub(super) actions: &'a Actions<'m>,
    pub(super) empty_directories: EmptyDirectories,
}

impl Hindrances<'_, '_> {
    /// Look for links, files and other repositories on the way to each file,
    /// and for directories that stand where files are to be created. Those
    /// that the update removes are none.
    ///
    /// # Errors
    /// What the update would end with, or [`UpdateError::Unsupported`].
    pub(super) fn check(&self) -> Result<(), UpdateError> {
        let actions = self.actions;
        self.workers.run(&actions.create, |first, files| {
            self.check_places(first, files)
        })?;
        for files in [&actions.update, &actions.change_kind] {
            self.workers
                .run(files, |first, _| self.check_way_to(first))?;
        }
        self.workers
            .run(&actions.remove, |first, _| self.check_removal(first))?;
        Ok(())
    }

    fn check_places(
        &self,
        first: &PlannedFile<'_>,
        files: &[PlannedFile<'_>],
    ) -> Result<Vec<()>, UpdateError> {
        let directory = match open_parent(self.working_directory.root(), first.path) {
            Ok(directory) => directory,
            Err(why) => return self.judge(first.path, why),
        };
        for file in files {
            let name = file.path.base_name();
            let is_directory =
                lstat(directory.as_fd(), name).is_ok_and(|stat| stat.kind == FileKind::Directory);
            if is_directory && !self.empties(directory.as_fd(), file.path)? {
                let path = self.working_directory.full_path(file.path);
                return Err(UpdateError::UnknownDirectory(path));
            }
        }
        Ok(Vec::new())
    }

    fn check_way_to(&self, file: &PlannedFile<'_>) -> Result<Vec<()>, UpdateError> {
        match open_parent(self.working_directory.root(), file.path) {
            Ok(_) => Ok(Vec::new()),
            Err(why) => self.judge(file.path, why),
        }
    }

    /// The directory that a file is to be written in was not entered.
    fn judge(&self, path: &HgPath, why: EnterError<'_>) -> Result<Vec<()>, UpdateError> {
        let goes = match why.hindrance {
            // It is made.
            Hindrance::System(Errno::NOENT) => true,
            Hindrance::System(_) => self.is_removed(why.at),
            Hindrance::NestedRepository => false,
        };
        match goes {
            true => Ok(Vec::new()),
            false => Err(self.working_directory.not_entered(path, why)),
        }
    }

    /// Of what keeps a file from being removed the user is told later on,
    /// unless it must not be touched.
    fn check_removal(&self, path: &HgPath) -> Result<Vec<()>, UpdateError> {
        let Err(why) = open_parent(self.working_directory.root(), path) else {
            return Ok(Vec::new());
        };
        match self.working_directory.not_entered(path, why) {
            refused @ (UpdateError::Traversal(_) | UpdateError::Path(_)) => Err(refused),
            _ => Ok(Vec::new()),
        }
    }

    /// Whether nothing is left in the directory `path` once files are removed.
    fn empties(&self, parent: BorrowedFd<'_>, path: &HgPath) -> Result<bool, UpdateError> {
        let failed = |error| self.working_directory.error(path, error);
        let directory = open_directory(parent, path.base_name(), Purpose::Read).map_err(failed)?;
        let mut listing = Listing::default();
        listing.read(directory.as_fd()).map_err(failed)?;
        listing.keep_repository().map_err(failed)?;
        let mut inside = HgPathBuf::new();
        for entry in listing.entries() {
            let name = listing.name(entry)?;
            inside.assign_join(path, name);
            let kind = match entry.kind {
                Some(kind) => kind,
                None => lstat(directory.as_fd(), name).map_err(failed)?.kind,
            };
            let goes = match kind {
                FileKind::Directory => {
                    self.is_left_empty(&inside) && self.empties(directory.as_fd(), &inside)?
                }
                _ => self.is_removed(&inside),
            };
            if !goes {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_removed(&self, path: &HgPath) -> bool {
        let removed = &self.actions.remove;
        removed.binary_search_by(|other| (*other).cmp(path)).is_ok()
    }

    /// Whether a directory is removed if the files removed from it were all
    /// that it had.
    fn is_left_empty(&self, directory: &HgPath) -> bool {
        let removed = &self.actions.remove;
        let beginning = [directory.as_bytes(), b"/"].concat();
        let first = removed.partition_point(|path| path.as_bytes() < beginning.as_slice());
        self.empty_directories == EmptyDirectories::Removed
            && removed
                .get(first)
                .is_some_and(|path| path.as_bytes().starts_with(&beginning))
    }
}
