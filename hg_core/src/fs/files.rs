// SPDX-License-Identifier: GPL-2.0-or-later
//! Files below `.hg`, written so that a reader sees an old one or a new one,
//! never half of one.

use std::ffi::OsStr;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::at::{FileKind, FileStat};
use super::file_times::rename_dated_apart;
use super::system;
use crate::types::hex;

/// How far a write has gone when it counts as done: what is left of it after
/// the power has failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// To the system, as Mercurial leaves it. A crash of the machine soon
    /// after may lose the write, or on some file systems leave an empty file.
    #[default]
    System,
    /// The content of the file is on disk before the file has its name.
    File,
    /// So is the content, and then the name.
    Directory,
}

impl Durability {
    /// What the words of `[amalgam] fsync` stand for: `no`, `file`,
    /// `directory`.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        match word {
            b"no" => Some(Self::System),
            b"file" => Some(Self::File),
            b"directory" => Some(Self::Directory),
            _ => None,
        }
    }
}

/// The path that these bytes are.
pub(crate) fn bytes_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

pub(crate) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// The content of a file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    system::read(path)
}

/// Whose a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

/// The content of a file, and whose it is.
pub(crate) fn read_owned(path: &Path) -> io::Result<(Vec<u8>, Owner)> {
    let file = system::open(path, OFlags::RDONLY, 0)?;
    let stat = system::fstat(file.as_fd())?;
    let owner = Owner {
        user: stat.st_uid,
        group: stat.st_gid,
    };
    Ok((system::read_open(file)?, owner))
}

