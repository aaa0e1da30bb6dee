// SPDX-License-Identifier: GPL-2.0-or-later
//! What a peer has in common with us: the local half of discovery.

use std::collections::{HashMap, VecDeque};

use super::{heads, real_parents, roots, Graph, MissingAncestors, Revision, RevisionSet};
use crate::dag::GraphError;

/// Sorts the ancestors of `target_heads` into common, missing and undecided
/// as the peer's answers come in, and proposes what to ask next.
///
/// "Common" is closed over ancestors and "missing" over descendants, so a
/// single answer may decide many revisions.
pub struct PartialDiscovery {
    target_heads: Vec<Revision>,
    common: MissingAncestors,
    /// Computed when first needed, for the more is known to be common by
    /// then, the smaller it is.
    undecided: Option<RevisionSet>,
    /// Children among the undecided, from when it was first needed:
    /// undecided only shrinks, so it stays valid.
    children: Option<HashMap<Revision, Vec<Revision>>>,
    respect_size: bool,
    random: Option<fastrand::Rng>,
}

impl PartialDiscovery {
    /// `respect_size` false lets [`Self::take_full_sample`] return more than
    /// asked for; `randomize` false makes samples reproducible, for tests.
    pub fn new(target_heads: Vec<Revision>, respect_size: bool, randomize: bool) -> Self {
        Self {
            common: MissingAncestors::default(),
            target_heads,
            undecided: None,
            children: None,
            respect_size,
            random: randomize.then(fastrand::Rng::new),
        }
    }

    /// The peer has these revisions. After an error fewer may be undecided:
    /// those that were found to be common.
    pub fn add_common(&mut self, graph: &impl Graph, revs: &[Revision]) -> Result<(), GraphError> {
        self.common.add_bases(graph, revs)?;
        match &mut self.undecided {
            Some(undecided) => self.common.remove_ancestors_from(graph, undecided),
            None => Ok(()),
        }
    }

    /// The peer lacks these revisions.
    pub fn add_missing(
        &mut self,
        graph: &impl Graph,
        revs: impl IntoIterator<Item = Revision>,
    ) -> Result<(), GraphError> {
        let mut missing = RevisionSet::new();
        missing.extend_checked(graph, revs)?;
        let Some(lowest) = missing.iter().next() else {
            return Ok(());
        };
        let candidates: Vec<_> = self
            .undecided(graph)?
            .iter()
            .skip_while(|&r| r < lowest)
            .collect();
        for rev in candidates {
            let descends = missing.contains(rev)
                || real_parents(graph, rev)?.any(|parent| missing.contains(parent));
            if descends {
                missing.insert(rev);
            }
        }
        if let Some(undecided) = &mut self.undecided {
            for rev in missing.iter() {
                undecided.remove(rev);
            }
        }
        Ok(())
    }

    /// Whether anything is known of the peer.
    pub fn has_info(&self) -> bool {
        self.common.has_bases()
    }

    /// Whether nothing is left to ask. False until undecided was computed.
    pub fn is_complete(&self) -> bool {
        self.undecided.as_ref().is_some_and(RevisionSet::is_empty)
    }

    /// How many revisions are undecided, if that was computed already.
    pub fn undecided_count(&self) -> Option<usize> {
        self.undecided.as_ref().map(RevisionSet::len)
    }

    /// The heads of what is known to be common.
    pub fn common_heads(&self, graph: &impl Graph) -> Result<RevisionSet, GraphError> {
        self.common.bases_heads(graph)
    }

    /// About `size` undecided revisions close to `headrevs`.
    pub fn take_quick_sample(
        &mut self,
        graph: &impl Graph,
        headrevs: impl IntoIterator<Item = Revision>,
        size: usize,
    ) -> Result<Vec<Revision>, GraphError> {
        let undecided = self.undecided(graph)?;
        if undecided.len() <= size {
            return Ok(undecided.iter().collect());
        }
        let undecided = undecided.clone();
        let mut sample = heads(graph, undecided.iter())?;
        if sample.len() >= size {
            return Ok(self.limit(sample.iter().collect(), size));
        }
        let parents = |rev| Ok(real_parents(graph, rev)?.collect());
        let mut starts = RevisionSet::new();
        starts.extend_checked(graph, headrevs)?;
        extend_sample(&mut sample, starts.iter(), parents, Some(size))?;
        Ok(sample.iter().collect())
    }

