// SPDX-License-Identifier: GPL-2.0-or-later
//! Moving files of the user's out of the way.

use std::path::{Path, PathBuf};

use crate::fs::{bytes_path, make_way, move_file};
use crate::types::HgPath;
use crate::update::UpdateError;

/// Rename the file `path` below `root` to its backup: its path below the
/// directory `place`, itself below `root` unless absolute, or without a place
/// its path with `.orig` added. What is at the backup's path goes.
pub(super) fn back_up(root: &Path, path: &HgPath, place: Option<&Path>) -> Result<(), UpdateError> {
    let original = root.join(bytes_path(path.as_bytes()));
    let failed = |path: PathBuf| move |error| UpdateError::System { path, error };
    let backup = match place {
        None => root.join(bytes_path(&[path.as_bytes(), b".orig"].concat())),
        Some(place) => {
            let base = root.join(place);
            let backup = base.join(bytes_path(path.as_bytes()));
            make_way(&base, &backup).map_err(failed(backup.clone()))?;
            backup
        }
    };
    move_file(&original, &backup).map_err(failed(backup))
}
