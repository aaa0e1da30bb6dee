// SPDX-License-Identifier: GPL-2.0-or-later
//! What the caller named: files get their status at once, directories are
//! where the walk starts. Answers to `dirstate._walkexplicit` in Mercurial.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rustix::io::Errno;

use super::compare::verdict_missing;
use super::outcome::BadMatch;
use super::walk::{system_error, Walk, Worker};
use crate::dirstate::{DirstateMap, NodeRef};
use crate::fs::{self, FileKind};
use crate::status::StatusError;
use crate::types::{HgPath, HgPathBuf};

/// Fewer files than this are not worth another thread.
const PORTION: usize = 128;

/// Where named paths lead.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Directories on disk.
    pub(super) directories: Vec<HgPathBuf>,
    /// Directories of the dirstate that are not on disk.
    pub(super) lost_directories: Vec<HgPathBuf>,
    /// Paths that have got their status, or have none.
    pub(super) answered: HashSet<HgPathBuf>,
}

/// Look at the paths that the matcher of `walk` names.
pub(super) fn look_at_named<'t>(
    walk: &Walk<'t>,
    dirstate: &'t DirstateMap,
) -> Result<Named, StatusError> {
    let mut files: Vec<&HgPathBuf> = walk.matcher.files().iter().collect();
    files.sort_unstable();
    files.dedup();
    if files.is_empty() || files.iter().any(|file| file.is_root()) {
        // Nothing, or everything: the walk meets it all.
        return Ok(Named {
            directories: vec![HgPathBuf::new()],
            ..Named::default()
        });
    }
    let named = Mutex::new(Named::default());
    files.par_chunks(PORTION).for_each(|portion| {
        walk.task(|worker| {
            let mut part = Named::default();
            for path in portion {
                look_at(walk, worker, dirstate, path, &mut part)?;
            }
            let mut named = named.lock().unwrap_or_else(PoisonError::into_inner);
            named.directories.append(&mut part.directories);
            named.lost_directories.append(&mut part.lost_directories);
            named.answered.extend(part.answered);
            Ok(())
        });
    });
    Ok(named.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn look_at<'t>(
    walk: &Walk<'t>,
    worker: &mut Worker<'t>,
    dirstate: &'t DirstateMap,
    path: &HgPath,
    named: &mut Named,
) -> Result<(), StatusError> {
    if path == b".hg" {
        return Ok(());
    }
    let node = dirstate.get_node(path)?;
    worker.outcome.counts.lstat_calls += 1;
    let stat = fs::lstat(walk.root, path);
    if let Err(error) = stat {
        if !fs::is_about_the_path(error) {
            return Err(system_error(path, error));
        }
    }
    let is_file = stat.is_ok_and(|stat| stat.kind.is_trackable());
    match stat {
        Ok(stat) if stat.kind == FileKind::Directory => named.directories.push(path.to_owned()),
        Ok(_) if is_file => {}
        Ok(stat) => {
            let bad = BadMatch::BadType(stat.kind.name());
            worker.outcome.bad.push((path.to_owned(), bad));
        }
        Err(error) => not_found(worker, path, node, error, named)?,
    }
    let entry = node.map(|node| node.entry()).transpose()?.flatten();
    if !is_file && entry.is_none() {
        return Ok(());
    }
    if !walk.matcher.is_exact() {
        named.answered.insert(path.to_owned());
    }
    // Roots of patterns are named too, without matching.
    if !walk.matcher.matches(path) {
        if is_file {
            walk.note_kept(worker, path.parent());
        }
        return Ok(());
    }
    match (node, entry, stat) {
        (Some(node), Some(entry), Ok(stat)) if is_file => walk.compare(worker, node, entry, &stat),
        (Some(node), Some(entry), _) => walk.report(worker, node, verdict_missing(entry)),
        _ => {
            let ignored = is_under_ignored(walk, path);
            walk.report_untracked(worker, path, ignored);
            Ok(())
        }
    }
}

fn not_found(
    worker: &mut Worker<'_>,
    path: &HgPath,
    node: Option<NodeRef<'_>>,
    error: Errno,
    named: &mut Named,
) -> Result<(), StatusError> {
    match node {
        Some(node) if node.entry()?.is_some() => {}
        Some(node) if node.descendants_with_entry_count()? > 0 => {
            named.lost_directories.push(path.to_owned());
        }
        _ => {
            let bad = BadMatch::OsError(error.raw_os_error());
            worker.outcome.bad.push((path.to_owned(), bad));
        }
    }
    Ok(())
}

/// Whether `path`, or a directory above it, is ignored. The root counts.
pub(super) fn is_under_ignored(walk: &Walk<'_>, path: &HgPath) -> bool {
    walk.ignore.matches(path) || path.ancestors().any(|path| walk.ignore.matches(path))
}
