// SPDX-License-Identifier: GPL-2.0-or-later
//! With how many threads to ask the file system, and when they stop.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread;

use crate::types::Environment;

/// A number of threads, one at least. The default is one for each processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Threads(Option<usize>);

impl Threads {
    /// More than this only contend for the kernel's locks.
    pub const MAXIMUM: usize = 16;

    /// So many, or as near to it as is sensible.
    pub fn new(count: usize) -> Self {
        Self(Some(count.clamp(1, Self::MAXIMUM)))
    }

    /// As many as `RAYON_NUM_THREADS` says, which Mercurial sets from its
    /// `worker.*` configuration, or one for each processor.
    pub fn from_environment(environment: &Environment) -> Self {
        environment
            .get(b"RAYON_NUM_THREADS")
            .and_then(|value| std::str::from_utf8(value).ok())
            .and_then(|value| value.trim().parse::<usize>().ok())
            .filter(|&count| count > 0)
            .map_or_else(Self::default, Self::new)
    }

    /// How many. Without a number the system is asked, which is not for free.
    pub fn count(self) -> usize {
        self.0.unwrap_or_else(|| {
            let count = thread::available_parallelism();
            count.map_or(1, |count| count.get().min(Self::MAXIMUM))
        })
    }

    /// Threads that work together and end with the pool: threads that stayed
    /// would be missing in a process forked later, which Mercurial does, and
    /// cost little to make.
    pub(crate) fn pool(self, name: &'static str) -> io::Result<rayon::ThreadPool> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.count())
            .stack_size(STACK_SIZE)
            .thread_name(move |index| format!("{name}-{index}"))
            .build()
            .map_err(io::Error::other)
    }
}

/// What Rust's own default is. Without one that is told, the first thread
/// looks for `RUST_MIN_STACK` in the environment.
const STACK_SIZE: usize = 2 * 1024 * 1024;

/// To start a thread with.
pub fn thread_builder(name: &str) -> thread::Builder {
    thread::Builder::new()
        .name(name.to_owned())
        .stack_size(STACK_SIZE)
}

/// Whether a job is to end before it is done. Clones speak of one job.
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// Have the job end as soon as it can.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked for that.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads() {
        let all = Threads::default();
        assert!((1..=Threads::MAXIMUM).contains(&all.count()));
        assert_eq!(Threads::new(0).count(), 1);
        assert_eq!(
            Threads::from_environment(&Environment::default()),
            all,
            "nothing said"
        );
        let said = |value: &str| {
            let environment = Environment::from_iter([("RAYON_NUM_THREADS", value)]);
            Threads::from_environment(&environment)
        };
        assert_eq!(said("1").count(), 1);
        assert_eq!(said(" 3 ").count(), 3);
        assert_eq!(said("1000").count(), Threads::MAXIMUM);
        for nonsense in ["0", "", "-1", "many", "\u{e9}"] {
            assert_eq!(said(nonsense), all, "{nonsense:?}");
        }
    }
}
