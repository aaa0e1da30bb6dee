// SPDX-License-Identifier: GPL-2.0-or-later
//! Node identifiers.

/// Bytes of a [`Node`].
pub const NODE_LEN: usize = 20;

/// The identifier of a revision: a SHA-1.
pub type Node = [u8; NODE_LEN];

/// The node of [`NULL_REVISION`](super::NULL_REVISION).
pub const NULL_NODE: Node = [0; NODE_LEN];
