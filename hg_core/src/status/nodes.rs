// SPDX-License-Identifier: GPL-2.0-or-later
//! Nodes of the dirstate whose files are looked at, or known to be missing.

use std::borrow::Cow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rayon::Scope;
use rustix::io::Errno;

use super::compare::{verdict_missing, verdict_present, Verdict};
use super::walk::{system_error, visits, Directory, Found, Walk, WalkMode, Worker};
use crate::dirstate::{ChildNodes, DirstateEntry, NodeRef};
use crate::fs::{self, FileKind, FileStat, Purpose};
use crate::matchers::VisitChildrenSet;
use crate::status::StatusError;
use crate::types::HgPath;

/// With more files than this in one directory, threads share the work ...
const SHARED_DIRECTORY: usize = 1024;
/// ... in portions of this many.
const PORTION: usize = 512;

impl<'t> Walk<'t> {
    pub(super) fn look_up<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        directory: &Directory<'t>,
        visit: &VisitChildrenSet,
    ) -> Result<(), StatusError>
    where
        't: 's,
    {
        let is_root = directory.path.is_empty();
        let audit = directory.mode == WalkMode::AuditTracked;
        let opened = fs::open_directory(self.root, &directory.path, Purpose::Search);
        let file = match opened {
            Ok(file) => file,
            Err(error) if fs::is_about_the_path(error) => {
                return self.missing_below(worker, directory.children);
            }
            Err(error) => return Err(system_error(&directory.path, error)),
        };
        if audit && !is_root && fs::leads_to_repository(file.as_fd()) {
            return self.missing_below(worker, directory.children);
        }
        let mut found = std::mem::take(&mut worker.found);
        for node in directory.children.into_iter().flatten() {
            if !visits(visit, node.base_name()) {
                continue;
            }
            if self.entry_of_interest(node)?.is_some() {
                found.files.push(node);
            } else if node.has_children() && !self.is_start(node)? {
                let below = Directory::of_node(node, directory.mode)?;
                found.directories.push(below);
            }
        }
        self.follow_up(scope, worker, directory.mode, file, found, None)
    }

    // Files that need an `lstat`, and the directories below.

    /// `first` is the `lstat` of the first file, where that is known.
    pub(super) fn follow_up<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        mode: WalkMode,
        file: OwnedFd,
        mut found: Found<'t>,
        mut first: Option<Result<FileStat, Errno>>,
    ) -> Result<(), StatusError>
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
                self.look_at(scope, worker, mode, node, stat)?;
            }
        } else {
            let file = Arc::new(file);
            for portion in found.files.chunks(PORTION) {
                let (portion, file) = (portion.to_vec(), Arc::clone(&file));
                scope.spawn(move |scope| {
                    self.task(|worker| {
                        portion.into_iter().try_for_each(|node| {
                            let stat = self.lstat(worker, file.as_fd(), node.base_name());
                            self.look_at(scope, worker, mode, node, stat)
                        })
                    });
                });
            }
            found.files = Vec::new();
        }
        worker.found = found;
        Ok(())
    }

    pub(super) fn lstat(
        &self,
        worker: &mut Worker<'t>,
        directory: BorrowedFd<'_>,
        name: &HgPath,
    ) -> Result<FileStat, Errno> {
        worker.outcome.counts.lstat_calls += 1;
        fs::lstat(directory, name)
    }

    /// What the `lstat` of a node's path says about the node.
    fn look_at<'s>(
        &'s self,
        scope: &Scope<'s>,
        worker: &mut Worker<'t>,
        mode: WalkMode,
        node: NodeRef<'t>,
        stat: Result<FileStat, Errno>,
    ) -> Result<(), StatusError>
    where
        't: 's,
    {
        let stat = match stat {
            Ok(stat) => stat,
            Err(error) if fs::is_about_the_path(error) => {
                return self.missing_node(worker, node);
            }
            Err(error) => return Err(system_error(node.full_path()?, error)),
        };
        let counts_as_file = stat.kind.is_trackable() || mode == WalkMode::AuditTracked;
        match self.entry_of_interest(node)? {
            Some(entry) if counts_as_file => self.compare(worker, node, entry, &stat)?,
            Some(entry) => self.report(worker, node, verdict_missing(entry))?,
            None => {
                if let (WalkMode::List { ignored }, true) = (mode, stat.kind.is_trackable()) {
                    self.file_without_entry(worker, node, ignored)?;
                }
            }
        }
        if self.lists_emptied() && !counts_as_file && stat.kind != FileKind::Directory {
            self.note_odd(worker, node.full_path()?);
        }
        if let (WalkMode::List { ignored }, FileKind::Directory) = (mode, stat.kind) {
            let path = Cow::Borrowed(node.full_path()?);
            let mut found = Found::default();
            self.enter(worker, path, Some(node), ignored, &mut found)?;
            for directory in found.directories {
                scope.spawn(move |scope| self.run(scope, directory));
            }
            return Ok(());
        }
        if node.has_children() && !self.is_start(node)? {
            let mode = match mode {
                WalkMode::List { .. } => WalkMode::Tracked,
                WalkMode::AuditTracked | WalkMode::Tracked => mode,
            };
            let below = Directory::of_node(node, mode)?;
            if stat.kind == FileKind::Directory {
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
    ) -> Result<(), StatusError> {
        worker.outcome.counts.files_compared += 1;
        if self.lists_emptied() {
            self.note_kept(worker, node.full_path()?.parent());
        }
        let check_exec = self.options.check_exec;
        let verdict = verdict_present(entry, node.has_copy_source(), stat, check_exec, self.now);
        self.report(worker, node, verdict)
    }

    pub(super) fn report(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
        verdict: Verdict,
    ) -> Result<(), StatusError> {
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
        list.push(node.full_path()?.to_owned());
        Ok(())
    }

    /// Nothing is on disk at a node's path.
    pub(super) fn missing_node(
        &self,
        worker: &mut Worker<'t>,
        node: NodeRef<'t>,
    ) -> Result<(), StatusError> {
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
    ) -> Result<(), StatusError> {
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
}