/// The content of a file; `None` where there is none.
pub fn read_if_exists(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match system::read(path) {
        Ok(data) => Ok(Some(data)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is at `path`, a symbolic link followed; `None` where nothing is.
pub(crate) fn stat_if_exists(path: &Path) -> io::Result<Option<FileStat>> {
    match system::stat(path) {
        Ok(stat) => Ok(Some(FileStat::new(&stat))),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The kind of what is at `path`; `None` where nothing is.
pub(crate) fn kind_if_exists(path: &Path) -> io::Result<Option<FileKind>> {
    match system::lstat(path) {
        Ok(stat) => Ok(Some(FileStat::new(&stat).kind)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether two paths lead to one file; not when either cannot be looked at.
pub(crate) fn are_same_file(one: &Path, other: &Path) -> bool {
    match (system::lstat(one), system::lstat(other)) {
        (Ok(one), Ok(other)) => (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino),
        _ => false,
    }
}

/// The paths of what is in a directory, in no particular order.
pub(crate) fn paths_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    system::read_directory(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect()
}

/// The path without symbolic links and dots.
pub(crate) fn canonicalize(path: &Path) -> io::Result<PathBuf> {
    system::canonicalize(path)
}

/// Remove a file. One that is not there is removed.
pub(crate) fn remove_if_exists(path: &Path) -> io::Result<()> {
    match system::unlink(path) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Write a new file with these permissions. One that cannot be written whole
/// is removed.
pub fn write_new(path: &Path, data: &[u8], mode: u32, durability: Durability) -> io::Result<()> {
    write_unnamed(path, data, mode, durability)?;
    let synced = sync_name(path, durability);
    if synced.is_err() {
        let _ = remove_if_exists(path);
    }
    synced
}

/// Write a file from its beginning, in place of what may be in it. Others can
/// see half of it: it is for files that nobody reads yet.
pub(crate) fn write_anew(path: &Path, data: &[u8]) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
    let file = system::open(path, flags, 0o666)?;
    Ok(system::write(file.as_fd(), data)?)
}

/// Write `data` into a file that is there, from `offset` on.
pub(crate) fn overwrite_from(
    path: &Path,
    offset: u64,
    data: &[u8],
    durability: Durability,
) -> io::Result<()> {
    let file = system::open(path, OFlags::WRONLY, 0)?;
    system::seek(file.as_fd(), offset)?;
    system::write(file.as_fd(), data)?;
    match durability {
        Durability::System => Ok(()),
        Durability::File | Durability::Directory => Ok(system::fsync(file.as_fd())?),
    }
}

/// Write a file by renaming a new one to it. It keeps the permissions of the
/// one it replaces, and is dated apart from it; `mode` is for where there is none.
///
/// # Errors
/// After one the file is as it was; unless it could not be dated, or its name,
/// which the directory has, not be brought to disk.
pub fn write_atomically(
    path: &Path,
    data: &[u8],
    mode: u32,
    durability: Durability,
) -> io::Result<()> {
    let mode = match system::lstat(path) {
        Ok(stat) => FileStat::new(&stat).mode & 0o777,
        Err(_) => mode,
    };
    let Some(name) = path.file_name() else {
        return Err(Errno::ISDIR.into());
    };
    loop {
        let mut temporary = vec![b'.'];
        temporary.extend_from_slice(name.as_bytes());
        temporary.push(b'-');
        temporary.extend_from_slice(random_hex::<4>()?.as_bytes());
        temporary.push(b'~');
        let temporary = path.with_file_name(OsStr::from_bytes(&temporary));
        match write_unnamed(&temporary, data, mode, durability) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            result => result?,
        }
        if let Err(error) = rename_dated_apart(&temporary, path) {
            let _ = remove_if_exists(&temporary);
            return Err(error);
        }
        return sync_name(path, durability);
    }
}

/// Write a new file whose name is not yet to last.
fn write_unnamed(path: &Path, data: &[u8], mode: u32, durability: Durability) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    let file = system::open(path, flags, mode)?;
    let fill = || {
        if FileStat::new(&system::fstat(file.as_fd())?).mode & 0o777 != mode {
            // The umask took some away.
            system::fchmod(file.as_fd(), mode)?;
        }
        system::write(file.as_fd(), data)?;
        match durability {
            Durability::System => Ok(()),
            Durability::File | Durability::Directory => system::fsync(file.as_fd()),
        }
    };
    fill().map_err(|error: Errno| {
        let _ = remove_if_exists(path);
        error.into()
    })
}

/// Bring the name of a file to disk, if it is to be there.
fn sync_name(path: &Path, durability: Durability) -> io::Result<()> {
    if durability < Durability::Directory {
        return Ok(());
    }
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    let directory = system::open(directory, OFlags::RDONLY | OFlags::DIRECTORY, 0)?;
    Ok(system::fsync(directory.as_fd())?)
}

/// Bring all that was written to the file system of `path` to disk, if it is
/// to be there: many files at the price of few.
pub(crate) fn sync_all(path: &Path, durability: Durability) -> io::Result<()> {
    if durability == Durability::System {
        return Ok(());
    }
    let file = system::open(path, OFlags::RDONLY, 0)?;
    Ok(system::sync_file_system(file.as_fd())?)
}

/// `N` bytes from the system's generator, in hexadecimal.
pub(crate) fn random_hex<const N: usize>() -> io::Result<String> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += system::random(rest)?;
    }
    Ok(hex::encode(&bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::system::calls::{recorded, Call};
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    #[test]
    fn files_are_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert_eq!(read_if_exists(&path).unwrap(), None);
        write_atomically(&path, b"one", 0o664, Durability::System).unwrap();
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o664);
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        write_atomically(&path, b"two", 0o664, Durability::System).unwrap();
        assert_eq!(read_if_exists(&path).unwrap().unwrap(), b"two");
        assert_eq!(mode(), 0o600);
        assert!(write_new(&path, b"three", 0o600, Durability::System).is_err());
        assert_eq!(read_if_exists(&path).unwrap().unwrap(), b"two");
        let nowhere = directory.path().join("none/file");
        assert!(write_atomically(&nowhere, b"", 0o600, Durability::System).is_err());
        assert!(write_atomically(Path::new("/"), b"", 0o600, Durability::System).is_err());
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
    }

    #[test]
    fn files_are_dated_apart_from_what_they_replace() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let write = |data: &[u8]| {
            write_atomically(&path, data, 0o600, Durability::System).unwrap();
            let now = std::fs::metadata(&path).unwrap();
            (now.mtime(), now.ctime())
        };
        let mut before = write(b"0");
        for data in [b"1", b"2", b"3"] {
            let now = write(data);
            assert_ne!(now, before);
            before = now;
        }
    }

    #[test]
    fn durable_writes_reach_the_disk_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for (durability, expected) in [
            (Durability::System, vec![Call::Rename]),
            (Durability::File, vec![Call::SyncFile, Call::Rename]),
            (
                Durability::Directory,
                vec![Call::SyncFile, Call::Rename, Call::SyncDirectory],
            ),
        ] {
            let calls = recorded(|| write_atomically(&path, b"data", 0o600, durability).unwrap());
            assert_eq!(calls, expected, "{durability:?}");
            std::fs::remove_file(&path).unwrap();
            let calls = recorded(|| write_new(&path, b"data", 0o600, durability).unwrap());
            let expected: Vec<_> = expected
                .into_iter()
                .filter(|call| *call != Call::Rename)
                .collect();
            assert_eq!(calls, expected, "{durability:?}");
            assert_eq!(std::fs::read(&path).unwrap(), b"data");
        }
        let calls = recorded(|| sync_all(directory.path(), Durability::System).unwrap());
        assert_eq!(calls, []);
        let calls = recorded(|| sync_all(directory.path(), Durability::File).unwrap());
        assert_eq!(calls, [Call::SyncFileSystem]);
        for (word, durability) in [
            ("no", Some(Durability::System)),
            ("file", Some(Durability::File)),
            ("directory", Some(Durability::Directory)),
            ("yes", None),
        ] {
            assert_eq!(Durability::from_word(word.as_bytes()), durability);
        }
    }

    #[test]
    fn random() {
        let (one, other) = (random_hex::<16>().unwrap(), random_hex::<16>().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
