// SPDX-License-Identifier: GPL-2.0-or-later
//! The lines of a pattern file; Python's `readpatternfile`.

use super::patterns::{parse_pattern_syntax_kind, PatternSyntax};
use crate::types::space::{trim_end, trim_start};

/// The names of syntaxes in pattern files and the prefix that they give to a
/// pattern, in the order in which a line is tried for them. The last two lack
/// the colon, in Python too: the effect is that of [`with_kind`].
const SYNTAXES: [(&[u8], &[u8]); 6] = [
    (b"re", b"relre:"),
    (b"regexp", b"relre:"),
    (b"glob", b"relglob:"),
    (b"rootglob", b"rootglob:"),
    (b"include", b"include"),
    (b"subinclude", b"subinclude"),
];

/// What a line of a pattern file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A pattern, not yet normalized.
    Pattern(PatternSyntax, Vec<u8>),
    /// Another file of patterns for the same root.
    Include(Vec<u8>),
    /// A `syntax:` of this name, which there is none of.
    InvalidSyntax(Vec<u8>),
}

/// The lines of a pattern file that say something.
pub(super) fn parse_lines(contents: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut default_prefix: &[u8] = b"relre:";
    for line in contents.split(|&byte| byte == b'\n') {
        let line = without_comment(line);
        let line = trim_end(&line);
        if line.is_empty() {
            continue;
        }
        if let Some(name) = line.strip_prefix(b"syntax:") {
            let name = trim_start(trim_end(name));
            match SYNTAXES.iter().find(|(known, _)| *known == name) {
                Some((_, prefix)) => default_prefix = prefix,
                None => lines.push(Line::InvalidSyntax(name.to_vec())),
            }
            continue;
        }
        lines.push(with_kind(default_prefix, line));
    }
    lines
}

/// A pattern with the kind that its own prefix or else the current syntax
/// gives it.
///
/// The prefix of an included file has no colon: the one in `include:file` is
/// left standing, but a line that merely begins with `include`, or stands
/// under `syntax: include` without its own, becomes a glob relative to the
/// root, `include` being part of its name.
fn with_kind(default_prefix: &[u8], line: &[u8]) -> Line {
    let (prefix, rest) = SYNTAXES
        .iter()
        .find_map(|(name, prefix)| {
            let rest = line.strip_prefix(*prefix).or_else(|| {
                line.strip_prefix(*name)
                    .and_then(|rest| rest.strip_prefix(b":"))
            })?;
            Some((*prefix, rest))
        })
        .unwrap_or((default_prefix, line));
    let pattern = [prefix, rest].concat();
    let colon = pattern.iter().position(|&byte| byte == b':');
    if let Some((kind, [_, rest @ ..])) = colon.map(|colon| pattern.split_at(colon)) {
        if kind == b"include" {
            return Line::Include(rest.to_vec());
        }
        if let Ok(syntax) = parse_pattern_syntax_kind(kind) {
            return Line::Pattern(syntax, rest.to_vec());
        }
    }
    Line::Pattern(PatternSyntax::Glob, pattern)
}

/// The line up to a `#` that is not escaped, and with those that are
/// unescaped.
fn without_comment(line: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(line.len());
    let mut backslashes = 0_usize;
    for &byte in line {
        if byte == b'#' {
            if backslashes % 2 == 0 {
                break;
            }
            result.pop();
        }
        backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
        result.push(byte);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_escapes() {
        let table: &[(&[u8], &[u8])] = &[
            (b"a # b", b"a "),
            (b"# b", b""),
            (b"a\\#b#c", b"a#b"),
            (b"a\\\\#b", b"a\\\\"),
            (b"a\\\\\\#b", b"a\\\\#b"),
            (b"\\##", b"#"),
            (b"a\\b", b"a\\b"),
        ];
        for (line, expected) in table {
            assert_eq!(without_comment(line), *expected);
        }
    }

    #[test]
    fn kinds() {
        use PatternSyntax::*;
        let table: &[(&[u8], Line)] = &[
            (b"a\r", Line::Pattern(RelRegexp, b"a".to_vec())),
            (b" a \t", Line::Pattern(RelRegexp, b" a".to_vec())),
            (b"re:a", Line::Pattern(RelRegexp, b"a".to_vec())),
            (b"relre:a", Line::Pattern(RelRegexp, b"a".to_vec())),
            (b"regexp:a:b", Line::Pattern(RelRegexp, b"a:b".to_vec())),
            (b"glob:a", Line::Pattern(RelGlob, b"a".to_vec())),
            (b"relglob:a", Line::Pattern(RelGlob, b"a".to_vec())),
            (b"rootglob:a", Line::Pattern(RootGlob, b"a".to_vec())),
            (b"path:a", Line::Pattern(RelRegexp, b"path:a".to_vec())),
            (b"include:a", Line::Include(b"a".to_vec())),
            (b"subinclude:a", Line::Pattern(SubInclude, b"a".to_vec())),
            (b"includes/a", Line::Pattern(Glob, b"includes/a".to_vec())),
            (b"includes:a", Line::Pattern(Glob, b"includes:a".to_vec())),
            (b"syntax:  new ", Line::InvalidSyntax(b"new".to_vec())),
        ];
        for (line, expected) in table {
            assert_eq!(parse_lines(line), std::slice::from_ref(expected));
        }
    }

    #[test]
    fn syntax_lines() {
        let lines = parse_lines(
            b"syntax: glob\n*.o\n\nre:x\nsyntax: include # c\nfile\n:file\nsyntax:rootglob\n/a",
        );
        let expected = [
            Line::Pattern(PatternSyntax::RelGlob, b"*.o".to_vec()),
            Line::Pattern(PatternSyntax::RelRegexp, b"x".to_vec()),
            Line::Pattern(PatternSyntax::Glob, b"includefile".to_vec()),
            Line::Include(b"file".to_vec()),
            Line::Pattern(PatternSyntax::RootGlob, b"/a".to_vec()),
        ];
        assert_eq!(lines, expected);
    }
}
