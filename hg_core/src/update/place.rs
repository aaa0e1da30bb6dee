// SPDX-License-Identifier: GPL-2.0-or-later
//! The working directory while it is changed: its root, and what is said of
//! what stands in the way.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use super::unsupported;
use crate::fs::{
    bytes_path, inside_nested, lstat, open_root, traverses, EnterError, Errno, FileKind, Hindrance,
};
use crate::types::HgPath;
use crate::update::UpdateError;

pub(super) struct WorkingDirectory<'a> {
    root: OwnedFd,
    path: &'a Path,
}

impl<'a> WorkingDirectory<'a> {
    pub(super) fn open(path: &'a Path) -> Result<Self, UpdateError> {
        match open_root(path) {
            Ok(root) => Ok(Self { root, path }),
            Err(error) => Err(UpdateError::System {
                path: path.to_path_buf(),
                error: error.into(),
            }),
        }
    }

    pub(super) fn root(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }

    pub(super) fn full_path(&self, path: &HgPath) -> PathBuf {
        self.path.join(bytes_path(path.as_bytes()))
    }

    pub(super) fn error(&self, path: &HgPath, error: Errno) -> UpdateError {
        match error {
            // Fewer files are open at once in Python.
            Errno::MFILE | Errno::NFILE => unsupported(format!("{path}: {error}")),
            error => UpdateError::System {
                path: self.full_path(path),
                error: error.into(),
            },
        }
    }

    /// The directory that `path` is in was not entered.
    pub(super) fn not_entered(&self, path: &HgPath, why: EnterError<'_>) -> UpdateError {
        let error = match why.hindrance {
            Hindrance::NestedRepository => {
                return UpdateError::Path(inside_nested(path, why.at));
            }
            Hindrance::System(error) => error,
        };
        match lstat(self.root(), why.at) {
            Ok(stat) if stat.kind == FileKind::Symlink => {
                UpdateError::Traversal(traverses(path, why.at))
            }
            // Python says what it makes of a file there.
            Ok(stat) if stat.kind != FileKind::Directory => {
                unsupported(format!("{} is no directory", why.at))
            }
            _ => self.error(why.at, error),
        }
    }
}
