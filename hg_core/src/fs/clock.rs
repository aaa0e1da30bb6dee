// SPDX-License-Identifier: GPL-2.0-or-later
//! The clock of a file system, against which the times of its files are held:
//! a file that changes within a tick of that clock keeps its time.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::at::{fstat, REPOSITORY};
use super::system;
use crate::types::TruncatedTimestamp;

/// How long to wait for the clock to tick: some twenty times what a tick takes.
const TICK_TIMEOUT: Duration = Duration::from_millis(100);
const TICK_POLL: Duration = Duration::from_micros(200);
const ONE_DAY: u32 = 24 * 3600;

/// What time it was on a file system, and how far that can be trusted. The
/// default is [`UNKNOWN`](Self::UNKNOWN).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    now: Option<TruncatedTimestamp>,
    /// Whether nanoseconds tell more than seconds.
    is_fine: bool,
}

impl Clock {
    /// A clock that nobody can read: no time proves anything.
    pub const UNKNOWN: Self = Self {
        now: None,
        is_fine: false,
    };

    /// The time of the file system that holds the working directory `root`,
    /// for its `.hg`.
    pub(crate) fn read(root: BorrowedFd<'_>) -> Self {
        Self {
            now: now_of(root),
            is_fine: false,
        }
    }

    /// Wait until the clock is past the times of all files written so far, so
    /// that their nanoseconds count. The clock of a network file system is
    /// another's, and is not waited for.
    pub(crate) fn read_after_a_tick(root: BorrowedFd<'_>) -> Self {
        if is_on_network(root) {
            return Self::read(root);
        }
        let first = now_of(root);
        let deadline = Instant::now() + TICK_TIMEOUT;
        loop {
            let now = now_of(root);
            if now != first || now.is_none() || Instant::now() > deadline {
                return Self {
                    now,
                    is_fine: now != first,
                };
            }
            std::thread::sleep(TICK_POLL);
        }
    }

    /// A clock that says this.
    pub fn at(now: TruncatedTimestamp) -> Self {
        Self {
            now: Some(now),
            is_fine: false,
        }
    }

    /// The time that was read; `None` where none could be.
    pub fn now(&self) -> Option<TruncatedTimestamp> {
        self.now
    }

    /// The time of a file as far as it proves that the file has not changed
    /// since.
    pub(crate) fn proving(&self, mtime: TruncatedTimestamp) -> Option<TruncatedTimestamp> {
        let mtime = reliable_mtime(mtime, self.now?)?;
        (self.is_fine || !mtime.second_ambiguous()).then_some(mtime)
    }
}

/// `mtime` if a change from `now` on must give another one, else `None`.
///
/// A time before `now` is reliable. One within the second of `now` is so by
/// its nanoseconds alone, which the result says. Times more than a day ahead
/// come from another clock, not from a change that is yet to happen.
pub(crate) fn reliable_mtime(
    mtime: TruncatedTimestamp,
    now: TruncatedTimestamp,
) -> Option<TruncatedTimestamp> {
    if mtime.seconds() == now.seconds() {
        let before = mtime.nanoseconds() != 0 && mtime.nanoseconds() < now.nanoseconds();
        before.then(|| {
            TruncatedTimestamp::new_truncate(i64::from(mtime.seconds()), mtime.nanoseconds(), true)
        })
    } else if mtime.seconds() > now.seconds() && mtime.seconds() - now.seconds() < ONE_DAY {
        None
    } else {
        Some(mtime)
    }
}

