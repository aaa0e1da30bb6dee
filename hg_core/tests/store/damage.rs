// SPDX-License-Identifier: GPL-2.0-or-later
//! Damaged files give an error or the right text: hashes see to the latter.

use hg_core::revlog::{RevlogError, RevlogReader, StoreError};
use hg_core::types::Revision;

use super::{fixture, texts};

struct Scratch {
    directory: tempfile::TempDir,
    texts: Vec<Vec<u8>>,
    /// How often there was a text all the same, and how often an error.
    outcome: [usize; 2],
}

impl Scratch {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            texts: texts(),
            outcome: [0; 2],
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.directory.path().join(name);
        // Some file systems wait for the disk when a file is overwritten.
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, bytes).unwrap();
    }

    fn open(&self) -> Result<RevlogReader, StoreError> {
        let path = |name| self.directory.path().join(name);
        RevlogReader::open(&path("f.i"), &path("f.d"))
    }

    /// Read every text there is.
    fn check(&mut self, what: &str) {
        let reader = match self.open() {
            Ok(reader) => reader,
            Err(error) => {
                self.outcome[1] += 1;
                assert!(error.to_string().contains("/f."), "{error}");
                return;
            }
        };
        assert!(reader.index().len() <= self.texts.len(), "{what}");
        for (rev, text) in Revision::ZERO.until(reader.index().end()).zip(&self.texts) {
            let ok = match reader.text(rev) {
                Ok(found) => {
                    assert!(found == *text, "{what}: another text for {rev}");
                    true
                }
                Err(error) => {
                    assert!(error.to_string().contains("/f."), "{error}");
                    false
                }
            };
            self.outcome[usize::from(!ok)] += 1;
        }
    }

    /// All prefixes of a file, and the file with each byte changed: all of
    /// it, and one bit.
    fn damage(&mut self, name: &str, bytes: &[u8]) {
        for length in 0..bytes.len() {
            self.write(name, &bytes[..length]);
            self.check(&format!("the first {length} bytes of {name}"));
        }
        let mut damaged = bytes.to_vec();
        for position in 0..bytes.len() {
            for mask in [0xff, 1 << (position % 8)] {
                damaged[position] ^= mask;
                self.write(name, &damaged);
                self.check(&format!("{name} with {mask:#x} at {position}"));
                damaged[position] ^= mask;
            }
        }
        self.write(name, bytes);
        assert!(self.outcome.iter().all(|&count| count > 1000));
    }
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

#[test]
fn inline_zlib() {
    Scratch::new().damage("f.i", &read("zlib.i"));
}

#[test]
fn inline_zstd() {
    Scratch::new().damage("f.i", &read("zstd.i"));
}

#[test]
fn split_without_general_delta() {
    let mut scratch = Scratch::new();
    let data = read("no-general-delta-split.d");
    scratch.write("f.d", &data);
    scratch.damage("f.i", &read("no-general-delta-split.i"));
    scratch.damage("f.d", &data);
}

fn revlog_error(result: Result<Vec<u8>, StoreError>) -> RevlogError {
    match result {
        Err(StoreError::Revlog { error, .. }) => error,
        other => panic!("{other:?}"),
    }
}

/// The flags of the last revision, 64 bytes from the end of an index.
#[test]
fn flags() {
    let last = Revision::new(14);
    let mut index = read("zlib-split.i");
    let flags = index.len() - 64 + 6;
    let mut scratch = Scratch::new();
    scratch.write("f.d", &read("zlib-split.d"));
    for bit in 0..16 {
        let value = 1u16 << bit;
        index[flags..flags + 2].copy_from_slice(&value.to_be_bytes());
        scratch.write("f.i", &index);
        let reader = scratch.open().unwrap();
        assert_eq!(reader.flags(last).unwrap(), value);
        if (6..=12).contains(&bit) {
            assert_eq!(reader.text(last).unwrap(), scratch.texts[14]);
        } else {
            let expected = RevlogError::UnsupportedFlags {
                rev: last,
                flags: value,
            };
            assert_eq!(revlog_error(reader.text(last)), expected);
            assert!(reader.text(last.previous()).is_ok());
        }
    }
    scratch.check("the last value");
}

#[test]
fn headers() {
    let mut index = read("zlib-split.i");
    let scratch = Scratch::new();
    for (header, supported) in [
        (1u32, true),
        (1 | 1 << 17, true),
        (1 | 1 << 18, false),
        (1 | 1 << 31, false),
        (0, false),
        (2, false),
        (0xdead, false),
    ] {
        index[..4].copy_from_slice(&header.to_be_bytes());
        scratch.write("f.i", &index);
        assert_eq!(scratch.open().is_ok(), supported, "{header:#x}");
    }
}

/// What a long chain claims to hold is not read over and over.
#[test]
fn chunks_that_overlap() {
    let mut index = read("no-general-delta-split.i");
    let scratch = Scratch::new();
    scratch.write("f.d", &read("no-general-delta-split.d"));
    // Revision 1, a delta, starts where revision 0 does.
    index[64..70].fill(0);
    scratch.write("f.i", &index);
    let error = revlog_error(scratch.open().unwrap().text(Revision::new(1)));
    let (first, last) = (Revision::ZERO, Revision::new(1));
    assert_eq!(error, RevlogError::InconsistentOffsets { first, last });
}
