// SPDX-License-Identifier: GPL-2.0-or-later
//! The revision graph of an index that Python owns.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hg_core::dag::GraphError;
use hg_core::revlog::Index;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;

use crate::jobs;
use crate::revlog::InnerRevlog;

/// The graph as it was when this was made. Once the index has changed, every use
/// is a `RuntimeError` (pyo3 contract section 2, "Generations").
pub struct GraphHandle {
    inner: Py<InnerRevlog>,
    generation: u64,
}

impl GraphHandle {
    /// The graph of a `RustIndexProxy`.
    pub fn new(proxy: &Bound<'_, PyAny>) -> PyResult<Self> {
        let inner = proxy.getattr("inner")?.cast_into::<InnerRevlog>()?;
        let generation = inner.get().revlog.generation();
        Ok(Self {
            inner: inner.unbind(),
            generation,
        })
    }

    /// Run `job`, which is short.
    pub fn with<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&Index) -> Result<T, GraphError>,
    ) -> PyResult<T> {
        let shared = &self.inner.get().revlog;
        let revlog = shared.read(py)?;
        shared.check(self.generation)?;
        jobs::run(py, || job(revlog.index().index()))
    }

    /// Run `job`, which may take long: other Python threads go on meanwhile.
    pub fn walk<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&Index) -> Result<T, GraphError> + Send,
    ) -> PyResult<T> {
        let shared = &self.inner.get().revlog;
        let revlog = shared.read(py)?;
        shared.check(self.generation)?;
        let index = revlog.index().index();
        jobs::run_detached(py, || job(index))
    }
}

/// The state of a walk, and the graph it is over. Nobody holds it while Python
/// runs, so no thread waits for itself.
pub struct Walker<S> {
    graph: GraphHandle,
    state: Mutex<S>,
}

impl<S: Send> Walker<S> {
    pub fn new(graph: GraphHandle, state: S) -> Self {
        Self {
            graph,
            state: Mutex::new(state),
        }
    }

    pub fn state(&self, py: Python<'_>) -> MutexGuard<'_, S> {
        let state = self.state.lock_py_attached(py);
        state.unwrap_or_else(PoisonError::into_inner)
    }

    /// Take a step, which is short.
    pub fn step<T>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut S, &Index) -> Result<T, GraphError>,
    ) -> PyResult<T> {
        let mut state = self.state(py);
        self.graph.with(py, |index| job(&mut state, index))
    }

    /// Go on for as long as it takes.
    pub fn walk<T: Send>(
        &self,
        py: Python<'_>,
        job: impl FnOnce(&mut S, &Index) -> Result<T, GraphError> + Send,
    ) -> PyResult<T> {
        let mut state = self.state(py);
        let state: &mut S = &mut state;
        self.graph.walk(py, |index| job(state, index))
    }
}