/// The mtime of a file just made in `.hg`. `None` where none can be made.
fn now_of(root: BorrowedFd<'_>) -> Option<TruncatedTimestamp> {
    const MODE: u32 = 0o600;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Ok(file) = system::open_at(root, REPOSITORY, OFlags::WRONLY | OFlags::TMPFILE, MODE) {
        return fstat(file.as_fd()).ok().map(|stat| stat.mtime);
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    for attempt in 0..16 {
        let name = format!(".hg/status-now-{}-{attempt}", std::process::id());
        match system::open_at(root, name.as_str(), flags, MODE) {
            Ok(file) => {
                let stat = fstat(file.as_fd());
                // Left behind it would be litter, not a wrong answer.
                let _ = system::unlink_at(root, name.as_str());
                return stat.ok().map(|stat| stat.mtime);
            }
            Err(Errno::EXIST) => continue,
            Err(_) => return None,
        }
    }
    None
}

/// Whether a directory is on a network file system, whose clock is another's.
fn is_on_network(directory: BorrowedFd<'_>) -> bool {
    #[cfg(target_os = "linux")]
    {
        const NFS_MAGIC: i64 = 0x6969;
        // The field's type differs between platforms.
        #[allow(clippy::unnecessary_cast)]
        let is_nfs = |stat: rustix::fs::StatFs| stat.f_type as i64 == NFS_MAGIC;
        system::fstatfs(directory).is_ok_and(is_nfs)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = directory;
        false
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::fs::open_root;

    fn time(seconds: u32, nanoseconds: u32) -> TruncatedTimestamp {
        TruncatedTimestamp::new(seconds, nanoseconds, false).unwrap()
    }

    #[test]
    fn the_clock_of_the_filesystem_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let root = open_root(directory.path()).unwrap();
        assert_eq!(Clock::read(root.as_fd()), Clock::UNKNOWN);
        let repository = directory.path().join(".hg");
        std::fs::create_dir(&repository).unwrap();
        let now = Clock::read(root.as_fd()).now().unwrap();
        assert_eq!(std::fs::read_dir(&repository).unwrap().count(), 0);
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let after = TruncatedTimestamp::from_metadata(&std::fs::metadata(file).unwrap());
        let key = |time: TruncatedTimestamp| (time.seconds(), time.nanoseconds());
        assert!(key(now) <= key(after));
    }

    #[test]
    fn times_that_may_come_again_are_not_reliable() {
        let now = time(2_000, 500);
        assert_eq!(
            reliable_mtime(time(1_999, 900), now),
            Some(time(1_999, 900))
        );
        let same_second = reliable_mtime(time(2_000, 499), now).unwrap();
        assert!(same_second.second_ambiguous());
        assert_eq!(same_second.nanoseconds(), 499);
        for doubtful in [
            time(2_000, 500),
            time(2_000, 501),
            time(2_000, 0),
            time(2_001, 0),
            time(2_000 + ONE_DAY - 1, 5),
        ] {
            assert_eq!(reliable_mtime(doubtful, now), None, "{doubtful:?}");
        }
        assert_eq!(reliable_mtime(time(2_000, 400), time(2_000, 0)), None);
        let far = time(2_000 + ONE_DAY, 5);
        assert_eq!(reliable_mtime(far, now), Some(far));
    }

    #[test]
    fn times_that_prove_something() {
        let clock = |is_fine| Clock {
            now: Some(time(100, 500)),
            is_fine,
        };
        assert_eq!(clock(false).proving(time(99, 700)), Some(time(99, 700)));
        assert_eq!(clock(false).proving(time(100, 400)), None);
        let within = clock(true).proving(time(100, 400)).unwrap();
        assert!(within.second_ambiguous());
        assert_eq!(clock(true).proving(time(100, 500)), None);
        assert_eq!(Clock::UNKNOWN.proving(time(1, 1)), None);
    }

    #[test]
    fn the_clock_ticks() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join(".hg")).unwrap();
        let root = open_root(directory.path()).unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let mtime = TruncatedTimestamp::from_metadata(&std::fs::metadata(file).unwrap());
        let clock = Clock::read_after_a_tick(root.as_fd());
        // Where the clock is so slow that it did not tick, nothing is proved.
        assert_eq!(clock.proving(mtime).is_some(), clock.is_fine);
    }
}
