// SPDX-License-Identifier: GPL-2.0-or-later
//! What the dirstate knows about one file.

use super::flags;
use crate::dirstate::DirstateError;
use crate::types::TruncatedTimestamp;

/// The v1 size of a file that is not in its first parent's state.
const SIZE_NON_NORMAL: i32 = -1;
/// The v1 size of a file that comes from the second parent.
const SIZE_FROM_P2: i32 = -2;
/// The v1 modification time that says nothing.
const MTIME_UNSET: i32 = -1;

/// Sizes are kept modulo 2^31.
const SIZE_MASK: u32 = 0x7fff_ffff;

const S_IFMT: u32 = 0o170000;
const S_IFLNK: u32 = 0o120000;
const S_IFREG: u32 = 0o100000;
const S_IXUSR: u32 = 0o100;

/// The state of a file as dirstate-v1 names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryState {
    /// Tracked, and in the first parent.
    Normal,
    /// Tracked, and in no parent.
    Added,
    /// In a parent, and no longer tracked.
    Removed,
    /// Tracked, and merged.
    Merged,
}

impl From<EntryState> for u8 {
    /// The byte of a v1 record.
    fn from(state: EntryState) -> u8 {
        match state {
            EntryState::Normal => b'n',
            EntryState::Added => b'a',
            EntryState::Removed => b'r',
            EntryState::Merged => b'm',
        }
    }
}

/// The facts a new [`DirstateEntry`] is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EntryData {
    /// The working copy tracks the file.
    pub wc_tracked: bool,
    /// The first parent has the file.
    pub p1_tracked: bool,
    /// A merge with the second parent involved the file.
    pub p2_info: bool,
    /// Unix mode and size expected of a clean file; the size is kept modulo 2^31.
    pub mode_size: Option<(u32, u32)>,
    /// When the file was last seen clean.
    pub mtime: Option<TruncatedTimestamp>,
    /// Executable or not, where the filesystem cannot tell.
    pub fallback_exec: Option<bool>,
    /// Symbolic link or not, where the filesystem cannot tell.
    pub fallback_symlink: Option<bool>,
}

/// What a parent's file looks like on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentFileData {
    /// The Unix mode.
    pub mode: u32,
    /// The size in bytes.
    pub size: u32,
    /// When the file was last modified, if that is known.
    pub mtime: Option<TruncatedTimestamp>,
}

/// What of [`ParentFileData`] means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meaningful {
    /// Mode and size; without them no time is ambiguous.
    pub data: bool,
    /// The time.
    pub mtime: bool,
}

impl EntryData {
    /// Of a file that the working copy tracks and the first parent has.
    pub const TRACKED: Self = Self {
        wc_tracked: true,
        p1_tracked: true,
        p2_info: false,
        mode_size: None,
        mtime: None,
        fallback_exec: None,
        fallback_symlink: None,
    };

    /// Expect a clean file to look like `file`, as far as that is meaningful.
    pub fn like_parent_file(self, file: ParentFileData, meaningful: Meaningful) -> Self {
        let ParentFileData { mode, size, mtime } = file;
        let mtime = mtime.filter(|_| meaningful.mtime);
        Self {
            mode_size: meaningful.data.then_some((mode, size)),
            mtime: mtime.map(|mtime| mtime.ambiguous_only_if(meaningful.data)),
            ..self
        }
    }
}

/// What the dirstate knows about one file (contract 2.6).
///
/// Mode, size and time stay as they were read: a v1 file may hold negative
/// ones, which match no file on disk and are written back unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct DirstateEntry {
    /// The three `flags` of tracking, fallbacks, and which values are set.
    flags: u16,
    mode: u32,
    size: u32,
    mtime_seconds: u32,
    mtime_nanoseconds: u32,
}

impl DirstateEntry {
    /// Of a file that is tracked nowhere.
    pub(super) const NONE: Self = Self {
        flags: 0,
        mode: 0,
        size: 0,
        mtime_seconds: 0,
        mtime_nanoseconds: 0,
    };

