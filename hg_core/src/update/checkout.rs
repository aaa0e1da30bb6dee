// SPDX-License-Identifier: GPL-2.0-or-later
//! Writing the planned files, in parallel.
//!
//! A task makes one directory, relative to its parent's open descriptor, and
//! leaves its subdirectories and most of its files to further tasks. So each
//! directory is made and opened once, by one thread, and only those on the
//! way to current tasks are open.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::io::Errno;

use super::plan::PlannedFile;
use super::unsupported;
use crate::fs::{
    bytes_path, create_directory, create_file, open_root, Cancellation, FileStat, Threads,
    TrackedKind,
};
use crate::history::read_file;
use crate::repo::Repo;
use crate::store::Store;
use crate::types::{HgPath, InternalError};
use crate::update::{Progress, UpdateError};

/// Files of one directory that a task writes.
const FILES_PER_TASK: usize = 64;

/// A file that was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct WrittenFile<'m> {
    pub(super) path: &'m HgPath,
    pub(super) stat: FileStat,
    pub(super) content: Content,
}

/// Where the content of a file is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// We wrote it.
    Stored,
    /// It was there: nobody has compared it with what is stored.
    Found,
}

pub(super) struct Checkout<'a> {
    root: Arc<OwnedFd>,
    root_path: PathBuf,
    store: &'a Store,
    planned: &'a [PlannedFile<'a>],
    cancellation: &'a Cancellation,
    progress: &'a dyn Progress,
    /// Set with the first error, after which no more files are begun.
    failed: AtomicBool,
    error: Mutex<Option<UpdateError>>,
    written: Mutex<Vec<WrittenFile<'a>>>,
}

enum Task<'a> {
    /// Make the directory that is the first `prefix` bytes of each file's
    /// path, slash included.
    Directory {
        parent: Arc<OwnedFd>,
        files: &'a [PlannedFile<'a>],
        prefix: usize,
    },
    /// Write files into a directory.
    Files {
        directory: Arc<OwnedFd>,
        files: Vec<&'a PlannedFile<'a>>,
        prefix: usize,
    },
}

/// What of a path comes after the `prefix` bytes of its directory.
fn name_after(path: &HgPath, prefix: usize) -> Result<&HgPath, InternalError> {
    let name = path.as_bytes().get(prefix..).map(HgPath::new);
    name.ok_or(InternalError::new(
        "checkout: a path that ends in its directory",
    ))
}

