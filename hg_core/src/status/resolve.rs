// SPDX-License-Identifier: GPL-2.0-or-later
//! The files of which only the content can tell, compared with those of the
//! parent. Answers to `workingctx._checklookup` in Mercurial.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::options::StatusOptions;
use super::outcome::StatusOutcome;
use super::updates::CleanFile;
use super::walk::system_error;
use crate::fs::{self, FileKind, FileStat};
use crate::history::manifest::ManifestFlag;
use crate::history::{read_file, HistoryError, Snapshot};
use crate::status::StatusError;
use crate::store::Store;
use crate::types::{HgPathBuf, InternalError, Node};

/// Files that a thread takes at a time.
const PORTION: usize = 8;

const OWNER_EXECUTE: u32 = 0o100;

/// A file, and what the parent has at its path.
struct Question {
    path: HgPathBuf,
    parent: Option<(Node, Option<ManifestFlag>)>,
}

enum Answer {
    Modified,
    Deleted,
    /// With what the file looked like before its content was read.
    Clean(FileStat),
}

/// Find out whether the [`unsure`](StatusOutcome::unsure) files of `outcome`,
/// the status of the working directory at `root`, are modified. None is unsure
/// afterwards, and what to keep of the clean ones is in
/// [`updates`](StatusOutcome::updates).
///
/// `parent` is the first parent of the working directory; without an unsure
/// file nothing of the store is opened. That no `[encode]` filter changes the
/// content of files on its way into the store is the caller's to know.
///
/// # Errors
/// When the store cannot be read, has no such parent, or has content stored
/// elsewhere; when the system fails; or when it was cancelled. `outcome` is
/// then what it was.
pub fn resolve(
    outcome: &mut StatusOutcome,
    root: &Path,
    store: &Store,
    parent: Node,
    options: &StatusOptions,
) -> Result<(), StatusError> {
    if outcome.unsure.is_empty() {
        return Ok(());
    }
    let snapshot = Snapshot::of_node(store, parent)?;
    let questions = questions(&outcome.unsure, &snapshot)?;
    let directory = fs::open_root(root).map_err(|error| StatusError::WorkingDirectory {
        path: root.to_path_buf(),
        error: error.into(),
    })?;
    let job = Job {
        root: directory.as_fd(),
        store,
        options,
        failed: AtomicBool::new(false),
    };
    let answers = job.answer_all(&questions)?;
    if answers.len() != questions.len() {
        return Err(InternalError::new("resolve: a file without an answer").into());
    }

    outcome.unsure.clear();
    for (question, answer) in questions.into_iter().zip(answers) {
        let path = question.path;
        match answer {
            Answer::Modified => outcome.modified.push(path),
            Answer::Deleted => outcome.deleted.push(path),
            Answer::Clean(stat) => {
                let now = outcome.clock.now();
                let mtime = now.and_then(|now| fs::reliable_mtime(stat.mtime, now));
                if let Some(mtime) = mtime {
                    outcome.updates.clean.push(CleanFile {
                        path: path.clone(),
                        mode: stat.mode,
                        size: stat.size,
                        mtime,
                    });
                }
                if options.list_clean {
                    outcome.clean.push(path);
                }
            }
        }
    }
    Ok(())
}

/// Look the files up in the manifest, which is in the same order once they are
/// sorted.
fn questions(unsure: &[HgPathBuf], snapshot: &Snapshot) -> Result<Vec<Question>, HistoryError> {
    let mut paths: Vec<HgPathBuf> = unsure.to_vec();
    paths.sort_unstable();
    let manifest = snapshot.manifest();
    let mut entries = manifest.entries();
    let mut entry = entries.next().transpose()?;
    let mut questions = Vec::with_capacity(paths.len());
    for path in paths {
        while entry.is_some_and(|entry| *entry.path < *path) {
            entry = entries.next().transpose()?;
        }
        let parent = entry.filter(|entry| *entry.path == *path);
        questions.push(Question {
            parent: parent.map(|entry| (entry.node, entry.flag)),
            path,
        });
    }
    Ok(questions)
}

