// SPDX-License-Identifier: GPL-2.0-or-later
//! Mercurial's Python matchers, taken over into `hg_core` ones.
//!
//! A matcher is known by the name of its class. What a subclass or an
//! extension may have changed is left to Python: `FallbackError`.

use std::path::{Path, PathBuf};

use hg_core::matchers::{
    expand_patterns, parse_pattern_syntax_kind, AlwaysMatcher, DifferenceMatcher, ExactMatcher,
    ExpandedPatterns, IncludeMatcher, IntersectionMatcher, Matcher, NeverMatcher, Pattern,
    PatternError, PatternMatcher, UnionMatcher,
};
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::convert;
use crate::errors::{internal_error, path_of, FallbackError, Raise};

/// The matcher of `hg_core` that answers as the Python `matcher` does, in the
/// repository at `root_dir`.
pub fn extract(matcher: &Bound<'_, PyAny>, root_dir: &Path) -> PyResult<Box<dyn Matcher>> {
    let py = matcher.py();
    let name = matcher.get_type().name()?.to_string();
    let unsupported = || FallbackError::new_err(format!("unsupported matcher: {name}"));

    // Only Mercurial's own matchers can tell.
    let tampered = matcher
        .call_method0("was_tampered_with_nonrec")
        .map_err(|_| unsupported())?;
    if tampered.is_truthy()? {
        return Err(unsupported());
    }

    // A matcher made before Mercurial had a Rust policy has not kept all.
    let attribute = |name| match matcher.getattr(name) {
        Err(error) if error.is_instance_of::<PyAttributeError>(py) => Err(unsupported()),
        result => result,
    };
    let part = |name| extract(&attribute(name)?, root_dir);
    let patterns = || patterns(&attribute("_kindpats")?, root_dir);
    let raised = |error: PatternError| error.into_exception(py);
    Ok(match name.as_str() {
        "alwaysmatcher" => Box::new(AlwaysMatcher::new()),
        "nevermatcher" => Box::new(NeverMatcher::new()),
        "exactmatcher" => {
            let files = matcher.call_method0("files")?;
            Box::new(ExactMatcher::new(convert::paths(&files)?))
        }
        "includematcher" => Box::new(IncludeMatcher::new(&patterns()?).map_err(raised)?),
        "patternmatcher" => Box::new(PatternMatcher::new(&patterns()?).map_err(raised)?),
        "unionmatcher" => {
            let mut parts = Vec::new();
            for part in attribute("_matchers")?.try_iter()? {
                parts.push(extract(&part?, root_dir)?);
            }
            Box::new(UnionMatcher::new(parts))
        }
        "intersectionmatcher" => Box::new(IntersectionMatcher::new(part("_m1")?, part("_m2")?)),
        "differencematcher" => Box::new(DifferenceMatcher::new(part("_m1")?, part("_m2")?)),
        _ => return Err(unsupported()),
    })
}

/// What `(kind, pattern, source)` triples stand for.
fn patterns(triples: &Bound<'_, PyAny>, root_dir: &Path) -> PyResult<ExpandedPatterns> {
    let py = triples.py();
    let mut patterns = Vec::new();
    for triple in triples.try_iter()? {
        let triple: (Bound<'_, PyBytes>, Bound<'_, PyBytes>, Bound<'_, PyBytes>) =
            triple?.extract()?;
        let (kind, pattern, source) = triple;
        patterns.push(Pattern {
            syntax: parse_pattern_syntax_kind(kind.as_bytes())
                .map_err(|error| error.into_exception(py))?,
            pattern: pattern.as_bytes().to_vec(),
            source: PathBuf::from(path_of(source.as_bytes())),
        });
    }
    expand_patterns(patterns, root_dir).map_err(|error| error.into_exception(py))
}

impl Raise for PatternError {
    fn into_exception(self, _py: Python<'_>) -> PyErr {
        match self {
            Self::Internal(error) => internal_error(error),
            error => FallbackError::new_err(error.to_string()),
        }
    }
}
