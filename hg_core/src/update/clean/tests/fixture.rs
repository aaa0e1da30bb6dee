// SPDX-License-Identifier: GPL-2.0-or-later
//! A repository whose store and working directory the tests make by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha1::{Digest, Sha1};

use crate::config::Invocation;
use crate::dirstate::DirstateMap;
use crate::history::manifest::Manifest;
use crate::repo::Repo;
use crate::types::{hex, Environment, HgPath, Revision};
use crate::update::progress::tests::Counted;
use crate::update::{
    update_from_clean, update_map_from_null, MapUpdateOptions, Step, UpdateCounts, UpdateError,
    Warnings,
};

/// Files of a revision, or of a working directory: by path, their flag
/// (nothing, `x` or `l`) and content.
pub(super) type Files = BTreeMap<String, (&'static str, String)>;

pub(super) fn files(files: &[(&str, &'static str, &str)]) -> Files {
    let file =
        |&(path, flag, content): &(&str, _, &str)| (path.to_owned(), (flag, content.to_owned()));
    files.iter().map(file).collect()
}

pub(super) struct Fixture {
    pub(super) directory: tempfile::TempDir,
    pub(super) repo: Repo,
    pub(super) map: DirstateMap,
    pub(super) options: MapUpdateOptions,
    pub(super) progress: Arc<Counted>,
    pub(super) warnings: Warnings,
    pub(super) revision: Files,
    contents: BTreeMap<String, BTreeSet<String>>,
}

impl Fixture {
    /// At a revision without files.
    pub(super) fn new() -> Self {
        Self::with_config("")
    }

    pub(super) fn with_config(config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let dot_hg = directory.path().join(".hg");
        std::fs::create_dir_all(dot_hg.join("store")).unwrap();
        std::fs::write(dot_hg.join("requires"), "dirstate-v2\nstore\nrevlogv1\n").unwrap();
        std::fs::write(dot_hg.join("hgrc"), config).unwrap();
        let invocation = Invocation {
            environment: Environment::from_iter([("HGRCPATH", "")]),
            ..Invocation::default()
        };
        let progress = Arc::new(Counted::default());
        Self {
            repo: Repo::open(directory.path(), &invocation).unwrap(),
            directory,
            map: DirstateMap::new_empty(),
            options: MapUpdateOptions {
                progress: Arc::clone(&progress) as _,
                ..MapUpdateOptions::default()
            },
            progress,
            warnings: Warnings::default(),
            revision: Files::new(),
            contents: BTreeMap::new(),
        }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// Update to a revision that has these files.
    pub(super) fn update(&mut self, to: &Files) -> Result<UpdateCounts, UpdateError> {
        self.store(to);
        let from = manifest(&self.revision);
        let target = manifest(to);
        let step = Step {
            from: Manifest::new(&from),
            to: Manifest::new(&target),
        };
        self.warnings = Warnings::default();
        let counts = update_from_clean(
            &self.repo,
            step,
            &mut self.map,
            &self.options,
            &mut self.warnings,
        )?;
        self.revision = to.clone();
        Ok(counts)
    }

    /// Commit these files as revision 0, and update to it from no revision.
    pub(super) fn check_out(&mut self, files: &Files) -> Result<usize, UpdateError> {
        self.store(files);
        let manifest = String::from_utf8(manifest(files)).unwrap();
        let manifest_node = hex::encode(&node(&manifest));
        let changeset = format!("{manifest_node}\nsomebody\n0 0\n\ndescription");
        for (name, text) in [("00manifest.i", manifest), ("00changelog.i", changeset)] {
            let path = self.path(".hg/store").join(name);
            std::fs::write(path, inline_revlog(&BTreeSet::from([text]))).unwrap();
        }
        let rev = Revision::new(0);
        let written = update_map_from_null(&self.repo, rev, &mut self.map, &self.options)?;
        self.revision = files.clone();
        Ok(written)
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let lines = self.warnings.lines().iter();
        lines
            .map(|line| String::from_utf8(line.clone()).unwrap())
            .collect()
    }

    /// What is in the working directory.
    pub(super) fn found(&self) -> Files {
        let mut found = Files::new();
        walk(self.directory.path(), "", &mut found);
        found
    }

    /// What the dirstate has: each path, and whether the entry's mode and size
    /// are those of the file.
    pub(super) fn recorded(&self) -> Vec<(String, bool)> {
        let entry = |item: Result<(&HgPath, crate::dirstate::DirstateEntry), _>| {
            let (path, entry) = item.unwrap();
            let stat = self.path(&path.to_string()).symlink_metadata().unwrap();
            let mode = stat.permissions().mode();
            let (recorded, size) = entry.mode_size().unwrap();
            let is_same = u64::from(size) == stat.len() && recorded & 0o170_111 == mode & 0o170_111;
            (path.to_string(), is_same && entry.maybe_clean())
        };
        self.map.iter().map(entry).collect()
    }

    /// The filelogs of all contents that a path ever had.
    fn store(&mut self, files: &Files) {
        for (path, (_, content)) in files {
            let filelog = self.path(&format!(".hg/store/data/{}.i", stored(path)));
            let contents = self.contents.entry(path.clone()).or_default();
            contents.insert(content.clone());
            std::fs::create_dir_all(filelog.parent().unwrap()).unwrap();
            std::fs::write(filelog, inline_revlog(contents)).unwrap();
        }
    }
}

/// The name of a path in the store, which tells no case.
fn stored(path: &str) -> String {
    let mut name = String::new();
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// All contents as whole texts of revisions without parents.
fn inline_revlog(contents: &BTreeSet<String>) -> Vec<u8> {
    let mut revlog = Vec::new();
    let mut offset: u64 = 0;
    for (rev, content) in (0_i32..).zip(contents) {
        let chunk = match content.is_empty() {
            true => Vec::new(),
            false => [b"u", content.as_bytes()].concat(),
        };
        let start = revlog.len();
        revlog.extend((offset << 16).to_be_bytes());
        for number in [chunk.len() as i32, content.len() as i32, rev, 0, -1, -1] {
            revlog.extend(number.to_be_bytes());
        }
        revlog.extend(node(content));
        revlog.extend([0; 12]);
        if rev == 0 {
            revlog[start..start + 4].copy_from_slice(&0x0001_0001_u32.to_be_bytes());
        }
        offset += chunk.len() as u64;
        revlog.extend(chunk);
    }
    revlog
}

fn node(content: &str) -> [u8; 20] {
    Sha1::new()
        .chain_update([0; 40])
        .chain_update(content)
        .finalize()
        .into()
}

fn manifest(files: &Files) -> Vec<u8> {
    let line = |(path, (flag, content)): (&String, &(&str, String))| {
        format!("{path}\0{}{flag}\n", hex::encode(&node(content)))
    };
    files.iter().map(line).collect::<String>().into_bytes()
}

/// Make the file as somebody else would.
pub(super) fn make(path: &Path, flag: &str, content: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    if flag == "l" {
        symlink(content, path).unwrap();
        return;
    }
    std::fs::write(path, content).unwrap();
    let mode = if flag == "x" { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn walk(directory: &Path, prefix: &str, found: &mut Files) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if prefix.is_empty() && name == ".hg" {
            continue;
        }
        let path = format!("{prefix}{name}");
        let stat = entry.path().symlink_metadata().unwrap();
        if stat.is_dir() {
            found.insert(format!("{path}/"), ("", String::new()));
            walk(&entry.path(), &format!("{path}/"), found);
        } else if stat.is_symlink() {
            let target = std::fs::read_link(entry.path()).unwrap();
            let target = String::from_utf8(target.as_os_str().as_bytes().to_vec()).unwrap();
            found.insert(path, ("l", target));
        } else {
            let flag = if stat.permissions().mode() & 0o100 != 0 {
                "x"
            } else {
                ""
            };
            let content = std::fs::read_to_string(entry.path()).unwrap();
            found.insert(path, (flag, content));
        }
    }
}

/// `files` with the directories they are in.
pub(super) fn with_directories(files: &Files) -> Files {
    let mut all = files.clone();
    for path in files.keys() {
        for (slash, _) in path.match_indices('/') {
            all.insert(path[..=slash].to_owned(), ("", String::new()));
        }
    }
    all
}
