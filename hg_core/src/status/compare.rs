// SPDX-License-Identifier: GPL-2.0-or-later
//! What a dirstate entry and the file on disk say together. No I/O here.
//!
//! The order of the questions is that of `dirstate.status` in Mercurial.

use crate::dirstate::DirstateEntry;
use crate::fs::{reliable_mtime, FileKind, FileStat};
use crate::types::TruncatedTimestamp;

/// The status of one tracked file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Unsure,
    Modified,
    Added,
    Removed,
    Deleted,
    Clean,
}

/// The dirstate keeps 31 bits of a size.
const SIZE_MASK: u64 = 0x7fff_ffff;
const OWNER_EXECUTE: u32 = 0o100;

/// The status of an entry with nothing that counts as a file at its path.
pub(super) fn verdict_missing(entry: DirstateEntry) -> Verdict {
    if entry.tracked() {
        Verdict::Deleted
    } else {
        Verdict::Removed
    }
}

/// The status of an entry with a file at its path, where that takes no look
/// at the file.
pub(super) fn verdict_without_stat(entry: DirstateEntry) -> Option<Verdict> {
    if entry.p2_info() {
        Some(Verdict::Modified)
    } else if entry.added() {
        Some(Verdict::Added)
    } else if entry.removed() {
        Some(Verdict::Removed)
    } else {
        None
    }
}

