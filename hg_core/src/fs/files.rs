// SPDX-License-Identifier: GPL-2.0-or-later
//! Files below `.hg`, written so that a reader sees an old one or a new one,
//! never half of one.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use crate::types::hex;

/// The path that these bytes are.
pub(crate) fn bytes_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

pub(crate) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// The content of a file; `None` where there is none.
pub fn read_if_exists(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(data) => Ok(Some(data)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Write a new file with these permissions. One that cannot be written whole
/// is removed.
pub fn write_new(path: &Path, data: &[u8], mode: u32) -> io::Result<()> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    let result = fill(file, data, mode);
    if result.is_err() {
        let _ = std::fs::remove_file(path);
    }
    result
}

/// Write a file by renaming a new one to it. It keeps the permissions of the
/// one it replaces; `mode` is for where there is none.
pub fn write_atomically(path: &Path, data: &[u8], mode: u32) -> io::Result<()> {
    let mode = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata.permissions().mode() & 0o777,
        Err(_) => mode,
    };
    let name = path.file_name().unwrap_or_default();
    loop {
        let mut temporary = vec![b'.'];
        temporary.extend_from_slice(name.as_bytes());
        temporary.push(b'-');
        temporary.extend_from_slice(random_hex::<4>()?.as_bytes());
        temporary.push(b'~');
        let temporary = path.with_file_name(OsStr::from_bytes(&temporary));
        match write_new(&temporary, data, mode) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            result => result?,
        }
        let renamed = std::fs::rename(&temporary, path);
        if renamed.is_err() {
            let _ = std::fs::remove_file(&temporary);
        }
        return renamed;
    }
}

fn fill(mut file: File, data: &[u8], mode: u32) -> io::Result<()> {
    if file.metadata()?.permissions().mode() & 0o777 != mode {
        // The umask took some away.
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    file.write_all(data)
}

/// `N` bytes from the system's generator, in hexadecimal.
pub(crate) fn random_hex<const N: usize>() -> io::Result<String> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled += rustix::io::retry_on_intr(|| {
            rustix::rand::getrandom(&mut *rest, rustix::rand::GetRandomFlags::empty())
        })?;
    }
    Ok(hex::encode(&bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn files_are_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert_eq!(read_if_exists(&path).unwrap(), None);
        write_atomically(&path, b"one", 0o664).unwrap();
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o664);
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        write_atomically(&path, b"two", 0o664).unwrap();
        assert_eq!(read_if_exists(&path).unwrap().unwrap(), b"two");
        assert_eq!(mode(), 0o600);
        assert!(write_new(&path, b"three", 0o600).is_err());
        assert_eq!(read_if_exists(&path).unwrap().unwrap(), b"two");
        assert!(write_atomically(&directory.path().join("none/file"), b"", 0o600).is_err());
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
    }

    #[test]
    fn random() {
        let (one, other) = (random_hex::<16>().unwrap(), random_hex::<16>().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, other);
    }
}
