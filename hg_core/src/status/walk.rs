// SPDX-License-Identifier: GPL-2.0-or-later
//! The walk: directories on disk and nodes of the dirstate side by side.
//!
//! A directory is a task of its own, which leaves one task for each
//! subdirectory behind instead of calling itself: the stack stays as it is
//! however deep the tree, and a task holds one open directory at most. A
//! thread collects what its tasks find, so nobody waits for anybody.
//!
//! The answers are those of `dirstate.walk` in Mercurial. What it does in
//! three passes over all files is one pass here, in which every directory
//! has a [`WalkMode`] of looking at it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::Scope;
use rustix::io::Errno;

use super::emptied::Noted;
use super::options::StatusOptions;
use super::outcome::StatusOutcome;
use crate::dirstate::{ChildNodes, DirstateEntry, NodeRef};
use crate::fs::{Listing, Threads};
use crate::matchers::{IgnoreMatcher, Matcher, VisitChildrenSet};
use crate::status::StatusError;
use crate::types::{HgPath, HgPathBuf, TruncatedTimestamp};

/// How a walk looks at a directory. What lies behind a symbolic link is not in
/// the working directory, in whatever mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WalkMode {
    /// Read its entries, and compare them with the dirstate. `ignored` tells
    /// whether it, or a directory above, is.
    List { ignored: bool },
    /// Its entries are of no interest, being ignored: look at what the
    /// dirstate names there. Not in nested repositories. What is found counts
    /// as a file whatever it is.
    AuditTracked,
    /// Look at what the dirstate names there.
    Tracked,
}

/// A directory to look at.
pub(super) struct Directory<'t> {
    pub(super) path: Cow<'t, HgPath>,
    /// Its node, unless it has none or is the root.
    pub(super) node: Option<NodeRef<'t>>,
    pub(super) children: Option<ChildNodes<'t>>,
    pub(super) mode: WalkMode,
}

impl<'t> Directory<'t> {
    pub(super) fn of_node(node: NodeRef<'t>, mode: WalkMode) -> Result<Self, StatusError> {
        Ok(Self {
            path: Cow::Borrowed(node.full_path()?),
            node: Some(node),
            children: Some(node.children()?),
            mode,
        })
    }
}

/// What to do with the mtimes of directories that the dirstate keeps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CachePolicy {
    /// They were kept under the ignore patterns of today.
    pub(super) valid: bool,
    /// A directory with the same mtime need not be read.
    pub(super) read: bool,
    /// Directories that were read are worth keeping.
    pub(super) write: bool,
}

/// What all tasks share.
pub(super) struct Walk<'t> {
    pub(super) root: BorrowedFd<'t>,
    pub(super) matcher: &'t dyn Matcher,
    pub(super) ignore: &'t IgnoreMatcher,
    pub(super) options: &'t StatusOptions,
    /// The filesystem's time at the start.
    pub(super) now: Option<TruncatedTimestamp>,
    pub(super) cache: CachePolicy,
    /// Paths that the caller named, and that have got their answer.
    pub(super) answered: HashSet<HgPathBuf>,
    /// Directories that the walk starts from.
    pub(super) starts: HashSet<HgPathBuf>,
    pub(super) everything: bool,
    /// For each thread what it collected and is not in use: a task takes one
    /// along, so that none waits for another that it runs in the middle of, as
    /// happens when a matcher has its thread work for others.
    collections: Vec<Mutex<Vec<Worker<'t>>>>,
    /// The same for a thread that is not of the pool.
    outside: Mutex<Vec<Worker<'t>>>,
    stopped: AtomicBool,
}

/// Directories, and their mtimes that are worth caching.
pub(super) type NewMtimes<'t> = Vec<(&'t HgPath, TruncatedTimestamp)>;

/// What a thread collects, and its buffers.
#[derive(Default)]
pub(super) struct Worker<'t> {
    pub(super) outcome: StatusOutcome,
    pub(super) new_mtimes: NewMtimes<'t>,
    pub(super) noted: Noted,
    error: Option<StatusError>,
    pub(super) listing: Listing,
    pub(super) path: HgPathBuf,
    pub(super) found: Found<'t>,
}

/// What is left to do about a directory when its names are known.
#[derive(Default)]
pub(super) struct Found<'t> {
    /// Nodes whose files need an `lstat`.
    pub(super) files: Vec<NodeRef<'t>>,
    pub(super) directories: Vec<Directory<'t>>,
    /// Whether all entries are ignored, or such that the dirstate's nodes
    /// alone will lead to them.
    pub(super) all_known: bool,
}

