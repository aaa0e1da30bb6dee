// SPDX-License-Identifier: GPL-2.0-or-later
//! Panics that tests ask for: only in builds with `panic-injection`.

use std::sync::{Mutex, PoisonError};

static PLANTED: Mutex<Option<String>> = Mutex::new(None);

/// Have [`at`] panic in `place`, or nowhere.
pub fn plant(place: Option<String>) {
    *PLANTED.lock().unwrap_or_else(PoisonError::into_inner) = place;
}

/// Panics if that was asked for in `place`.
#[allow(clippy::panic)] // The one place that is for it.
pub fn at(place: &str) {
    let planted = PLANTED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_planted = planted.as_deref() == Some(place);
    drop(planted);
    if is_planted {
        panic!("planted in {place}");
    }
}
