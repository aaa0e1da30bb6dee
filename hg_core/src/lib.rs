// SPDX-License-Identifier: GPL-2.0-or-later
//! Mercurial's formats and algorithms in plain Rust: no Python, no printing,
//! no panic on any input.

#![forbid(unsafe_code)]
#![deny(missing_docs, unreachable_pub)]
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

pub mod config;
pub mod copies;
pub mod dag;
pub mod delta;
pub mod dirstate;
pub mod fs;
pub mod history;
pub mod matchers;
#[cfg(feature = "panic-injection")]
pub mod planted_panic;
pub mod repo;
pub mod revlog;
pub mod status;
pub mod store;
pub mod types;
pub mod update;
