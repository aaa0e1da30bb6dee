// SPDX-License-Identifier: GPL-2.0-or-later
//! Panics that tests ask for: only in builds with `panic-injection`.
//!
//! `rustext.plant_panic` names the place: `parse`, `stat`, `status`,
//! `status worker`, which is any thread but the one that called `status`,
//! `update`, which runs on a thread of its own, or `update worker`, where that
//! has others write files.

use std::thread::ThreadId;

use cpython::{py_fn, PyModule, PyResult, Python};
use hg_core::matchers::{Matcher, VisitChildrenSet};
pub use hg_core::planted_panic::at;
use hg_core::types::{HgPath, HgPathBuf};

/// Adds `plant_panic(place)`, where `None` ends the panics.
pub fn add_function(py: Python<'_>, package: &PyModule) -> PyResult<()> {
    let function = py_fn!(py, plant_panic(place: Option<String>));
    package.add(py, "plant_panic", function)
}

fn plant_panic(_py: Python<'_>, place: Option<String>) -> PyResult<Option<bool>> {
    hg_core::planted_panic::plant(place);
    Ok(None)
}

/// A matcher that panics on the threads that `status` starts.
#[derive(Debug)]
pub struct InMatcher {
    matcher: Box<dyn Matcher>,
    caller: ThreadId,
}

impl InMatcher {
    pub fn new(matcher: Box<dyn Matcher>) -> Self {
        let caller = std::thread::current().id();
        Self { matcher, caller }
    }

    fn in_worker(&self) {
        if std::thread::current().id() != self.caller {
            at("status worker");
        }
    }
}

impl Matcher for InMatcher {
    fn matches(&self, path: &HgPath) -> bool {
        self.in_worker();
        self.matcher.matches(path)
    }

    fn exact_match(&self, path: &HgPath) -> bool {
        self.matcher.exact_match(path)
    }

    fn files(&self) -> &[HgPathBuf] {
        self.matcher.files()
    }

    fn visit_children_set(&self, dir: &HgPath) -> VisitChildrenSet {
        self.in_worker();
        self.matcher.visit_children_set(dir)
    }

    // `matches_everything` stays false, so that `status` has to ask.

    fn is_exact(&self) -> bool {
        self.matcher.is_exact()
    }

    fn is_prefix(&self) -> bool {
        self.matcher.is_prefix()
    }
}
