// SPDX-License-Identifier: GPL-2.0-or-later
//! What a revlog is like, out of the attributes of Mercurial's
//! `revlogutils/config.py` (pyo3 contract section 4.2).

use hg_core::revlog::{Compression, DeltaKind, EncodeName, RevlogOptions, Snapshots};
use hg_core::store::{mark_directories, StoreEncoding};
use hg_core::types::HgPath;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::errors::revlog_error;

/// What zlib calls its own default, which is this.
const ZLIB_DEFAULT: i32 = -1;
const DEFAULT_ZLIB_LEVEL: u32 = 6;
const DEFAULT_ZSTD_LEVEL: i32 = 3;

/// The revlog types that there are: changelog, manifest, filelog, other.
const MANIFEST: u32 = 1002;
const TYPES: std::ops::RangeInclusive<u32> = 1001..=1004;

/// The three objects that say what a revlog is like.
pub struct Configs<'a, 'py> {
    pub data: &'a Bound<'py, PyAny>,
    pub delta: &'a Bound<'py, PyAny>,
    pub feature: &'a Bound<'py, PyAny>,
}

impl Configs<'_, '_> {
    /// Whether an index that is rewritten is dated apart.
    pub fn checks_ambiguity(&self) -> PyResult<bool> {
        let py = self.data.py();
        self.data.getattr(intern!(py, "check_ambig"))?.extract()
    }

    pub fn options(&self, revlog_type: u32) -> PyResult<RevlogOptions> {
        let py = self.data.py();
        if !TYPES.contains(&revlog_type) {
            return Err(revlog_error(
                py,
                &format!("Unknown revlog type {revlog_type}"),
            ));
        }
        let factor = self
            .data
            .getattr(intern!(py, "uncompressed_cache_factor"))?;
        let mut options = RevlogOptions::default();
        options.chunk_cache_factor = factor.extract()?;
        options.general_delta = self
            .delta
            .getattr(intern!(py, "general_delta"))?
            .extract()?;
        options.snapshots = self.snapshots()?;
        options.compression = self.compression()?;
        options.deltas = match revlog_type {
            MANIFEST => DeltaKind::Manifest,
            _ => DeltaKind::Lines,
        };
        Ok(options)
    }

    fn snapshots(&self) -> PyResult<Snapshots> {
        let py = self.delta.py();
        let is_sparse = self.delta.getattr(intern!(py, "sparse_revlog"))?;
        let is_flagged = self.delta.getattr(intern!(py, "delta_info"))?;
        Ok(match (is_sparse.extract()?, is_flagged.is_truthy()?) {
            (false, _) => Snapshots::FullTexts,
            (true, false) => Snapshots::Sparse,
            (true, true) => Snapshots::Flagged,
        })
    }

    fn compression(&self) -> PyResult<Compression> {
        let py = self.feature.py();
        let engine = self.feature.getattr(intern!(py, "compression_engine"))?;
        let engine = engine.cast::<PyBytes>()?;
        let options = self
            .feature
            .getattr(intern!(py, "compression_engine_options"))?;
        let options = options.cast::<PyDict>()?;
        match engine.as_bytes() {
            b"zlib" => {
                let level = level(options, &[b"zlib.level"])?;
                match level.unwrap_or(ZLIB_DEFAULT) {
                    ZLIB_DEFAULT => Ok(Compression::Zlib(DEFAULT_ZLIB_LEVEL)),
                    level => match u32::try_from(level) {
                        Ok(level @ 0..=9) => Ok(Compression::Zlib(level)),
                        _ => Err(PyValueError::new_err(format!("invalid zlib level {level}"))),
                    },
                }
            }
            b"zstd" => {
                let level = level(options, &[b"zstd.level", b"level"])?;
                Ok(Compression::Zstd(level.unwrap_or(DEFAULT_ZSTD_LEVEL)))
            }
            b"none" => Ok(Compression::None),
            other => {
                let other = String::from_utf8_lossy(other);
                let text = format!("invalid compression engine {other}");
                Err(PyValueError::new_err(text))
            }
        }
    }
}

/// The first of these options that is there and not `None`.
fn level(options: &Bound<'_, PyDict>, names: &[&[u8]]) -> PyResult<Option<i32>> {
    if options.is_empty() {
        return Ok(None);
    }
    for name in names {
        match options.get_item(PyBytes::new(options.py(), name))? {
            Some(level) if !level.is_none() => return level.extract(),
            _ => {}
        }
    }
    Ok(None)
}

/// How the names of a store are encoded: 0 as they are, 1 as with `dotencode`,
/// 2 with directories marked.
pub fn encoding(number: u32) -> PyResult<EncodeName> {
    match number {
        0 => Ok(<[u8]>::to_vec),
        1 => Ok(|name| StoreEncoding::FnCache { dotencode: true }.encode(HgPath::new(name))),
        2 => Ok(|name| mark_directories(HgPath::new(name))),
        _ => Err(PyValueError::new_err(format!(
            "invalid store encoding {number}"
        ))),
    }
}