    /// The entry of these facts.
    pub fn new(data: EntryData) -> Self {
        let mut entry = Self::default();
        entry.set(flags::WDIR_TRACKED, data.wc_tracked);
        entry.set(flags::P1_TRACKED, data.p1_tracked);
        entry.set(flags::P2_INFO, data.p2_info);
        if let Some((mode, size)) = data.mode_size {
            entry.set_mode_size(mode, size & SIZE_MASK);
        }
        if let Some(mtime) = data.mtime {
            entry.set_mtime(mtime);
        }
        entry.set_fallback_exec(data.fallback_exec);
        entry.set_fallback_symlink(data.fallback_symlink);
        entry
    }

    /// An entry from the fields of a v1 record. Any mode, size and mtime will
    /// do, negative ones too.
    ///
    /// # Errors
    /// [`DirstateError::UnknownState`] unless `state` is one of `nmar`.
    pub fn from_v1_data(
        state: u8,
        mode: i32,
        size: i32,
        mtime: i32,
    ) -> Result<Self, DirstateError> {
        let tracked = |flags| Self {
            flags,
            ..Self::default()
        };
        let both = flags::P1_TRACKED | flags::P2_INFO;
        Ok(match (state, size) {
            (b'm', _) => tracked(flags::WDIR_TRACKED | both),
            (b'a', _) => tracked(flags::WDIR_TRACKED),
            (b'r', SIZE_NON_NORMAL) => tracked(both),
            (b'r', SIZE_FROM_P2) => tracked(flags::P2_INFO),
            (b'r', _) => tracked(flags::P1_TRACKED),
            (b'n', SIZE_FROM_P2) => tracked(flags::WDIR_TRACKED | flags::P2_INFO),
            (b'n', SIZE_NON_NORMAL) => tracked(flags::WDIR_TRACKED | flags::P1_TRACKED),
            (b'n', _) => {
                let mut entry =
                    tracked(flags::WDIR_TRACKED | flags::P1_TRACKED | flags::HAS_MODE_AND_SIZE);
                entry.mode = mode as u32;
                entry.size = size as u32;
                if mtime != MTIME_UNSET {
                    entry.flags |= flags::HAS_MTIME;
                    entry.mtime_seconds = mtime as u32;
                }
                entry
            }
            _ => return Err(DirstateError::UnknownState { state }),
        })
    }

    /// An entry from the fields of a v2 node; `v2_flags` are those of
    /// [`flags`]. A time that is none is left out: the file will be compared.
    pub fn from_v2_data(v2_flags: u16, size: u32, mtime_s: u32, mtime_ns: u32) -> Self {
        let has = |bit| v2_flags & bit != 0;
        let mut entry = Self {
            flags: v2_flags & flags::ANY_TRACKED,
            ..Self::default()
        };
        entry.set_fallback_exec(has(flags::HAS_FALLBACK_EXEC).then(|| has(flags::FALLBACK_EXEC)));
        entry.set_fallback_symlink(
            has(flags::HAS_FALLBACK_SYMLINK).then(|| has(flags::FALLBACK_SYMLINK)),
        );
        // A file known to be modified is looked at again; nothing in here
        // makes use of that knowledge.
        if has(flags::EXPECTED_STATE_IS_MODIFIED) {
            return entry;
        }
        if has(flags::HAS_MODE_AND_SIZE) {
            let kind = if has(flags::MODE_IS_SYMLINK) {
                S_IFLNK
            } else {
                S_IFREG
            };
            let permissions = if has(flags::MODE_EXEC_PERM) {
                0o755
            } else {
                0o644
            };
            entry.set_mode_size(kind | permissions, size);
        }
        if has(flags::HAS_MTIME) {
            let ambiguous = has(flags::MTIME_SECOND_AMBIGUOUS);
            if let Ok(mtime) = TruncatedTimestamp::new(mtime_s, mtime_ns, ambiguous) {
                entry.set_mtime(mtime);
            }
        }
        entry
    }

