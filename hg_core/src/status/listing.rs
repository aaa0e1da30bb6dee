// SPDX-License-Identifier: GPL-2.0-or-later
//! Directories whose entries are read, or known from the cache.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::os::fd::{AsFd, BorrowedFd};

use rayon::Scope;
use rustix::io::Errno;

use super::compare::{verdict_missing, verdict_without_stat};
use super::outcome::{BadMatch, Mark};
use super::walk::{system_error, visits, Directory, Found, Walk, WalkMode, Worker};
use crate::dirstate::NodeRef;
use crate::fs::{self, FileKind, Listing, Purpose};
use crate::matchers::VisitChildrenSet;
use crate::status::StatusError;
use crate::types::{HgPath, TruncatedTimestamp};

impl<'t> Walk<'t> {
    pub(super) fn list<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        visit: &VisitChildrenSet,
        ignored: bool,
    ) -> Result<(), StatusError>
    where
        't: 's,
    {
        let is_root = directory.path.is_empty();
        let opened = fs::open_directory(self.root, &directory.path, Purpose::Read);
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
                cached.likely_equal(mtime) && !fs::is_nested_repository(file.as_fd())
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
                let first = listing.entries().first();
                let name = first.map(|entry| listing.name(entry)).transpose()?;
                first_name = name.map(HgPath::to_owned);
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
            let path = directory.path.clone().into_owned();
            let denied = BadMatch::OsError(Errno::ACCESS.raw_os_error());
            worker.outcome.bad.push((path, denied));
            return self.missing_below(worker, directory.children);
        }
        self.note_read(worker, &directory.path);
        if found.all_known && self.cache.write {
            self.remember(worker, directory, mtime)?;
        }
        self.follow_up(scope, worker, directory.mode, file, found, first)
    }

    /// The directory's mtime, where the cache has a use for it. It has to be
    /// read before the entries are.
    fn time_of(
        &self,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        file: BorrowedFd<'_>,
    ) -> Result<Option<TruncatedTimestamp>, StatusError> {
        match directory.node {
            Some(node) if (self.cache.read || self.cache.write) && node.entry()?.is_none() => {
                worker.outcome.counts.lstat_calls += 1;
                Ok(fs::fstat(file).ok().map(|stat| stat.mtime))
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
                Some(None) => fs::is_nested_repository(file),
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
    ) -> Result<(), StatusError> {
        let mut entries = listing.entries().iter();
        for node in directory.children.into_iter().flatten() {
            let base_name = node.base_name();
            let mut kind = None;
            while let Some(&entry) = entries.as_slice().first() {
                let name = listing.name(&entry)?;
                let order = name.cmp(base_name);
                if order == Ordering::Greater {
                    break;
                }
                entries.next();
                if order == Ordering::Equal {
                    kind = Some(entry.kind);
                    break;
                }
                if visits(visit, name) {
                    self.take_entry(worker, directory, name, entry.kind, ignored, found)?;
                } else {
                    self.note_kept(worker, &directory.path);
                }
            }
            if !visits(visit, base_name) {
                if kind.is_some() {
                    self.note_kept(worker, &directory.path);
                }
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
            let name = listing.name(entry)?;
            if visits(visit, name) {
                self.take_entry(worker, directory, name, entry.kind, ignored, found)?;
            } else {
                self.note_kept(worker, &directory.path);
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
    ) -> Result<(), StatusError> {
        for node in directory.children.into_iter().flatten() {
            if !visits(visit, node.base_name()) {
                continue;
            }
            // Opening it will tell whether it is a directory, or there at all.
            let presumed = !self.options.collect_traversed_dirs;
            if presumed && node.has_children() && node.entry()?.is_none() {
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
        name: &HgPath,
        kind: Option<FileKind>,
        ignored: bool,
        found: &mut Found<'t>,
    ) -> Result<(), StatusError> {
        let mut path = std::mem::take(&mut worker.path);
        path.assign_join(&directory.path, name);
        let kind = kind.or_else(|| {
            let stat = self.lstat(worker, self.root, &path).ok()?;
            Some(stat.kind)
        });
        match kind {
            Some(FileKind::Directory) => {
                let owned = Cow::Owned(path.clone());
                found.all_known &= self.enter(worker, owned, None, ignored, found)?;
            }
            Some(FileKind::File | FileKind::Symlink) => {
                found.all_known &= self.untracked_file(worker, &path, ignored);
            }
            // Nothing that Mercurial looks at.
            Some(_) => self.note_odd(worker, &path),
            // Vanished since.
            None => {}
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
    ) -> Result<(), StatusError> {
        if let Some(entry) = self.entry_of_interest(node)? {
            if !kind.is_trackable() {
                self.report(worker, node, verdict_missing(entry))?;
            } else if let Some(verdict) = verdict_without_stat(entry) {
                self.report(worker, node, verdict)?;
                if self.lists_emptied() {
                    self.note_kept(worker, node.full_path()?.parent());
                }
            } else {
                // The `lstat` will tell what to do about children too.
                found.files.push(node);
                return Ok(());
            }
        } else if kind.is_trackable() {
            found.all_known &= node.entry()?.is_some();
            self.file_without_entry(worker, node, ignored)?;
        }
        if self.lists_emptied() && !kind.is_trackable() && kind != FileKind::Directory {
            self.note_odd(worker, node.full_path()?);
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
            self.missing_below(worker, Some(node.children()?))?;
        }
        Ok(())
    }

    /// Have the directory `path` looked at; the result tells whether it is
    /// ignored.
    pub(super) fn enter(
        &self,
        worker: &mut Worker<'t>,
        path: Cow<'t, HgPath>,
        node: Option<NodeRef<'t>>,
        ignored: bool,
        found: &mut Found<'t>,
    ) -> Result<bool, StatusError> {
        if !self.starts.is_empty() && self.starts.contains(&*path) {
            self.note_met(worker, &path);
            return Ok(false);
        }
        let ignored = ignored || self.ignore.matches(&path);
        self.note_met(worker, &path);
        let mode = if ignored && !self.options.list_ignored {
            WalkMode::AuditTracked
        } else {
            if self.options.collect_traversed_dirs {
                worker.outcome.traversed.push(path.clone().into_owned());
            }
            WalkMode::List { ignored }
        };
        let children = node.map(|node| node.children()).transpose()?;
        if mode != WalkMode::AuditTracked || node.is_some_and(|node| node.has_children()) {
            found.directories.push(Directory {
                path,
                node,
                children,
                mode,
            });
        }
        Ok(ignored)
    }

    /// A file that the dirstate knows nothing of. The result tells whether it
    /// is ignored.
    pub(super) fn untracked_file(
        &self,
        worker: &mut Worker<'t>,
        path: &HgPath,
        ignored: bool,
    ) -> bool {
        if self.is_answered(path) {
            // Not known to be ignored.
            return false;
        }
        if !self.matches(path) {
            self.note_kept(worker, path.parent());
            return false;
        }
        let ignored = ignored || self.ignore.matches(path);
        self.report_untracked(worker, path, ignored);
        ignored
    }

    pub(super) fn report_untracked(&self, worker: &mut Worker<'t>, path: &HgPath, ignored: bool) {
        let (wanted, list) = match ignored {
            true => (self.options.list_ignored, &mut worker.outcome.ignored),
            false => (self.options.list_unknown, &mut worker.outcome.unknown),
        };
        if wanted {
            list.push(path.to_owned());
        }
        self.note_untracked(worker, path, wanted);
    }

    /// A file at a node that says nothing about files.
    pub(super) fn file_without_entry(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
        ignored: bool,
    ) -> Result<(), StatusError> {
        if node.entry()?.is_none() {
            self.untracked_file(worker, node.full_path()?, ignored);
        } else if self.lists_emptied() {
            self.note_kept(worker, node.full_path()?.parent());
        }
        Ok(())
    }

    /// Note the mtime for the next status.
    fn remember(
        &self,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        mtime: Option<TruncatedTimestamp>,
    ) -> Result<(), StatusError> {
        let (Some(node), Some(mtime), Some(now)) = (directory.node, mtime, self.now) else {
            return Ok(());
        };
        let Some(mtime) = fs::reliable_mtime(mtime, now) else {
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
    ) -> Result<(), StatusError>
    where
        't: 's,
    {
        match error {
            // It was only presumed to be there, or has vanished since.
            Errno::NOENT => {}
            // The same for being a directory.
            Errno::NOTDIR | Errno::LOOP => {
                let stat = self.lstat(worker, self.root, &directory.path);
                if stat.is_ok_and(|stat| stat.kind.is_trackable()) {
                    match directory.node {
                        Some(node) => self.file_without_entry(worker, node, ignored)?,
                        None => {
                            self.untracked_file(worker, &directory.path, ignored);
                        }
                    }
                }
            }
            Errno::ACCESS | Errno::PERM => {
                let path = directory.path.clone().into_owned();
                let error = BadMatch::OsError(error.raw_os_error());
                worker.outcome.bad.push((path, error));
            }
            _ => return Err(system_error(&directory.path, error)),
        }
        self.not_entered(scope, worker, directory)
    }

    /// What is tracked below a directory that the walk does not enter.
    fn not_entered<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
    ) -> Result<(), StatusError>
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
            mode: WalkMode::Tracked,
        };
        scope.spawn(move |scope| self.run(scope, below));
        Ok(())
    }
}
