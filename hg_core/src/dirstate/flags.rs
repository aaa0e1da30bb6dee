// SPDX-License-Identifier: GPL-2.0-or-later
//! The flag bits of a dirstate-v2 node (contract 2.6).

/// The working copy tracks the file.
pub const WDIR_TRACKED: u16 = 1 << 0;
/// The first parent has the file.
pub const P1_TRACKED: u16 = 1 << 1;
/// A merge with the second parent involved the file.
pub const P2_INFO: u16 = 1 << 2;
/// The owner may execute the file; see [`HAS_MODE_AND_SIZE`].
pub const MODE_EXEC_PERM: u16 = 1 << 3;
/// The file is a symbolic link; see [`HAS_MODE_AND_SIZE`].
pub const MODE_IS_SYMLINK: u16 = 1 << 4;
/// [`FALLBACK_EXEC`] is meant.
pub const HAS_FALLBACK_EXEC: u16 = 1 << 5;
/// Executable, where the file system cannot tell.
pub const FALLBACK_EXEC: u16 = 1 << 6;
/// [`FALLBACK_SYMLINK`] is meant.
pub const HAS_FALLBACK_SYMLINK: u16 = 1 << 7;
/// A symbolic link, where the file system cannot tell.
pub const FALLBACK_SYMLINK: u16 = 1 << 8;
/// What is recorded is of a modified file.
pub const EXPECTED_STATE_IS_MODIFIED: u16 = 1 << 9;
/// Mode and size of a clean file are recorded.
pub const HAS_MODE_AND_SIZE: u16 = 1 << 10;
/// A time is recorded, of a clean file or of a [`DIRECTORY`].
pub const HAS_MTIME: u16 = 1 << 11;
/// Of the time the seconds alone prove nothing.
pub const MTIME_SECOND_AMBIGUOUS: u16 = 1 << 12;
/// The node is a directory, and so is its time.
pub const DIRECTORY: u16 = 1 << 13;
/// At that time all in the directory had nodes or was ignored.
pub const ALL_UNKNOWN_RECORDED: u16 = 1 << 14;
/// At that time what was ignored had nodes too.
pub const ALL_IGNORED_RECORDED: u16 = 1 << 15;

/// A node with any of these has a dirstate entry.
pub const ANY_TRACKED: u16 = WDIR_TRACKED | P1_TRACKED | P2_INFO;
