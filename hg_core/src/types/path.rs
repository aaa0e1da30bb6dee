// SPDX-License-Identifier: GPL-2.0-or-later
//! Paths inside a repository.

/// A path inside a repository: bytes, relative to its root, separated by `/`.
pub type HgPath = [u8];
/// An owned [`HgPath`].
pub type HgPathBuf = Vec<u8>;
