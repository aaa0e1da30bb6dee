// SPDX-License-Identifier: GPL-2.0-or-later
//! Files that are dated apart from what they replace: a reader takes a file of the
//! same times and size for unchanged, and times may be of whole seconds.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{OFlags, Stat};
use rustix::io::Errno;

use super::at::FileStat;
use super::files::{random_hex, remove_if_exists};
use super::system;
use crate::types::InternalError;

/// Permissions, of a file's mode.
const PERMISSIONS: u32 = 0o777;

/// What a file was, for those who compare it with what it is: a reader takes a
/// file of the same times and size for unchanged.
#[derive(Clone, Copy, Debug)]
pub struct FileTimes {
    mtime: i64,
    ctime: i64,
}

impl FileTimes {
    /// Those of the file at `path`; `None` where there is none.
    ///
    /// # Errors
    /// What the system says.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        match system::stat(path) {
            Ok(stat) => Ok(Some(Self::from(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// After the file at `path` was written or replaced: if it was within the
    /// second of the last change, date it a second later than it was, so that
    /// nobody takes it for the old one.
    ///
    /// # Errors
    /// What the system says.
    pub fn avoid_ambiguity(self, path: &Path) -> io::Result<()> {
        if Self::from(&system::stat(path)?).ctime != self.ctime {
            return Ok(());
        }
        match self.date_apart(path) {
            // Only the owner may date a file: a copy of it is ours.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                own_copy(path)?;
                self.date_apart(path)
            }
            result => result,
        }
    }

    fn date_apart(self, path: &Path) -> io::Result<()> {
        let seconds = (self.mtime + 1) & 0x7fff_ffff;
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        let times = std::fs::FileTimes::new()
            .set_accessed(time)
            .set_modified(time);
        File::from(system::open(path, OFlags::WRONLY, 0)?).set_times(times)
    }
}

impl From<&Stat> for FileTimes {
    // The fields' types differ between platforms.
    #[allow(clippy::unnecessary_cast)]
    fn from(stat: &Stat) -> Self {
        Self {
            mtime: stat.st_mtime as i64,
            ctime: stat.st_ctime as i64,
        }
    }
}

/// Rename a file to another, dated apart from the one it replaces.
///
/// # Errors
/// What the system says. Where only dating fails, the file is renamed.
pub(super) fn rename_dated_apart(from: &Path, to: &Path) -> io::Result<()> {
    let old = FileTimes::of(to)?;
    system::rename(from, to)?;
    old.map_or(Ok(()), |old| old.avoid_ambiguity(to))
}

/// Put a copy in the place of a file, which may have other names.
pub(super) fn own_copy(path: &Path) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or(InternalError::new("own_copy: a file without a name"))?;
    let name = [
        b".",
        name.as_bytes(),
        b"-",
        random_hex::<4>()?.as_bytes(),
        b"~",
    ]
    .concat();
    let copy = path.with_file_name(OsStr::from_bytes(&name));
    let mut original = File::from(system::open(path, OFlags::RDONLY, 0)?);
    let mode = FileStat::new(&system::fstat(original.as_fd())?).mode & PERMISSIONS;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let mut copied = File::from(system::open(&copy, flags, mode)?);
    let mut fill = || {
        io::copy(&mut original, &mut copied)?;
        system::fchmod(copied.as_fd(), mode)?;
        Ok(system::rename(&copy, path)?)
    };
    let filled: io::Result<()> = fill();
    if filled.is_err() {
        let _ = remove_if_exists(&copy);
    }
    filled
}
