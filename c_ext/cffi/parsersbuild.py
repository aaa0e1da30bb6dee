# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds hgamalgam.cffi._parsers; run from the project's root."""

from __future__ import annotations

import cffi

ffi = cffi.FFI()
ffi.cdef(
    """
    enum hg_index_status { HG_INDEX_OK, HG_INDEX_STRIPPED, ... };
    typedef struct { int32_t *revs; size_t count; ...; } hg_rev_list;
    bool index_jobs_push(hg_rev_list *list, int32_t rev);
    void hg_rev_list_free(hg_rev_list *list);

    typedef struct { int32_t disk_count; int32_t added_count; ...; } hg_index_view;
    typedef struct { hg_index_view view; uint64_t truncations; ...; } hg_index;
    enum hg_index_status hg_index_open(hg_index *index,
        const unsigned char *data, size_t size, bool is_inline, long format);
    void hg_index_close(hg_index *index);
    enum hg_index_status index_jobs_append(hg_index *index, uint64_t truncations,
        int32_t length, const unsigned char *records, size_t count);
    void index_jobs_truncate(hg_index *index, int32_t start);

    enum hg_error_kind {
        HG_ERROR_MEMORY, HG_ERROR_VALUE, HG_ERROR_OVERFLOW, HG_ERROR_RUNTIME, ...
    };
    #define HG_INDEX_TEXT_SIZE ...
    enum hg_error_kind hg_index_explain(const hg_index_view *view,
                                        enum hg_index_status status, char *text);

    int32_t hg_index_find(hg_index *index, const unsigned char *node);
    int32_t index_jobs_match(hg_index *index, const char *digits, size_t count,
                             unsigned char *node);
    int32_t hg_index_shortest(hg_index *index, const unsigned char *node);
    typedef struct { const char *name; int64_t value; } hg_index_stat;
    #define HG_INDEX_MOST_STATS ...
    bool hg_index_stats(hg_index *index, hg_index_stat *stats, size_t *count);
    enum { HG_NODE_UNKNOWN, HG_NODE_NO_MEMORY, ... };
    enum { HG_PREFIX_UNKNOWN, HG_PREFIX_NO_MEMORY, HG_PREFIX_AMBIGUOUS, ... };

    enum hg_index_status index_jobs_heads(hg_index *index, int32_t stop,
        const unsigned char *filtered, hg_rev_list *heads);
    enum hg_index_status index_jobs_phases(hg_index *index, int32_t first,
        int32_t end, unsigned char *phases);
    enum hg_index_status index_jobs_heads_diff(hg_index *index, int32_t begin,
        int32_t end, hg_rev_list *removed, hg_rev_list *added);
    typedef struct {
        int64_t lowest;
        const int32_t *heads;
        size_t head_count;
        const int32_t *roots;
        size_t root_count;
        bool include_path;
        ...;
    } hg_reachable_query;
    enum hg_index_status index_jobs_reachable(hg_index *index,
        const hg_reachable_query *query, hg_rev_list *reachable);
    enum hg_index_status index_jobs_common_heads(hg_index *index,
        const int32_t *revs, size_t count, hg_rev_list *heads);
    enum hg_index_status index_jobs_deepest(hg_index *index, hg_rev_list *heads);

    typedef struct {
        int32_t rev; int64_t stop; bool general; bool skip_empty; ...;
    } hg_chain_query;
    #define HG_DELTA_NO_STOP ...
    enum hg_index_status index_jobs_chain(hg_index *index,
        const hg_chain_query *query, hg_rev_list *chain, bool *stopped);
    enum hg_index_status index_jobs_is_snapshot(hg_index *index, int32_t rev,
                                              bool *is_snapshot);
    enum hg_index_status index_jobs_find_snapshots(hg_index *index,
        int32_t start, int32_t end, bool by_flag, hg_rev_list *snapshots,
        hg_rev_list *bases);
    typedef struct {
        const int32_t *revs;
        size_t count;
        double density;
        int64_t min_gap;
        size_t record_gap;
        ...;
    } hg_slice_query;
    typedef struct { size_t start; size_t end; } hg_slice;
    enum hg_index_status index_jobs_slice(hg_index *index,
        const hg_slice_query *query, hg_slice **slices, size_t *slice_count);
    void free(void *memory);

    enum hg_manifest_status { HG_MANIFEST_OK, ... };
    const char *hg_manifest_message(enum hg_manifest_status status);
    #define HG_MANIFEST_MAX_NODE_SIZE ...
    typedef struct { unsigned char node[...]; char flag; } hg_manifest_value;
    typedef struct { ...; } hg_manifest_line;
    struct manifest_jobs { uint64_t stamp; ...; };
    enum hg_manifest_status manifest_jobs_open(struct manifest_jobs *manifest,
        const char *text, size_t length, size_t node_size);
    void manifest_jobs_close(struct manifest_jobs *manifest);
    bool manifest_jobs_copy(struct manifest_jobs *manifest,
                            struct manifest_jobs *copy);
    size_t manifest_jobs_length(const struct manifest_jobs *manifest);
    const char *manifest_jobs_text(const struct manifest_jobs *manifest,
                                   size_t *size);
    bool manifest_jobs_has(struct manifest_jobs *manifest, const char *path,
                           size_t length);
    enum { MANIFEST_JOBS_ABSENT, ... };
    int manifest_jobs_get(struct manifest_jobs *manifest, const char *path,
                          size_t length, hg_manifest_value *value);
    int manifest_jobs_set(struct manifest_jobs *manifest, const char *path,
                          size_t length, const unsigned char *node, char flag);
    int manifest_jobs_delete(struct manifest_jobs *manifest, const char *path,
                             size_t length);
    void manifest_jobs_paths(const struct manifest_jobs *manifest,
        size_t first, size_t count, int64_t *spans);
    size_t manifest_jobs_values(const struct manifest_jobs *manifest,
        size_t first, size_t count, unsigned char *nodes, char *flags,
        enum hg_manifest_status *status);
    bool manifest_jobs_filter(const struct manifest_jobs *manifest,
        const unsigned char *marks, struct manifest_jobs *kept);
    enum {
        HG_MANIFEST_SAME, HG_MANIFEST_LEFT, HG_MANIFEST_RIGHT, ...
    };
    struct manifest_diff {
        const struct manifest_jobs *left;
        const struct manifest_jobs *right;
        bool list_same;
        size_t capacity;
        unsigned char *sides;
        int64_t *spans;
        unsigned char *nodes;
        char *flags;
        ...;
    };
    size_t manifest_jobs_diff(struct manifest_diff *diff,
                              enum hg_manifest_status *status);
    """
)
ffi.set_source(
    "hgamalgam.cffi._parsers",
    '#include <stdlib.h>\n#include "index_jobs.h"\n#include "manifest_jobs.h"\n',
    sources=[
        "c_ext/cffi/index_jobs.c",
        "c_ext/cffi/manifest_jobs.c",
        *(
            f"c_ext/core/{name}.c"
            for name in (
                "index",
                "index_ancestors",
                "index_dag",
                "index_delta",
                "index_errors",
                "index_reachable",
                "index_view",
                "lazymanifest",
                "nodeprefix",
                "nodetable",
            )
        ),
    ],
    include_dirs=["c_ext/core", "c_ext/cffi"],
)

if __name__ == "__main__":
    ffi.compile(verbose=True)
