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
//! has a [`Manner`] of looking at it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::Scope;
use rustix::io::Errno;

use super::compare::{
    reliable_mtime, verdict_missing, verdict_present, verdict_without_stat, Verdict,
};
use super::filesystem::{self, FileKind, FileStat, Listing, Purpose};
use super::options::StatusOptions;
use super::outcome::{BadMatch, Mark, StatusOutcome};
use crate::dirstate::{ChildNodes, DirstateEntry, NodeRef, TruncatedTimestamp};
use crate::errors::DirstateError;
use crate::matchers::{IgnoreFn, Matcher, VisitChildrenSet};
use crate::{HgPath, HgPathBuf};

/// With more files than this in one directory, threads share the work ...
const SHARED_DIRECTORY: usize = 1024;
/// ... in portions of this many.
const PORTION: usize = 512;

/// How a walk looks at a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Read its entries, and compare them with the dirstate. `ignored` tells
    /// whether it, or a directory above, is.
    List { ignored: bool },
    /// Its entries are of no interest, being ignored: look at what the
    /// dirstate names there. Not through symbolic links, and not in nested
    /// repositories. What is found counts as a file whatever it is.
    Audit,
    /// Look at what the dirstate names there, wherever symbolic links lead.
    Direct,
}

/// A directory to look at.
pub(super) struct Directory<'t> {
    pub(super) path: Cow<'t, HgPath>,
    /// Its node, unless it has none or is the root.
    pub(super) node: Option<NodeRef<'t>>,
    pub(super) children: Option<ChildNodes<'t>>,
    pub(super) manner: Manner,
}

