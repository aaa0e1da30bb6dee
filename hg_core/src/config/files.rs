// SPDX-License-Identifier: GPL-2.0-or-later
//! Which files the configuration is in.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::parse::without_dots;
use crate::config::ConfigError;
use crate::fs::{bytes_path, path_bytes};

/// The configuration of the system and of the user, to be read in this order.
pub(super) fn of_system_and_user(program: Option<&Path>) -> Result<Vec<PathBuf>, ConfigError> {
    if let Some(paths) = std::env::var_os("HGRCPATH") {
        let mut files = Vec::new();
        for path in paths.as_bytes().split(|&byte| byte == b':') {
            if path.is_empty() {
                continue;
            }
            let path = expand(path)?;
            if path.is_dir() {
                files.extend(rc_files(&path));
            } else {
                files.push(path);
            }
        }
        return Ok(files);
    }
    let mut files = Vec::new();
    let installation = program.and_then(Path::parent).and_then(Path::parent);
    if let Some(root) = installation.filter(|root| *root != Path::new("/")) {
        files.extend(of_system(&root.join("etc/mercurial")));
    }
    files.extend(of_system(Path::new("/etc/mercurial")));
    files.push(expand(b"~/.hgrc")?);
    let home = match std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from) {
        Some(home) if home.is_absolute() => home,
        _ => expand(b"~/.config")?,
    };
    files.push(home.join("hg/hgrc"));
    Ok(files.iter().map(|path| without_dots(path)).collect())
}

fn of_system(directory: &Path) -> Vec<PathBuf> {
    let mut files = vec![directory.join("hgrc")];
    files.extend(rc_files(&directory.join("hgrc.d")));
    files
}

/// The `.rc` files of a directory, sorted; none where it cannot be read.
fn rc_files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path_bytes(path).ends_with(b".rc"))
        .collect();
    files.sort();
    files
}

/// A path with variables of the environment (`$NAME`, `${NAME}`) and the
/// user's home directory (`~`) put in; variables that are not set stay.
pub(super) fn expand(path: &[u8]) -> Result<PathBuf, ConfigError> {
    let path = with_variables(path);
    let Some(rest) = path.strip_prefix(b"~") else {
        return Ok(bytes_path(&path).to_path_buf());
    };
    match std::env::var_os("HOME") {
        Some(home) if matches!(rest.first(), None | Some(b'/')) => {
            let home = home.as_bytes();
            let home = home.strip_suffix(b"/").unwrap_or(home);
            Ok(bytes_path(&[home, rest].concat()).to_path_buf())
        }
        _ => {
            let text = String::from_utf8_lossy(&path).into_owned();
            Err(ConfigError::UnknownUser(text))
        }
    }
}

fn with_variables(path: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some(dollar) = rest.iter().position(|&byte| byte == b'$') {
        let (before, from_dollar) = rest.split_at(dollar);
        result.extend_from_slice(before);
        let length = reference_length(from_dollar);
        let (reference, after) = from_dollar.split_at(length);
        let name = reference
            .strip_prefix(b"${")
            .and_then(|name| name.strip_suffix(b"}"))
            .or_else(|| reference.get(1..))
            .unwrap_or_default();
        match std::env::var_os(OsStr::from_bytes(name)).filter(|_| !name.is_empty()) {
            Some(value) => result.extend_from_slice(value.as_bytes()),
            None => result.extend_from_slice(reference),
        }
        rest = after;
    }
    result.extend_from_slice(rest);
    result
}

/// The length of the `$NAME` or `${NAME}` that `text` starts with; 1 when it
/// is neither.
fn reference_length(text: &[u8]) -> usize {
    if text.starts_with(b"${") {
        return text
            .iter()
            .position(|&byte| byte == b'}')
            .map_or(1, |end| end + 1);
    }
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
    1 + text.iter().skip(1).take_while(is_name).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn expansion() {
        let home = std::env::var("HOME").unwrap();
        let home = home.strip_suffix('/').unwrap_or(&home);
        for (path, expected) in [
            ("~/x", format!("{home}/x")),
            ("~", home.to_owned()),
            ("$HOME/x", format!("{}/x", std::env::var("HOME").unwrap())),
            ("a${HOME}b", format!("a{}b", std::env::var("HOME").unwrap())),
            ("$HGAMALGAM_NONE/$/${", "$HGAMALGAM_NONE/$/${".to_owned()),
            ("${}", "${}".to_owned()),
        ] {
            assert_eq!(expand(path.as_bytes()).unwrap(), Path::new(&expected));
        }
        assert!(expand(b"~somebody/x").is_err());
    }
}