    /// Flags, size, and the seconds and nanoseconds of the mtime, for a v2
    /// node. A size or time that v2 cannot hold (negative in v1) is left out.
    pub fn v2_data(self) -> (u16, u32, u32, u32) {
        let mut bits = self.flags
            & (flags::ANY_TRACKED
                | flags::HAS_FALLBACK_EXEC
                | flags::FALLBACK_EXEC
                | flags::HAS_FALLBACK_SYMLINK
                | flags::FALLBACK_SYMLINK);
        let mut v2_size = 0;
        match self.mode_size() {
            Some((mode, size)) if size <= SIZE_MASK => {
                v2_size = size;
                bits |= flags::HAS_MODE_AND_SIZE;
                if mode & S_IXUSR != 0 {
                    bits |= flags::MODE_EXEC_PERM;
                }
                if mode & S_IFMT == S_IFLNK {
                    bits |= flags::MODE_IS_SYMLINK;
                }
            }
            // Without the size, an equal time would look clean.
            Some(_) => return (bits, 0, 0, 0),
            None => {}
        }
        let (mut seconds, mut nanoseconds) = (0, 0);
        if let Some(mtime) = self.truncated_mtime() {
            (seconds, nanoseconds) = (mtime.seconds(), mtime.nanoseconds());
            bits |= flags::HAS_MTIME;
            if mtime.second_ambiguous() {
                bits |= flags::MTIME_SECOND_AMBIGUOUS;
            }
        }
        (bits, v2_size, seconds, nanoseconds)
    }

    fn has(self, bits: u16) -> bool {
        self.flags & bits != 0
    }

    fn set(&mut self, bits: u16, value: bool) {
        if value {
            self.flags |= bits;
        } else {
            self.flags &= !bits;
        }
    }

    fn set_mode_size(&mut self, mode: u32, size: u32) {
        self.flags |= flags::HAS_MODE_AND_SIZE;
        self.mode = mode;
        self.size = size;
    }

    fn set_mtime(&mut self, mtime: TruncatedTimestamp) {
        self.flags |= flags::HAS_MTIME;
        self.set(flags::MTIME_SECOND_AMBIGUOUS, mtime.second_ambiguous());
        self.mtime_seconds = mtime.seconds();
        self.mtime_nanoseconds = mtime.nanoseconds();
    }

    fn forget_mode_size(&mut self) {
        self.flags &= !flags::HAS_MODE_AND_SIZE;
        self.mode = 0;
        self.size = 0;
    }

    fn forget_mtime(&mut self) {
        self.flags &= !(flags::HAS_MTIME | flags::MTIME_SECOND_AMBIGUOUS);
        self.mtime_seconds = 0;
        self.mtime_nanoseconds = 0;
    }

    /// The v1 state. An item tracked nowhere is [`EntryState::Normal`], as
    /// in C.
    pub fn state(self) -> EntryState {
        if self.removed() {
            EntryState::Removed
        } else if self.modified() {
            EntryState::Merged
        } else if self.added() {
            EntryState::Added
        } else {
            EntryState::Normal
        }
    }

    /// The v1 mode: 0 when unknown.
    pub fn mode(self) -> i32 {
        self.mode as i32
    }

    /// The v1 size: -1 or -2 when it says something else.
    pub fn size(self) -> i32 {
        if self.removed() {
            match (self.has(flags::P1_TRACKED), self.has(flags::P2_INFO)) {
                (true, true) => SIZE_NON_NORMAL,
                (false, true) => SIZE_FROM_P2,
                _ => 0,
            }
        } else if self.has(flags::P2_INFO) {
            SIZE_FROM_P2
        } else if self.added() || !self.has(flags::HAS_MODE_AND_SIZE) {
            SIZE_NON_NORMAL
        } else {
            self.size as i32
        }
    }

    /// The v1 mtime: -1 when it proves nothing, 0 for a removed file.
    pub fn mtime(self) -> i32 {
        if self.removed() {
            0
        } else if self.maybe_clean()
            && self.has(flags::HAS_MTIME)
            && !self.has(flags::MTIME_SECOND_AMBIGUOUS)
        {
            self.mtime_seconds as i32
        } else {
            MTIME_UNSET
        }
    }

    /// Mode and size expected of a clean file, if known.
    pub fn mode_size(self) -> Option<(u32, u32)> {
        self.has(flags::HAS_MODE_AND_SIZE)
            .then_some((self.mode, self.size))
    }

    /// When the file was last seen clean, if known.
    pub fn truncated_mtime(self) -> Option<TruncatedTimestamp> {
        if !self.has(flags::HAS_MTIME) {
            return None;
        }
        TruncatedTimestamp::new(
            self.mtime_seconds,
            self.mtime_nanoseconds,
            self.has(flags::MTIME_SECOND_AMBIGUOUS),
        )
        .ok()
    }

    /// The working copy tracks the file.
    pub fn tracked(self) -> bool {
        self.has(flags::WDIR_TRACKED)
    }

