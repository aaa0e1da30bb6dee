// SPDX-License-Identifier: GPL-2.0-or-later
//! The syntax of a configuration file.
//!
//! ```text
//! [section]
//! name = value
//!   and its next line
//! %unset name
//! %include path
//! # comment, as is ;
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::expand;
use super::{Config, ConfigItem, Origin};
use crate::config::ConfigError;
use crate::fs::{self, bytes_path, path_bytes};
use crate::types::space::{is_space, trim, trim_end, trim_start};

/// How deep files may include others: Python stops where its stack ends.
const MAXIMUM_DEPTH: usize = 100;

impl Config {
    /// Take in what a file says, whoever owns it. Files it includes are looked
    /// for beside `path`.
    ///
    /// # Errors
    /// When it, or a file it includes, does not follow the syntax.
    pub fn parse(&mut self, path: &Path, data: &[u8]) -> Result<(), ConfigError> {
        self.parse_included(path, data, 0)?;
        self.end_layer()
    }

    fn parse_included(
        &mut self,
        path: &Path,
        data: &[u8],
        depth: usize,
    ) -> Result<(), ConfigError> {
        if depth > MAXIMUM_DEPTH {
            return Err(ConfigError::TooDeep(path.to_path_buf()));
        }
        let file = Arc::new(path.to_path_buf());
        let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
        let mut section = Vec::new();
        // Whether an indented line goes on with the item before it.
        let mut continues = false;
        for (index, line) in lines(data).enumerate() {
            let origin = Origin::File {
                path: Arc::clone(&file),
                line: index + 1,
            };
            let comment = matches!(line.first(), Some(b';' | b'#'));
            if continues {
                if comment {
                    continue;
                }
                let is_indented = line.first().copied().is_some_and(is_space);
                if is_indented && !trim(line).is_empty() {
                    self.continue_last(&section, trim(line), origin);
                    continue;
                }
                continues = false;
            }
            if let Some(included) = directive(line, b"%include") {
                self.include(path, index + 1, trim_end(included), depth)?;
            } else if comment || trim(line).is_empty() {
                continue;
            } else if let Some(name) = section_name(line) {
                section = name.to_vec();
            } else if let Some((name, value)) = assignment(line) {
                continues = true;
                let item = ConfigItem {
                    name: name.to_vec(),
                    value: value.to_vec(),
                    origin,
                };
                self.set(&section, item);
            } else if let Some(name) = directive(line, b"%unset") {
                let length = name.iter().take_while(|&&byte| !is_space(byte)).count();
                self.unset(&section, name.split_at(length).0);
            } else {
                return Err(ConfigError::Syntax {
                    path: path.to_path_buf(),
                    line: index + 1,
                    problem: String::from_utf8_lossy(trim_end(line)).into_owned(),
                });
            }
        }
        Ok(())
    }

    fn include(
        &mut self,
        path: &Path,
        line: usize,
        included: &[u8],
        depth: usize,
    ) -> Result<(), ConfigError> {
        // `with_file_name` puts an absolute path in place of the whole.
        let included = path.with_file_name(expand(included, &self.environment)?);
        let included = without_dots(&included);
        match fs::read(&included) {
            Ok(data) => self.parse_included(&included, &data, depth + 1),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(ConfigError::Include {
                path: path.to_path_buf(),
                line,
                included,
                error,
            }),
        }
    }
}

/// The path with `.` and `..` resolved by name alone, as Python's `normpath`
/// does.
pub(super) fn without_dots(path: &Path) -> PathBuf {
    let bytes = path_bytes(path);
    let absolute = bytes.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in bytes.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if absolute => {}
            part => parts.push(part),
        }
    }
    let mut result = if absolute { b"/".to_vec() } else { Vec::new() };
    result.extend(parts.join(&b'/'));
    if result.is_empty() {
        result.push(b'.');
    }
    bytes_path(&result).to_path_buf()
}

/// Lines without what ends them: `\n`, `\r` or both.
fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let length = rest.iter().take_while(|byte| !is_end(byte)).count();
        let (line, after) = rest.split_at(length);
        rest = match after {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => &[],
        };
        Some(line)
    })
}

