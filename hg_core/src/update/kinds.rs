// SPDX-License-Identifier: GPL-2.0-or-later
//! Files that become executable, or no longer are; files that become symbolic
//! links, and links that become files.

use std::os::fd::{AsFd, BorrowedFd};

use super::checkout::{Content, WrittenFile};
use super::place::WorkingDirectory;
use super::plan::PlannedFile;
use super::workers::Workers;
use crate::fs::{
    self, lstat, new_file_mask, open_parent, replace_file, set_executable, Errno, FileKind,
    FileStat, Replacing, TrackedKind,
};
use crate::update::UpdateError;

/// Change the kind of files, which are sorted, and keep their content. The
/// result leaves out those that were as they should be.
pub(super) fn change<'m>(
    working_directory: &WorkingDirectory<'_>,
    workers: &Workers<'_>,
    files: &[PlannedFile<'m>],
) -> Result<Vec<WrittenFile<'m>>, UpdateError> {
    let executable = |file: &&PlannedFile<'_>| file.kind == TrackedKind::Executable;
    let mask = match files.iter().find(executable) {
        None => 0,
        Some(file) => new_file_mask(working_directory.root())
            .map_err(|error| working_directory.error(file.path, error))?,
    };
    workers.run(files, |_, files| {
        let mut changed = Vec::new();
        for file in files {
            let directory = open_parent(working_directory.root(), file.path)
                .map_err(|why| working_directory.not_entered(file.path, why))?;
            let stat = change_one(directory.as_fd(), file, mask)
                .map_err(|error| working_directory.error(file.path, error))?;
            if let Some(stat) = stat {
                changed.push(WrittenFile {
                    path: file.path,
                    stat,
                    content: Content::Found,
                });
            }
            workers.count()?;
        }
        Ok(changed)
    })
}

fn change_one(
    directory: BorrowedFd<'_>,
    file: &PlannedFile<'_>,
    mask: u32,
) -> Result<Option<FileStat>, Errno> {
    let name = file.path.base_name();
    let is_link = lstat(directory, name)?.kind == FileKind::Symlink;
    let content = match (is_link, file.kind) {
        (true, TrackedKind::Symlink) => return Ok(None),
        (true, _) => fs::read_link(directory, name)?,
        (false, TrackedKind::Symlink) => fs::read_file(fs::open_file(directory, name)?)?,
        (false, kind) => {
            return set_executable(directory, name, kind == TrackedKind::Executable, mask);
        }
    };
    // The content is nowhere else in the working directory.
    replace_file(directory, name, file.kind, &content, Replacing::Renamed).map(Some)
}
