// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;

use super::*;

/// Side data with these files: path, flags, name of the copy's source.
fn side_data(files: &[(&str, u8, Option<&str>)]) -> Vec<u8> {
    let mut names: Vec<&str> = files.iter().map(|file| file.0).collect();
    names.extend(files.iter().filter_map(|file| file.2));
    names.sort_unstable();
    names.dedup();
    let mut data = (names.len() as u32).to_be_bytes().to_vec();
    let mut end = 0u32;
    for name in &names {
        let file = files.iter().find(|file| file.0 == *name);
        let (flags, source) = file.map_or((0, None), |f| (f.1, f.2));
        let source = source.and_then(|s| names.iter().position(|n| *n == s));
        end += name.len() as u32;
        data.push(flags);
        data.extend(end.to_be_bytes());
        data.extend((source.unwrap_or(0) as u32).to_be_bytes());
    }
    data.extend(names.concat().bytes());
    data
}

const ADDED: u8 = 0b00100;
const MERGED: u8 = 0b01000;
const REMOVED: u8 = 0b01100;
const SALVAGED: u8 = 0b10000;
const FROM_P1: u8 = 0b10;
const FROM_P2: u8 = 0b11;

type Step<'a> = (i32, [i32; 2], Vec<(&'a str, u8, Option<&'a str>)>);

/// Trace from root 0 to the last step; `dest<source` in order.
fn trace(steps: &[Step<'_>]) -> String {
    let mut counts: HashMap<i32, usize> = HashMap::new();
    counts.insert(0, 0);
    for (rev, parents, _) in steps {
        for parent in parents {
            if let Some(count) = counts.get_mut(parent) {
                *count += 1;
            }
        }
        counts.insert(*rev, 0);
    }
    let counts = counts.into_iter();
    let mut tracer = CopyTracer::new(counts.map(|(rev, count)| (Revision::new(rev), count)));
    for (rev, parents, files) in steps {
        let data = side_data(files);
        let data = (!files.is_empty()).then_some(data.as_slice());
        let parents = parents.map(Revision::new);
        tracer.add_revision((*rev).into(), parents, data).unwrap();
    }
    let mut pairs = tracer
        .finish(steps.last().unwrap().0.into())
        .unwrap()
        .unwrap();
    pairs.sort();
    let pairs = pairs.iter().map(|(d, s)| format!("{d}<{s}"));
    pairs.collect::<Vec<_>>().join(" ")
}

#[test]
fn chains_and_removals() {
    let copy = |from| vec![("b", ADDED | FROM_P1, Some(from))];
    assert_eq!(trace(&[(1, [0, -1], copy("a"))]), "b<a");
    let again = vec![("c", ADDED | FROM_P1, Some("b")), ("b", REMOVED, None)];
    let steps = [(1, [0, -1], copy("a")), (2, [1, -1], again)];
    assert_eq!(trace(&steps), "c<a");
    // A removed file as a source stands for itself.
    let steps = [
        (1, [0, -1], copy("a")),
        (2, [1, -1], vec![("b", REMOVED, None)]),
        (3, [2, -1], vec![("d", ADDED | FROM_P1, Some("b"))]),
    ];
    assert_eq!(trace(&steps), "d<b");
    // Revisions without side data pass on what they got.
    let steps = [(1, [0, -1], copy("a")), (2, [1, -1], vec![])];
    assert_eq!(trace(&steps), "b<a");
}

#[test]
fn copies_from_either_parent() {
    let merge = vec![
        ("m", MERGED | FROM_P1, Some("b")),
        ("n", MERGED | FROM_P2, Some("c")),
    ];
    let steps = [
        (1, [0, -1], vec![("b", ADDED | FROM_P1, Some("a"))]),
        (2, [0, -1], vec![("c", ADDED | FROM_P1, Some("z"))]),
        (3, [1, 2], merge),
    ];
    assert_eq!(trace(&steps), "b<a c<z m<a n<z");
}

#[test]
fn merges_prefer_the_later_then_the_first_parent() {
    let x_from = |from| vec![("x", ADDED | FROM_P1, Some(from))];
    // Unrelated sides: the first parent wins.
    let sides = |p1, p2, merge: Vec<(&'static str, u8, Option<&'static str>)>| {
        trace(&[
            (1, [0, -1], x_from("one")),
            (2, [0, -1], x_from("two")),
            (3, [p1, p2], merge),
        ])
    };
    assert_eq!(sides(1, 2, vec![]), "x<one");
    assert_eq!(sides(2, 1, vec![]), "x<two");
    // One side overwrote what the other had: the overwriting one wins, from
    // whichever side, unless the file was merged.
    let overwritten = |p1, p2, merge: Vec<(&'static str, u8, Option<&'static str>)>| {
        trace(&[
            (1, [0, -1], x_from("old")),
            (2, [1, -1], x_from("new")),
            (3, [1, -1], vec![]),
            (4, [p1, p2], merge),
        ])
    };
    assert_eq!(overwritten(2, 3, vec![]), "x<new");
    assert_eq!(overwritten(3, 2, vec![]), "x<new");
    assert_eq!(overwritten(3, 2, vec![("x", MERGED, None)]), "x<old");
    // Removed on one side.
    let removed = |p1, p2, merge: Vec<(&'static str, u8, Option<&'static str>)>| {
        trace(&[
            (1, [0, -1], x_from("old")),
            (2, [1, -1], vec![("x", REMOVED, None)]),
            (3, [1, -1], vec![]),
            (4, [p1, p2], merge),
        ])
    };
    assert_eq!(removed(2, 3, vec![]), "");
    assert_eq!(removed(3, 2, vec![]), "");
    for (p1, p2) in [(2, 3), (3, 2)] {
        // Every flag of a merge among other files is found.
        let files = vec![
            ("w", MERGED, None),
            ("x", SALVAGED, None),
            ("y", MERGED, None),
        ];
        assert_eq!(removed(p1, p2, files), "x<old");
    }
}

#[test]
fn unknown_target() {
    assert_eq!(
        CopyTracer::new(HashMap::new()).finish(Revision::new(7)),
        Ok(None)
    );
}

#[test]
fn an_error_comes_again() {
    let [zero, one, two] = [0, 1, 2].map(Revision::new);
    let mut tracer = CopyTracer::new(HashMap::from([(zero, 1), (one, 1), (two, 0)]));
    let error = tracer.add_revision(one, [zero, Revision::NULL], Some(b"\0"));
    let error = error.unwrap_err();
    let next = tracer.add_revision(two, [one, Revision::NULL], None);
    assert_eq!(next, Err(error.clone()));
    assert_eq!(tracer.finish(two), Err(error));
}

#[test]
fn damaged_side_data_is_an_error_or_an_answer() {
    let data = side_data(&[
        ("b", ADDED | FROM_P1, Some("a")),
        ("c", MERGED | FROM_P2, Some("b")),
        ("d", SALVAGED, None),
    ]);
    assert_eq!(decode_changed_files(&data).unwrap().len(), 4);
    for end in 0..data.len() {
        assert!(decode_changed_files(&data[..end]).is_err());
    }
    for position in 0..data.len() {
        for flip in [1, 2, 0x80, 0xff] {
            let mut data = data.clone();
            data[position] ^= flip;
            let (parent, rev) = (Revision::ZERO, Revision::new(1));
            let mut tracer = CopyTracer::new(HashMap::from([(parent, 1)]));
            let added = tracer.add_revision(rev, [parent, Revision::NULL], Some(&data));
            if added.is_ok() {
                tracer.finish(rev).unwrap().unwrap();
            }
        }
    }
}
