// SPDX-License-Identifier: GPL-2.0-or-later
//! Moving files of the user's out of the way.

use std::io;
use std::path::{Path, PathBuf};

use super::plan::PlannedFile;
use super::unsupported;
use crate::dirstate::DirstateMap;
use crate::fs::{bytes_path, kind_if_exists, make_way, move_file, path_bytes, Errno, FileKind};
use crate::types::HgPath;
use crate::update::UpdateError;

/// Where the backup of the file `path` below `root` goes: to its path below
/// the directory `place`, itself below `root` unless absolute, or without a
/// place to its path with `.orig` added.
fn backup_of(root: &Path, path: &HgPath, place: Option<&Path>) -> PathBuf {
    match place {
        None => root.join(bytes_path(&[path.as_bytes(), b".orig"].concat())),
        Some(place) => root.join(place).join(bytes_path(path.as_bytes())),
    }
}

/// Leave it to Python where a backup would take the place of a tracked file,
/// or of one of `to_write`, which is sorted.
///
/// # Errors
/// `EISDIR` where a directory is in the place of a backup that is given no way.
pub(super) fn check_backups(
    root: &Path,
    map: &DirstateMap,
    to_write: &[PlannedFile<'_>],
    paths: &[&HgPath],
    place: Option<&Path>,
) -> Result<(), UpdateError> {
    for path in paths {
        let full = backup_of(root, path, place);
        if place.is_none() {
            check_no_directory(&full).map_err(|error| UpdateError::System {
                path: full.clone(),
                error,
            })?;
        }
        let Ok(backup) = full.strip_prefix(root) else {
            continue;
        };
        let backup = HgPath::new(path_bytes(backup));
        let is_written = to_write.binary_search_by(|file| file.path.cmp(backup));
        if is_written.is_ok() || map.get_node(backup)?.is_some() {
            return Err(unsupported(format!("{backup} is a backup and tracked")));
        }
    }
    Ok(())
}

fn check_no_directory(path: &Path) -> io::Result<()> {
    match kind_if_exists(path)? {
        Some(FileKind::Directory) => Err(Errno::ISDIR.into()),
        _ => Ok(()),
    }
}

/// Rename the file `path` below `root` to its backup, as [`backup_of`] says.
/// What is at the backup's path goes.
pub(super) fn back_up(root: &Path, path: &HgPath, place: Option<&Path>) -> Result<(), UpdateError> {
    let original = root.join(bytes_path(path.as_bytes()));
    let backup = backup_of(root, path, place);
    let failed = |error| UpdateError::System {
        path: backup.clone(),
        error,
    };
    if let Some(place) = place {
        make_way(&root.join(place), &backup).map_err(failed)?;
    }
    move_file(&original, &backup).map_err(failed)
}
