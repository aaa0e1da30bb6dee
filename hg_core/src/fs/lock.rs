// SPDX-License-Identifier: GPL-2.0-or-later
//! Mercurial's locks: a file in `.hg` that says who holds the lock, made where
//! there is none and removed again. It is a symbolic link to what it says, for
//! that is made in one step even on a network file system; where there are no
//! links, a file.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::files::bytes_path;
use super::system;

/// A lock that this process holds until this is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    holder: Vec<u8>,
    process: u32,
}

impl Lock {
    /// Take the lock `path` if it is free; `None` if somebody holds it.
    ///
    /// It is not waited for, and that of a dead process is not broken:
    /// Mercurial does that when it needs the lock.
    ///
    /// # Errors
    /// When no lock can be made there.
    pub fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let process = std::process::id();
        let holder = holder(process);
        match system::symlink(bytes_path(&holder), path) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Ok(None),
            Err(_) => match create_file(path, &holder) {
                Ok(()) => {}
                Err(Errno::EXIST) => return Ok(None),
                Err(error) => return Err(error.into()),
            },
        }
        Ok(Some(Self {
            path: path.to_path_buf(),
            holder,
            process,
        }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A process that was forked meanwhile does not hold it, nor does who
        // had it taken away.
        if self.process == std::process::id() && says(&self.path, &self.holder) {
            // Left behind, it is one of a dead process as soon as this is.
            let _ = system::unlink(&self.path);
        }
    }
}

fn create_file(path: &Path, holder: &[u8]) -> Result<(), Errno> {
    let file = system::open(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL, 0o666)?;
    system::write(file.as_fd(), holder).inspect_err(|_| {
        let _ = system::unlink(path);
    })
}

/// Whether a lock says so.
fn says(path: &Path, holder: &[u8]) -> bool {
    match system::read_link(path) {
        Ok(target) => target == holder,
        Err(Errno::INVAL | Errno::NOSYS) => system::read(path).is_ok_and(|held| held == holder),
        Err(_) => false,
    }
}

/// What a lock says of the process that holds it: the machine, on Linux also
/// what numbers its processes, and the process's number.
fn holder(process: u32) -> Vec<u8> {
    let mut holder = system::host_name();
    #[cfg(target_os = "linux")]
    if let Ok(namespace) = system::stat(Path::new("/proc/self/ns/pid")) {
        holder.extend_from_slice(format!("/{:x}", namespace.st_ino).as_bytes());
    }
    holder.extend_from_slice(format!(":{process}").as_bytes());
    holder
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wlock");
        let lock = Lock::try_take(&path).unwrap().unwrap();
        let said = std::fs::read_link(&path).unwrap();
        let said = said.to_str().unwrap();
        assert!(
            said.ends_with(&format!(":{}", std::process::id())),
            "{said}"
        );
        assert!(Lock::try_take(&path).unwrap().is_none());
        drop(lock);
        assert!(std::fs::symlink_metadata(&path).is_err());
        drop(Lock::try_take(&path).unwrap().unwrap());
        // Of somebody else, dead or alive, as a link and as a file.
        std::os::unix::fs::symlink("elsewhere:1", &path).unwrap();
        assert!(Lock::try_take(&path).unwrap().is_none());
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "elsewhere:1").unwrap();
        assert!(Lock::try_take(&path).unwrap().is_none());
        let nowhere = directory.path().join("none/wlock");
        let error = Lock::try_take(&nowhere).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_lock_that_was_taken_away_is_left_to_who_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wlock");
        let lock = Lock::try_take(&path).unwrap().unwrap();
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("elsewhere:1", &path).unwrap();
        drop(lock);
        assert_eq!(std::fs::read_link(&path).unwrap(), Path::new("elsewhere:1"));
    }

    #[test]
    fn a_lock_without_links_is_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("wlock");
        create_file(&path, b"here:7").unwrap();
        assert!(says(&path, b"here:7"));
        assert!(!says(&path, b"here:8"));
        assert_eq!(create_file(&path, b"here:7"), Err(Errno::EXIST));
    }
}
