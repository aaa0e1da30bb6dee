// SPDX-License-Identifier: GPL-2.0-or-later
//! One expression of the `regex` crate for all the patterns of a matcher.
//!
//! Most patterns in practice are `.*` or `(?:.*/)?`, a literal, and `$` or
//! `(?:/|$)`. Patterns that begin and end alike are put together, so that
//! thousands of them are one loop over a trie of literals instead of
//! thousands of loops.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;

use regex::bytes::RegexBuilder;

use super::ast::{ByteSet, Expression};
use super::parser::{parse, Reason};
use super::shared::SharedRegex;
use crate::matchers::PatternError;

/// Python's own limit for the expression of one pattern, in bytes.
const MAX_PATTERN_SIZE: usize = 20_000;
/// The limit for all the patterns of a matcher, in bytes.
const MAX_TOTAL_SIZE: usize = 1 << 20;
/// Limit for the compiled expression, in bytes.
const MAX_COMPILED_SIZE: usize = 64 << 20;
/// Limit for what a thread caches while it matches, in bytes. Far too small a
/// cache would be emptied and filled again without end.
const MAX_CACHE_SIZE: usize = 16 << 20;
/// Above the depth that the parser allows.
const MAX_NESTING: u32 = 1000;

/// How an alternative begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Prefix {
    None,
    /// `.*`
    Any,
    /// `(?:.*/)?`
    Directory,
}

impl Prefix {
    fn regex(self) -> &'static str {
        match self {
            Prefix::None => "",
            Prefix::Any => r"[^\n]*",
            Prefix::Directory => r"(?:[^\n]*/)?",
        }
    }
}

/// How an alternative ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    None,
    /// `$`
    End,
    /// `(?:/|$)`
    ComponentEnd,
}

/// `$`, where nothing follows it. The crate has no assertion for a final
/// newline, but as any rest of the path may follow the match, it can as well
/// be consumed.
const FINAL_LINE_END: &str = r"\n?\z";

impl Suffix {
    fn regex(self) -> &'static str {
        match self {
            Suffix::None => "",
            Suffix::End => FINAL_LINE_END,
            Suffix::ComponentEnd => r"(?:/|\n?\z)",
        }
    }
}

/// What alternatives with the same prefix and suffix have between them.
#[derive(Debug, Default)]
struct Bodies {
    literals: BTreeSet<Vec<u8>>,
    others: BTreeSet<String>,
}

/// Collects patterns in Python's syntax; [`build`](Self::build) makes a regex
/// that finds a match in a path exactly if Python's `re.match` does for one of
/// the patterns.
#[derive(Debug, Default)]
pub(in super::super) struct RegexSetBuilder {
    patterns: BTreeMap<Prefix, BTreeMap<Suffix, Bodies>>,
    group_names: HashSet<Vec<u8>>,
    total_size: usize,
}

impl RegexSetBuilder {
    pub(in super::super) fn new() -> Self {
        Self::default()
    }

    /// Adds a pattern. `alone` says that there is no other in the matcher.
    pub(in super::super) fn add(
        &mut self,
        pattern: &[u8],
        alone: bool,
    ) -> Result<(), PatternError> {
        self.total_size = self.total_size.saturating_add(pattern.len());
        if pattern.len() > MAX_PATTERN_SIZE || self.total_size > MAX_TOTAL_SIZE {
            let message = format!("regular expressions of {} bytes", self.total_size);
            return Err(PatternError::TooLarge(message));
        }
        self.add_parsed(pattern, alone)
            .map_err(|reason| PatternError::UnsupportedPattern {
                pattern: String::from_utf8_lossy(pattern).into_owned(),
                reason: reason.to_owned(),
            })
    }

    fn add_parsed(&mut self, pattern: &[u8], alone: bool) -> Result<(), Reason> {
        let alternatives = match parse(pattern, alone, &mut self.group_names)? {
            Expression::Alternation(nodes) => nodes,
            node => vec![node],
        };
        for alternative in alternatives {
            match alternative {
                Expression::Concat(nodes) => self.add_alternative(&nodes)?,
                node => self.add_alternative(&[node])?,
            }
        }
        Ok(())
    }

    fn add_alternative(&mut self, nodes: &[Expression]) -> Result<(), Reason> {
        let (prefix, nodes) = split_prefix(nodes);
        let (suffix, nodes) = split_suffix(nodes);
        let suffixes = self.patterns.entry(prefix).or_default();
        let bodies = suffixes.entry(suffix).or_default();
        if let Some(literal) = as_literal(nodes) {
            bodies.literals.insert(literal);
        } else {
            let mut text = String::new();
            write_concat(&mut text, nodes, suffix == Suffix::None)?;
            bodies.others.insert(text);
        }
        Ok(())
    }

    pub(in super::super) fn build(&self) -> Result<SharedRegex, PatternError> {
        RegexBuilder::new(&self.text())
            .unicode(false)
            .size_limit(MAX_COMPILED_SIZE)
            .dfa_size_limit(MAX_CACHE_SIZE)
            .nest_limit(MAX_NESTING)
            .build()
            .map(|regex| SharedRegex::new(&regex))
            .map_err(|error| PatternError::TooLarge(error.to_string()))
    }