    /// The first parent has the file.
    pub fn p1_tracked(self) -> bool {
        self.has(flags::P1_TRACKED)
    }

    /// The working copy tracks the file, and a merge involved it.
    pub fn p2_info(self) -> bool {
        self.tracked() && self.has(flags::P2_INFO)
    }

    /// The working copy tracks the file; no parent has it.
    pub fn added(self) -> bool {
        self.flags & flags::ANY_TRACKED == flags::WDIR_TRACKED
    }

    /// A parent has the file; the working copy does not track it.
    pub fn removed(self) -> bool {
        !self.tracked() && self.any_tracked()
    }

    /// The file is tracked, in the first parent, and was merged.
    pub fn modified(self) -> bool {
        self.flags & flags::ANY_TRACKED == flags::ANY_TRACKED
    }

    /// The file may turn out to be clean.
    pub fn maybe_clean(self) -> bool {
        self.flags & flags::ANY_TRACKED == flags::WDIR_TRACKED | flags::P1_TRACKED
    }

    /// The file is tracked in the working copy or in a parent.
    pub fn any_tracked(self) -> bool {
        self.has(flags::ANY_TRACKED)
    }

    /// The file is tracked, and came with the second parent alone.
    pub fn from_p2(self) -> bool {
        self.flags & flags::ANY_TRACKED == flags::WDIR_TRACKED | flags::P2_INFO
    }

    /// Executable or not, where the filesystem cannot tell.
    pub fn fallback_exec(self) -> Option<bool> {
        self.has(flags::HAS_FALLBACK_EXEC)
            .then_some(self.has(flags::FALLBACK_EXEC))
    }

    /// See [`Self::fallback_exec`].
    pub fn set_fallback_exec(&mut self, value: Option<bool>) {
        self.set(flags::HAS_FALLBACK_EXEC, value.is_some());
        self.set(flags::FALLBACK_EXEC, value == Some(true));
    }

    /// Symbolic link or not, where the filesystem cannot tell.
    pub fn fallback_symlink(self) -> Option<bool> {
        self.has(flags::HAS_FALLBACK_SYMLINK)
            .then_some(self.has(flags::FALLBACK_SYMLINK))
    }

    /// See [`Self::fallback_symlink`].
    pub fn set_fallback_symlink(&mut self, value: Option<bool>) {
        self.set(flags::HAS_FALLBACK_SYMLINK, value.is_some());
        self.set(flags::FALLBACK_SYMLINK, value == Some(true));
    }

    /// Have the next status look into the file.
    pub fn set_possibly_dirty(&mut self) {
        self.forget_mtime();
    }

    /// Record what a clean file looks like. Merge information stays.
    pub fn set_clean(&mut self, mode: u32, size: u32, mtime: TruncatedTimestamp) {
        self.flags |= flags::WDIR_TRACKED | flags::P1_TRACKED;
        self.set_mode_size(mode, size & SIZE_MASK);
        self.set_mtime(mtime);
    }

    /// Track the file in the working copy, and look into it next time.
    pub fn set_tracked(&mut self) {
        self.flags |= flags::WDIR_TRACKED;
        self.forget_mtime();
    }

    /// Stop tracking the file in the working copy.
    pub fn set_untracked(&mut self) {
        self.flags &= !flags::WDIR_TRACKED;
        self.forget_mode_size();
        self.forget_mtime();
    }

    /// Forget what the second parent brought, when it is no longer one.
    pub fn drop_merge_data(&mut self) {
        if self.has(flags::P2_INFO) {
            self.flags &= !flags::P2_INFO;
            self.forget_mode_size();
            self.forget_mtime();
        }
    }

    /// State byte, mode, size and mtime: the values of a v1 record.
    pub fn debug_tuple(self) -> (u8, i32, i32, i32) {
        (self.state().into(), self.mode(), self.size(), self.mtime())
    }
}

impl std::fmt::Debug for DirstateEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DirstateEntry")
            .field("wc_tracked", &self.tracked())
            .field("p1_tracked", &self.p1_tracked())
            .field("p2_info", &self.has(flags::P2_INFO))
            .field("mode_size", &self.mode_size())
            .field("mtime", &self.truncated_mtime())
            .field("fallback_exec", &self.fallback_exec())
            .field("fallback_symlink", &self.fallback_symlink())
            .finish()
    }
}

#[cfg(test)]
mod tests;
