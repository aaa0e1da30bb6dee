// SPDX-License-Identifier: GPL-2.0-or-later
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A graph as a table of parents.
#[derive(Clone, Debug)]
pub(crate) struct Table(pub Vec<[i32; 2]>);

impl Table {
    /// The revision after the last one.
    fn end(&self) -> Revision {
        Revision::at(self.0.len()).unwrap()
    }
}

impl Graph for Table {
    fn parents(&self, rev: Revision) -> Result<[Revision; 2], GraphError> {
        rev.position()
            .and_then(|rev| self.0.get(rev))
            .map(|parents| parents.map(Revision::new))
            .ok_or(GraphError::InvalidRevision(rev))
    }
}

fn rev(number: i32) -> Revision {
    Revision::new(number)
}

fn revs<const N: usize>(numbers: [i32; N]) -> [Revision; N] {
    numbers.map(Revision::new)
}

/// What is known to exist.
fn parents_in(graph: &Table, rev: Revision) -> [Revision; 2] {
    graph.parents(rev).unwrap()
}

/// Random graphs: mostly linear, with branches, merges and extra roots.
pub(crate) fn graphs(max: usize) -> impl Strategy<Value = Table> {
    prop::collection::vec((0..10u8, any::<u32>(), any::<u32>()), 1..max).prop_map(|choices| {
        let parents = choices.into_iter().enumerate().map(|(rev, (kind, a, b))| {
            let pick = |x: u32| x as i32 & i32::MAX;
            let rev = rev as i32;
            match kind {
                _ if rev == 0 => [-1, -1],
                0 => [-1, -1],
                1..=5 => [rev - 1, -1],
                6..=7 => [pick(a) % rev, -1],
                _ => {
                    let (p1, p2) = (pick(a) % rev, pick(b) % rev);
                    [p1, if p1 == p2 { -1 } else { p2 }]
                }
            }
        });
        Table(parents.collect())
    })
}

fn some_revs() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..5)
}

fn resolve(graph: &Table, revs: &[prop::sample::Index]) -> Vec<Revision> {
    let len = graph.0.len();
    revs.iter()
        .map(|i| Revision::at(i.index(len + 1)).unwrap().previous())
        .collect()
}

/// The ancestors of `revs`, inclusive, computed the slow and obvious way.
fn closure(graph: &Table, revs: &[Revision]) -> BTreeSet<Revision> {
    let mut todo = revs.to_vec();
    let mut found = BTreeSet::new();
    while let Some(rev) = todo.pop() {
        if !rev.is_null() && found.insert(rev) {
            todo.extend(parents_in(graph, rev));
        }
    }
    found
}

