// SPDX-License-Identifier: GPL-2.0-or-later
//! The one integration binary of the crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dirstate;
mod history;
mod house;
mod matchers;
mod status;
mod store;
mod threads;
mod update;
