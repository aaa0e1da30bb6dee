// SPDX-License-Identifier: GPL-2.0-or-later
//! Python's regular expressions on the `regex` crate.
//!
//! A pattern is parsed as Python's `re` parses bytes ([`parser`],
//! [`byte_sets`]) into a tree of byte sets ([`ast`]), and all the trees of a
//! matcher are written out as one expression for the `regex` crate
//! ([`builder`]). Going through a tree of byte sets leaves no room for the two
//! syntaxes to differ, and what has no counterpart (look-around,
//! back-references, ...) is refused.
//!
//! Only one question is ever asked: does the expression match at the start of
//! the path? Greediness and groups therefore do not matter.

mod ast;
mod builder;
mod byte_sets;
mod parser;
mod shared;

pub(super) use builder::RegexSetBuilder;
pub(super) use shared::SharedRegex;
