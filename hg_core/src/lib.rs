// SPDX-License-Identifier: GPL-2.0-or-later
//! Mercurial's formats and algorithms in plain Rust: no Python, no printing,
//! no panic on any input.

pub mod config;
pub mod copies;
pub mod dag;
pub mod delta;
pub mod dirstate;
pub mod errors;
pub mod file_status;
pub mod matchers;
#[cfg(feature = "panic-injection")]
pub mod planted_panic;
pub mod repo;
pub mod requirements;
pub mod revlog;
pub mod status;
pub mod text;
pub mod update;
pub mod vfs;

/// A path inside a repository: bytes, relative to its root, separated by `/`.
pub type HgPath = [u8];
/// An owned [`HgPath`].
pub type HgPathBuf = Vec<u8>;