    fn text(&self) -> String {
        let mut by_prefix = Vec::new();
        for (prefix, suffixes) in &self.patterns {
            let mut by_suffix = Vec::new();
            for (suffix, bodies) in suffixes {
                // Apart from the others, the literals become a trie.
                if !bodies.literals.is_empty() {
                    let literals = bodies.literals.iter().map(|literal| {
                        let mut text = String::new();
                        for &byte in literal {
                            write_byte(&mut text, byte);
                        }
                        text
                    });
                    by_suffix.push(alternation(literals) + suffix.regex());
                }
                if !bodies.others.is_empty() {
                    let others = bodies.others.iter().cloned();
                    by_suffix.push(alternation(others) + suffix.regex());
                }
            }
            by_prefix.push(prefix.regex().to_owned() + &alternation(by_suffix));
        }
        r"\A".to_owned() + &alternation(by_prefix)
    }
}

fn alternation(branches: impl IntoIterator<Item = String>) -> String {
    let branches: Vec<String> = branches.into_iter().collect();
    format!("(?:{})", branches.join("|"))
}

fn split_prefix(mut nodes: &[Expression]) -> (Prefix, &[Expression]) {
    let mut prefix = Prefix::None;
    while let Some((first, rest)) = nodes.split_first() {
        if first.is_any_prefix() {
            prefix = Prefix::Any;
        } else if prefix == Prefix::None && first.is_directory_prefix() {
            return (Prefix::Directory, rest);
        } else if prefix == Prefix::None && *first == Expression::TextStart {
            // Matching begins there anyway.
        } else {
            break;
        }
        nodes = rest;
    }
    (prefix, nodes)
}

fn split_suffix(nodes: &[Expression]) -> (Suffix, &[Expression]) {
    match nodes.split_last() {
        Some((Expression::FinalLineEnd, rest)) => (Suffix::End, rest),
        Some((last, rest)) if last.is_component_end() => (Suffix::ComponentEnd, rest),
        _ => (Suffix::None, nodes),
    }
}

fn as_literal(nodes: &[Expression]) -> Option<Vec<u8>> {
    nodes
        .iter()
        .map(|node| match node {
            Expression::Byte(set) => set.as_single(),
            _ => None,
        })
        .collect()
}

fn write_byte(text: &mut String, byte: u8) {
    if byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'_' {
        text.push(char::from(byte));
    } else {
        // Writing to a string does not fail.
        let _ = write!(text, r"\x{byte:02X}");
    }
}

fn write_set(text: &mut String, set: ByteSet) {
    if let Some(byte) = set.as_single() {
        return write_byte(text, byte);
    }
    let (start, ranges) = if set == ByteSet::EMPTY {
        ("[^", ByteSet::ALL.ranges())
    } else {
        ("[", set.ranges())
    };
    text.push_str(start);
    for (first, last) in ranges {
        let _ = write!(text, r"\x{first:02X}-\x{last:02X}");
    }
    text.push(']');
}

fn write_concat(text: &mut String, nodes: &[Expression], is_tail: bool) -> Result<(), Reason> {
    let Some((last, others)) = nodes.split_last() else {
        return Ok(());
    };
    for node in others {
        write_node(text, node, false)?;
    }
    write_node(text, last, is_tail)
}

/// Writes `node` so that it can be followed or repeated. `is_tail` says that
/// nothing follows it in the whole expression.
fn write_node(text: &mut String, node: &Expression, is_tail: bool) -> Result<(), Reason> {
    match node {
        Expression::Byte(set) => write_set(text, *set),
        Expression::Concat(nodes) => {
            text.push_str("(?:");
            write_concat(text, nodes, is_tail)?;
            text.push(')');
        }
        Expression::Alternation(nodes) => {
            text.push_str("(?:");
            for (index, node) in nodes.iter().enumerate() {
                if index > 0 {
                    text.push('|');
                }
                write_node(text, node, is_tail)?;
            }
            text.push(')');
        }
        Expression::Repeat { node, min, max } => {
            text.push_str("(?:");
            write_node(text, node, is_tail && *max == Some(1))?;
            text.push(')');
            let _ = match max {
                Some(max) => write!(text, "{{{min},{max}}}"),
                None => write!(text, "{{{min},}}"),
            };
        }
        Expression::TextStart => text.push_str(r"\A"),
        Expression::TextEnd => text.push_str(r"\z"),
        Expression::FinalLineEnd if is_tail => {
            text.push_str("(?:");
            text.push_str(FINAL_LINE_END);
            text.push(')');
        }
        Expression::FinalLineEnd => return Err("$ before the end of the pattern"),
        Expression::LineStart => text.push_str("(?m:^)"),
        Expression::LineEnd => text.push_str("(?m:$)"),
        Expression::WordBoundary => text.push_str(r"\b"),
    }
    Ok(())
}
