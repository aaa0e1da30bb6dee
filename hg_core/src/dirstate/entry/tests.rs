// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

#[test]
fn is_small() {
    assert!(std::mem::size_of::<DirstateEntry>() <= 24);
}

/// Records as Mercurial writes them come back as they were.
#[test]
fn v1_round_trip() {
    for record in [
        (b'n', 0o100644, 3, 1_700_000_000),
        (b'n', 0o120777, 0, -1),
        (b'n', 0, -1, -1),
        (b'n', 0, -2, -1),
        (b'm', 0, -2, -1),
        (b'a', 0, -1, -1),
        (b'r', 0, 0, 0),
        (b'r', 0, -1, 0),
        (b'r', 0, -2, 0),
    ] {
        let (state, mode, size, mtime) = record;
        let entry = DirstateEntry::from_v1_data(state, mode, size, mtime).unwrap();
        assert_eq!(entry.debug_tuple(), record);
    }
    for state in 0..=u8::MAX {
        let entry = DirstateEntry::from_v1_data(state, 0, 0, 0);
        assert_eq!(entry.is_ok(), b"nmar".contains(&state));
    }
}

/// All flags there are, and what remains of each.
#[test]
fn v2_flags() {
    for bits in 0..=u16::MAX {
        let entry = DirstateEntry::from_v2_data(bits, 12, 34, 56);
        let (kept, size, seconds, nanoseconds) = entry.v2_data();
        assert_eq!(kept & !bits, 0);
        assert_eq!(kept & flags::ANY_TRACKED, bits & flags::ANY_TRACKED);
        let modified = bits & flags::EXPECTED_STATE_IS_MODIFIED != 0;
        let has_size = bits & flags::HAS_MODE_AND_SIZE != 0 && !modified;
        let has_mtime = bits & flags::HAS_MTIME != 0 && !modified;
        assert_eq!(entry.mode_size().is_some(), has_size);
        assert_eq!(size, if has_size { 12 } else { 0 });
        assert_eq!(entry.truncated_mtime().is_some(), has_mtime);
        let time = if has_mtime { (34, 56) } else { (0, 0) };
        assert_eq!((seconds, nanoseconds), time);
        assert_eq!(
            DirstateEntry::from_v2_data(kept, size, seconds, nanoseconds).v2_data(),
            (kept, size, seconds, nanoseconds)
        );
    }
}

#[test]
fn a_time_that_is_none_is_left_out() {
    let bits = flags::WDIR_TRACKED | flags::HAS_MTIME;
    for (seconds, nanoseconds) in [(0x8000_0000, 0), (0, 1_000_000_000), (u32::MAX, u32::MAX)] {
        let entry = DirstateEntry::from_v2_data(bits, 0, seconds, nanoseconds);
        assert_eq!(entry.truncated_mtime(), None);
    }
}

#[test]
fn what_a_parents_file_tells() {
    let mtime = TruncatedTimestamp::new(9, 8, true).unwrap();
    let (mode, size) = (0o100644, 0x8000_0003);
    let file = ParentFileData {
        mode,
        size,
        mtime: Some(mtime),
    };
    let entry = |data, mtime| {
        let data = EntryData::default().like_parent_file(file, Meaningful { data, mtime });
        let entry = DirstateEntry::new(data);
        (entry.mode_size(), entry.truncated_mtime())
    };
    assert_eq!(entry(true, true), (Some((mode, 3)), Some(mtime)));
    assert_eq!(entry(true, false), (Some((mode, 3)), None));
    let unambiguous = TruncatedTimestamp::new(9, 8, false).unwrap();
    assert_eq!(entry(false, true), (None, Some(unambiguous)));
    assert_eq!(entry(false, false), (None, None));
}

#[test]
fn fallbacks() {
    let mut entry = DirstateEntry::new(EntryData {
        fallback_exec: Some(true),
        ..EntryData::default()
    });
    assert_eq!(entry.fallback_exec(), Some(true));
    assert_eq!(entry.fallback_symlink(), None);
    entry.set_fallback_symlink(Some(true));
    entry.set_fallback_exec(Some(false));
    assert_eq!(entry.fallback_exec(), Some(false));
    assert_eq!(entry.fallback_symlink(), Some(true));
    let bits = flags::HAS_FALLBACK_EXEC | flags::HAS_FALLBACK_SYMLINK;
    assert_eq!(entry.v2_data().0, bits | flags::FALLBACK_SYMLINK);
    entry.set_fallback_symlink(None);
    entry.set_fallback_exec(None);
    assert_eq!(entry, DirstateEntry::default());
}

#[test]
fn life_of_a_merged_file() {
    let mtime = TruncatedTimestamp::new(9, 8, false).unwrap();
    let mut entry = DirstateEntry::new(EntryData {
        p2_info: true,
        ..EntryData::default()
    });
    assert!(entry.removed() && !entry.p2_info());
    entry.set_tracked();
    assert!(entry.from_p2() && entry.p2_info());
    entry.set_clean(0o100755, 0x8000_0005, mtime);
    assert!(entry.modified(), "merge information stays");
    assert_eq!(entry.mode_size(), Some((0o100755, 5)));
    assert_eq!((entry.size(), entry.mtime()), (SIZE_FROM_P2, MTIME_UNSET));
    entry.drop_merge_data();
    assert!(entry.maybe_clean());
    assert_eq!((entry.mode_size(), entry.truncated_mtime()), (None, None));
    entry.set_clean(0o100755, 5, mtime);
    assert_eq!(entry.debug_tuple(), (b'n', 0o100755, 5, 9));
    entry.set_possibly_dirty();
    assert_eq!(entry.debug_tuple(), (b'n', 0o100755, 5, -1));
    entry.set_untracked();
    assert_eq!(entry.debug_tuple(), (b'r', 0, 0, 0));
    let nowhere = DirstateEntry::default();
    assert_eq!(nowhere.state(), EntryState::Normal);
    assert!(!nowhere.any_tracked() && !nowhere.removed());
}
