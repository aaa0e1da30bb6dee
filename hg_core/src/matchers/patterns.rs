// SPDX-License-Identifier: GPL-2.0-or-later
//! The kinds of patterns, and the regular expression each one stands for.

use std::path::PathBuf;

use crate::matchers::PatternError;

/// How a pattern is read: the `kind` of Mercurial's `kind:pattern`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PatternSyntax {
    /// `re`: a regular expression, tried at the root.
    Regexp,
    /// `relre`: a regular expression that need not match at the root.
    RelRegexp,
    /// `glob`: a glob, by now relative to the root.
    Glob,
    /// `rootglob`: a glob relative to the root.
    RootGlob,
    /// `relglob`: a glob that may match below any directory.
    RelGlob,
    /// `path`: a path and all that is below it.
    Path,
    /// `relpath`: the same, by now relative to the root.
    RelPath,
    /// `filepath`: exactly this file.
    FilePath,
    /// `rootfilesin`: the files directly in this directory.
    RootFilesIn,
    /// `subinclude`: a file of patterns for the directory it lies in.
    SubInclude,
}

/// The syntax called `kind`.
///
/// # Errors
/// For kinds that have no meaning here: filesets, and those that
/// Python expands before it builds a matcher (`include`, `listfile`).
pub fn parse_pattern_syntax_kind(kind: &[u8]) -> Result<PatternSyntax, PatternError> {
    match kind {
        b"re" => Ok(PatternSyntax::Regexp),
        b"relre" => Ok(PatternSyntax::RelRegexp),
        b"glob" => Ok(PatternSyntax::Glob),
        b"rootglob" => Ok(PatternSyntax::RootGlob),
        b"relglob" => Ok(PatternSyntax::RelGlob),
        b"path" => Ok(PatternSyntax::Path),
        b"relpath" => Ok(PatternSyntax::RelPath),
        b"filepath" => Ok(PatternSyntax::FilePath),
        b"rootfilesin" => Ok(PatternSyntax::RootFilesIn),
        b"subinclude" => Ok(PatternSyntax::SubInclude),
        _ => Err(PatternError::UnsupportedKind(
            String::from_utf8_lossy(kind).into_owned(),
        )),
    }
}

/// One pattern as Mercurial's `_donormalize` leaves it: a triple of kind,
/// normalized pattern relative to the root, and the file it was read from
/// (empty if none).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Its kind.
    pub syntax: PatternSyntax,
    /// Relative to the root.
    pub pattern: Vec<u8>,
    /// As it was written in the including file or configuration; a
    /// `subinclude` is relative to its directory.
    pub source: PathBuf,
}

/// What has to follow a glob for it to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GlobEnd {
    /// The end of the path.
    Path,
    /// The end of a component of the path.
    Component,
}

impl GlobEnd {
    fn regex(self) -> &'static [u8] {
        match self {
            GlobEnd::Path => b"$",
            GlobEnd::Component => b"(?:/|$)",
        }
    }
}

impl Pattern {
    /// The regular expression, in Python's syntax, that the pattern stands
    /// for. `filepath` and `subinclude` have none.
    pub(super) fn regex(&self, glob_end: GlobEnd) -> Option<Vec<u8>> {
        let pattern = self.pattern.as_slice();
        Some(match self.syntax {
            PatternSyntax::Glob | PatternSyntax::RelPath if pattern.is_empty() => Vec::new(),
            PatternSyntax::Regexp => pattern.to_vec(),
            PatternSyntax::RelRegexp => relative_regex(pattern),
            PatternSyntax::Glob | PatternSyntax::RootGlob => {
                [&glob_to_regex(pattern), glob_end.regex()].concat()
            }
            PatternSyntax::RelGlob => {
                let glob = glob_to_regex(pattern);
                match glob.strip_prefix(ANY_IN_COMPONENT) {
                    Some(rest) => [b".*", rest, glob_end.regex()].concat(),
                    None => [b"(?:|.*/)", glob.as_slice(), glob_end.regex()].concat(),
                }
            }
            PatternSyntax::Path | PatternSyntax::RelPath if pattern == b"." => Vec::new(),
            PatternSyntax::Path | PatternSyntax::RelPath => {
                [&escape(pattern), GlobEnd::Component.regex()].concat()
            }
            PatternSyntax::RootFilesIn if pattern == b"." => b"[^/]+$".to_vec(),
            PatternSyntax::RootFilesIn => [&escape(pattern), &b"/[^/]+$"[..]].concat(),
            PatternSyntax::FilePath | PatternSyntax::SubInclude => return None,
        })
    }
}

/// What `*` stands for in a glob.
const ANY_IN_COMPONENT: &[u8] = b"[^/]*";

/// The regular expression of a `relre` pattern: it may start anywhere, unless
/// it says `^`; flags at its start hold for itself alone.
fn relative_regex(pattern: &[u8]) -> Vec<u8> {
    let (flags, pattern) = match split_flags(pattern) {
        Some((flags, pattern)) => (Some(flags), pattern),
        None => (None, pattern),
    };
    let start: &[u8] = if pattern.starts_with(b"^") {
        b""
    } else {
        b".*"
    };
    match flags {
        Some(flags) => [b"(?", flags, b":", start, pattern, b")"].concat(),
        None => [start, pattern].concat(),
    }
}