proptest! {
    #[test]
    fn ancestors_are_the_closure(
        graph in graphs(60),
        revs in some_revs(),
        stop in -1..40,
        inclusive: bool,
    ) {
        let (revs, stop) = (resolve(&graph, &revs), rev(stop));
        let found: Result<Vec<_>, _> =
            AncestorsIterator::new(&graph, revs.clone(), stop, inclusive)
                .unwrap()
                .collect();
        let starts: Vec<Revision> = if inclusive {
            revs.clone()
        } else {
            let valid = revs.iter().filter(|&&r| r >= stop.max(Revision::ZERO));
            valid.flat_map(|&r| parents_in(&graph, r)).collect()
        };
        let mut expected: Vec<_> = closure(&graph, &starts)
            .into_iter()
            .filter(|&r| r >= stop)
            .collect();
        expected.reverse();
        prop_assert_eq!(found.unwrap(), expected.clone());

        let mut walk = AncestorsWalk::new(&graph, revs, stop, inclusive).unwrap();
        prop_assert_eq!(walk.is_empty(), expected.is_empty());
        for rev in [30, -1, 3, 59, 12, 0, i32::MAX, -7].map(rev) {
            let contained = expected.contains(&rev);
            prop_assert_eq!(walk.contains(&graph, rev).unwrap(), contained);
            prop_assert_eq!(walk.known(rev), Some(contained));
        }
    }

    #[test]
    fn missing_is_a_difference_of_closures(
        graph in graphs(60),
        bases in some_revs(),
        more in some_revs(),
        revs in some_revs(),
    ) {
        let mut bases = resolve(&graph, &bases);
        let more = resolve(&graph, &more);
        let revs = resolve(&graph, &revs);
        let mut missing = MissingAncestors::default();
        missing.add_bases(&graph, &bases).unwrap();
        for round in [vec![], more] {
            missing.add_bases(&graph, &round).unwrap();
            bases.extend(round);
            let known = closure(&graph, &bases);
            let expected: Vec<_> =
                closure(&graph, &revs).difference(&known).copied().collect();
            let found = missing.missing_ancestors(&graph, revs.clone()).unwrap();
            prop_assert_eq!(&found, &expected);
            let mut left: RevisionSet = Revision::ZERO.until(graph.end()).collect();
            missing.remove_ancestors_from(&graph, &mut left).unwrap();
            prop_assert!(left.iter().all(|rev| !known.contains(&rev)));
            prop_assert_eq!(left.len() + known.len(), graph.0.len());
            prop_assert!(missing.bases().iter().all(|r| known.contains(&r)));
        }
    }

    #[test]
    fn heads_and_roots(graph in graphs(60), revs in some_revs()) {
        let set: RevisionSet = resolve(&graph, &revs).into_iter().collect();
        let members: Vec<_> = set.iter().collect();
        let is_parent = |rev: &Revision| {
            members.iter().any(|&m| parents_in(&graph, m).contains(rev))
        };
        let expected: RevisionSet =
            members.iter().copied().filter(|r| !is_parent(r)).collect();
        let found = heads(&graph, set.iter()).unwrap();
        prop_assert!(found.iter().eq(expected.iter()));
        let has_parent = |rev: &Revision| {
            parents_in(&graph, *rev).iter().any(|&p| set.contains(p))
        };
        let expected = members.iter().copied().filter(|r| !has_parent(r));
        prop_assert!(roots(&graph, &set).unwrap().iter().eq(expected));
    }

    #[test]
    fn common_ancestors(graph in graphs(60), revs in some_revs()) {
        let revs = resolve(&graph, &revs);
        let mut closures = revs.iter().map(|&rev| closure(&graph, &[rev]));
        let first = closures.next().unwrap_or_default();
        let common = closures.fold(first, |all, one| &all & &one);
        let expected = heads(&graph, common).unwrap();
        let found = common_ancestors_heads(&graph, &revs).unwrap();
        prop_assert!(found.windows(2).all(|pair| pair[0] > pair[1]));
        prop_assert_eq!(found.len(), expected.len());
        prop_assert!(found.iter().all(|&rev| expected.contains(rev)));
        let deepest = deepest_common_ancestors(&graph, &revs).unwrap();
        prop_assert_eq!(deepest.is_empty(), found.is_empty());
        prop_assert!(deepest.iter().all(|rev| found.contains(rev)));
        prop_assert!(deepest.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn reachable(
        graph in graphs(60),
        head_revs in some_revs(),
        root_revs in some_revs(),
        min_root in 0..30,
    ) {
        let head_revs = resolve(&graph, &head_revs);
        let roots: Vec<_> =
            resolve(&graph, &root_revs).into_iter().filter(|rev| !rev.is_null()).collect();
        let below = closure(&graph, &head_revs);
        let path = reachable_roots(&graph, Revision::ZERO, &head_revs, &roots, true).unwrap();
        let on_path = |rev: &Revision| {
            closure(&graph, &[*rev]).iter().any(|r| roots.contains(r))
        };
        prop_assert!(path.into_iter().eq(below.iter().copied().filter(on_path)));
        let bare = reachable_roots(&graph, rev(min_root), &head_revs, &roots, false).unwrap();
        prop_assert!(bare.iter().all(|r| below.contains(r) && roots.contains(r)));

        // Null is below everything.
        let path = reachable_roots(&graph, rev(-1), &head_revs, &[rev(-1)], true).unwrap();
        let null = head_revs.iter().take(1).map(|_| Revision::NULL);
        prop_assert!(path.into_iter().eq(null.chain(below)));
    }

    #[test]
    fn phases_are_the_highest_above(
        graph in graphs(60),
        root_revs in prop::array::uniform4(some_revs()),
    ) {
        let roots = root_revs
            .map(|revs| resolve(&graph, &revs).into_iter().collect());
        let sets = phase_sets(&graph, graph.end(), &roots).unwrap();
        for rev in Revision::ZERO.until(graph.end()) {
            let ancestors = closure(&graph, &[rev]);
            let expected = roots.iter().rposition(|set: &RevisionSet| {
                set.iter().any(|root| ancestors.contains(&root))
            });
            prop_assert_eq!(sets.iter().position(|s| s.contains(rev)), expected);
            let times = sets.iter().filter(|s| s.contains(rev)).count();
            prop_assert!(times <= 1);
        }
    }

    #[test]
    fn heads_of_ranges(
        graph in graphs(60),
        begin: prop::sample::Index,
        end: prop::sample::Index,
        hide in some_revs(),
    ) {
        let end = end.index(graph.0.len() + 1);
        let begin = Revision::at(begin.index(end + 1)).unwrap();
        let end = Revision::at(end).unwrap();
        let none = RevisionSet::new();
        let before = heads_of_all(&graph, begin, &none).unwrap();
        let after = heads_of_all(&graph, end, &none).unwrap();
        prop_assert!(after.iter().copied()
            .eq(heads(&graph, Revision::ZERO.until(end)).unwrap().iter()));
        let only = |these: &[Revision], others: &[Revision]| {
            let mut revs: Vec<_> =
                these.iter().copied().filter(|r| !others.contains(r)).collect();
            revs.reverse();
            revs
        };
        let (removed, added) = heads_diff(&graph, begin, end).unwrap();
        prop_assert_eq!(added, only(&after, &before));
        let mut expected = only(&before, &after);
        if begin == Revision::ZERO && end > begin {
            expected.push(Revision::NULL);
        }
        prop_assert_eq!(removed, expected);

        let hidden: RevisionSet = resolve(&graph, &hide).into_iter().collect();
        let visible: Vec<_> = Revision::ZERO.until(graph.end())
            .filter(|&rev| {
                !hidden.contains(rev)
                    || rev.next().until(graph.end()).any(|d| {
                        !hidden.contains(d) && closure(&graph, &[d]).contains(&rev)
                    })
            })
            .collect();
        let expected = heads(&graph, visible).unwrap();
        prop_assert!(heads_of_all(&graph, graph.end(), &hidden).unwrap()
            .into_iter().eq(expected.iter()));
    }

    #[test]
    fn rank_counts_ancestors(graph in graphs(60)) {
        let last = graph.end().previous();
        let [p1, p2] = parents_in(&graph, last);
        let expected = closure(&graph, &[last]).len();
        prop_assert_eq!(rank(&graph, p1, p2).unwrap(), expected);
    }

    #[test]
    fn discovery_finds_what_is_common(
        graph in graphs(200),
        remote in some_revs(),
        targets in some_revs(),
        size in 1..40usize,
        respect_size: bool,
        randomize: bool,
        quick: bool,
    ) {
        let remote = closure(&graph, &resolve(&graph, &remote));
        let targets = resolve(&graph, &targets);
        let mut discovery = PartialDiscovery::new(targets.clone(), respect_size, randomize,
        );
        let wanted = closure(&graph, &targets);
        let mut rounds = 0;
        loop {
            let sample = if quick && rounds == 0 {
                let sample =
                    discovery.take_quick_sample(&graph, targets.clone(), size).unwrap();
                prop_assert!(sample.len() <= size);
                sample
            } else {
                let sample = discovery.take_full_sample(&graph, size).unwrap();
                prop_assert!(!respect_size || sample.len() <= size);
                prop_assert!(sample.iter().all(|r| wanted.contains(r)));
                sample
            };
            prop_assert_eq!(sample.is_empty(), discovery.is_complete());
            if discovery.is_complete() {
                break;
            }
            let (common, missing): (Vec<_>, Vec<_>) =
                sample.into_iter().partition(|rev| remote.contains(rev));
            discovery.add_common(&graph, &common).unwrap();
            discovery.add_missing(&graph, missing).unwrap();
            rounds += 1;
            prop_assert!(rounds <= graph.0.len() + 1, "no progress");
        }
        let common: Vec<_> = wanted.intersection(&remote).copied().collect();
        let expected = heads(&graph, common).unwrap();
        let found = discovery.common_heads(&graph).unwrap();
        prop_assert!(found.iter().eq(expected.iter()));
    }

    #[test]
    fn revision_set_is_a_set(ops in prop::collection::vec((any::<bool>(), -2..200i32), 0..80)) {
        let mut set = RevisionSet::new();
        let mut model = BTreeSet::new();
        for (add, number) in ops {
            let rev = rev(number);
            if add {
                prop_assert_eq!(set.insert(rev), number >= 0 && model.insert(rev));
            } else {
                prop_assert_eq!(set.remove(rev), model.remove(&rev));
            }
            prop_assert_eq!(set.len(), model.len());
            prop_assert!(set.iter().eq(model.iter().copied()));
            prop_assert_eq!(set.last(), model.last().copied());
            for end in revs([-1, 0, 1, 63, 64, 65, 128, 500]) {
                let expected = model.range(..end.max(Revision::ZERO)).next_back().copied();
                prop_assert_eq!(set.last_below(end), expected);
            }
        }
    }
}

#[test]
fn corrupt_parents_are_an_error() {
    for parents in [[2, -1], [1, -1], [-2, -1], [i32::MAX, 0]] {
        let graph = Table(vec![[-1, -1], parents, [1, -1]]);
        let walk: Result<Vec<_>, _> =
            AncestorsIterator::new(&graph, revs([2]), Revision::ZERO, true)
                .unwrap()
                .collect();
        assert_eq!(walk, Err(GraphError::ParentOutOfRange(rev(1))));
        let mut missing = MissingAncestors::default();
        missing.add_bases(&graph, &revs([0])).unwrap();
        let error = missing.missing_ancestors(&graph, revs([2])).unwrap_err();
        assert_eq!(error, GraphError::ParentOutOfRange(rev(1)));
    }
}

#[test]
fn unknown_revisions_are_an_error() {
    let graph = Table(vec![[-1, -1]]);
    for rev in revs([1, i32::MAX, -2, i32::MIN]) {
        let unknown = GraphError::InvalidRevision(rev);
        let walk = AncestorsWalk::new(&graph, [rev], Revision::new(-9), true);
        assert_eq!(walk.unwrap_err(), unknown);
        let mut missing = MissingAncestors::default();
        assert_eq!(missing.add_bases(&graph, &[rev]), Err(unknown));
        assert_eq!(missing.missing_ancestors(&graph, [rev]), Err(unknown));
        assert_eq!(heads(&graph, [Revision::ZERO, rev]), Err(unknown));
        assert_eq!(
            common_ancestors_heads(&graph, &[Revision::ZERO, rev]),
            Err(unknown)
        );
    }
}

/// After an error the same question is the same error, not an answer from a
/// walk that stopped half way.
#[test]
fn an_error_comes_again() {
    // What revision 2 has below is damaged.
    let graph = Table(vec![[-1, -1], [0, -1], [9, -1], [2, -1], [3, -1], [1, -1]]);
    let error = GraphError::ParentOutOfRange(rev(2));

    let mut walk = AncestorsWalk::new(&graph, revs([4]), Revision::ZERO, true).unwrap();
    for _ in 0..2 {
        assert_eq!(walk.contains(&graph, rev(0)), Err(error));
        assert_eq!(walk.step(&graph), Err(error));
        assert_eq!(walk.contains(&graph, rev(3)), Ok(true));
    }

    let mut missing = MissingAncestors::default();
    let unknown = GraphError::InvalidRevision(rev(6));
    for _ in 0..2 {
        assert_eq!(missing.add_bases(&graph, &revs([4, 6])), Err(unknown));
        assert!(!missing.has_bases());
    }
    missing.add_bases(&graph, &revs([4])).unwrap();
    for _ in 0..2 {
        assert_eq!(missing.missing_ancestors(&graph, revs([5])), Err(error));
    }

    let mut discovery = PartialDiscovery::new(vec![rev(5)], true, false);
    assert_eq!(
        discovery.take_full_sample(&graph, 9),
        Ok(revs([0, 1, 5]).to_vec())
    );
    for _ in 0..2 {
        assert_eq!(discovery.add_common(&graph, &revs([1, 4])), Err(error));
        // Revision 1 is common, whatever is the matter with 2.
        let undecided = discovery.take_full_sample(&graph, 9);
        assert_eq!(undecided, Ok(revs([0, 5]).to_vec()));
    }
}
