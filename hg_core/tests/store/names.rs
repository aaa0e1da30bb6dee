// SPDX-License-Identifier: GPL-2.0-or-later
//! Names of files in the store.

use hg_core::store::StoreEncoding;
use hg_core::types::HgPath;
use proptest::prelude::*;

use super::fixture;
use crate::matchers::decode;

const ENCODINGS: [StoreEncoding; 4] = [
    StoreEncoding::FnCache { dotencode: true },
    StoreEncoding::FnCache { dotencode: false },
    StoreEncoding::Store,
    StoreEncoding::Plain,
];

#[test]
fn hostile_names_are_what_mercurial_makes_of_them() {
    let cases = std::fs::read_to_string(fixture("store_paths")).unwrap();
    let mut changed = [0; 4];
    for line in cases.lines() {
        let mut fields = line.split(' ');
        let path = decode(fields.next().unwrap());
        let mut expected = path.clone();
        for ((encoding, changed), field) in ENCODINGS.iter().zip(&mut changed).zip(fields.by_ref())
        {
            if field != "=" {
                expected = decode(field);
            }
            let encoded = encoding.encode(HgPath::new(&path));
            assert_eq!(
                String::from_utf8_lossy(&encoded),
                String::from_utf8_lossy(&expected),
                "{encoding:?} {line}"
            );
            assert_eq!(encoded, expected);
            *changed += usize::from(encoded != path);
        }
        assert_eq!(fields.next(), None);
    }
    assert!(changed.iter().all(|&count| count > 40), "{changed:?}");
}

/// Only what the fixture cannot have: Mercurial refuses it, or writes no such
/// thing.
#[test]
fn odd_paths() {
    for encoding in ENCODINGS {
        assert_eq!(encoding.encode(HgPath::root()), b"");
        for path in [&b"/"[..], b"//", b"data//a.i", b"data/", b"/////////"] {
            assert_eq!(encoding.encode(HgPath::new(path)), path, "{encoding:?}");
        }
        encoding.encode(HgPath::new(&[b'/'; 500]));
        encoding.encode(HgPath::new(&[b'x'; 100_000]));
    }
}

proptest! {
    #[test]
    fn names_fit_any_file_system(path in prop::collection::vec(
        prop_oneof![Just(b'/'), Just(b'.'), Just(b'A'), Just(b'a'), any::<u8>()], 0..300,
    )) {
        let path = [b"data/", &path[..], b".i"].concat();
        for encoding in ENCODINGS {
            let encoded = encoding.encode(HgPath::new(&path));
            if let StoreEncoding::FnCache { .. } = encoding {
                prop_assert!(encoded.len() <= 120);
            }
            if encoding != StoreEncoding::Plain {
                prop_assert!(!encoded.iter().any(|byte| matches!(byte,
                    0..=31 | 126..=255 if *byte != b'~')));
                prop_assert!(!encoded.iter().any(u8::is_ascii_uppercase));
            }
        }
    }

    /// But where names are hashed, two files never share a name.
    #[test]
    fn names_can_be_told_apart(
        first in "[aA_.~ /hgid]{0,12}", second in "[aA_.~ /hgid]{0,12}",
    ) {
        let path_of = |name: &str| [b"data/", name.as_bytes(), b".i"].concat();
        let (first, second) = (path_of(&first), path_of(&second));
        for encoding in ENCODINGS {
            let same = encoding.encode(HgPath::new(&first)) == encoding.encode(HgPath::new(&second));
            prop_assert_eq!(same, first == second);
        }
    }
}
