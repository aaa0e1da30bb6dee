// SPDX-License-Identifier: GPL-2.0-or-later
//! The order of the house: a room imports only from floors below its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The rooms of the crate by floor, the lowest first, as docs/architecture.md
/// shows them.
const FLOORS: [&[&str]; 8] = [
    &["fs", "types"],
    &["config", "dag", "delta", "matchers"],
    &["revlog"],
    &["dirstate", "store"],
    &["history"],
    &["repo"],
    &["copies", "status"],
    &["update"],
];

/// `types` is the ground of its floor: the other rooms there may use it.
const GROUND: &str = "types";

/// No room: planted panics serve tests of every floor.
const OUTSIDE: [&str; 1] = ["planted_panic"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Every `.rs` file below `directory`.
fn sources_below(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that Rust text names by `crate::`, outside of comments.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let mut rooms = BTreeSet::new();
    for line in code {
        for after in line.split("crate::").skip(1) {
            let names = match after.strip_prefix('{') {
                Some(list) => list.trim_end_matches(['}', ';']).split(", ").collect(),
                None => vec![after],
            };
            for name in names {
                let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                rooms.insert(name[..end.unwrap_or(name.len())].to_owned());
            }
        }
    }
    rooms.remove("");
    rooms
}

/// What `room` must not import, by the file that does.
fn wrong_imports(room: &str, text: &str) -> Vec<String> {
    let own = floor_of(room).unwrap();
    let allowed = |other: &String| {
        other == room
            || OUTSIDE.contains(&other.as_str())
            || (other == GROUND && room != GROUND)
            || floor_of(other).is_some_and(|floor| floor < own)
    };
    let named = rooms_named(text).into_iter();
    named.filter(|other| !allowed(other)).collect()
}

#[test]
fn a_room_imports_only_from_floors_below() {
    let mut wrong = BTreeMap::new();
    for room in FLOORS.concat() {
        let mut files = Vec::new();
        sources_below(&source().join(room), &mut files);
        assert!(!files.is_empty(), "{room} is not there");
        for file in files {
            let names = wrong_imports(room, &std::fs::read_to_string(&file).unwrap());
            if !names.is_empty() {
                wrong.insert(file, names);
            }
        }
    }
    assert_eq!(wrong, BTreeMap::new());
}

/// The lines of the crate's code, without comments and tests, by file.
fn code_lines() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    sources_below(&source(), &mut files);
    let mut lines = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(source()).unwrap();
        let is_of_tests = |part: &Path| part.ends_with("tests.rs") || part.ends_with("tests");
        if path.ancestors().any(is_of_tests) {
            continue;
        }
        let code = text.split("mod tests {").next().unwrap();
        for line in code.lines().map(str::trim) {
            if !line.starts_with("//") {
                lines.push((path.to_path_buf(), line.to_owned()));
            }
        }
    }
    lines
}

/// The lines outside of `places` that `is_wrong` says something against.
fn wrong_lines(places: &[&str], is_wrong: impl Fn(&str) -> bool) -> Vec<(PathBuf, String)> {
    let mut lines = code_lines();
    lines.retain(|(path, line)| {
        !places.iter().any(|place| path.starts_with(place)) && is_wrong(line)
    });
    lines
}

/// Whether a line calls a function by a path that begins so; types may be named.
fn calls(line: &str, module: &str) -> bool {
    line.split(module).skip(1).any(|rest| {
        let name =
            rest.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '_' || c == ':');
        rest.starts_with(|c: char| c.is_ascii_lowercase()) && name.starts_with('(')
    })
}

/// Another thread may change the environment while it is read.
#[test]
fn nobody_reads_the_environment() {
    let reads = |line: &str| {
        line.contains("std::env")
            || line.contains("env::var")
            // Without a stack size told, `std` reads `RUST_MIN_STACK`; without a
            // number of threads rayon reads `RAYON_NUM_THREADS`.
            || line.contains("thread::spawn")
            || line.contains("Builder::new()") && line.contains("hread")
            || line.contains("par_iter")
    };
    assert_eq!(wrong_lines(&["fs/threads.rs"], reads), []);
}

