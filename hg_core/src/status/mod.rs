// SPDX-License-Identifier: GPL-2.0-or-later
//! What has changed in the working directory since the dirstate was written.
//!
//! [`status`] walks directories and dirstate together, on all processors, and
//! returns the paths that differ. Its answers are those of Mercurial's own
//! `dirstate.status` for the same matcher; contract section 4.
//!
//! It reads and answers. Of some files only the content can tell, which
//! [`resolve`] compares with that of the parent. What spares the next status
//! work is brought into the dirstate by [`StatusUpdates::apply`], and that to
//! disk by [`DirstateFile::write_back`](crate::dirstate::io::DirstateFile::write_back).
//!
//! ```no_run
//! use std::path::Path;
//! use hg_core::dirstate::io::WriteOptions;
//! use hg_core::matchers::AlwaysMatcher;
//! use hg_core::repo::Repo;
//! use hg_core::status::{resolve, status, StatusOptions};
//!
//! let root = Path::new("/repository");
//! let repo = Repo::open(root, &Default::default())?;
//! let mut dirstate = repo.dirstate().load()?;
//! let options = StatusOptions::default();
//! let mut outcome = status(&dirstate.map, &AlwaysMatcher, root, vec![], &options)?;
//! resolve(&mut outcome, root, &repo.store(), dirstate.parents.p1, &options)?;
//! println!("{} modified files", outcome.modified.len());
//! if outcome.updates.apply(&mut dirstate.map)? {
//!     repo.dirstate().write_back(dirstate, &WriteOptions::default())?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compare;
mod emptied;
mod error;
mod explicit;
mod listing;
mod nodes;
mod options;
mod outcome;
mod resolve;
mod updates;
mod walk;

use std::borrow::Cow;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

pub use error::StatusError;
pub use options::{EmptiedDirectories, StatusOptions};
pub use outcome::{BadMatch, StatusCounts, StatusOutcome};
pub use resolve::resolve;
pub use updates::{CleanFile, StatusUpdates};

use crate::dirstate::{DirstateMap, DirstateVersion};
use crate::fs::{self, Clock, Threads};
use crate::matchers::{IgnoreFiles, IgnoreMatcher, Matcher};
use crate::types::{HgPath, HgPathBuf, TruncatedTimestamp};
use walk::{CachePolicy, Directory, NewMtimes, Walk, WalkMode};

/// The status of what `matcher` matches in the working directory `root_dir`.
///
/// # Errors
/// When the dirstate is corrupted, an ignore pattern is unsupported, the
/// working directory cannot be opened, the system fails ("too many open
/// files"), or it was cancelled. A file or directory that is not there or may
/// not be looked at is not an error: see [`StatusOutcome::bad`].
pub fn status(
    dirstate: &DirstateMap,
    matcher: &dyn Matcher,
    root_dir: &Path,
    ignore_files: Vec<PathBuf>,
    options: &StatusOptions,
) -> Result<StatusOutcome, StatusError> {
    let root = fs::open_root(root_dir).map_err(|error| StatusError::WorkingDirectory {
        path: root_dir.to_path_buf(),
        error: error.into(),
    })?;
    let clock = options.clock.unwrap_or_else(|| Clock::read(root.as_fd()));
    let now = clock.now();

    let (ignore, warnings, patterns_hash) = if options.reads_directories() {
        let files = IgnoreFiles::expand(ignore_files, root_dir)?;
        let ignore = IgnoreMatcher::new(&files.patterns)?;
        let hash = files.hash(root_dir);
        (ignore, files.warnings, Some(hash))
    } else {
        (IgnoreMatcher::default(), Vec::new(), None)
    };
    let is_v2 = dirstate.dirstate_version() == DirstateVersion::V2;
    let new_hash = patterns_hash.filter(|hash| is_v2 && hash != dirstate.ignore_patterns_hash());
    let caching = patterns_hash.is_some() && is_v2;
    let valid = caching && new_hash.is_none();

    let threads = Threads::new(options.threads.count());
    let mut walk = Walk::new(root.as_fd(), matcher, &ignore, options, threads, now);
    walk.cache = CachePolicy {
        valid,
        // What is in a directory that stays is not in the cache.
        read: valid && !options.list_ignored && !walk.lists_emptied(),
        write: caching && now.is_some(),
    };
    let (mut outcome, new_mtimes) = run(walk, dirstate, threads)?;
    let owned = |(path, mtime): (&HgPath, TruncatedTimestamp)| (path.to_owned(), mtime);
    outcome.updates = StatusUpdates {
        ignore_patterns_hash: new_hash,
        directories: new_mtimes.into_iter().map(owned).collect(),
        clean: Vec::new(),
    };
    outcome.warnings = warnings;
    outcome.clock = clock;
    outcome.counts.threads = threads.count();
    Ok(outcome)
}

fn run<'t>(
    mut walk: Walk<'t>,
    dmap: &'t DirstateMap,
    threads: Threads,
) -> Result<(StatusOutcome, NewMtimes<'t>), StatusError> {
    let pool = threads
        .pool("status")
        .map_err(|error| StatusError::Threads(error.to_string()))?;

    let named = pool.install(|| explicit::look_at_named(&walk, dmap))?;
    let mut traversed = Vec::new();
    if walk.options.collect_traversed_dirs {
        traversed.extend_from_slice(&named.directories);
        traversed.extend_from_slice(&named.lost_directories);
    }
    walk.answered = named.answered;

    let matcher = walk.matcher;
    let mut starts = Vec::new();
    if walk.options.reads_directories() && !matcher.is_exact() {
        for path in &named.directories {
            let ignored = explicit::is_under_ignored(&walk, path);
            if walk.options.list_ignored || !ignored {
                starts.push((path.clone(), WalkMode::List { ignored }));
            }
        }
    }
    let everywhere = starts.iter().any(|(path, _)| path.is_empty());
    // Mercurial is content with what it was given if that is all that can
    // match.
    let complete =
        matcher.is_prefix() && named.directories.is_empty() && named.lost_directories.is_empty();
    if !everywhere && !complete && !matcher.is_exact() {
        let mode = if walk.options.list_unknown {
            WalkMode::AuditTracked
        } else {
            WalkMode::Tracked
        };
        walk.starts = starts.iter().map(|(path, _)| path.clone()).collect();
        starts.push((HgPathBuf::new(), mode));
    }

    let mut directories = Vec::with_capacity(starts.len());
    for (path, mode) in starts {
        let (node, children) = if path.is_empty() {
            (None, Some(dmap.root_children()?))
        } else {
            let node = dmap.get_node(&path)?;
            (node, node.map(|node| node.children()).transpose()?)
        };
        directories.push(Directory {
            path: Cow::Owned(path),
            node,
            children,
            mode,
        });
    }
    let shared = &walk;
    pool.scope(|scope| {
        for directory in directories {
            scope.spawn(move |scope| shared.run(scope, directory));
        }
    });
    let (mut outcome, new_mtimes) = walk.finish()?;
    outcome.traversed.append(&mut traversed);
    Ok((outcome, new_mtimes))
}
