// SPDX-License-Identifier: GPL-2.0-or-later
//! Revision numbers as arguments.

use hg_core::types::Revision;
use pyo3::prelude::*;

/// A revision number: anything with `__index__` that fits. Whatever does not
/// is a `TypeError` that names this struct, which Mercurial's tests expect.
#[derive(FromPyObject, Clone, Copy)]
pub struct PyRevision(pub i32);

impl PyRevision {
    pub fn get(self) -> Revision {
        Revision::new(self.0)
    }
}
