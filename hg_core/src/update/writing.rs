// SPDX-License-Identifier: GPL-2.0-or-later
//! Writing files into a working directory that has others.

use std::os::fd::{AsFd, BorrowedFd};

use super::checkout::{Content, WrittenFile};
use super::place::WorkingDirectory;
use super::plan::PlannedFile;
use super::workers::Workers;
use crate::fs::{
    enter_directory, remove_directory, replace_file, Errno, FileStat, Replacing, TrackedKind,
};
use crate::history::read_file;
use crate::store::Store;
use crate::update::UpdateError;

pub(super) struct Writer<'a> {
    pub(super) store: &'a Store,
    pub(super) working_directory: &'a WorkingDirectory<'a>,
    pub(super) workers: &'a Workers<'a>,
    pub(super) replacing: Replacing,
}

impl Writer<'_> {
    /// Write `files`, which are sorted, over what is there; symbolic links
    /// first.
    pub(super) fn write<'m>(
        &self,
        files: Vec<PlannedFile<'m>>,
    ) -> Result<Vec<WrittenFile<'m>>, UpdateError> {
        let is_link = |file: &PlannedFile<'_>| file.kind == TrackedKind::Symlink;
        let (links, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_link);
        let mut written = Vec::with_capacity(links.len() + others.len());
        for files in [links, others] {
            written.append(
                &mut self
                    .workers
                    .run(&files, |first, files| self.write_in(first, files))?,
            );
        }
        Ok(written)
    }

    /// Write files of one directory.
    fn write_in<'m>(
        &self,
        first: &PlannedFile<'m>,
        files: &[PlannedFile<'m>],
    ) -> Result<Vec<WrittenFile<'m>>, UpdateError> {
        let root = self.working_directory.root();
        let directory = enter_directory(root, first.path.parent())
            .map_err(|why| self.working_directory.not_entered(first.path, why))?;
        let mut written = Vec::with_capacity(files.len());
        for file in files {
            let stat = self.write_file(directory.as_fd(), file)?;
            written.push(WrittenFile {
                path: file.path,
                stat,
                content: Content::Stored,
            });
            self.workers.count()?;
        }
        Ok(written)
    }

    fn write_file(
        &self,
        directory: BorrowedFd<'_>,
        file: &PlannedFile<'_>,
    ) -> Result<FileStat, UpdateError> {
        let data = read_file(self.store, file.path, &file.node)?;
        let name = file.path.base_name();
        let write = || replace_file(directory, name, file.kind, &data, self.replacing);
        let failed = |error| self.working_directory.error(file.path, error);
        match write() {
            Ok(stat) => return Ok(stat),
            Err(Errno::ISDIR) => {}
            Err(error) => return Err(failed(error)),
        }
        match remove_directory(directory, name) {
            Ok(()) => write().map_err(failed),
            Err(Errno::NOTEMPTY | Errno::EXIST) => {
                let path = self.working_directory.full_path(file.path);
                Err(UpdateError::UnknownDirectory(path))
            }
            Err(error) => Err(failed(error)),
        }
    }
}