/// What all threads share.
struct Job<'a> {
    root: BorrowedFd<'a>,
    store: &'a Store,
    options: &'a StatusOptions,
    /// Set with the first error, after which no more files are begun.
    failed: AtomicBool,
}

impl Job<'_> {
    /// In the order of the questions.
    fn answer_all(&self, questions: &[Question]) -> Result<Vec<Answer>, StatusError> {
        let portions: Vec<&[Question]> = questions.chunks(PORTION).collect();
        let threads = self.options.threads.count().min(portions.len());
        let work = Mutex::new(portions.into_iter().enumerate());
        let take = || work.lock().unwrap_or_else(PoisonError::into_inner).next();
        let answered = Mutex::new(Vec::new());
        let run = || {
            while let Some((number, portion)) = take() {
                let answers = self.answer_portion(portion);
                let mut answered = answered.lock().unwrap_or_else(PoisonError::into_inner);
                answered.push((number, answers));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                // Without it the others do its work.
                if fs::thread_builder("resolve")
                    .spawn_scoped(scope, run)
                    .is_err()
                {
                    break;
                }
            }
            run();
        });
        let mut answered = answered
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        answered.sort_unstable_by_key(|(number, _)| *number);
        let mut all = Vec::with_capacity(questions.len());
        for (_, answers) in answered {
            all.append(&mut answers?);
        }
        Ok(all)
    }

    fn answer_portion(&self, portion: &[Question]) -> Result<Vec<Answer>, StatusError> {
        let mut answers = Vec::with_capacity(portion.len());
        for question in portion {
            if self.failed.load(Ordering::Relaxed) {
                break;
            }
            if self.options.cancellation.is_cancelled() {
                return Err(StatusError::Cancelled);
            }
            let answer = self.answer(question);
            self.failed.fetch_or(answer.is_err(), Ordering::Relaxed);
            answers.push(answer?);
        }
        Ok(answers)
    }

    fn answer(&self, question: &Question) -> Result<Answer, StatusError> {
        let path = &question.path;
        let looked_at = match fs::lstat(self.root, path) {
            Ok(stat) => self.compare(question, &stat),
            Err(error) => Err(error.into()),
        };
        match looked_at {
            Ok(answer) => Ok(answer),
            // It has become inaccessible since the walk.
            Err(Trouble::System(error)) if fs::is_about_the_path(error) => Ok(Answer::Deleted),
            Err(Trouble::System(error)) => Err(system_error(path, error)),
            Err(Trouble::Status(error)) => Err(error),
        }
    }

    fn compare(&self, question: &Question, stat: &FileStat) -> Result<Answer, Trouble> {
        let path = &question.path;
        let (Some((node, flag)), true) = (&question.parent, stat.kind.is_trackable()) else {
            return Ok(Answer::Modified);
        };
        let is_link = stat.kind == FileKind::Symlink;
        if self.options.check_link && is_link != (*flag == Some(ManifestFlag::Link)) {
            return Ok(Answer::Modified);
        }
        let is_executable = !is_link && stat.mode & OWNER_EXECUTE != 0;
        if self.options.check_exec && is_executable != (*flag == Some(ManifestFlag::Exec)) {
            return Ok(Answer::Modified);
        }
        let stored = read_file(self.store, path, node).map_err(StatusError::from)?;
        let (content, stat) = match is_link {
            true => (fs::read_link(self.root, path)?, *stat),
            false => {
                // The one that is read may be another than was looked at.
                let file = fs::open_file(self.root, path)?;
                let stat = fs::fstat(file.as_fd())?;
                if stat.size != stored.len() as u64 {
                    return Ok(Answer::Modified);
                }
                (fs::read_file(file)?, stat)
            }
        };
        Ok(match content == stored {
            true => Answer::Clean(stat),
            false => Answer::Modified,
        })
    }
}

/// What kept a file from being compared.
enum Trouble {
    System(fs::Errno),
    Status(StatusError),
}

impl From<fs::Errno> for Trouble {
    fn from(error: fs::Errno) -> Self {
        Self::System(error)
    }
}

impl From<StatusError> for Trouble {
    fn from(error: StatusError) -> Self {
        Self::Status(error)
    }
}
