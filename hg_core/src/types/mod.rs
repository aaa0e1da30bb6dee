// SPDX-License-Identifier: GPL-2.0-or-later
//! The values everything else speaks of: paths, nodes, revisions, times, the
//! environment; and the error of what cannot happen.

mod environment;
pub mod hex;
mod internal;
mod node;
mod path;
mod revision;
pub mod space;
mod timestamp;

pub use environment::Environment;
pub use internal::InternalError;
pub use node::{Node, NodePrefix};
pub use path::{HgPath, HgPathBuf, InvalidPath};
pub use revision::Revision;
pub use timestamp::{TimestampOutOfRange, TruncatedTimestamp};