    /// About `size` undecided revisions spread between the heads and the
    /// roots of what is undecided.
    pub fn take_full_sample(
        &mut self,
        graph: &impl Graph,
        size: usize,
    ) -> Result<Vec<Revision>, GraphError> {
        let undecided = self.undecided(graph)?;
        if undecided.len() <= size {
            return Ok(undecided.iter().collect());
        }
        let undecided = undecided.clone();
        let head_revs = heads(graph, undecided.iter())?;
        let root_revs = roots(graph, &undecided)?;
        let mut sample = head_revs.clone();
        let parents = |rev| {
            let parents = real_parents(graph, rev)?;
            Ok(parents.filter(|&p| undecided.contains(p)).collect())
        };
        extend_sample(&mut sample, head_revs.iter(), parents, None)?;
        let children_map = self.children(graph, &undecided)?;
        let children = |rev| {
            let children = children_map.get(&rev).into_iter().flatten();
            Ok(children
                .copied()
                .filter(|&c| undecided.contains(c))
                .collect())
        };
        extend_sample(&mut sample, root_revs.iter(), children, None)?;

        let size = if self.respect_size {
            size
        } else {
            size.max(root_revs.len().min(head_revs.len()))
        };
        let mut sample = self.limit(sample.iter().collect(), size);
        if sample.len() < size {
            let taken: RevisionSet = sample.iter().copied().collect();
            let rest = undecided.iter().filter(|&r| !taken.contains(r));
            sample.extend(self.limit(rest.collect(), size - taken.len()));
        }
        Ok(sample)
    }

    fn undecided(&mut self, graph: &impl Graph) -> Result<&RevisionSet, GraphError> {
        let undecided = match self.undecided.take() {
            Some(undecided) => undecided,
            None => self
                .common
                .missing_ancestors(graph, self.target_heads.iter().copied())?
                .into_iter()
                .collect(),
        };
        Ok(self.undecided.insert(undecided))
    }

    fn children(
        &mut self,
        graph: &impl Graph,
        undecided: &RevisionSet,
    ) -> Result<&HashMap<Revision, Vec<Revision>>, GraphError> {
        let children = match self.children.take() {
            Some(children) => children,
            None => {
                let mut children: HashMap<_, Vec<_>> = HashMap::new();
                for rev in undecided.iter() {
                    for parent in real_parents(graph, rev)? {
                        children.entry(parent).or_default().push(rev);
                    }
                }
                children
            }
        };
        Ok(self.children.insert(children))
    }

    /// At most `size` of `revs`, which are ascending: at random, or the
    /// smallest.
    fn limit(&mut self, mut revs: Vec<Revision>, size: usize) -> Vec<Revision> {
        if let Some(random) = &mut self.random {
            if revs.len() > size {
                // The first `size` steps of a Fisher-Yates shuffle.
                for chosen in 0..size {
                    let other = random.usize(chosen..revs.len());
                    revs.swap(chosen, other);
                }
            }
        }
        revs.truncate(size);
        revs
    }
}

/// Add to `sample` the revisions at distance 1, 2, 4, 8... from `starts` along
/// `next`, breadth first, until it has `enough` members.
fn extend_sample(
    sample: &mut RevisionSet,
    starts: impl IntoIterator<Item = Revision>,
    next: impl Fn(Revision) -> Result<Vec<Revision>, GraphError>,
    enough: Option<usize>,
) -> Result<(), GraphError> {
    let mut visit: VecDeque<Revision> = starts.into_iter().collect();
    let mut distances: HashMap<Revision, u64> = HashMap::new();
    let mut seen = RevisionSet::new();
    let mut milestone = 1;
    while let Some(rev) = visit.pop_front() {
        if !seen.insert(rev) {
            continue;
        }
        let distance = *distances.entry(rev).or_insert(1);
        if distance > milestone {
            milestone *= 2;
        }
        if distance == milestone {
            sample.insert(rev);
            if enough.is_some_and(|enough| sample.len() >= enough) {
                return Ok(());
            }
        }
        for neighbour in next(rev)? {
            distances.entry(neighbour).or_insert(distance + 1);
            visit.push_back(neighbour);
        }
    }
    Ok(())
}
