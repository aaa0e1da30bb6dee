// SPDX-License-Identifier: GPL-2.0-or-later
//! Mercurial's formats and algorithms in plain Rust: no Python, no printing,
//! no panic on any input.

pub mod copies;
pub mod dag;
pub mod delta;
pub mod dirstate;
pub mod errors;
pub mod file_status;
pub mod matchers;
pub mod revlog;
pub mod status;
pub mod text;

/// A path inside a repository: bytes, relative to its root, separated by `/`.
pub type HgPath = [u8];
/// An owned [`HgPath`].
pub type HgPathBuf = Vec<u8>;
