// SPDX-License-Identifier: GPL-2.0-or-later
//! The stored form of a revision: a chunk, whose first byte says how it is
//! compressed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Read;

use zlib_rs::{Inflate, InflateFlush, Status};
use zstd::bulk::Decompressor;
use zstd::stream::read::Decoder;
use zstd::zstd_safe::get_frame_content_size;

use crate::revlog::RevlogError;

/// A text of a first byte 0 is left as it is, the byte included.
pub(super) const AS_IS: u8 = 0;
/// What follows this byte is left as it is.
pub(super) const UNCOMPRESSED: u8 = b'u';
/// Zlib's own first byte, for the window that Python's zlib writes.
const ZLIB: u8 = b'x';
/// The largest window there can be.
const WINDOW_BITS: u8 = 15;
/// The first byte of a zstd frame.
const ZSTD: u8 = 0x28;

thread_local! {
    // Making one costs more than a small chunk does.
    static INFLATE: RefCell<Inflate> = RefCell::new(Inflate::new(true, WINDOW_BITS));
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
        let mut text = Vec::new();
        let mut length = 0;
        loop {
            // One byte too many shows that it is too long.
            let most = (limit - length).saturating_add(1);
            let more = match length {
                0 => chunk.len().saturating_mul(4),
                _ => length,
            };
            reserve(&mut text, more.max(64).min(most))?;
            text.resize(text.capacity(), 0);
            let read = usize::try_from(state.total_in()).map_err(|_| CORRUPTED)?;
            let rest = chunk.get(read..).ok_or(CORRUPTED)?;
            let room = text.get_mut(length..).ok_or(CORRUPTED)?;
            let status = state.decompress(rest, room, InflateFlush::Finish);
            let status = status.map_err(|_| CORRUPTED)?;
            length = usize::try_from(state.total_out()).map_err(|_| CORRUPTED)?;
            if length > limit {
                return Err(RevlogError::TooMuchData(limit));
            }
            if status == Status::StreamEnd {
                text.truncate(length);
                return Ok(text);
            }
            if length < text.len() {
                // Neither input nor room for output was what it lacked.
                return Err(CORRUPTED);
            }
        }
    })
}

fn unzstd(chunk: &[u8], limit: usize) -> Result<Vec<u8>, RevlogError> {
    const CORRUPTED: RevlogError = RevlogError::Decompression("zstd");
    let mut text = Vec::new();
    let Some(size) = get_frame_content_size(chunk).map_err(|_| CORRUPTED)? else {
        // Mercurial compresses texts over a megabyte as a stream, which does
        // not know its size beforehand.
        reserve(&mut text, limit.min(8 * chunk.len()))?;
        let decoder = Decoder::with_buffer(chunk).map_err(|_| CORRUPTED)?;
        decoder
            .single_frame()
            .take((limit as u64).saturating_add(1))
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::io::Write;

    use flate2::write::ZlibEncoder;

    use super::*;

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::bulk::compress(text, 3).unwrap()
    }

    /// A frame that does not say how long its text is.
    fn zstd_stream(text: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(text, 3).unwrap()
    }

    #[test]
    fn uncompressed() {
        assert_eq!(decompress(b"", 0).unwrap(), &b""[..]);
        assert_eq!(decompress(b"\0text", 9).unwrap(), &b"\0text"[..]);
        assert_eq!(decompress(b"utext", 9).unwrap(), &b"text"[..]);
        for byte in 1..=255 {
            if !b"ux(".contains(&byte) {
                assert_eq!(
                    decompress(&[byte, 0], 9),
                    Err(RevlogError::UnknownCompression(byte))
                );
            }
        }
    }

    #[test]
    fn compressed() {
        let short = b"text".to_vec();
        let long: Vec<u8> = (0..20_000u32).flat_map(u32::to_le_bytes).collect();
        let uniform = vec![b'a'; 1 << 20];
        for compress in [zlib, zstd, zstd_stream] {
            for text in [&b""[..], &short, &long, &uniform] {
                let chunk = compress(text);
                for limit in [
                    text.len(),
                    text.len() + 1,
                    1 << 30,
                    usize::MAX - 1,
                    usize::MAX,
                ] {
                    assert_eq!(decompress(&chunk, limit).unwrap(), text);
                }
                if !text.is_empty() {
                    for limit in [0, 1, text.len() / 2, text.len() - 1] {
                        assert_eq!(
                            decompress(&chunk, limit),
                            Err(RevlogError::TooMuchData(limit))
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn damaged() {
        let text = b"some text, some text, some other text".repeat(9);
        for (compress, name) in [
            (zlib as fn(&[u8]) -> Vec<u8>, "zlib"),
            (zstd, "zstd"),
            (zstd_stream, "zstd"),
        ] {
            let chunk = compress(&text);
            for length in 1..chunk.len() {
                assert_eq!(
                    decompress(&chunk[..length], 1000),
                    Err(RevlogError::Decompression(name)),
                    "{length} of {}",
                    chunk.len()
                );
            }
            // The state that threads keep is none the worse for it.
            assert_eq!(decompress(&chunk, 1000).unwrap(), text);
        }
    }
}
