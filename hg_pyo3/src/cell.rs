// SPDX-License-Identifier: GPL-2.0-or-later
//! State of a Python object that several threads may use, and that iterators
//! look at again and again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::thread::ThreadId;
use std::time::Duration;

use pyo3::prelude::*;

use crate::errors::{changed, in_use};

/// How long a thread sleeps before it looks again whether another is done.
const PATIENCE: Duration = Duration::from_micros(50);

/// The state of a Python object.
///
/// Who waits for another thread lets the interpreter go meanwhile. A thread
/// that asks an object in the middle of a call of its own (a callback does)
/// gets a `RuntimeError`, as it would wait for itself.
///
/// A panic leaves the state as it was then: it goes on to be used, and what
/// refers to it can be told by its generation that it may have changed.
pub struct Shared<T> {
    /// What it is, for messages.
    name: &'static str,
    state: RwLock<T>,
    /// Counts the changes.
    generation: AtomicU64,
    /// The thread that changes the state just now.
    writer: RwLock<Option<ThreadId>>,
}

impl<T> Shared<T> {
    pub fn new(name: &'static str, state: T) -> Self {
        Self {
            name,
            state: RwLock::new(state),
            generation: AtomicU64::new(0),
            writer: RwLock::new(None),
        }
    }

    /// Ask the state something that runs no Python code.
    pub fn read(&self, py: Python<'_>) -> PyResult<RwLockReadGuard<'_, T>> {
        self.wait_for(py, || self.state.try_read())
    }

    /// Change the state. All that referred to it is invalid from now on.
    pub fn write(&self, py: Python<'_>) -> PyResult<Writing<'_, T>> {
        let state = self.wait_for(py, || self.state.try_write())?;
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.set_writer(Some(std::thread::current().id()));
        Ok(Writing {
            state,
            shared: self,
        })
    }

    /// What [`check`](Self::check) takes.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// `RuntimeError` if the state has changed since `generation` was taken.
    pub fn check(&self, generation: u64) -> PyResult<()> {
        if generation == self.generation() {
            return Ok(());
        }
        Err(changed())
    }

    fn wait_for<G>(
        &self,
        py: Python<'_>,
        attempt: impl Fn() -> Result<G, TryLockError<G>>,
    ) -> PyResult<G> {
        loop {
            match attempt() {
                Ok(guard) => return Ok(guard),
                Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {
                    let writer = self.writer.read().unwrap_or_else(PoisonError::into_inner);
                    if *writer == Some(std::thread::current().id()) {
                        return Err(in_use(self.name));
                    }
                    drop(writer);
                    py.detach(|| std::thread::sleep(PATIENCE));
                }
            }
        }
    }

    fn set_writer(&self, writer: Option<ThreadId>) {
        *self.writer.write().unwrap_or_else(PoisonError::into_inner) = writer;
    }
}

/// The state while it is changed.
pub struct Writing<'a, T> {
    state: RwLockWriteGuard<'a, T>,
    shared: &'a Shared<T>,
}

impl<T> Writing<'_, T> {
    pub fn state(&mut self) -> &mut T {
        &mut self.state
    }
}

impl<T> Drop for Writing<'_, T> {
    fn drop(&mut self) {
        self.shared.set_writer(None);
    }
}
