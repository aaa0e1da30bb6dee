// SPDX-License-Identifier: GPL-2.0-or-later
//! Our matchers against the answers of Mercurial's own, which
//! `generate_cases.py` recorded in `cases.txt`.

use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use hg_core::matchers::PatternError;
use hg_core::matchers::{
    expand_patterns, parse_pattern_syntax_kind, DifferenceMatcher, ExactMatcher, IgnoreFiles,
    IgnoreMatcher, IncludeMatcher, IntersectionMatcher, Matcher, Pattern, PatternFileWarning,
    PatternMatcher, UnionMatcher, VisitChildrenSet,
};
use hg_core::types::HgPath;

const CASES: &str = include_str!("cases.txt");

pub fn decode(field: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = field.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        // A lone percent sign is the empty field.
        if let (Some(high), Some(low)) = (rest.next(), rest.next()) {
            let digits = [high, low];
            let digits = std::str::from_utf8(&digits).unwrap();
            decoded.push(u8::from_str_radix(digits, 16).unwrap());
        }
    }
    decoded
}

fn encode(field: &[u8]) -> String {
    if field.is_empty() {
        return "%".to_owned();
    }
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-~/*^$[](){}|:?".contains(&byte);
    field
        .iter()
        .map(|&byte| {
            if is_safe(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn visit_text(visit: VisitChildrenSet) -> String {
    match visit {
        VisitChildrenSet::Empty => "{}".to_owned(),
        VisitChildrenSet::This => "this".to_owned(),
        VisitChildrenSet::Recursive => "all".to_owned(),
        VisitChildrenSet::Set(names) => {
            let mut names: Vec<String> = names.iter().map(|name| encode(name.as_bytes())).collect();
            names.sort();
            format!("{{{}}}", names.join(","))
        }
    }
}

/// The matcher of this type from the `pattern` lines.
fn simple_matcher(matcher_type: &str, lines: &[&str]) -> Result<Box<dyn Matcher>, PatternError> {
    let mut files = Vec::new();
    let mut patterns = Vec::new();
    for line in lines {
        match fields(line)[..] {
            ["pattern", "file", file] => files.push(decode(file).into()),
            ["pattern", kind, pattern] => patterns.push(Pattern {
                syntax: parse_pattern_syntax_kind(kind.as_bytes())?,
                pattern: decode(pattern),
                source: PathBuf::new(),
            }),
            _ => {}
        }
    }
    let patterns = expand_patterns(patterns, Path::new("/no/such/root"))?;
    Ok(match matcher_type {
        "exact" => Box::new(ExactMatcher::new(files)),
        "pattern" => Box::new(PatternMatcher::new(&patterns)?),
        "include" => Box::new(IncludeMatcher::new(&patterns)?),
        other => panic!("unknown type of matcher {other}"),
    })
}

fn matcher_of(case: &str) -> Result<Box<dyn Matcher>, PatternError> {
    let lines: Vec<&str> = case.lines().collect();
    let part = |name: &str| {
        let position = lines.iter().position(|line| line.starts_with(name));
        let (header, rest) = lines[position.unwrap()..].split_first().unwrap();
        let count = rest.iter().take_while(|line| line.starts_with("pattern"));
        simple_matcher(fields(header)[1], &rest[..count.count()])
    };
    Ok(match lines[0] {
        "union" => Box::new(UnionMatcher::new(vec![part("first")?, part("second")?])),
        "intersection" => Box::new(IntersectionMatcher::new(part("first")?, part("second")?)),
        "difference" => Box::new(DifferenceMatcher::new(part("first")?, part("second")?)),
        simple => simple_matcher(simple, &lines)?,
    })
}

fn fields(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn cases() -> impl Iterator<Item = &'static str> {
    CASES.split("case ").filter(|case| !case.is_empty())
}

fn must_be_answered(case: &str) -> bool {
    case.lines().any(|line| line == "must")
}

fn is_error(case: &str) -> bool {
    case.lines().any(|line| line == "error")
}

/// Collects what differs, to show it all at once.
fn assert_no_differences(differences: &[String]) {
    let shown = differences.iter().take(20).cloned();
    let shown: Vec<String> = shown.collect();
    let count = differences.len();
    assert!(count == 0, "{count} differences:\n{}", shown.join("\n"));
}

#[test]
fn patterns_match_what_mercurial_says() {
    let mut differences = Vec::new();
    let mut answered = 0;
    let mut answerable = 0;
    let mut paths = 0;
    for case in cases().filter(|case| !case.starts_with("ignore")) {
        answerable += usize::from(!is_error(case));
        let matcher = match matcher_of(case) {
            Ok(matcher) => matcher,
            Err(error) => {
                if must_be_answered(case) {
                    differences.push(format!("refused: {error}\n{case}"));
                }
                continue;
            }
        };
        if is_error(case) {
            differences.push(format!("accepted:\n{case}"));
            continue;
        }
        answered += 1;
        for line in case.lines() {
            let ours = match fields(line)[..] {
                ["path", path, ..] => {
                    let decoded = decode(path);
                    let matches = u8::from(matcher.matches(HgPath::new(&decoded)));
                    let exact = u8::from(matcher.exact_match(HgPath::new(&decoded)));
                    let visit = visit_text(matcher.visit_children_set(HgPath::new(&decoded)));
                    paths += 1;
                    format!("path {path} {matches} {exact} {visit}")
                }
                ["files", ..] => {
                    let files = matcher.files().iter().map(|file| encode(file.as_bytes()));
                    let words = std::iter::once("files".to_owned()).chain(files);
                    words.collect::<Vec<String>>().join(" ")
                }
                ["flags", ..] => format!(
                    "flags {} {} {}",
                    u8::from(matcher.is_prefix()),
                    u8::from(matcher.is_exact()),
                    u8::from(matcher.matches_everything())
                ),
                _ => continue,
            };
            if ours != line {
                let header: Vec<&str> = case
                    .lines()
                    .filter(|line| !line.starts_with("path"))
                    .collect();
                let header = header.join("; ");
                differences.push(format!("{header}\n  theirs {line}\n  ours   {ours}"));
            }
        }
    }
    assert_no_differences(&differences);
    assert!(paths > 1000, "only {paths} paths were tried");
    assert!(
        answered * 10 > answerable * 8,
        "only {answered} of {answerable} matchers could be built"
    );
}

#[test]
fn ignore_files_match_what_mercurial_says() {
    let mut differences = Vec::new();
    let mut answered = 0;
    let mut answerable = 0;
    for case in cases().filter(|case| case.starts_with("ignore")) {
        answerable += usize::from(!is_error(case));
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        for line in case.lines() {
            if let ["file", name, contents] = fields(line)[..] {
                let name = std::ffi::OsString::from_vec(decode(name));
                let path = root.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, decode(contents)).unwrap();
            }
        }
        let files = vec![root.join(".hgignore")];
        let built = IgnoreFiles::expand(files, &root)
            .and_then(|files| Ok((IgnoreMatcher::new(&files.patterns)?, files.warnings)));
        let Ok((ignore, warnings)) = built else {
            continue;
        };
        if is_error(case) {
            differences.push(format!("accepted:\n{case}"));
            continue;
        }
        answered += 1;
        let relative = |path: &Path| {
            let text = path.as_os_str().as_bytes();
            let prefix = [root.as_os_str().as_bytes(), b"/"].concat();
            encode(text.strip_prefix(prefix.as_slice()).unwrap())
        };
        let ours: Vec<String> = warnings
            .iter()
            .map(|warning| match warning {
                PatternFileWarning::NoSuchFile(path) => {
                    format!("missing {}", relative(path))
                }
                PatternFileWarning::InvalidSyntax(path, name) => {
                    format!("syntax {} {}", relative(path), encode(name))
                }
            })
            .collect();
        let is_warning = |line: &&str| {
            ["missing ", "syntax ", "unreadable "]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let theirs: Vec<&str> = case.lines().filter(is_warning).collect();
        if ours != theirs {
            differences.push(format!("{case}\n  theirs {theirs:?}\n  ours {ours:?}"));
        }
        for line in case.lines() {
            if let ["path", path, answer] = fields(line)[..] {
                if u8::from(ignore.matches(HgPath::new(&decode(path)))).to_string() != answer {
                    let mut header = case.lines().take_while(|line| !is_warning(line));
                    let files: Vec<&str> = header
                        .by_ref()
                        .take_while(|line| !line.starts_with("path"))
                        .collect();
                    differences.push(format!("{}\n  theirs {line}", files.join("\n")));
                }
            }
        }
    }
    assert_no_differences(&differences);
    assert!(
        answered * 10 > answerable * 3,
        "only {answered} of {answerable} ignore functions could be built"
    );
}

mod hostile {
    use super::*;
    use proptest::prelude::*;

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        // Mostly what means something in a pattern.
        let meaningful = prop::sample::select(b"(){}[]|*+?^$\\.,-!:<>=#Pimsx0129ab/\n ".to_vec());
        let byte = prop_oneof![4 => meaningful, 1 => any::<u8>()];
        prop::collection::vec(byte, 0..40)
    }

    fn syntax() -> impl Strategy<Value = &'static [u8]> {
        prop::sample::select(vec![
            &b"re"[..],
            b"relre",
            b"glob",
            b"rootglob",
            b"relglob",
            b"path",
            b"relpath",
            b"filepath",
            b"rootfilesin",
            b"subinclude",
            b"include",
            b"set",
            b"listfile",
            b"",
        ])
    }

    proptest! {
        /// Any pattern gives an error or a matcher that answers.
        #[test]
        fn patterns(kind in syntax(), pattern in bytes(), path in bytes()) {
            let Ok(syntax) = parse_pattern_syntax_kind(kind) else {
                return Ok(());
            };
            let pattern = Pattern {
                syntax,
                pattern,
                source: PathBuf::from("/no/such/root/file"),
            };
            let root = Path::new("/no/such/root");
            let Ok(patterns) = expand_patterns(vec![pattern], root) else {
                return Ok(());
            };
            if let Ok(matcher) = IncludeMatcher::new(&patterns) {
                matcher.matches(HgPath::new(&path));
                matcher.visit_children_set(HgPath::new(&path));
            }
            if let Ok(matcher) = PatternMatcher::new(&patterns) {
                prop_assert!(!matcher.exact_match(HgPath::new(&path)) || matcher.matches(HgPath::new(&path)));
                matcher.visit_children_set(HgPath::new(&path));
            }
        }

        /// Any ignore file gives an error or a function that answers.
        #[test]
        fn ignore_files(lines in prop::collection::vec(bytes(), 0..4), path in bytes()) {
            let directory = tempfile::tempdir()?;
            let file = directory.path().join(".hgignore");
            fs::write(&file, lines.join(&b"\n"[..]))?;
            let files = IgnoreFiles::expand(vec![file], directory.path());
            if let Ok(ignore) = files.and_then(|files| IgnoreMatcher::new(&files.patterns)) {
                ignore.matches(HgPath::new(&path));
            }
        }
    }
}