/// Each call is made where it is made again after an interruption.
#[test]
fn system_calls_are_made_in_one_place() {
    let bypasses = |line: &str| {
        calls(line, "rustix::fs::") || calls(line, "rustix::io::") || calls(line, "rustix::rand::")
    };
    assert_eq!(wrong_lines(&["fs/system.rs"], bypasses), []);
    assert_eq!(wrong_lines(&["fs/system.rs"], calls_by_std), []);
}

/// Whether a line has `std` look at, open or change files.
fn calls_by_std(line: &str) -> bool {
    const OF_FILES: [&str; 11] = [
        "OpenOptions",
        "File::open(",
        "File::create(",
        ".symlink_metadata()",
        ".is_dir()",
        ".is_file()",
        ".is_symlink()",
        ".exists()",
        ".try_exists()",
        ".canonicalize()",
        ".read_dir()",
    ];
    // `OpenFile::open` is one of the crate's own.
    let begins_a_name = |before: &str| !before.ends_with(|c: char| c.is_ascii_alphanumeric());
    let has = |call: &&str| {
        line.match_indices(*call)
            .any(|(at, _)| begins_a_name(&line[..at]))
    };
    let (methods, paths): (Vec<&str>, Vec<&str>) =
        OF_FILES.iter().partition(|call| call.starts_with('.'));
    calls(line, "std::fs::")
        || methods.iter().any(|call| line.contains(call))
        || paths.iter().any(has)
}

#[test]
fn calls_are_told_from_types() {
    assert!(calls("let x = rustix::fs::statat(a)", "rustix::fs::"));
    assert!(calls("rustix::fs::inotify::init(a)", "rustix::fs::"));
    assert!(!calls("fn new(stat: &rustix::fs::Stat)", "rustix::fs::"));
    assert!(!calls("use rustix::fs::{statat, OFlags};", "rustix::fs::"));
    assert!(calls_by_std("let data = std::fs::read(path)?;"));
    assert!(calls_by_std("path.join(\".hg\").is_dir()"));
    assert!(calls_by_std("match File::open(path) {"));
    assert!(!calls_by_std("let file = OpenFile::open(path)?;"));
    assert!(!calls_by_std("pub use std::fs::Metadata;"));
}

#[test]
fn every_module_has_a_floor() {
    let text = std::fs::read_to_string(source().join("lib.rs")).unwrap();
    let declared = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    let declared: BTreeSet<&str> = declared.map(|name| name.trim_end_matches(';')).collect();
    let known: BTreeSet<&str> = FLOORS.concat().into_iter().chain(OUTSIDE).collect();
    assert_eq!(declared, known);
}

#[test]
fn the_documented_house_is_this_one() {
    let path = source().join("../../docs/architecture.md");
    let text = std::fs::read_to_string(path).unwrap();
    for (floor, rooms) in (1..).zip(FLOORS) {
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("| {floor} |")));
        let row = row.unwrap_or_else(|| panic!("no row for floor {floor}"));
        let cell = row.split('|').nth(2).unwrap();
        let shown: BTreeSet<&str> = cell
            .split_whitespace()
            .map(|name| name.trim_matches('`'))
            .collect();
        assert_eq!(shown, rooms.iter().copied().collect(), "floor {floor}");
    }
}

#[test]
fn a_wrong_import_is_seen() {
    let above = "use crate::{status, types};\nuse std::io;\n";
    assert_eq!(wrong_imports("dirstate", above), ["status"]);
    assert_eq!(
        wrong_imports("dirstate", "// crate::update\nuse crate::fs::lstat;"),
        [""; 0]
    );
    assert_eq!(
        wrong_imports("types", "fn f(_: crate::fs::Listing) {}"),
        ["fs"]
    );
    assert_eq!(
        wrong_imports("store", "use crate::dirstate::Dirs;"),
        ["dirstate"]
    );
    assert_eq!(
        wrong_imports("repo", "pub(crate) use crate::elsewhere::X;"),
        ["elsewhere"]
    );
}
