// SPDX-License-Identifier: GPL-2.0-or-later
//! Panics that tests ask for: only in builds with `panic-injection`.

/// Panics if the environment's `HGAMALGAM_PANIC` is `place`.
#[allow(clippy::panic)] // The one place that is for it.
pub fn at(place: &str) {
    if std::env::var("HGAMALGAM_PANIC").is_ok_and(|wanted| wanted == place) {
        panic!("planted in {place}");
    }
}
