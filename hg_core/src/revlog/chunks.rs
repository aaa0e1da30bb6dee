// SPDX-License-Identifier: GPL-2.0-or-later
//! The stored form of a revision: a chunk, whose first byte says how it is
//! compressed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};
use zstd::bulk::Decompressor;
use zstd::stream::read::Decoder;
use zstd::zstd_safe::get_frame_content_size;

use crate::errors::RevlogError;

/// A text of a first byte 0 is left as it is, the byte included.
const AS_IS: u8 = 0;
/// What follows this byte is left as it is.
const UNCOMPRESSED: u8 = b'u';
/// Zlib's own first byte, for the window that Python's zlib writes.
const ZLIB: u8 = b'x';
/// The first byte of a zstd frame.
const ZSTD: u8 = 0x28;

thread_local! {
    // Making one costs more than a small chunk does.
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(true));
    static UNZSTD: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// What is stored in `chunk`: a text, or a delta, of at most `limit` bytes.
///
/// A compressed chunk that is longer is an error, and no more than `limit`
/// bytes, and what a buffer doubles to, are ever taken for it.
pub fn decompress(chunk: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, RevlogError> {
    match chunk {
        [] | [AS_IS, ..] => Ok(chunk.into()),
        [UNCOMPRESSED, rest @ ..] => Ok(rest.into()),
        [ZLIB, ..] => inflate(chunk, limit).map(Cow::Owned),
        [ZSTD, ..] => unzstd(chunk, limit).map(Cow::Owned),
        [unknown, ..] => Err(RevlogError::UnknownCompression(*unknown)),
    }
}

fn inflate(chunk: &[u8], limit: usize) -> Result<Vec<u8>, RevlogError> {
    const CORRUPTED: RevlogError = RevlogError::Decompression("zlib");
    INFLATE.with_borrow_mut(|state| {
        state.reset(true);
        let mut text = Vec::with_capacity(limit.min(8 * chunk.len()));
        loop {
            let read = usize::try_from(state.total_in()).map_err(|_| CORRUPTED)?;
            let rest = chunk.get(read..).unwrap_or_default();
            let status = state.decompress_vec(rest, &mut text, FlushDecompress::Finish);
            if status.map_err(|_| CORRUPTED)? == Status::StreamEnd {
                return Ok(text);
            }
            if text.len() < text.capacity() {
                // Neither input nor room for output was what it lacked.
                return Err(CORRUPTED);
            }
            // One byte too many shows that it is too long.
            let more = text
                .len()
                .max(64)
                .min((limit + 1).saturating_sub(text.len()));
            if more == 0 {
                return Err(RevlogError::TooMuchData(limit));
            }
            reserve(&mut text, more)?;
        }
    })
}

fn unzstd(chunk: &[u8], limit: usize) -> Result<Vec<u8>, RevlogError> {
    const CORRUPTED: RevlogError = RevlogError::Decompression("zstd");
    let mut text = Vec::new();
    let Some(size) = get_frame_content_size(chunk).map_err(|_| CORRUPTED)? else {
        // Mercurial compresses texts over a megabyte as a stream, which does
        // not know its size beforehand.
        let decoder = Decoder::with_buffer(chunk).map_err(|_| CORRUPTED)?;
        decoder
            .single_frame()
            .take(limit as u64 + 1)
            .read_to_end(&mut text)
            .map_err(|_| CORRUPTED)?;
        return match text.len() > limit {
            true => Err(RevlogError::TooMuchData(limit)),
            false => Ok(text),
        };
    };
    let size = usize::try_from(size).map_err(|_| CORRUPTED)?;
    if size > limit {
        return Err(RevlogError::TooMuchData(limit));
    }
    reserve(&mut text, size)?;
    UNZSTD.with_borrow_mut(|state| {
        let state = match state {
            Some(state) => state,
            None => state.insert(Decompressor::new().map_err(|_| CORRUPTED)?),
        };
        state
            .decompress_to_buffer(chunk, &mut text)
            .map_err(|_| CORRUPTED)?;
        Ok(text)
    })
}

/// Room for `more` bytes: an error where there is none.
fn reserve(text: &mut Vec<u8>, more: usize) -> Result<(), RevlogError> {
    let wanted = text.len().saturating_add(more);
    text.try_reserve_exact(more)
        .map_err(|_| RevlogError::TooMuchData(wanted))
}