/// The status of an entry with the file `stat` at its path. `now` is the
/// filesystem's time when the status started, if known.
pub(super) fn verdict_present(
    entry: DirstateEntry,
    has_copy_source: bool,
    stat: &FileStat,
    check_exec: bool,
    now: Option<TruncatedTimestamp>,
) -> Verdict {
    if let Some(verdict) = verdict_without_stat(entry) {
        return verdict;
    }
    let recorded_size = entry.size();
    let changed = match u64::try_from(recorded_size) {
        Ok(size) => {
            let size_differs = size != stat.size && size != stat.size & SIZE_MASK;
            // Of a damaged v1 mode, which may be negative, only this bit counts.
            let mode = entry.mode() as u32;
            size_differs || (check_exec && (mode ^ stat.mode) & OWNER_EXECUTE != 0)
        }
        // Negative: nothing is recorded.
        Err(_) => false,
    };
    if changed || has_copy_source {
        // Some encrypting filesystems report another length for a symbolic
        // link than that of its target.
        if stat.kind == FileKind::Symlink && i64::from(recorded_size) != stat.size as i64 {
            return Verdict::Unsure;
        }
        return Verdict::Modified;
    }
    let Some(recorded) = entry.truncated_mtime() else {
        return Verdict::Unsure;
    };
    let current = match now {
        Some(now) => reliable_mtime(stat.mtime, now),
        None => Some(stat.mtime),
    };
    match current {
        Some(current) if recorded.likely_equal(current) => Verdict::Clean,
        _ => Verdict::Unsure,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::dirstate::EntryData;

    const NOW: (u32, u32) = (2_000, 500);

    fn time(seconds: u32, nanoseconds: u32) -> TruncatedTimestamp {
        TruncatedTimestamp::new(seconds, nanoseconds, false).unwrap()
    }

    fn normal(mode: u32, size: u32, mtime: Option<TruncatedTimestamp>) -> DirstateEntry {
        DirstateEntry::new(EntryData {
            wc_tracked: true,
            p1_tracked: true,
            mode_size: Some((mode, size)),
            mtime,
            ..EntryData::default()
        })
    }

    fn file(mode: u32, size: u64, mtime: TruncatedTimestamp) -> FileStat {
        FileStat {
            kind: FileKind::File,
            mode,
            size,
            mtime,
        }
    }

    fn judge(entry: DirstateEntry, stat: &FileStat) -> Verdict {
        verdict_present(entry, false, stat, true, Some(time(NOW.0, NOW.1)))
    }

    #[test]
    fn clean_needs_size_mode_and_mtime() {
        let entry = normal(0o644, 10, Some(time(5, 7)));
        let clean = file(0o100644, 10, time(5, 7));
        assert_eq!(judge(entry, &clean), Verdict::Clean);
        assert_eq!(
            judge(entry, &file(0o100644, 11, time(5, 7))),
            Verdict::Modified
        );
        assert_eq!(
            judge(entry, &file(0o100755, 10, time(5, 7))),
            Verdict::Modified
        );
        assert_eq!(
            judge(entry, &file(0o100655, 10, time(5, 7))),
            Verdict::Clean
        );
        assert_eq!(
            judge(entry, &file(0o100644, 10, time(5, 8))),
            Verdict::Unsure
        );
        assert_eq!(
            judge(entry, &file(0o100644, 10, time(6, 7))),
            Verdict::Unsure
        );
        // Unknown nanoseconds: the seconds decide.
        assert_eq!(
            judge(entry, &file(0o100644, 10, time(5, 0))),
            Verdict::Clean
        );
        assert_eq!(
            verdict_present(entry, false, &file(0o100755, 10, time(5, 7)), false, None),
            Verdict::Clean
        );
        assert_eq!(
            verdict_present(entry, true, &clean, true, None),
            Verdict::Modified
        );
        assert_eq!(judge(normal(0o644, 10, None), &clean), Verdict::Unsure);
    }

    #[test]
    fn nothing_recorded_is_unsure() {
        let entry = DirstateEntry::new(EntryData {
            wc_tracked: true,
            p1_tracked: true,
            ..EntryData::default()
        });
        assert_eq!(
            judge(entry, &file(0o100755, 3, time(5, 7))),
            Verdict::Unsure
        );
    }

    #[test]
    fn sizes_of_more_than_31_bits_compare_modulo() {
        let entry = normal(0o644, 5, Some(time(5, 7)));
        let big = |size| file(0o100644, size, time(5, 7));
        assert_eq!(judge(entry, &big((1 << 31) + 5)), Verdict::Clean);
        assert_eq!(judge(entry, &big((1 << 40) + 5)), Verdict::Clean);
        assert_eq!(judge(entry, &big((1 << 31) + 6)), Verdict::Modified);
    }

    #[test]
    fn a_symbolic_link_of_another_length_is_unsure() {
        let entry = normal(0o120777, 5, Some(time(5, 7)));
        let link = |size| FileStat {
            kind: FileKind::Symlink,
            mode: 0o120777,
            size,
            mtime: time(5, 7),
        };
        assert_eq!(judge(entry, &link(9)), Verdict::Unsure);
        assert_eq!(judge(entry, &link(5)), Verdict::Clean);
        // Same length, but a copy.
        assert_eq!(
            verdict_present(entry, true, &link(5), true, None),
            Verdict::Modified
        );
    }

    #[test]
    fn states_that_need_no_look() {
        let entry = |wc_tracked, p1_tracked, p2_info| {
            DirstateEntry::new(EntryData {
                wc_tracked,
                p1_tracked,
                p2_info,
                ..EntryData::default()
            })
        };
        let any = file(0o100644, 1, time(1, 1));
        assert_eq!(judge(entry(true, false, false), &any), Verdict::Added);
        assert_eq!(judge(entry(true, true, true), &any), Verdict::Modified);
        assert_eq!(judge(entry(true, false, true), &any), Verdict::Modified);
        assert_eq!(judge(entry(false, true, false), &any), Verdict::Removed);
        assert_eq!(judge(entry(false, false, true), &any), Verdict::Removed);
        assert_eq!(verdict_missing(entry(true, false, false)), Verdict::Deleted);
        assert_eq!(verdict_missing(entry(true, true, true)), Verdict::Deleted);
        assert_eq!(verdict_missing(entry(false, true, true)), Verdict::Removed);
    }

    #[test]
    fn a_time_that_may_come_again_is_unsure() {
        let entry = normal(0o644, 10, Some(time(2_000, 600)));
        let same = file(0o100644, 10, time(2_000, 600));
        assert_eq!(judge(entry, &same), Verdict::Unsure);
        assert_eq!(
            verdict_present(entry, false, &same, true, None),
            Verdict::Clean
        );
    }
}