impl<'t> Directory<'t> {
    fn of_node(node: NodeRef<'t>, manner: Manner) -> Result<Self, DirstateError> {
        Ok(Self {
            path: Cow::Borrowed(node.full_path()?),
            node: Some(node),
            children: Some(node.children()?),
            manner,
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
    pub(super) ignore: &'t IgnoreFn,
    pub(super) options: StatusOptions,
    /// The filesystem's time at the start.
    pub(super) now: Option<TruncatedTimestamp>,
    pub(super) cache: CachePolicy,
    /// Paths that need no more attention, as the caller named them.
    pub(super) settled: HashSet<HgPathBuf>,
    /// Directories that the walk starts from.
    pub(super) starts: HashSet<HgPathBuf>,
    pub(super) everything: bool,
    workers: Vec<Mutex<Worker<'t>>>,
    stopped: AtomicBool,
}

/// What a thread collects, and its buffers.
#[derive(Default)]
pub(super) struct Worker<'t> {
    pub(super) outcome: StatusOutcome,
    pub(super) new_mtimes: Vec<(&'t HgPath, TruncatedTimestamp)>,
    error: Option<DirstateError>,
    listing: Listing,
    path: HgPathBuf,
    found: Found<'t>,
}

/// What is left to do about a directory when its names are known.
#[derive(Default)]
struct Found<'t> {
    /// Nodes whose files need an `lstat`.
    files: Vec<NodeRef<'t>>,
    directories: Vec<Directory<'t>>,
    /// Whether all entries are ignored, or such that the dirstate's nodes
    /// alone will lead to them.
    all_known: bool,
}

impl<'t> Walk<'t> {
    pub(super) fn new(
        root: BorrowedFd<'t>,
        matcher: &'t dyn Matcher,
        ignore: &'t IgnoreFn,
        options: StatusOptions,
        now: Option<TruncatedTimestamp>,
        threads: usize,
    ) -> Self {
        Self {
            root,
            matcher,
            ignore,
            options,
            now,
            cache: CachePolicy::default(),
            settled: HashSet::new(),
            starts: HashSet::new(),
            everything: matcher.matches_everything(),
            // One more, for a caller outside of the pool.
            workers: (0..=threads).map(|_| Mutex::default()).collect(),
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
            match directory.manner {
                _ if visit == VisitChildrenSet::Empty => Ok(()),
                Manner::List { ignored } => self.list(scope, worker, &directory, &visit, ignored),
                Manner::Audit | Manner::Direct => self.look_up(scope, worker, &directory, &visit),
            }
        });
    }

    /// Do some work with this thread's collection.
    pub(super) fn task(&self, work: impl FnOnce(&mut Worker<'t>) -> Result<(), DirstateError>) {
        if self.stopped.load(Ordering::Relaxed) {
            return;
        }
        let Some(mut worker) = self.worker() else {
            return;
        };
        if let Err(error) = work(&mut worker) {
            self.stopped.store(true, Ordering::Relaxed);
            worker.error.get_or_insert(error);
        }
    }

    fn worker(&self) -> Option<MutexGuard<'_, Worker<'t>>> {
        let worker = rayon::current_thread_index()
            .and_then(|index| self.workers.get(index))
            .or_else(|| self.workers.last())?;
        Some(worker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything that was found.
    pub(super) fn finish(
        self,
    ) -> Result<(StatusOutcome, Vec<(&'t HgPath, TruncatedTimestamp)>), DirstateError> {
        let mut outcome = StatusOutcome::default();
        let mut new_mtimes = Vec::new();
        for worker in self.workers {
            let mut worker = worker.into_inner().unwrap_or_else(PoisonError::into_inner);
            if let Some(error) = worker.error {
                return Err(error);
            }
            outcome.absorb(&mut worker.outcome);
            new_mtimes.append(&mut worker.new_mtimes);
        }
        Ok((outcome, new_mtimes))
    }

    // Directories whose entries are read, unless the cache knows them.

    fn list<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        visit: &VisitChildrenSet,
        ignored: bool,
    ) -> Result<(), DirstateError>
    where
        't: 's,
    {
        let is_root = directory.path.is_empty();
        let opened = filesystem::open_directory(self.root, &directory.path, Purpose::Read, is_root);
        let file = match opened {
            Ok(file) => file,
            Err(error) => return self.not_listed(scope, worker, directory, ignored, error),
        };
        let mtime = self.time_of(worker, directory, file.as_fd())?;
        let cached = match directory.node {
            Some(node) if self.cache.read => node.cached_directory_mtime()?,
            _ => None,
        };
        let unchanged = match (cached, mtime) {
            (Some(cached), Some(mtime)) => {
                cached.likely_equal(mtime) && !filesystem::is_nested_repository(file.as_fd())
            }
            _ => false,
        };

        let mut found = std::mem::take(&mut worker.found);
        found.all_known = !unchanged && !matches!(visit, VisitChildrenSet::Set(_));
        let mark = Mark::of(&mut worker.outcome);
        let mut first_name = None;
        if unchanged {
            worker.outcome.counts.directories_cached += 1;
            self.take_nodes(worker, directory, visit, ignored, &mut found)?;
        } else {
            let mut listing = std::mem::take(&mut worker.listing);
            let nested = match self.read_entries(&mut listing, is_root, file.as_fd()) {
                Ok(nested) => nested,
                Err(error) => {
                    worker.listing = listing;
                    return self.not_listed(scope, worker, directory, ignored, error);
                }
            };
            worker.outcome.counts.directories_read += 1;
            if nested {
                worker.listing = listing;
                worker.found = found;
                return self.not_entered(scope, worker, directory);
            }
            self.merge(worker, directory, visit, ignored, &listing, &mut found)?;
            if found.files.is_empty() {
                first_name = listing
                    .entries()
                    .first()
                    .map(|entry| listing.name(entry).to_vec());
            }
            worker.listing = listing;
        }

        // Looking at files takes another permission than reading their names.
        // Without it Mercurial takes the directory for unreadable.
        let first = match (found.files.first(), first_name) {
            (Some(node), _) => Some(self.lstat(worker, file.as_fd(), node.base_name())),
            (None, Some(name)) => Some(self.lstat(worker, file.as_fd(), &name)),
            (None, None) => None,
        };
        if let Some(Err(Errno::ACCESS | Errno::PERM)) = first {
            mark.roll_back(&mut worker.outcome);
            let path = directory.path.to_vec();
            let denied = BadMatch::OsError(Errno::ACCESS.raw_os_error());
            worker.outcome.bad.push((path, denied));
            return self.missing_below(worker, directory.children);
        }
        if found.all_known && self.cache.write {
            self.remember(worker, directory, mtime)?;
        }
        self.follow_up(scope, worker, directory.manner, file, found, first)
    }

    /// The directory's mtime, where the cache has a use for it. It has to be
    /// read before the entries are.
    fn time_of(
        &self,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        file: BorrowedFd<'_>,
    ) -> Result<Option<TruncatedTimestamp>, DirstateError> {
        match directory.node {
            Some(node) if (self.cache.read || self.cache.write) && node.entry()?.is_none() => {
                worker.outcome.counts.lstat_calls += 1;
                Ok(filesystem::fstat(file).ok().map(|stat| stat.mtime))
            }
            _ => Ok(None),
        }
    }

    /// Read and sort the entries; the result tells whether they are those of
    /// a nested repository.
    fn read_entries(
        &self,
        listing: &mut Listing,
        is_root: bool,
        file: BorrowedFd<'_>,
    ) -> Result<bool, Errno> {
        listing.read(file)?;
        if !is_root {
            let nested = match listing.repository() {
                Some(Some(kind)) => kind == FileKind::Directory,
                Some(None) => filesystem::is_nested_repository(file),
                None => false,
            };
            if nested {
                return Ok(true);
            }
            listing.keep_repository()?;
        }
        listing.sort();
        Ok(false)
    }

    /// Bring entries and nodes of the same name together.
    fn merge(
        &self,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        visit: &VisitChildrenSet,
        ignored: bool,
        listing: &Listing,
        found: &mut Found<'t>,
    ) -> Result<(), DirstateError> {
        let mut entries = listing.entries().iter().peekable();
        for node in directory.children.into_iter().flatten() {
            let base_name = node.base_name();
            let mut kind = None;
            while let Some(entry) = entries.next_if(|entry| listing.name(entry) <= base_name) {
                let name = listing.name(entry);
                if name == base_name {
                    kind = Some(entry.kind);
                } else if wanted(visit, name) {
                    self.take_entry(worker, directory, name, entry.kind, ignored, found)?;
                }
            }
            if !wanted(visit, base_name) {
                continue;
            }
            match kind {
                None => self.missing_node(worker, node)?,
                Some(None) => {
                    found.all_known = false;
                    found.files.push(node);
                }
                Some(Some(kind)) => self.take_node(worker, node, kind, ignored, found)?,
            }
        }
        for entry in entries {
            let name = listing.name(entry);
            if wanted(visit, name) {
                self.take_entry(worker, directory, name, entry.kind, ignored, found)?;
            }
        }
        Ok(())
    }

    /// The dirstate's nodes stand for the entries, which have not changed.
    fn take_nodes(
        &self,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        visit: &VisitChildrenSet,
        ignored: bool,
        found: &mut Found<'t>,
    ) -> Result<(), DirstateError> {
        for node in directory.children.into_iter().flatten() {
            if !wanted(visit, node.base_name()) {
                continue;
            }
            if node.has_children() && node.entry()?.is_none() {
                self.take_node(worker, node, FileKind::Directory, ignored, found)?;
            } else if node.has_children()
                || node.entry()?.is_none()
                || self.entry_of_interest(node)?.is_some()
            {
                found.files.push(node);
            }
        }
        Ok(())
    }

    /// Something on disk that the dirstate has no node for.
    fn take_entry(
        &self,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        name: &[u8],
        kind: Option<FileKind>,
        ignored: bool,
        found: &mut Found<'t>,
    ) -> Result<(), DirstateError> {
        let mut path = std::mem::take(&mut worker.path);
        path.clear();
        if !directory.path.is_empty() {
            path.extend_from_slice(&directory.path);
            path.push(b'/');
        }
        path.extend_from_slice(name);
        let kind = kind.or_else(|| {
            let stat = self.lstat(worker, self.root, &path).ok()?;
            Some(stat.kind)
        });
        match kind {
            Some(FileKind::Directory) => {
                let owned = Cow::Owned(path.clone());
                if !self.enter(worker, owned, None, ignored, found)? {
                    found.all_known = false;
                }
            }
            Some(FileKind::File | FileKind::Symlink) => {
                if !self.untracked_file(worker, &path, ignored) {
                    found.all_known = false;
                }
            }
            // Vanished since, or nothing that Mercurial looks at.
            None | Some(FileKind::Other(_)) => {}
        }
        worker.path = path;
        Ok(())
    }

    /// A node, and something on disk at its path.
    fn take_node(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
        kind: FileKind,
        ignored: bool,
        found: &mut Found<'t>,
    ) -> Result<(), DirstateError> {
        if let Some(entry) = self.entry_of_interest(node)? {
            if !kind.is_trackable() {
                self.report(worker, node, verdict_missing(entry))?;
            } else if let Some(verdict) = verdict_without_stat(entry) {
                self.report(worker, node, verdict)?;
            } else {
                // The `lstat` will tell what to do about children too.
                found.files.push(node);
                return Ok(());
            }
        } else if kind.is_trackable() {
            found.all_known &= node.entry()?.is_some();
            self.file_without_entry(worker, node, ignored)?;
        }
        if kind == FileKind::Directory {
            found.all_known &= node.has_children();
            self.enter(
                worker,
                Cow::Borrowed(node.full_path()?),
                Some(node),
                ignored,
                found,
            )?;
        } else if node.has_children() {
            let below = Directory::of_node(node, Manner::Direct)?;
            if kind == FileKind::Symlink && !self.options.list_unknown {
                found.directories.push(below);
            } else {
                self.missing_below(worker, below.children)?;
            }
        }
        Ok(())
    }

    /// Have the directory `path` looked at; the result tells whether it is
    /// ignored.
    fn enter(
        &self,
        worker: &mut Worker<'t>,
        path: Cow<'t, HgPath>,
        node: Option<NodeRef<'t>>,
        ignored: bool,
        found: &mut Found<'t>,
    ) -> Result<bool, DirstateError> {
        if !self.starts.is_empty() && self.starts.contains(&*path) {
            return Ok(false);
        }
        let ignored = ignored || (self.ignore)(&path);
        let manner = if ignored && !self.options.list_ignored {
            Manner::Audit
        } else {
            if self.options.collect_traversed_dirs {
                worker.outcome.traversed.push(path.to_vec());
            }
            Manner::List { ignored }
        };
        let children = node.map(|node| node.children()).transpose()?;
        if manner != Manner::Audit || node.is_some_and(|node| node.has_children()) {
            found.directories.push(Directory {
                path,
                node,
                children,
                manner,
            });
        }
        Ok(ignored)
    }

    /// A file that the dirstate knows nothing of. The result tells whether it
    /// is ignored.
    fn untracked_file(&self, worker: &mut Worker<'t>, path: &HgPath, ignored: bool) -> bool {
        if self.is_settled(path) || !self.matches(path) {
            // Not known to be ignored.
            return false;
        }
        let ignored = ignored || (self.ignore)(path);
        self.report_untracked(worker, path, ignored);
        ignored
    }

    pub(super) fn report_untracked(&self, worker: &mut Worker<'t>, path: &HgPath, ignored: bool) {
        if ignored && self.options.list_ignored {
            worker.outcome.ignored.push(path.to_vec());
        } else if !ignored && self.options.list_unknown {
            worker.outcome.unknown.push(path.to_vec());
        }
    }

    /// A file at a node that says nothing about files.
    fn file_without_entry(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
        ignored: bool,
    ) -> Result<(), DirstateError> {
        if node.entry()?.is_none() {
            self.untracked_file(worker, node.full_path()?, ignored);
        }
        Ok(())
    }

    /// Note the mtime for the next status.
    fn remember(
        &self,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        mtime: Option<TruncatedTimestamp>,
    ) -> Result<(), DirstateError> {
        let (Some(node), Some(mtime), Some(now)) = (directory.node, mtime, self.now) else {
            return Ok(());
        };
        let Some(mtime) = reliable_mtime(mtime, now) else {
            return Ok(());
        };
        let up_to_date = self.cache.valid
            && node
                .cached_directory_mtime()?
                .is_some_and(|cached| cached.likely_equal(mtime));
        if !up_to_date {
            worker.new_mtimes.push((node.full_path()?, mtime));
        }
        Ok(())
    }

    /// The directory cannot be opened, or read.
    fn not_listed<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        ignored: bool,
        error: Errno,
    ) -> Result<(), DirstateError>
    where
        't: 's,
    {
        if matches!(error, Errno::NOTDIR | Errno::LOOP) {
            // It was taken for one on the word of a cached mtime, or is no
            // longer one.
            let stat = self.lstat(worker, self.root, &directory.path);
            if stat.is_ok_and(|stat| stat.kind.is_trackable()) {
                match directory.node {
                    Some(node) => self.file_without_entry(worker, node, ignored)?,
                    None => {
                        self.untracked_file(worker, &directory.path, ignored);
                    }
                }
            }
        } else {
            let path = directory.path.to_vec();
            let error = BadMatch::OsError(error.raw_os_error());
            worker.outcome.bad.push((path, error));
        }
        self.not_entered(scope, worker, directory)
    }

    /// What is tracked below a directory that the walk does not enter.
    fn not_entered<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
    ) -> Result<(), DirstateError>
    where
        't: 's,
    {
        if self.options.list_unknown {
            return self.missing_below(worker, directory.children);
        }
        let below = Directory {
            path: directory.path.clone(),
            node: directory.node,
            children: directory.children,
            manner: Manner::Direct,
        };
        scope.spawn(move |scope| self.run(scope, below));
        Ok(())
    }

    // Directories where only the dirstate's nodes are of interest.

    fn look_up<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        visit: &VisitChildrenSet,
    ) -> Result<(), DirstateError>
    where
        't: 's,
    {
        let is_root = directory.path.is_empty();
        let audit = directory.manner == Manner::Audit;
        let follow = is_root || !audit;
        let opened =
            filesystem::open_directory(self.root, &directory.path, Purpose::Search, follow);
        let Ok(file) = opened else {
            return self.missing_below(worker, directory.children);
        };
        if audit && !is_root && filesystem::leads_to_repository(file.as_fd()) {
            return self.missing_below(worker, directory.children);
        }
        let mut found = std::mem::take(&mut worker.found);
        for node in directory.children.into_iter().flatten() {
            if !wanted(visit, node.base_name()) {
                continue;
            }
            if self.entry_of_interest(node)?.is_some() {
                found.files.push(node);
            } else if node.has_children() && !self.is_start(node)? {
                let below = Directory::of_node(node, directory.manner)?;
                found.directories.push(below);
            }
        }
        self.follow_up(scope, worker, directory.manner, file, found, None)
    }

    // Files that need an `lstat`, and the directories below.

    /// `first` is the `lstat` of the first file, where that is known.
    fn follow_up<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        manner: Manner,
        file: OwnedFd,
        mut found: Found<'t>,
        mut first: Option<Result<FileStat, Errno>>,
    ) -> Result<(), DirstateError>
    where
        't: 's,
    {
        for directory in found.directories.drain(..) {
            scope.spawn(move |scope| self.run(scope, directory));
        }
        if found.files.len() <= SHARED_DIRECTORY {
            for node in found.files.drain(..) {
                let stat = match first.take() {
                    Some(stat) => stat,
                    None => self.lstat(worker, file.as_fd(), node.base_name()),
                };
                self.look_at(scope, worker, manner, node, stat)?;
            }
        } else {
            let file = Arc::new(file);
            for portion in found.files.chunks(PORTION) {
                let (portion, file) = (portion.to_vec(), Arc::clone(&file));
                scope.spawn(move |scope| {
                    self.task(|worker| {
                        portion.into_iter().try_for_each(|node| {
                            let stat = self.lstat(worker, file.as_fd(), node.base_name());
                            self.look_at(scope, worker, manner, node, stat)
                        })
                    });
                });
            }
            found.files = Vec::new();
        }
        worker.found = found;
        Ok(())
    }

