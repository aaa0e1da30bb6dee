// SPDX-License-Identifier: GPL-2.0-or-later
//! Mercurial's Python matchers, taken over into `hg_core` ones.
//!
//! A matcher is known by the name of its class. What a subclass or an
//! extension may have changed is left to Python: `FallbackError`.

use std::path::Path;

use cpython::{exc, NoArgs, ObjectProtocol, PyBytes, PyObject, Python};
use hg_core::matchers::{
    expand_patterns, parse_pattern_syntax_kind, AlwaysMatcher, DifferenceMatcher, ExactMatcher,
    ExpandedPatterns, IncludeMatcher, IntersectionMatcher, Matcher, NeverMatcher, Pattern,
    PatternMatcher, UnionMatcher,
};

use crate::convert;
use crate::errors::Error;

/// The matcher of `hg_core` that answers as the Python `matcher` does, in the
/// repository at `root_dir`.
pub fn extract(
    py: Python<'_>,
    matcher: &PyObject,
    root_dir: &Path,
) -> Result<Box<dyn Matcher>, Error> {
    let name = matcher.get_type(py).name(py).into_owned();
    let unsupported = || Error::UnsupportedMatcher(name.clone());

    // Only Mercurial's own matchers can tell.
    let tampered = matcher
        .call_method(py, "was_tampered_with_nonrec", NoArgs, None)
        .map_err(|_| unsupported())?;
    if tampered.is_true(py)? {
        return Err(unsupported());
    }

    // A matcher made before Mercurial had a Rust policy has not kept all.
    let attribute = |name| match matcher.getattr(py, name) {
        Err(error) if error.matches(py, py.get_type::<exc::AttributeError>()) => Err(unsupported()),
        result => Ok(result?),
    };
    let part = |name| extract(py, &attribute(name)?, root_dir);
    let patterns = || patterns(py, &attribute("_kindpats")?, root_dir);
    Ok(match name.as_str() {
        "alwaysmatcher" => Box::new(AlwaysMatcher::new()),
        "nevermatcher" => Box::new(NeverMatcher::new()),
        "exactmatcher" => {
            let files = matcher.call_method(py, "files", NoArgs, None)?;
            Box::new(ExactMatcher::new(convert::paths(py, &files)?))
        }
        "includematcher" => Box::new(IncludeMatcher::new(&patterns()?)?),
        "patternmatcher" => Box::new(PatternMatcher::new(&patterns()?)?),
        "unionmatcher" => {
            let mut parts = Vec::new();
            for part in attribute("_matchers")?.iter(py)? {
                parts.push(extract(py, &part?, root_dir)?);
            }
            Box::new(UnionMatcher::new(parts))
        }
        "intersectionmatcher" => Box::new(IntersectionMatcher::new(part("_m1")?, part("_m2")?)),
        "differencematcher" => Box::new(DifferenceMatcher::new(part("_m1")?, part("_m2")?)),
        _ => return Err(unsupported()),
    })
}

/// What `(kind, pattern, source)` triples stand for.
fn patterns(
    py: Python<'_>,
    triples: &PyObject,
    root_dir: &Path,
) -> Result<ExpandedPatterns, Error> {
    let mut patterns = Vec::new();
    for triple in triples.iter(py)? {
        let (kind, pattern, source): (PyBytes, PyBytes, PyBytes) = triple?.extract(py)?;
        patterns.push(Pattern {
            syntax: parse_pattern_syntax_kind(kind.data(py))?,
            pattern: pattern.data(py).to_vec(),
            source: convert::os_path(source.data(py)),
        });
    }
    Ok(expand_patterns(patterns, root_dir)?)
}