/// `[name]`, whatever follows.
fn section_name(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[")?;
    let length = rest.iter().take_while(|&&byte| byte != b'[').count();
    let (rest, _) = rest.split_at(length);
    let end = rest.iter().rposition(|&byte| byte == b']')?;
    let (name, _) = rest.split_at(end);
    (!name.is_empty()).then_some(name)
}

/// `name = value`
fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = split_once(line, b'=')?;
    if name.first().copied().is_none_or(is_space) {
        return None;
    }
    Some((trim_end(name), trim(value)))
}

/// What follows a directive and white space.
fn directive<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    rest.first().filter(|byte| is_space(**byte))?;
    Some(trim_start(rest)).filter(|rest| !rest.is_empty())
}

/// What is before the first such byte, and what is after it.
pub(super) fn split_once(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let length = text.iter().position(|&byte| byte == separator)?;
    match text.split_at(length) {
        (before, [_, after @ ..]) => Some((before, after)),
        (_, []) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn parsed(data: &[u8]) -> Config {
        let mut config = Config::default();
        config.parse(Path::new("hgrc"), data).unwrap();
        config
    }

    #[test]
    fn values() {
        let config =
            parsed(b"\xef\xbb\xbf[a]\nx=1\r\ny y =  two words \t\n# note\n  more\n \nz = 0\n");
        assert_eq!(config.get(b"a", b"x"), Some(&b"1"[..]));
        assert_eq!(config.get(b"a", b"y y"), Some(&b"two words\nmore"[..]));
        assert_eq!(config.item(b"a", b"y y").unwrap().origin.line(), Some(5));
        assert_eq!(config.get(b"b", b"x"), None);
    }

    #[test]
    fn later_values_win_and_unset_removes() {
        let config = parsed(b"[a]\nx=1\ny=2\nx=3\nz=4\n%unset z\n[b]\nx=no\n[a]\n%unset none\n");
        let names: Vec<_> = config.items(b"a").iter().map(|item| &item.name).collect();
        assert_eq!(names, [b"y", b"x"]);
        assert_eq!(config.get(b"a", b"x"), Some(&b"3"[..]));
        assert_eq!(config.get_bool(b"b", b"x").unwrap(), Some(false));
        assert!(config.get_bool(b"a", b"x").is_err());
        assert_eq!(config.get_bool(b"a", b"none").unwrap(), None);
    }

    #[test]
    fn what_is_no_configuration() {
        for data in [&b"[a]\n x = 1\n"[..], b"nothing\n", b"[]\n", b"= 1\n"] {
            let mut config = Config::default();
            let error = config.parse(Path::new("hgrc"), data).unwrap_err();
            assert!(matches!(error, ConfigError::Syntax { .. }), "{error}");
        }
    }

    #[test]
    fn includes() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        std::fs::write(path("sub/other"), "[b]\ny = 2\n").unwrap();
        std::fs::write(
            path("hgrc"),
            "[a]\nx = 1\n%include sub/./other\n%include none\nz = 3\n",
        )
        .unwrap();
        let mut config = Config::default();
        config.read(&path("hgrc")).unwrap();
        config.read(&path("missing")).unwrap();
        assert_eq!(config.get(b"b", b"y"), Some(&b"2"[..]));
        let item = config.item(b"b", b"y").unwrap();
        let origin = Origin::File {
            path: Arc::new(path("sub/other")),
            line: 2,
        };
        assert_eq!(item.origin, origin);
        assert_eq!(config.get(b"a", b"z"), Some(&b"3"[..]));
        std::fs::write(path("sub/other"), "%include other\n").unwrap();
        let error = Config::default().read(&path("hgrc")).unwrap_err();
        assert!(matches!(error, ConfigError::TooDeep(_)), "{error}");
    }

    #[test]
    fn dots() {
        for (path, expected) in [
            ("a/./b//c", "a/b/c"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("/../a", "/a"),
            ("a/..", "."),
        ] {
            assert_eq!(without_dots(Path::new(path)), Path::new(expected));
        }
    }
}