impl<'a> Checkout<'a> {
    /// `planned` is sorted by path.
    pub(super) fn new(
        repo: &Repo,
        store: &'a Store,
        planned: &'a [PlannedFile<'a>],
        cancellation: &'a Cancellation,
        progress: &'a dyn Progress,
    ) -> Result<Self, UpdateError> {
        let root = open_root(&repo.root).map_err(|error| UpdateError::System {
            path: repo.root.clone(),
            error: error.into(),
        })?;
        Ok(Self {
            root: Arc::new(root),
            root_path: repo.root.clone(),
            store,
            planned,
            cancellation,
            progress,
            failed: AtomicBool::new(false),
            error: Mutex::default(),
            written: Mutex::default(),
        })
    }

    /// Write all files. After the first error or a cancellation no more are
    /// begun, and those that were are finished.
    pub(super) fn run(self, threads: Threads) -> Result<Vec<WrittenFile<'a>>, UpdateError> {
        if threads.count() == 1 || self.planned.len() <= FILES_PER_TASK {
            self.run_here();
        } else {
            let pool = threads
                .pool("update")
                .map_err(|error| UpdateError::Threads(error.to_string()))?;
            pool.scope(|scope| {
                self.fill(&self.root, self.planned, 0, &mut |task| {
                    self.spawn(scope, task)
                });
            });
        }
        let error = self.error.into_inner();
        if let Some(error) = error.unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        if self.cancellation.is_cancelled() {
            return Err(UpdateError::Interrupted);
        }
        let written = self.written.into_inner();
        Ok(written.unwrap_or_else(PoisonError::into_inner))
    }

    fn run_here(&self) {
        let mut tasks = Vec::new();
        self.fill(&self.root, self.planned, 0, &mut |task| tasks.push(task));
        while let Some(task) = tasks.pop() {
            self.perform(task, &mut |task| tasks.push(task));
        }
    }

    fn spawn<'s>(&'s self, scope: &rayon::Scope<'s>, task: Task<'a>) {
        scope.spawn(move |scope| self.perform(task, &mut |task| self.spawn(scope, task)));
    }

    fn perform(&self, task: Task<'a>, spawn: &mut dyn FnMut(Task<'a>)) {
        if self.is_over() {
            return;
        }
        match task {
            Task::Directory {
                parent,
                files,
                prefix,
            } => match self.make_directory(&parent, files, prefix) {
                Ok(directory) => {
                    drop(parent);
                    self.fill(&directory, files, prefix, spawn);
                }
                Err(error) => self.fail(error),
            },
            Task::Files {
                directory,
                files,
                prefix,
            } => self.write_files(&directory, &files, prefix),
        }
    }

    fn make_directory(
        &self,
        parent: &OwnedFd,
        files: &[PlannedFile<'a>],
        prefix: usize,
    ) -> Result<Arc<OwnedFd>, UpdateError> {
        const NONE: InternalError = InternalError::new("checkout: a directory without files");
        let first = files.first().ok_or(NONE)?;
        let path = prefix
            .checked_sub(1)
            .and_then(|length| first.path.as_bytes().get(..length));
        let path = HgPath::new(path.ok_or(NONE)?);
        match create_directory(parent.as_fd(), path.base_name()) {
            Ok(directory) => Ok(Arc::new(directory)),
            Err(error) => Err(self.error_at(path, error)),
        }
    }

    /// Write the files of a directory and see to its subdirectories.
    fn fill(
        &self,
        directory: &Arc<OwnedFd>,
        files: &'a [PlannedFile<'a>],
        prefix: usize,
        spawn: &mut dyn FnMut(Task<'a>),
    ) {
        match self.leave_tasks(directory, files, prefix, spawn) {
            Ok(own) => self.write_files(directory, &own, prefix),
            Err(error) => self.fail(error.into()),
        }
    }

    /// Leave the subdirectories of a directory and most of its files to tasks;
    /// the files that are left.
    fn leave_tasks(
        &self,
        directory: &Arc<OwnedFd>,
        files: &'a [PlannedFile<'a>],
        prefix: usize,
        spawn: &mut dyn FnMut(Task<'a>),
    ) -> Result<Vec<&'a PlannedFile<'a>>, InternalError> {
        let mut own = Vec::new();
        let mut rest = files;
        while let Some((first, after)) = rest.split_first() {
            let name = name_after(first.path, prefix)?;
            let Some(slash) = memchr::memchr(b'/', name.as_bytes()) else {
                own.push(first);
                rest = after;
                if own.len() == FILES_PER_TASK && !after.is_empty() {
                    spawn(Task::Files {
                        directory: Arc::clone(directory),
                        files: std::mem::take(&mut own),
                        prefix,
                    });
                }
                continue;
            };
            // Paths that begin alike stand together.
            let end = prefix + slash + 1;
            let beginning = first.path.as_bytes().get(..end);
            let count = rest.partition_point(|file| file.path.as_bytes().get(..end) == beginning);
            if count == 0 {
                return Err(InternalError::new("checkout: the files are not sorted"));
            }
            let (inside, outside) = rest.split_at(count);
            spawn(Task::Directory {
                parent: Arc::clone(directory),
                files: inside,
                prefix: end,
            });
            rest = outside;
        }
        Ok(own)
    }

    fn write_files(&self, directory: &OwnedFd, files: &[&'a PlannedFile<'a>], prefix: usize) {
        let mut written = Vec::with_capacity(files.len());
        for file in files {
            if self.is_over() {
                break;
            }
            match self.write_file(directory, file, prefix) {
                Ok(stat) => written.push(WrittenFile {
                    path: file.path,
                    stat,
                    content: Content::Stored,
                }),
                Err(error) => {
                    self.fail(error);
                    break;
                }
            }
        }
        self.progress.advance(written.len());
        let mut all = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        all.append(&mut written);
    }

    fn write_file(
        &self,
        directory: &OwnedFd,
        file: &PlannedFile<'_>,
        prefix: usize,
    ) -> Result<FileStat, UpdateError> {
        #[cfg(feature = "panic-injection")]
        if rayon::current_thread_index().is_some() {
            crate::planted_panic::at("update worker");
        }
        let data = read_file(self.store, file.path, &file.node)?;
        let name = name_after(file.path, prefix)?;
        create_file(directory.as_fd(), name, file.kind, &data).map_err(|error| {
            // Python says what is wrong with the target of a link, and does
            // without links where there are none.
            let about_links = [
                Errno::INVAL,
                Errno::NOENT,
                Errno::NOSYS,
                Errno::OPNOTSUPP,
                Errno::PERM,
            ];
            if file.kind == TrackedKind::Symlink && about_links.contains(&error) {
                unsupported(format!("a symbolic link: {error}"))
            } else {
                self.error_at(file.path, error)
            }
        })
    }

    fn error_at(&self, path: &HgPath, error: Errno) -> UpdateError {
        match error {
            // Somebody else made something here: Python looks what it is. And
            // it needs fewer files open at once.
            Errno::EXIST | Errno::LOOP | Errno::NOTDIR | Errno::MFILE | Errno::NFILE => {
                unsupported(format!("{path}: {error}"))
            }
            error => UpdateError::System {
                path: self.root_path.join(bytes_path(path.as_bytes())),
                error: error.into(),
            },
        }
    }

    fn fail(&self, error: UpdateError) {
        self.failed.store(true, Ordering::Relaxed);
        let mut first = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(error);
    }

    fn is_over(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.cancellation.is_cancelled()
    }
}