impl<'t> Walk<'t> {
    pub(super) fn new(
        root: BorrowedFd<'t>,
        matcher: &'t dyn Matcher,
        ignore: &'t IgnoreMatcher,
        options: &'t StatusOptions,
        threads: Threads,
        now: Option<TruncatedTimestamp>,
    ) -> Self {
        Self {
            root,
            matcher,
            ignore,
            options,
            now,
            cache: CachePolicy::default(),
            answered: HashSet::new(),
            starts: HashSet::new(),
            everything: matcher.matches_everything(),
            collections: (0..threads.count()).map(|_| Mutex::default()).collect(),
            outside: Mutex::default(),
            stopped: AtomicBool::new(false),
        }
    }

    /// Look at `directory`, and leave a task for each directory below.
    pub(super) fn run<'s>(&'s self, scope: &Scope<'s>, directory: Directory<'t>)
    where
        't: 's,
    {
        self.task(|worker| {
            let visit = if self.everything {
                VisitChildrenSet::This
            } else {
                self.matcher.visit_children_set(&directory.path)
            };
            match directory.mode {
                _ if visit == VisitChildrenSet::Empty => Ok(()),
                WalkMode::List { ignored } => self.list(scope, worker, &directory, &visit, ignored),
                WalkMode::AuditTracked | WalkMode::Tracked => {
                    self.look_up(scope, worker, &directory, &visit)
                }
            }
        });
    }

    /// Do some work with this thread's collection.
    pub(super) fn task(&self, work: impl FnOnce(&mut Worker<'t>) -> Result<(), StatusError>) {
        if self.stopped.load(Ordering::Relaxed) || self.options.cancellation.is_cancelled() {
            return;
        }
        // None is left to the first task of a thread, and to one that runs in
        // the middle of another.
        let mut worker = self.collections().pop().unwrap_or_default();
        if let Err(error) = work(&mut worker) {
            self.stopped.store(true, Ordering::Relaxed);
            worker.error.get_or_insert(error);
        }
        self.collections().push(worker);
    }

    fn collections(&self) -> MutexGuard<'_, Vec<Worker<'t>>> {
        let index = rayon::current_thread_index();
        let own = index.and_then(|index| self.collections.get(index));
        let collections = own.unwrap_or(&self.outside);
        collections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that was found.
    pub(super) fn finish(self) -> Result<(StatusOutcome, NewMtimes<'t>), StatusError> {
        let mut outcome = StatusOutcome::default();
        let mut new_mtimes = Vec::new();
        let mut noted = Noted::default();
        let collections = self.collections.into_iter().chain([self.outside]);
        let workers = collections
            .flat_map(|workers| workers.into_inner().unwrap_or_else(PoisonError::into_inner));
        for mut worker in workers {
            if let Some(error) = worker.error {
                return Err(error);
            }
            outcome.absorb(&mut worker.outcome);
            new_mtimes.append(&mut worker.new_mtimes);
            noted.absorb(&mut worker.noted);
        }
        if self.options.cancellation.is_cancelled() {
            return Err(StatusError::Cancelled);
        }
        let matcher = self.matcher;
        let emptied = noted.emptied().filter(|path| matcher.matches(path));
        outcome.emptied = emptied.collect();
        Ok((outcome, new_mtimes))
    }

    /// The entry of a node, if the caller wants to know about it.
    pub(super) fn entry_of_interest(
        &self,
        node: NodeRef<'t>,
    ) -> Result<Option<DirstateEntry>, StatusError> {
        let Some(entry) = node.entry()? else {
            return Ok(None);
        };
        if self.everything && self.answered.is_empty() {
            return Ok(Some(entry));
        }
        let path = node.full_path()?;
        Ok(Some(entry).filter(|_| !self.is_answered(path) && self.matches(path)))
    }

    pub(super) fn matches(&self, path: &HgPath) -> bool {
        self.everything || self.matcher.matches(path)
    }

    pub(super) fn is_answered(&self, path: &HgPath) -> bool {
        !self.answered.is_empty() && self.answered.contains(path)
    }

    pub(super) fn is_start(&self, node: NodeRef<'t>) -> Result<bool, StatusError> {
        Ok(!self.starts.is_empty() && self.starts.contains(node.full_path()?))
    }
}

/// Whether a walk has to look at this child.
pub(super) fn visits(visit: &VisitChildrenSet, base_name: &HgPath) -> bool {
    match visit {
        VisitChildrenSet::Set(children) => children.contains(base_name),
        VisitChildrenSet::This | VisitChildrenSet::Recursive => true,
        VisitChildrenSet::Empty => false,
    }
}

/// The failure of a system call that leaves nothing to say about `path`.
pub(super) fn system_error(path: &HgPath, error: Errno) -> StatusError {
    StatusError::System {
        path: path.to_owned(),
        error: error.into(),
    }
}
