// SPDX-License-Identifier: GPL-2.0-or-later
//! Revision numbers.

/// A revision number; [`NULL_REVISION`] stands for "no revision".
pub type Revision = i32;

/// The parent of roots, and the second parent of anything but a merge.
pub const NULL_REVISION: Revision = -1;