/// Splits `(?flags)rest`. As in Python, the rest ends with its first line.
fn split_flags(pattern: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = pattern.strip_prefix(b"(?")?;
    let (flags, rest) = split_while(rest, |byte| b"aiLmsux".contains(&byte));
    let pattern = rest.strip_prefix(b")")?;
    let (first_line, _) = split_while(pattern, |byte| byte != b'\n');
    (!flags.is_empty()).then_some((flags, first_line))
}

/// The longest beginning of bytes that `accept` accepts, and the rest.
fn split_while(text: &[u8], accept: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|&&byte| accept(byte)).count())
}

/// Whether Mercurial puts a backslash before `byte`.
fn is_special(byte: u8) -> bool {
    b"()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c".contains(&byte)
}

fn push_escaped(regex: &mut Vec<u8>, byte: u8) {
    if is_special(byte) {
        regex.push(b'\\');
    }
    regex.push(byte);
}

fn escape(text: &[u8]) -> Vec<u8> {
    let mut regex = Vec::with_capacity(text.len());
    for &byte in text {
        push_escaped(&mut regex, byte);
    }
    regex
}

/// The regular expression, in Python's syntax, of an extended glob: `*` stays
/// within a component of the path, `**` does not, `**/` may also match
/// nothing, and there are `?`, `[...]`, `[!...]`, `{...,...}` and escapes. The
/// result can be an invalid expression, as it can be in Python.
fn glob_to_regex(glob: &[u8]) -> Vec<u8> {
    let mut regex = Vec::with_capacity(glob.len() * 2);
    let mut open_braces = 0_usize;
    let mut rest = glob;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'*' => {
                let (text, after): (&[u8], _) = match rest {
                    [b'*', b'/', after @ ..] => (b"(?:.*/)?", after),
                    [b'*', after @ ..] => (b".*", after),
                    after => (ANY_IN_COMPONENT, after),
                };
                regex.extend_from_slice(text);
                rest = after;
            }
            b'?' => regex.push(b'.'),
            b'[' => rest = push_class(&mut regex, rest),
            b'{' => {
                open_braces += 1;
                regex.extend_from_slice(b"(?:");
            }
            b'}' if open_braces > 0 => {
                open_braces -= 1;
                regex.push(b')');
            }
            b',' if open_braces > 0 => regex.push(b'|'),
            b'\\' => match rest.split_first() {
                Some((&escaped, after)) => {
                    push_escaped(&mut regex, escaped);
                    rest = after;
                }
                None => push_escaped(&mut regex, b'\\'),
            },
            other => push_escaped(&mut regex, other),
        }
    }
    regex
}

/// Adds the character class of which `[` has been read, or a literal bracket
/// if there is no end of it; returns what follows it.
fn push_class<'a>(regex: &mut Vec<u8>, rest: &'a [u8]) -> &'a [u8] {
    // A bracket or a negation at the start does not end the class.
    let skip = usize::from(matches!(rest.first(), Some(b'!' | b']')));
    let end = rest
        .iter()
        .skip(skip)
        .position(|&byte| byte == b']')
        .map(|position| position + skip);
    let Some((class, [_, after @ ..])) = end.map(|end| rest.split_at(end)) else {
        regex.extend_from_slice(b"\\[");
        return rest;
    };
    regex.push(b'[');
    let members = match class {
        [b'!', members @ ..] => {
            regex.push(b'^');
            members
        }
        [b'^', ..] => {
            regex.push(b'\\');
            class
        }
        _ => class,
    };
    for &byte in members {
        if byte == b'\\' {
            regex.push(b'\\');
        }
        regex.push(byte);
    }
    regex.push(b']');
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let table: &[(&[u8], &[u8])] = &[
            (b"?", b"."),
            (b"*", b"[^/]*"),
            (b"**", b".*"),
            (b"***", b".*[^/]*"),
            (b"**/a", b"(?:.*/)?a"),
            (b"a/**/b", b"a/(?:.*/)?b"),
            (b"[a*?!^][^b][!c]", b"[a*?!^][\\^b][^c]"),
            (b"[]a]", b"[]a]"),
            (b"[!]a]", b"[^]a\\]"),
            (b"[", b"\\["),
            (b"[]", b"\\[\\]"),
            (b"[\\d]", b"[\\\\d]"),
            (b"{a,b},c}", b"(?:a|b),c\\}"),
            (b"{a,{b,c}}", b"(?:a|(?:b|c))"),
            (b".\\*\\?\\a\\", b"\\.\\*\\?a\\\\"),
            (b"a b~#", b"a\\ b\\~\\#"),
        ];
        for (glob, regex) in table {
            assert_eq!(glob_to_regex(glob), *regex);
        }
    }

    #[test]
    fn relative_regexes() {
        let table: &[(&[u8], &[u8])] = &[
            (b"a|b", b".*a|b"),
            (b"^a", b"^a"),
            (b"(?i)a", b"(?i:.*a)"),
            (b"(?is)^a", b"(?is:^a)"),
            (b"(?i)a\nb", b"(?i:.*a)"),
            (b"(?)a", b".*(?)a"),
            (b"(?i:a)", b".*(?i:a)"),
            (b"(?q)a", b".*(?q)a"),
        ];
        for (pattern, regex) in table {
            assert_eq!(relative_regex(pattern), *regex);
        }
    }
}
