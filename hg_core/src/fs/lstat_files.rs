// SPDX-License-Identifier: GPL-2.0-or-later
//! What `lstat` says of many files, asked by several threads.

use std::ffi::CStr;
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Stat, CWD};

use super::system;
use crate::fs::{thread_builder, Threads};

/// What `lstat` says of a file, or why it does not. C code reads it: the
/// layout is that of `HgamalgamFileStatus` in `hgamalgam_capi.h`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LstatRecord {
    /// The file system it is on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// How many names it has.
    pub links: u64,
    /// In bytes.
    pub size: i64,
    /// When its content last changed, in seconds since 1970.
    pub mtime: i64,
    /// When anything of it last changed, in seconds since 1970.
    pub ctime: i64,
    /// Nanoseconds into the second of `mtime`.
    pub mtime_nsec: u32,
    /// Nanoseconds into the second of `ctime`.
    pub ctime_nsec: u32,
    /// Kind and permissions: `S_IFMT` and below.
    pub mode: u32,
    /// An errno; all else is zero then.
    pub error: i32,
}

impl LstatRecord {
    /// Of the file itself, should it be a symbolic link.
    pub fn of(path: &CStr) -> Self {
        match system::lstat_at(CWD, path) {
            Ok(stat) => Self::from(&stat),
            Err(error) => Self {
                error: error.raw_os_error(),
                ..Self::default()
            },
        }
    }
}

impl From<&Stat> for LstatRecord {
    // The fields' types differ between platforms.
    #[allow(clippy::unnecessary_cast)]
    fn from(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            links: stat.st_nlink as u64,
            size: stat.st_size as i64,
            mtime: stat.st_mtime as i64,
            ctime: stat.st_ctime as i64,
            mtime_nsec: stat.st_mtime_nsec as u32,
            ctime_nsec: stat.st_ctime_nsec as u32,
            mode: stat.st_mode as u32,
            error: 0,
        }
    }
}

/// What a thread takes at a time, so that all end together.
const CHUNK: usize = 64;

/// Fills `records` with what `lstat` says of `paths`, as far as both go, on
/// `threads` at most. Relative paths start from the current directory.
///
/// It starts threads, which is worth it where the work takes milliseconds: the
/// caller knows whether it does. They live as long as this call: a process
/// forked later, which Mercurial does, has none that others would wait for.
pub fn lstat_files(paths: &[&CStr], records: &mut [LstatRecord], threads: Threads) {
    let threads = threads.count().min(paths.len().div_ceil(CHUNK));
    let work = Mutex::new(paths.chunks(CHUNK).zip(records.chunks_mut(CHUNK)));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run = || {
        while let Some((paths, records)) = take() {
            for (path, record) in paths.iter().zip(records) {
                *record = LstatRecord::of(path);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Without it the others do its work.
            if thread_builder("lstat").spawn_scoped(scope, run).is_err() {
                break;
            }
        }
        run();
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::ffi::CString;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn agrees_with_std() {
        let directory = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for number in 0..700 {
            let path = directory.path().join(format!("file{number}"));
            match number % 4 {
                0 => std::fs::write(&path, vec![b'x'; number]).unwrap(),
                1 => std::os::unix::fs::symlink("file0", &path).unwrap(),
                2 => std::fs::create_dir(&path).unwrap(),
                _ => {}
            }
            paths.push(CString::new(path.into_os_string().into_encoded_bytes()).unwrap());
        }
        let paths: Vec<&CStr> = paths.iter().map(CString::as_c_str).collect();
        for count in [0, 1, CHUNK, CHUNK + 1, 700] {
            let paths = &paths[..count];
            for threads in [1, 2, 5, 16] {
                let mut found = vec![LstatRecord::default(); paths.len()];
                lstat_files(paths, &mut found, Threads::new(threads));
                for (path, record) in paths.iter().zip(&found) {
                    check(path, record);
                }
            }
        }
    }

    fn check(path: &CStr, record: &LstatRecord) {
        match std::fs::symlink_metadata(path.to_str().unwrap()) {
            Ok(there) => {
                assert_eq!(record.error, 0);
                assert_eq!(
                    (
                        record.device,
                        record.inode,
                        record.links,
                        record.size as u64
                    ),
                    (there.dev(), there.ino(), there.nlink(), there.size())
                );
                assert_eq!(record.mode, there.mode());
                assert_eq!(
                    (record.mtime, i64::from(record.mtime_nsec)),
                    (there.mtime(), there.mtime_nsec())
                );
                assert_eq!(
                    (record.ctime, i64::from(record.ctime_nsec)),
                    (there.ctime(), there.ctime_nsec())
                );
            }
            Err(error) => {
                let wanted = LstatRecord {
                    error: error.raw_os_error().unwrap(),
                    ..LstatRecord::default()
                };
                assert_eq!(*record, wanted);
            }
        }
    }
}
