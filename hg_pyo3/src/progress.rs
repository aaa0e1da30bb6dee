// SPDX-License-Identifier: GPL-2.0-or-later
//! The bar with which Mercurial shows how far a job is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use hg_core::update::Progress;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Files that are done, and files in all, as threads without the interpreter
/// count them.
#[derive(Debug, Default)]
pub struct Counts {
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress for Counts {
    fn begin(&self, files: usize) {
        self.total.store(files, Ordering::Relaxed);
    }

    fn advance(&self, files: usize) {
        self.done.fetch_add(files, Ordering::Relaxed);
    }
}

/// Mercurial's bar of an update, which its configuration may hide.
pub struct ProgressBar<'py> {
    /// `None` if nobody knows where to show it.
    ui: Option<Bound<'py, PyAny>>,
    bar: Option<Bound<'py, PyAny>>,
    counts: Arc<Counts>,
}

impl<'py> ProgressBar<'py> {
    pub fn new(ui: Option<Bound<'py, PyAny>>) -> Self {
        Self {
            ui,
            bar: None,
            counts: Arc::default(),
        }
    }

    /// What the job tells how far it is.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Show what was counted until now.
    pub fn show(&mut self) -> PyResult<()> {
        let total = self.counts.total.load(Ordering::Relaxed);
        let Some(ui) = self.ui.as_ref().filter(|_| total > 0) else {
            return Ok(());
        };
        let bar = match &self.bar {
            Some(bar) => bar,
            None => self.bar.insert(make_bar(ui, total)?),
        };
        bar.call_method1("update", (self.counts.done.load(Ordering::Relaxed),))?;
        Ok(())
    }

    /// Take the bar away.
    pub fn complete(self) -> PyResult<()> {
        match self.bar {
            Some(bar) => bar.call_method0("complete").map(drop),
            None => Ok(()),
        }
    }
}

fn make_bar<'py>(ui: &Bound<'py, PyAny>, total: usize) -> PyResult<Bound<'py, PyAny>> {
    let py = ui.py();
    let translate = py.import("mercurial.i18n")?.getattr("_")?;
    let translated = |text: &[u8]| translate.call1((PyBytes::new(py, text),));
    let (topic, unit) = (translated(b"updating")?, translated(b"files")?);
    ui.call_method1("makeprogress", (topic, unit, total))
}
