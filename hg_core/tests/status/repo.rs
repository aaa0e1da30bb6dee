// SPDX-License-Identifier: GPL-2.0-or-later
//! A working directory and its dirstate, made by hand.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{symlink, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hg_core::dirstate::{DirstateMap, EntryData, WriteMode};
use hg_core::matchers::{AlwaysMatcher, Matcher};
use hg_core::status::{status, StatusOptions, StatusOutcome};
use hg_core::types::{HgPath, TruncatedTimestamp};
use rustix::fs::{AtFlags, Timespec, Timestamps, CWD};
use tempfile::TempDir;

/// Long enough ago for every clock.
const LONG_AGO: i64 = 1_000_000_000;

pub struct Repo {
    directory: TempDir,
    pub dirstate: DirstateMap,
}

impl Repo {
    pub fn v1() -> Self {
        Self::new(DirstateMap::new_empty())
    }

    pub fn v2() -> Self {
        let empty = DirstateMap::new_v2(vec![].into(), 0, &[0; 44], b"uuid".to_vec(), None);
        Self::new(empty.unwrap())
    }

    fn new(dirstate: DirstateMap) -> Self {
        let directory = TempDir::new().unwrap();
        fs::create_dir(directory.path().join(".hg")).unwrap();
        Self {
            directory,
            dirstate,
        }
    }

    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn mkdir(&self, path: &str) {
        fs::create_dir_all(self.path(path)).unwrap();
    }

    pub fn write(&self, path: &str, contents: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub fn link(&self, path: &str, target: &str) {
        symlink(target, self.path(path)).unwrap();
    }

    pub fn remove(&self, path: &str) {
        let path = self.path(path);
        if fs::symlink_metadata(&path).unwrap().is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    pub fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Set the mtime of a file, directory or link.
    pub fn touch(&self, path: &str, seconds: i64, nanoseconds: i64) {
        let time = Timespec {
            tv_sec: seconds,
            tv_nsec: nanoseconds as _,
        };
        let times = Timestamps {
            last_access: time,
            last_modification: time,
        };
        rustix::fs::utimensat(CWD, self.path(path), &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
    }

    pub fn touch_long_ago(&self, path: &str) {
        self.touch(path, LONG_AGO, 5);
    }

    /// A file that is tracked, and clean.
    pub fn clean(&mut self, path: &str) {
        if fs::symlink_metadata(self.path(path)).is_err() {
            self.write(path, "contents\n");
        }
        self.touch_long_ago(path);
        self.record(path);
    }

    /// Have the dirstate record what is on disk as clean.
    pub fn record(&mut self, path: &str) {
        let stat = fs::symlink_metadata(self.path(path)).unwrap();
        let mtime = TruncatedTimestamp::from_metadata(&stat);
        let clean = EntryData {
            mode_size: Some((stat.mode(), stat.size() as u32)),
            mtime: Some(mtime),
            ..EntryData::TRACKED
        };
        self.dirstate.reset_state(HgPath::new(path), clean).unwrap();
    }

    /// An entry with nothing recorded but these.
    pub fn entry(&mut self, path: &str, wc_tracked: bool, p1_tracked: bool, p2_info: bool) {
        let state = EntryData {
            wc_tracked,
            p1_tracked,
            p2_info,
            ..EntryData::default()
        };
        self.dirstate.reset_state(HgPath::new(path), state).unwrap();
    }

    pub fn ignore(&self, patterns: &str) {
        self.write(".hgignore", patterns);
    }

    pub fn status(&mut self) -> Answer {
        self.status_of(&AlwaysMatcher, Asked::default())
    }

    pub fn status_with(&mut self, options: Asked) -> Answer {
        self.status_of(&AlwaysMatcher, options)
    }

    pub fn status_of(&mut self, matcher: &dyn Matcher, asked: Asked) -> Answer {
        let root = self.root().to_path_buf();
        let ignore = root.join(".hgignore");
        let ignore_files = ignore.exists().then_some(ignore).into_iter().collect();
        let outcome = status(
            &self.dirstate,
            matcher,
            &root,
            ignore_files,
            &asked.options(),
        );
        let outcome = outcome.unwrap();
        let is_dirty = outcome.updates.apply(&mut self.dirstate).unwrap();
        Answer(outcome, is_dirty)
    }

    /// Write the dirstate-v2 and read it again.
    pub fn reload(&mut self) {
        let packed = self.dirstate.pack_v2(WriteMode::ForceNew).unwrap();
        let size = packed.data.len();
        let data = packed.data.into();
        let uuid = b"uuid".to_vec();
        self.dirstate = DirstateMap::new_v2(data, size, &packed.tree_metadata, uuid, None).unwrap();
    }
}

/// What a status found, and whether it changed the dirstate.
pub struct Answer(pub StatusOutcome, pub bool);

impl Answer {
    /// All paths with their status letter (`L` for those only their contents
    /// can tell), but for `.hgignore`.
    pub fn lines(&self) -> BTreeSet<String> {
        let outcome = &self.0;
        let lists = [
            ('L', &outcome.unsure),
            ('M', &outcome.modified),
            ('A', &outcome.added),
            ('R', &outcome.removed),
            ('!', &outcome.deleted),
            ('C', &outcome.clean),
            ('I', &outcome.ignored),
            ('?', &outcome.unknown),
        ];
        let mut lines = BTreeSet::new();
        for (letter, paths) in lists {
            for path in paths {
                let line = format!("{letter} {}", path.as_bytes().escape_ascii());
                assert!(lines.insert(line), "listed twice: {path:?}");
            }
        }
        lines.remove("? .hgignore");
        lines
    }

    pub fn bad(&self) -> Vec<String> {
        let mut bad: Vec<String> = self
            .0
            .bad
            .iter()
            .map(|(path, bad)| format!("{} {bad:?}", path.as_bytes().escape_ascii()))
            .collect();
        bad.sort();
        bad
    }

    pub fn traversed(&self) -> Vec<String> {
        let mut paths: Vec<String> = self
            .0
            .traversed
            .iter()
            .map(|path| path.as_bytes().escape_ascii().to_string())
            .collect();
        paths.sort();
        paths
    }

    #[track_caller]
    pub fn is(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|line| line.to_string()).collect();
        assert_eq!(self.lines(), expected);
    }
}

/// What a test asks for.
#[derive(Clone, Copy)]
pub struct Asked {
    pub check_exec: bool,
    pub list_clean: bool,
    pub list_unknown: bool,
    pub list_ignored: bool,
    pub collect_traversed_dirs: bool,
}

impl Asked {
    pub fn options(self) -> StatusOptions {
        let mut options = StatusOptions::default();
        options.check_exec = self.check_exec;
        options.list_clean = self.list_clean;
        options.list_unknown = self.list_unknown;
        options.list_ignored = self.list_ignored;
        options.collect_traversed_dirs = self.collect_traversed_dirs;
        options
    }
}

/// What plain `hg status` shows.
impl Default for Asked {
    fn default() -> Self {
        Self {
            list_clean: false,
            list_ignored: false,
            ..ALL
        }
    }
}

pub const ALL: Asked = Asked {
    check_exec: true,
    list_clean: true,
    list_unknown: true,
    list_ignored: true,
    collect_traversed_dirs: false,
};

/// `hg status -mardc`: nothing that takes reading a directory.
pub const TRACKED: Asked = Asked {
    list_unknown: false,
    list_ignored: false,
    ..ALL
};
