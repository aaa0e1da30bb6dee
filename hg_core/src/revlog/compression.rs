// SPDX-License-Identifier: GPL-2.0-or-later
//! Compressing what a revlog stores: the other way round from
//! [`decompress`](super::chunks::decompress).

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Write};

use flate2::write::ZlibEncoder;
use zstd::bulk::Compressor as ZstdCompressor;
use zstd::stream::write::Encoder as ZstdEncoder;

use super::chunks::{AS_IS, UNCOMPRESSED};

/// Texts of more bytes are compressed as a stream, which does not say how long
/// they are.
const LONGEST_AT_ONCE: usize = 1_000_000;
/// Texts of fewer bytes do not get shorter.
const SHORTEST_FOR_ZLIB: usize = 44;
const SHORTEST_FOR_ZSTD: usize = 50;

/// How texts and deltas are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// They are not.
    None,
    /// By zlib, at this level.
    Zlib(u32),
    /// By zstd, at this level.
    Zstd(i32),
}

/// What is stored for a text: a mark, and bytes behind it.
pub type Stored<'a> = (&'static [u8], Cow<'a, [u8]>);

thread_local! {
    // Making one costs more than a small text does. The level it has comes first.
    static ZSTD: RefCell<Option<(i32, ZstdCompressor<'static>)>> = const { RefCell::new(None) };
}

impl Compression {
    /// What is to be stored for `text`: compressed if that is shorter.
    ///
    /// # Errors
    /// When the library fails, as for want of memory.
    pub fn compress(self, text: &[u8]) -> io::Result<Stored<'_>> {
        let compressed = match self {
            Self::None => None,
            Self::Zlib(_) if text.len() < SHORTEST_FOR_ZLIB => None,
            Self::Zstd(_) if text.len() < SHORTEST_FOR_ZSTD => None,
            Self::Zlib(level) => Some(deflate(text, level)?),
            Self::Zstd(level) => Some(zstd(text, level)?),
        };
        match compressed.filter(|compressed| compressed.len() < text.len()) {
            Some(compressed) => Ok((b"", compressed.into())),
            None if matches!(text, [] | [AS_IS, ..]) => Ok((b"", text.into())),
            None => Ok((&[UNCOMPRESSED], text.into())),
        }
    }
}

fn zstd(text: &[u8], level: i32) -> io::Result<Vec<u8>> {
    if text.len() > LONGEST_AT_ONCE {
        let mut encoder = ZstdEncoder::new(Vec::new(), level)?;
        encoder.write_all(text)?;
        return encoder.finish();
    }
    ZSTD.with_borrow_mut(|state| {
        let (_, compressor) = match state {
            Some(made) if made.0 == level => made,
            other => other.insert((level, ZstdCompressor::new(level)?)),
        };
        compressor.compress(text)
    })
}

fn deflate(text: &[u8], level: u32) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(text)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::revlog::chunks::decompress;

    const ALL: [Compression; 3] = [
        Compression::None,
        Compression::Zlib(6),
        Compression::Zstd(3),
    ];

    #[test]
    fn what_is_stored_is_read_again() {
        let random: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
            .take(3000)
            .collect();
        let large = b"a line of a large text\n".repeat(60_000);
        let zero = [&b"\0"[..], &b"zero".repeat(99)].concat();
        let texts = [
            &b""[..],
            b"short",
            b"\0short",
            &b"longer ".repeat(9),
            &zero,
            &random,
            &large,
        ];
        for compression in ALL {
            for text in texts {
                let (mark, data) = compression.compress(text).unwrap();
                let stored = [mark, &data].concat();
                assert!(stored.len() <= text.len() + 1);
                assert_eq!(decompress(&stored, text.len()).unwrap(), text);
            }
        }
    }

    #[test]
    fn when_it_pays() {
        for (compression, shortest, first) in [
            (Compression::Zlib(6), SHORTEST_FOR_ZLIB, b'x'),
            (Compression::Zstd(3), SHORTEST_FOR_ZSTD, b'('),
        ] {
            let short = vec![b'a'; shortest - 1];
            assert_eq!(
                compression.compress(&short).unwrap(),
                (&b"u"[..], Cow::from(&short))
            );
            let long = vec![b'a'; shortest];
            let (mark, data) = compression.compress(&long).unwrap();
            assert_eq!((mark, data[0]), (&b""[..], first));
        }
        assert_eq!(Compression::None.compress(&[b'a'; 99]).unwrap().0, b"u");
    }

    #[test]
    fn a_frame_tells_its_size_up_to_a_megabyte() {
        let size = |length: usize| {
            let text = vec![b'a'; length];
            let (_, frame) = Compression::Zstd(3).compress(&text).unwrap();
            zstd::zstd_safe::get_frame_content_size(&frame).unwrap()
        };
        assert_eq!(size(LONGEST_AT_ONCE), Some(LONGEST_AT_ONCE as u64));
        assert_eq!(size(LONGEST_AT_ONCE + 1), None);
    }
}
