// SPDX-License-Identifier: GPL-2.0-or-later
//! Modification times as the dirstate keeps them.

use thiserror::Error;

const SECONDS_MASK: u32 = 0x7fff_ffff;
const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;

/// A time that a [`TruncatedTimestamp`] cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected mtime truncated to 31 bits, and less than a second of nanoseconds")]
pub struct TimestampOutOfRange;

/// A modification time: seconds since the Unix epoch modulo 2^31, and
/// nanoseconds within that second (0 when unknown).
///
/// `second_ambiguous` says that the seconds alone prove nothing: the file was
/// modified within the very second it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TruncatedTimestamp {
    seconds: u32,
    nanoseconds: u32,
    second_ambiguous: bool,
}

impl TruncatedTimestamp {
    /// Fails unless `seconds` fits in 31 bits and `nanoseconds` is less than
    /// a second.
    pub fn new(
        seconds: u32,
        nanoseconds: u32,
        second_ambiguous: bool,
    ) -> Result<Self, TimestampOutOfRange> {
        if seconds > SECONDS_MASK || nanoseconds >= NANOSECONDS_PER_SECOND {
            return Err(TimestampOutOfRange);
        }
        Ok(Self {
            seconds,
            nanoseconds,
            second_ambiguous,
        })
    }

    /// Keeps the low 31 bits of `seconds`. Nanoseconds that make more than a
    /// second are not a known fraction of one, and become 0.
    pub fn new_truncate(seconds: i64, nanoseconds: u32, second_ambiguous: bool) -> Self {
        Self {
            seconds: (seconds & i64::from(SECONDS_MASK)) as u32,
            nanoseconds: if nanoseconds < NANOSECONDS_PER_SECOND {
                nanoseconds
            } else {
                0
            },
            second_ambiguous,
        }
    }

    /// Keeps the low 31 bits of `seconds`, of which there may be more.
    ///
    /// # Errors
    /// When `nanoseconds` make more than a second.
    pub fn from_wide(
        seconds: i64,
        nanoseconds: u32,
        second_ambiguous: bool,
    ) -> Result<Self, TimestampOutOfRange> {
        let seconds = seconds & i64::from(SECONDS_MASK);
        Self::new(seconds as u32, nanoseconds, second_ambiguous)
    }

    /// The modification time in `metadata`, taken as unambiguous.
    pub fn from_metadata(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            Self::new_truncate(metadata.mtime(), metadata.mtime_nsec() as u32, false)
        }
        #[cfg(not(unix))]
        {
            use std::time::UNIX_EPOCH;
            let Ok(time) = metadata.modified() else {
                return Self::new_truncate(0, 0, true);
            };
            match time.duration_since(UNIX_EPOCH) {
                Ok(since) => {
                    Self::new_truncate(since.as_secs() as i64, since.subsec_nanos(), false)
                }
                Err(before) => {
                    // Seconds round down, so that nanoseconds count up.
                    let before = before.duration();
                    let nanoseconds = before.subsec_nanos();
                    let borrow = i64::from(nanoseconds > 0);
                    Self::new_truncate(
                        -(before.as_secs() as i64) - borrow,
                        (NANOSECONDS_PER_SECOND - nanoseconds) % NANOSECONDS_PER_SECOND,
                        false,
                    )
                }
            }
        }
    }

    /// Seconds since the Unix epoch, modulo 2^31.
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// Nanoseconds within the second; 0 means unknown.
    pub fn nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    /// Whether the seconds alone prove nothing.
    pub fn second_ambiguous(self) -> bool {
        self.second_ambiguous
    }

    /// The same time, taken as unambiguous unless `keep`.
    pub fn ambiguous_only_if(self, keep: bool) -> Self {
        Self {
            second_ambiguous: self.second_ambiguous && keep,
            ..self
        }
    }

    /// Whether `other`, just read from the filesystem, is most likely the
    /// same time as this recorded one (`mtime_likely_equal_to`, contract
    /// 2.6): when either lacks nanoseconds the seconds decide, unless ours
    /// are ambiguous.
    pub fn likely_equal(self, other: Self) -> bool {
        if self.seconds != other.seconds {
            false
        } else if self.nanoseconds == 0 || other.nanoseconds == 0 {
            !self.second_ambiguous
        } else {
            self.nanoseconds == other.nanoseconds
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn range_is_checked() {
        assert!(TruncatedTimestamp::new(0x7fff_ffff, 999_999_999, false).is_ok());
        assert_eq!(
            TruncatedTimestamp::new(0x8000_0000, 0, false),
            Err(TimestampOutOfRange)
        );
        assert_eq!(
            TruncatedTimestamp::new(0, 1_000_000_000, false),
            Err(TimestampOutOfRange)
        );
    }

    #[test]
    fn truncation_keeps_the_low_31_bits() {
        let time = TruncatedTimestamp::new_truncate(-1, 2_000_000_000, true);
        assert_eq!(time.seconds(), 0x7fff_ffff);
        assert_eq!(time.nanoseconds(), 0);
        assert!(time.second_ambiguous());
        let time = TruncatedTimestamp::new_truncate(0x1_8000_0005, 7, false);
        assert_eq!((time.seconds(), time.nanoseconds()), (5, 7));
        let wide = TruncatedTimestamp::from_wide;
        assert_eq!(wide(0x1_8000_0005, 7, false), Ok(time));
        assert_eq!(wide(-1, 0, false).unwrap().seconds(), 0x7fff_ffff);
        assert_eq!(wide(0, 1_000_000_000, false), Err(TimestampOutOfRange));
    }

    #[test]
    fn likely_equal() {
        let time = |s, ns, ambiguous| TruncatedTimestamp::new(s, ns, ambiguous).unwrap();
        assert!(time(1, 2, false).likely_equal(time(1, 2, true)));
        assert!(!time(1, 2, false).likely_equal(time(1, 3, false)));
        assert!(!time(1, 2, false).likely_equal(time(2, 2, false)));
        assert!(time(1, 0, false).likely_equal(time(1, 3, false)));
        assert!(time(1, 3, false).likely_equal(time(1, 0, true)));
        assert!(!time(1, 3, true).likely_equal(time(1, 0, false)));
        assert!(time(1, 3, true).likely_equal(time(1, 3, false)));
    }

    #[test]
    fn metadata() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let metadata = file.as_file().metadata().unwrap();
        let since = metadata
            .modified()
            .unwrap()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        let time = TruncatedTimestamp::from_metadata(&metadata);
        assert_eq!(
            u64::from(time.seconds()),
            since.as_secs() & u64::from(SECONDS_MASK)
        );
        assert_eq!(time.nanoseconds(), since.subsec_nanos());
    }
}
