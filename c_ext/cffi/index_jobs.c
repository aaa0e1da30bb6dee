/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index_jobs.h"

#include <string.h>

void index_jobs_node(const hg_index *index, int32_t rev,
                     unsigned char node[HG_NODE_SIZE])
{
	memcpy(node, hg_view_node(&index->view, rev), HG_NODE_SIZE);
}

static int is_marked(void *marks, int32_t rev)
{
	return ((const unsigned char *)marks)[rev];
}

enum hg_index_status index_jobs_heads(hg_index *index, int32_t stop,
                                      const unsigned char *filtered,
                                      hg_rev_list *heads)
{
	return hg_dag_heads(&index->view, stop,
	                    filtered == NULL ? NULL : is_marked,
	                    (void *)filtered, heads);
}

enum hg_index_status index_jobs_phases(hg_index *index, int32_t first,
                                       unsigned char *phases)
{
	return hg_dag_inherit_phases(
	    &index->view, first, hg_view_length(&index->view), phases + first);
}

bool index_jobs_knows(const hg_index *index, const int32_t *revs, size_t count)
{
	int32_t last = hg_view_length(&index->view) - 1;
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
