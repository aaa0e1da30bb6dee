/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_jobs.h"

#include <string.h>

enum hg_index_status index_jobs_open(struct index_jobs *jobs,
                                     const unsigned char *data, size_t size,
                                     bool is_inline, long format)
{
	hg_node_table_clear(&jobs->nodes);
	return hg_index_open(&jobs->view, data, size, is_inline, format);
}

static void clear_nodes(struct index_jobs *jobs)
{
	hg_node_table_clear(&jobs->nodes);
	hg_node_prefixes_clear(&jobs->prefixes);
	jobs->prefixes_filled = false;
}

void index_jobs_close(struct index_jobs *jobs)
{
	clear_nodes(jobs);
	hg_index_close(&jobs->view);
}

enum hg_index_status index_jobs_append(struct index_jobs *jobs,
                                       const unsigned char *records,
                                       size_t count)
{
	const hg_index_layout *layout = jobs->view.layout;
	size_t i;

	for (i = 0; i < count; i++, records += layout->record_size) {
		int32_t rev = hg_index_length(&jobs->view);
		enum hg_index_status status =
		    hg_index_append_record(&jobs->view, records);

		if (status != HG_INDEX_OK)
			return status;
		/* without caches the revision is found all the same */
		if (!hg_node_table_insert(&jobs->nodes, &jobs->view,
		                          records + layout->node, rev) ||
		    (jobs->prefixes_filled &&
		     !hg_node_prefixes_add(&jobs->prefixes, rev)))
			clear_nodes(jobs);
	}
	return HG_INDEX_OK;
}

void index_jobs_truncate(struct index_jobs *jobs, int32_t start)
{
	hg_index_truncate(&jobs->view, start);
	hg_node_table_truncate(&jobs->nodes, start);
	hg_node_prefixes_clear(&jobs->prefixes);
	jobs->prefixes_filled = false;
}

int32_t index_jobs_find(struct index_jobs *jobs, const unsigned char *node)
{
	return hg_node_table_find(&jobs->nodes, &jobs->view, node);
}

static bool fill_prefixes(struct index_jobs *jobs)
{
	if (jobs->prefixes_filled)
		return true;
	/* A first question counts as a lookup, as where the two are one. */
	if (!hg_node_table_prepare(&jobs->nodes, &jobs->view))
		return false;
	if (!hg_node_prefixes_add_all(&jobs->prefixes, &jobs->view)) {
		hg_node_prefixes_clear(&jobs->prefixes);
		return false;
	}
	jobs->prefixes_filled = true;
	return true;
}

int32_t index_jobs_match(struct index_jobs *jobs, const unsigned char *digits,
                         size_t count)
{
	if (!fill_prefixes(jobs))
		return HG_PREFIX_NO_MEMORY;
	return hg_node_prefixes_match(&jobs->prefixes, &jobs->view, digits,
	                              count);
}

int32_t index_jobs_shortest(struct index_jobs *jobs, const unsigned char *node)
{
	bool is_first = jobs->nodes.slots == NULL;

	if (!fill_prefixes(jobs))
		return HG_PREFIX_NO_MEMORY;
	jobs->nodes.lookups += !is_first;
	return hg_node_prefixes_shortest(&jobs->prefixes, &jobs->view, node);
}

bool index_jobs_count(struct index_jobs *jobs, struct index_jobs_stats *stats)
{
	const hg_index_view *view = &jobs->view;
	hg_prefix_shape shape;
	int64_t capacity = view->disk_count;

	stats->added = view->added_capacity > 0 ? view->added_count : -1;
	stats->in_memory = view->disk_count;
	stats->lookups = jobs->nodes.lookups;
	stats->misses = jobs->nodes.misses;
	stats->last_scanned =
	    jobs->prefixes_filled ? -1 : jobs->nodes.scanned_from;
	stats->capacity = -1;
	if (jobs->nodes.slots == NULL)
		return true;
	if (!fill_prefixes(jobs) ||
	    !hg_node_prefixes_shape(&jobs->prefixes, view, &shape))
		return false;
	/* the room that doubling from half the revisions would leave */
	capacity = capacity < 4 ? 4 : capacity / 2;
	while (capacity < (int64_t)shape.nodes)
		capacity *= 2;
	stats->capacity = capacity;
	stats->nodes = (int64_t)shape.nodes;
	stats->depth = shape.depth;
	return true;
}

void index_jobs_node(const struct index_jobs *jobs, int32_t rev,
                     unsigned char node[HG_NODE_SIZE])
{
	memcpy(node, hg_index_node(&jobs->view, rev), HG_NODE_SIZE);
}

static int is_marked(void *marks, int32_t rev)
{
	return ((const unsigned char *)marks)[rev];
}

enum hg_index_status index_jobs_heads(struct index_jobs *jobs, int32_t stop,
                                      const unsigned char *filtered,
                                      hg_rev_list *heads)
{
	return hg_dag_heads(&jobs->view, stop,
	                    filtered == NULL ? NULL : is_marked,
	                    (void *)filtered, heads);
}

enum hg_index_status index_jobs_phases(struct index_jobs *jobs, int32_t first,
                                       unsigned char *phases)
{
	return hg_dag_inherit_phases(
	    &jobs->view, first, hg_index_length(&jobs->view), phases + first);
}

bool index_jobs_knows(const struct index_jobs *jobs, const int32_t *revs,
                      size_t count)
{
	int32_t last = hg_index_length(&jobs->view) - 1;
	size_t i;

	for (i = 0; i < count; i++)
		if (!hg_rev_in_range(revs[i], last))
			return false;
	return true;
}

bool index_jobs_push(hg_rev_list *list, int32_t rev)
{
	return hg_rev_list_push(list, rev);
}