    fn lstat(
        &self,
        worker: &mut Worker<'t>,
        directory: BorrowedFd<'_>,
        name: &[u8],
    ) -> Result<FileStat, Errno> {
        worker.outcome.counts.lstat_calls += 1;
        filesystem::lstat(directory, name)
    }

    /// What the `lstat` of a node's path says about the node.
    fn look_at<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        manner: Manner,
        node: NodeRef<'t>,
        stat: Result<FileStat, Errno>,
    ) -> Result<(), DirstateError>
    where
        't: 's,
    {
        let Ok(stat) = stat else {
            return self.missing_node(worker, node);
        };
        let counts_as_file = stat.kind.is_trackable() || manner == Manner::Audit;
        match self.entry_of_interest(node)? {
            Some(entry) if counts_as_file => self.compare(worker, node, entry, &stat)?,
            Some(entry) => self.report(worker, node, verdict_missing(entry))?,
            None => {
                if let (Manner::List { ignored }, true) = (manner, stat.kind.is_trackable()) {
                    self.file_without_entry(worker, node, ignored)?;
                }
            }
        }
        if let (Manner::List { ignored }, FileKind::Directory) = (manner, stat.kind) {
            let path = Cow::Borrowed(node.full_path()?);
            let mut found = Found::default();
            self.enter(worker, path, Some(node), ignored, &mut found)?;
            for directory in found.directories {
                scope.spawn(move |scope| self.run(scope, directory));
            }
            return Ok(());
        }
        if node.has_children() && !self.is_start(node)? {
            let through_link = stat.kind == FileKind::Symlink && !self.options.list_unknown;
            let manner = match manner {
                Manner::List { .. } => Manner::Direct,
                Manner::Audit | Manner::Direct => manner,
            };
            let below = Directory::of_node(node, manner)?;
            if through_link || stat.kind == FileKind::Directory {
                scope.spawn(move |scope| self.run(scope, below));
            } else {
                self.missing_below(worker, below.children)?;
            }
        }
        Ok(())
    }

    // Single files.

    pub(super) fn compare(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
        entry: DirstateEntry,
        stat: &FileStat,
    ) -> Result<(), DirstateError> {
        worker.outcome.counts.files_compared += 1;
        let check_exec = self.options.check_exec;
        let verdict = verdict_present(entry, node.has_copy_source(), stat, check_exec, self.now);
        self.report(worker, node, verdict)
    }

    pub(super) fn report(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
        verdict: Verdict,
    ) -> Result<(), DirstateError> {
        let outcome = &mut worker.outcome;
        let list = match verdict {
            Verdict::Unsure => &mut outcome.unsure,
            Verdict::Modified => &mut outcome.modified,
            Verdict::Added => &mut outcome.added,
            Verdict::Removed => &mut outcome.removed,
            Verdict::Deleted => &mut outcome.deleted,
            Verdict::Clean if self.options.list_clean => &mut outcome.clean,
            Verdict::Clean => return Ok(()),
        };
        list.push(node.full_path()?.to_vec());
        Ok(())
    }

    /// Nothing is on disk at a node's path.
    fn missing_node(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
    ) -> Result<(), DirstateError> {
        if let Some(entry) = self.entry_of_interest(node)? {
            self.report(worker, node, verdict_missing(entry))?;
        }
        if node.has_children() && !self.is_start(node)? {
            self.missing_below(worker, Some(node.children()?))?;
        }
        Ok(())
    }

    /// Nothing is on disk at the paths of these nodes, nor below.
    pub(super) fn missing_below(
        &self,
        worker: &mut Worker<'t>,
        children: Option<ChildNodes<'t>>,
    ) -> Result<(), DirstateError> {
        let mut left: Vec<ChildNodes<'t>> = children.into_iter().collect();
        while let Some(children) = left.pop() {
            for node in children {
                if let Some(entry) = self.entry_of_interest(node)? {
                    self.report(worker, node, verdict_missing(entry))?;
                }
                if node.has_children() && !self.is_start(node)? {
                    left.push(node.children()?);
                }
            }
        }
        Ok(())
    }

    /// The entry of a node, if the caller wants to know about it.
    fn entry_of_interest(&self, node: NodeRef<'t>) -> Result<Option<DirstateEntry>, DirstateError> {
        let Some(entry) = node.entry()? else {
            return Ok(None);
        };
        if self.everything && self.settled.is_empty() {
            return Ok(Some(entry));
        }
        let path = node.full_path()?;
        Ok(Some(entry).filter(|_| !self.is_settled(path) && self.matches(path)))
    }

    fn matches(&self, path: &HgPath) -> bool {
        self.everything || self.matcher.matches(path)
    }

    fn is_settled(&self, path: &HgPath) -> bool {
        !self.settled.is_empty() && self.settled.contains(path)
    }

    fn is_start(&self, node: NodeRef<'t>) -> Result<bool, DirstateError> {
        Ok(!self.starts.is_empty() && self.starts.contains(node.full_path()?))
    }
}

fn wanted(visit: &VisitChildrenSet, base_name: &[u8]) -> bool {
    match visit {
        VisitChildrenSet::Set(children) => children.contains(base_name),
        VisitChildrenSet::This | VisitChildrenSet::Recursive => true,
        VisitChildrenSet::Empty => false,
    }
}
