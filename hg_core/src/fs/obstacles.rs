// SPDX-License-Identifier: GPL-2.0-or-later
//! Moving a file of the user's to a place of which nothing is known.

use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::at::{FileKind, FileStat};
use super::{remove_if_exists, system};
use crate::types::InternalError;

/// Whether a directory that is no link is at `path`.
fn directory_exists(path: &Path) -> bool {
    kind_at(path) == Some(FileKind::Directory)
}

fn kind_at(path: &Path) -> Option<FileKind> {
    let stat = system::lstat(path).ok()?;
    Some(FileStat::new(&stat).kind)
}

/// Make a place for the file `path`, below `base`: directories on the way
/// that are missing are made, a file or link that is one of them is removed,
/// and so is a directory at `path` itself with what is in it.
pub(crate) fn make_way(base: &Path, path: &Path) -> io::Result<()> {
    let directory = path.parent();
    let directory = directory.ok_or(InternalError::new("make_way: a path without a directory"))?;
    let mut missing = Vec::new();
    for directory in directory.ancestors() {
        let inside = directory != base && directory.starts_with(base);
        match kind_at(directory) {
            Some(FileKind::Directory) => break,
            // The place itself may be a link to where there is more room.
            Some(FileKind::Symlink) if !inside => break,
            Some(_) if inside => remove_if_exists(directory)?,
            Some(_) => return Err(Errno::NOTDIR.into()),
            None => {}
        }
        missing.push(directory);
    }
    for directory in missing.into_iter().rev() {
        match system::mkdir(directory, 0o777) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match directory_exists(path) {
        true => system::remove_tree(path),
        false => Ok(()),
    }
}

/// Rename a file, over another if there is one.
pub(crate) fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    Ok(system::rename(from, to)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_is_in_the_way_goes() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().join("backups");
        let path = base.join("a/b/c");
        make_way(&base, &path).unwrap();
        assert!(directory_exists(&base.join("a/b")));
        std::fs::create_dir_all(path.join("d/e")).unwrap();
        make_way(&base, &path).unwrap();
        assert!(!path.exists());
        std::fs::remove_dir(base.join("a/b")).unwrap();
        std::os::unix::fs::symlink("/", base.join("a/b")).unwrap();
        make_way(&base, &path).unwrap();
        assert!(directory_exists(&base.join("a/b")));
        std::fs::remove_dir_all(&base).unwrap();
        std::fs::write(&base, "").unwrap();
        assert!(make_way(&base, &path).is_err());
        assert_eq!(std::fs::read(&base).unwrap(), b"");
    }
}
