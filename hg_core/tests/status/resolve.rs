// SPDX-License-Identifier: GPL-2.0-or-later
//! [`hg_core::status::resolve`]: files compared with the parent's content.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{symlink, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hg_core::dirstate::io::WriteOptions;
use hg_core::dirstate::{DirstateMap, EntryData, WriteMode};
use hg_core::fs::{Clock, Threads};
use hg_core::history::{HistoryError, Snapshot};
use hg_core::matchers::AlwaysMatcher;
use hg_core::status::{resolve, status, StatusError, StatusOptions, StatusOutcome};
use hg_core::store::{Store, StoreEncoding};
use hg_core::types::{HgPath, HgPathBuf, Node, Revision, TruncatedTimestamp};
use tempfile::TempDir;

use crate::update::repo::{self, File};

/// A repository whose dirstate says nothing of what its files look like.
struct Place {
    directory: TempDir,
    dirstate: DirstateMap,
    store: Store,
    parent: Node,
}

impl Place {
    fn new(files: &[(&str, &'static str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let content = |text: &str| text.as_bytes().to_vec();
        let files: Vec<File> = files
            .iter()
            .map(|(path, flag, text)| ((*path).to_owned(), *flag, content(text)))
            .collect();
        repo::make(root, files.clone());
        let mut dirstate = DirstateMap::new_empty();
        for (path, flag, content) in &files {
            let on_disk = root.join(path);
            fs::create_dir_all(on_disk.parent().unwrap()).unwrap();
            if *flag == "l" {
                symlink(std::str::from_utf8(content).unwrap(), &on_disk).unwrap();
            } else {
                fs::write(&on_disk, content).unwrap();
                let mode = if *flag == "x" { 0o755 } else { 0o644 };
                fs::set_permissions(&on_disk, fs::Permissions::from_mode(mode)).unwrap();
            }
            let path = HgPath::new(path);
            dirstate.reset_state(path, EntryData::TRACKED).unwrap();
        }
        let encoding = StoreEncoding::FnCache { dotencode: true };
        let store = Store::new(root.join(".hg/store"), encoding);
        let parent = Snapshot::of_revision(&store, Revision::ZERO)
            .unwrap()
            .node();
        Self {
            directory,
            dirstate,
            store,
            parent,
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn outcome(&self, options: &StatusOptions) -> StatusOutcome {
        let root = self.directory.path();
        status(&self.dirstate, &AlwaysMatcher, root, vec![], options).unwrap()
    }

    fn resolve(&self, options: &StatusOptions) -> StatusOutcome {
        let mut outcome = self.outcome(options);
        let root = self.directory.path();
        resolve(&mut outcome, root, &self.store, self.parent, options).unwrap();
        assert_eq!(outcome.unsure.len(), 0);
        outcome
    }

    fn resolved(&self) -> BTreeSet<String> {
        lines(&self.resolve(&options()))
    }
}

fn options() -> StatusOptions {
    let mut options = StatusOptions::default();
    options.list_clean = true;
    options.threads = Threads::new(3);
    options
}

fn lines(outcome: &StatusOutcome) -> BTreeSet<String> {
    let lists = [
        ('L', &outcome.unsure),
        ('M', &outcome.modified),
        ('!', &outcome.deleted),
        ('C', &outcome.clean),
    ];
    let line = |letter, path: &HgPathBuf| format!("{letter} {path}");
    lists
        .into_iter()
        .flat_map(|(letter, paths)| paths.iter().map(move |path| line(letter, path)))
        .collect()
}

fn set<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.map(str::to_owned).into()
}

const FILES: [(&str, &str, &str); 8] = [
    ("a", "", "content"),
    ("changed", "", "content"),
    ("copied", "", "\u{1}\ncopy: a\n\u{1}\ncontent"),
    ("d/grown", "", "content"),
    ("d/script", "x", "run"),
    ("link", "l", "a"),
    ("no longer script", "x", "run"),
    ("was link", "l", "a"),
];

fn place() -> Place {
    let place = Place::new(&FILES);
    fs::write(place.path("changed"), "CONTENT").unwrap();
    fs::write(place.path("copied"), "content").unwrap();
    fs::write(place.path("d/grown"), "content more").unwrap();
    let plain = fs::Permissions::from_mode(0o644);
    fs::set_permissions(place.path("no longer script"), plain).unwrap();
    fs::remove_file(place.path("was link")).unwrap();
    fs::write(place.path("was link"), "a").unwrap();
    place
}

#[test]
fn the_content_tells() {
    let place = place();
    let unsure = place.outcome(&options());
    assert_eq!(unsure.unsure.len(), FILES.len());
    let expected = set([
        "C a",
        "M changed",
        "C copied",
        "M d/grown",
        "C d/script",
        "C link",
        "M no longer script",
        "M was link",
    ]);
    assert_eq!(place.resolved(), expected);

    let mut without_exec = options();
    without_exec.check_exec = false;
    let found = lines(&place.resolve(&without_exec));
    assert!(found.contains("C no longer script"), "{found:?}");
    let mut without_links = options();
    without_links.check_link = false;
    let found = lines(&place.resolve(&without_links));
    assert!(found.contains("C was link"), "{found:?}");
}

#[test]
fn what_the_parent_lacks_is_modified() {
    let mut place = Place::new(&FILES[..2]);
    let new = ["0", "b", "z"];
    for path in new {
        fs::write(place.path(path), "content").unwrap();
        let path = path.as_bytes();
        place
            .dirstate
            .reset_state(HgPath::new(path), EntryData::TRACKED)
            .unwrap();
    }
    let expected = set(["C a", "C changed", "M 0", "M b", "M z"]);
    assert_eq!(place.resolved(), expected);
    // Without a parent everything is, and no store is needed.
    fs::remove_dir_all(place.path(".hg/store")).unwrap();
    place.parent = Node::NULL;
    let expected = set(["M a", "M changed", "M 0", "M b", "M z"]);
    assert_eq!(place.resolved(), expected);
}

#[test]
fn what_vanishes_meanwhile_is_deleted() {
    let place = Place::new(&FILES[..3]);
    let mut outcome = place.outcome(&options());
    fs::remove_file(place.path("a")).unwrap();
    fs::remove_file(place.path("changed")).unwrap();
    fs::create_dir(place.path("changed")).unwrap();
    let root = place.directory.path();
    resolve(&mut outcome, root, &place.store, place.parent, &options()).unwrap();
    assert_eq!(lines(&outcome), set(["! a", "M changed", "M copied"]));
}

#[test]
fn nothing_is_opened_for_nothing() {
    let place = Place::new(&FILES);
    let mut outcome = StatusOutcome::default();
    let nowhere = Store::new("/nowhere".into(), StoreEncoding::Plain);
    let root = place.directory.path();
    resolve(&mut outcome, root, &nowhere, place.parent, &options()).unwrap();
    assert_eq!(lines(&outcome), set([]));
    // With an unsure file the store has to be there, and the parent in it.
    let mut outcome = place.outcome(&options());
    let before = lines(&outcome);
    let error = resolve(&mut outcome, root, &nowhere, place.parent, &options());
    assert!(matches!(error, Err(StatusError::History(_))));
    let unknown = Node::new([7; 20]);
    let error = resolve(&mut outcome, root, &place.store, unknown, &options()).unwrap_err();
    let is_unknown = matches!(
        error,
        StatusError::History(HistoryError::NoSuchChangeset(node)) if node == unknown
    );
    assert!(is_unknown, "{error}");
    assert_eq!(lines(&outcome), before);
}

#[test]
fn damage_in_the_store_is_an_error() {
    let place = Place::new(&FILES);
    fs::write(place.path(".hg/store/data/a.i"), "damaged").unwrap();
    let mut outcome = place.outcome(&options());
    let root = place.directory.path();
    let error = resolve(&mut outcome, root, &place.store, place.parent, &options()).unwrap_err();
    assert!(error.to_string().contains("data/a.i"), "{error}");
}

#[test]
fn cancelled() {
    let place = Place::new(&FILES);
    let mut outcome = place.outcome(&options());
    let cancelled = options();
    cancelled.cancellation.cancel();
    let root = place.directory.path();
    let error = resolve(&mut outcome, root, &place.store, place.parent, &cancelled);
    assert!(matches!(error, Err(StatusError::Cancelled)));
    assert_eq!(outcome.unsure.len(), FILES.len());
    let error = status(&place.dirstate, &AlwaysMatcher, root, vec![], &cancelled);
    assert!(matches!(error, Err(StatusError::Cancelled)));
}

fn touch(path: &Path, time: SystemTime) {
    let file = fs::File::open(path).unwrap();
    file.set_modified(time).unwrap();
}

/// Read, answered, written, read again: the second status is sure.
#[test]
fn the_next_status_is_sure() {
    let mut place = Place::new(&FILES[..2]);
    let now = SystemTime::now();
    touch(&place.path("a"), now - Duration::from_secs(100));
    // May change again within the tick of its time.
    touch(&place.path("changed"), now + Duration::from_secs(100));
    let outcome = place.resolve(&options());
    assert_eq!(lines(&outcome), set(["C a", "C changed"]));
    let kept: Vec<_> = outcome
        .updates
        .clean
        .iter()
        .map(|file| file.path.as_bytes())
        .collect();
    assert_eq!(kept, [b"a"]);
    assert!(outcome.updates.apply(&mut place.dirstate).unwrap());
    assert_eq!(lines(&place.outcome(&options())), set(["C a", "L changed"]));

    // A time that the clock is past is reliable.
    let mut later = options();
    let seconds = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs() as i64;
    later.clock = Some(Clock::at(TruncatedTimestamp::new_truncate(
        seconds + 1000,
        0,
        false,
    )));
    let outcome = place.resolve(&later);
    assert_eq!(outcome.updates.clean.len(), 1);
    assert!(outcome.updates.apply(&mut place.dirstate).unwrap());
    let sure = place.outcome(&later);
    assert_eq!(lines(&sure), set(["C a", "C changed"]));
    assert!(sure.updates.is_empty());

    let file = hg_core::dirstate::io::DirstateFile::new(
        place.path(".hg"),
        hg_core::dirstate::DirstateVersion::V2,
    );
    let mut loaded = file.load().unwrap();
    loaded.map = place.dirstate;
    let mut write = WriteOptions::default();
    write.data = WriteMode::ForceNew;
    file.write_back(loaded, &write).unwrap();
    place.dirstate = file.load().unwrap().map;
    assert_eq!(lines(&place.outcome(&later)), set(["C a", "C changed"]));
}

#[test]
fn many_files_on_any_number_of_threads() {
    let names: Vec<String> = (0..500)
        .map(|number| format!("d{}/f{number}", number % 7))
        .collect();
    let files: Vec<(&str, &str, &str)> = names.iter().map(|name| (&**name, "", "same")).collect();
    let place = Place::new(&files);
    for name in names.iter().step_by(3) {
        fs::write(place.path(name), "else").unwrap();
    }
    for threads in [1, 2, 7] {
        let mut options = options();
        options.threads = Threads::new(threads);
        let outcome = place.resolve(&options);
        assert_eq!((outcome.modified.len(), outcome.clean.len()), (167, 333));
    }
}
