// SPDX-License-Identifier: GPL-2.0-or-later
//! How many threads to ask the filesystem with.

/// More threads than this only contend for the kernel's locks.
pub(crate) const MAXIMUM_THREADS: usize = 16;

/// Threads to ask the filesystem with: `RAYON_NUM_THREADS`, which Mercurial sets from its
/// `worker.*` configuration, or one for each processor.
pub(crate) fn thread_count() -> usize {
    threads_wanted(std::env::var("RAYON_NUM_THREADS").ok().as_deref())
}

fn threads_wanted(variable: Option<&str>) -> usize {
    let wanted = variable
        .and_then(|value| value.trim().parse::<usize>().ok())
        .filter(|&count| count > 0);
    let count = wanted.unwrap_or_else(|| {
        std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
    });
    count.min(MAXIMUM_THREADS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads() {
        assert_eq!(threads_wanted(Some("1")), 1);
        assert_eq!(threads_wanted(Some(" 3 ")), 3);
        assert_eq!(threads_wanted(Some("1000")), MAXIMUM_THREADS);
        let all = threads_wanted(None);
        assert!((1..=MAXIMUM_THREADS).contains(&all));
        for nonsense in ["0", "", "-1", "many"] {
            assert_eq!(threads_wanted(Some(nonsense)), all, "{nonsense:?}");
        }
    }
}
