// SPDX-License-Identifier: GPL-2.0-or-later
//! Files of one directory after the other, in parallel.

use std::sync::{Mutex, PoisonError};

use crate::fs::{Cancellation, Threads};
use crate::types::{HgPath, InternalError};
use crate::update::{Progress, UpdateError};

/// Files of one directory that a task takes.
const FILES_PER_TASK: usize = 64;
/// Below so many files no threads are started.
const FEW_FILES: usize = 32;

/// What has a place in the working directory.
pub(super) trait HasPath {
    fn path(&self) -> &HgPath;
}

impl HasPath for &HgPath {
    fn path(&self) -> &HgPath {
        self
    }
}

/// Threads for the parts of one update.
pub(super) struct Workers<'a> {
    /// `None` if all is done by the caller's thread.
    pool: Option<rayon::ThreadPool>,
    cancellation: &'a Cancellation,
    progress: &'a dyn Progress,
}

impl<'a> Workers<'a> {
    /// For an update of so many files.
    pub(super) fn new(
        threads: Threads,
        files: usize,
        cancellation: &'a Cancellation,
        progress: &'a dyn Progress,
    ) -> Result<Self, UpdateError> {
        let pool = match threads.count() == 1 || files <= FEW_FILES {
            true => None,
            false => {
                let pool = threads.pool("update");
                Some(pool.map_err(|error| UpdateError::Threads(error.to_string()))?)
            }
        };
        Ok(Self {
            pool,
            cancellation,
            progress,
        })
    }

    /// Run `job` on all `files`, which are sorted by path, a few of one
    /// directory at a time, and on the first of those; all that it returned,
    /// in their order. After the first error or a cancellation no more are
    /// begun.
    pub(super) fn run<'f, T: HasPath + Sync, R: Send>(
        &self,
        files: &'f [T],
        job: impl Fn(&'f T, &'f [T]) -> Result<Vec<R>, UpdateError> + Sync,
    ) -> Result<Vec<R>, UpdateError> {
        const NONE: InternalError = InternalError::new("workers: a task without files");
        let job = |files: &'f [T]| {
            if self.cancellation.is_cancelled() {
                return Err(UpdateError::Interrupted);
            }
            job(files.first().ok_or(NONE)?, files)
        };
        let tasks = files
            .chunk_by(|one, other| one.path().parent() == other.path().parent())
            .flat_map(|files| files.chunks(FILES_PER_TASK));
        let results = match &self.pool {
            None => tasks.map(job).collect::<Result<Vec<_>, _>>()?,
            Some(pool) => in_pool(pool, tasks, job)?,
        };
        Ok(results.into_iter().flatten().collect())
    }

    /// Whether to go on with the next file; one more is done.
    pub(super) fn count(&self) -> Result<(), UpdateError> {
        self.progress.advance(1);
        match self.cancellation.is_cancelled() {
            true => Err(UpdateError::Interrupted),
            false => Ok(()),
        }
    }
}

/// All results in the order of the tasks, or the first error.
fn in_pool<T: Send, R: Send>(
    pool: &rayon::ThreadPool,
    tasks: impl Iterator<Item = T> + Send,
    job: impl Fn(T) -> Result<R, UpdateError> + Sync,
) -> Result<Vec<R>, UpdateError> {
    let results: Mutex<Result<Vec<(usize, R)>, UpdateError>> = Mutex::new(Ok(Vec::new()));
    let lock = || results.lock().unwrap_or_else(PoisonError::into_inner);
    let perform = |number, task| {
        if lock().is_err() {
            return;
        }
        let result = job(task);
        let mut results = lock();
        match (&mut *results, result) {
            (Ok(results), Ok(result)) => results.push((number, result)),
            (Ok(_), Err(error)) => *results = Err(error),
            (Err(_), _) => {}
        }
    };
    let perform = &perform;
    pool.scope(|scope| {
        for (number, task) in tasks.enumerate() {
            scope.spawn(move |_| perform(number, task));
        }
    });
    let results = results.into_inner();
    let mut results = results.unwrap_or_else(PoisonError::into_inner)?;
    results.sort_unstable_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::update::progress::tests::Counted;

    #[test]
    fn tasks_are_of_one_directory_and_results_in_order() {
        let paths: Vec<String> = (0..400)
            .map(|number| format!("{}/{number:03}", number / 100))
            .collect();
        let files: Vec<&HgPath> = paths.iter().map(HgPath::new).collect();
        let (cancellation, progress) = (Cancellation::default(), Counted::default());
        for threads in [1, 4] {
            let workers =
                Workers::new(Threads::new(threads), files.len(), &cancellation, &progress).unwrap();
            let result = workers.run(&files, |first, task| {
                assert!(task.len() <= FILES_PER_TASK && task[0] == *first);
                assert!(task.iter().all(|path| path.parent() == task[0].parent()));
                Ok(task.to_vec())
            });
            assert_eq!(result.unwrap(), files);
            let failed = workers.run(&files, |first, _| match first.as_bytes() {
                b"2/200" => Err(UpdateError::Threads("no".to_owned())),
                _ => Ok(vec![()]),
            });
            assert!(matches!(failed, Err(UpdateError::Threads(_))));
        }
        let workers = Workers::new(Threads::new(1), 1, &cancellation, &progress).unwrap();
        workers.count().unwrap();
        cancellation.cancel();
        assert!(matches!(workers.count(), Err(UpdateError::Interrupted)));
        let run = workers.run(&files, |_, _| -> Result<Vec<()>, _> {
            panic!("it was cancelled")
        });
        assert!(matches!(run, Err(UpdateError::Interrupted)));
        assert_eq!(progress.counts(), (2, 0));
    }
}
