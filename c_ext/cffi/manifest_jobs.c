/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest_jobs.h"

#include <string.h>

void manifest_jobs_close(struct manifest_jobs *manifest)
{
	hg_manifest_release(manifest->table);
	manifest->table = NULL;
}

void manifest_jobs_share(struct manifest_jobs *manifest,
                         struct manifest_jobs *copy)
{
	manifest->table->references++;
	copy->table = manifest->table;
	copy->node_size = manifest->node_size;
	copy->hint = 0;
}

static size_t find(struct manifest_jobs *manifest, const char *path,
                   size_t length)
{
	size_t position =
	    hg_manifest_find(manifest->table, path, length, manifest->hint);

	if (position != HG_MANIFEST_ABSENT)
		manifest->hint = position;
	return position;
}

bool manifest_jobs_has(struct manifest_jobs *manifest, const char *path,
                       size_t length)
{
	return find(manifest, path, length) != HG_MANIFEST_ABSENT;
}

int manifest_jobs_get(struct manifest_jobs *manifest, const char *path,
                      size_t length, hg_manifest_value *value)
{
	size_t position = find(manifest, path, length);

	if (position == HG_MANIFEST_ABSENT)
		return MANIFEST_JOBS_ABSENT;
	return hg_manifest_decode(&manifest->table->lines[position],
	                          manifest->node_size, value);
}

int manifest_jobs_set(struct manifest_jobs *manifest, const char *path,
                      size_t length, const unsigned char *node, char flag)
{
	if (!hg_manifest_unshare(&manifest->table))
		return HG_MANIFEST_NO_MEMORY;
	return hg_manifest_set(manifest->table, path, length, node,
	                       manifest->node_size, flag);
}

int manifest_jobs_delete(struct manifest_jobs *manifest, const char *path,
                         size_t length)
{
	size_t position = find(manifest, path, length);

	if (position == HG_MANIFEST_ABSENT)
		return MANIFEST_JOBS_ABSENT;
	if (!hg_manifest_unshare(&manifest->table))
		return HG_MANIFEST_NO_MEMORY;
	hg_manifest_delete(manifest->table, position);
	return HG_MANIFEST_OK;
}

static void put_span(const hg_manifest_line *line, const char *text,
                     int64_t *span)
{
	span[0] = line->start - text;
	span[1] = span[0] + line->path_length;
}

void manifest_jobs_paths(const struct manifest_jobs *manifest, const char *text,
                         size_t first, size_t count, int64_t *spans)
{
	size_t i;

	for (i = 0; i < count; i++)
		put_span(&manifest->table->lines[first + i], text,
		         spans + 2 * i);
}

static enum hg_manifest_status put_value(const hg_manifest_line *line,
                                         size_t node_size, unsigned char *node,
                                         char *flag)
{
	hg_manifest_value value;
	enum hg_manifest_status status =
	    hg_manifest_decode(line, node_size, &value);

	if (status == HG_MANIFEST_OK) {
		memcpy(node, value.node, node_size);
		*flag = value.flag;
	}
	return status;
}

size_t manifest_jobs_values(const struct manifest_jobs *manifest, size_t first,
                            size_t count, unsigned char *nodes, char *flags,
                            enum hg_manifest_status *status)
{
	size_t size = manifest->node_size, i;

	*status = HG_MANIFEST_OK;
	for (i = 0; i < count; i++) {
		*status = put_value(&manifest->table->lines[first + i], size,
		                    nodes + i * size, flags + i);
		if (*status != HG_MANIFEST_OK)
			break;
	}
	return i;
}

bool manifest_jobs_filter(const struct manifest_jobs *manifest,
                          const unsigned char *marks,
                          struct manifest_jobs *kept)
{
	const hg_manifest_table *source = manifest->table;
	hg_manifest_table *table = hg_manifest_new(source->count);
	size_t i;

	if (table == NULL)
		return false;
	for (i = 0; i < source->count; i++)
		if (marks[i])
			table->lines[table->count++] = source->lines[i];
	table->live = table->count;
	/* its text is not the source's */
	table->dirty = table->count < source->count;
	kept->table = table;
	kept->node_size = manifest->node_size;
	kept->hint = 0;
	return true;
}

/* Put what `line` is mapped to behind the `*count` values there are. */
static enum hg_manifest_status add_value(const struct manifest_diff *diff,
                                         const hg_manifest_line *line,
                                         size_t node_size, size_t *count)
{
	unsigned char *node = diff->nodes + *count * HG_MANIFEST_MAX_NODE_SIZE;
	char *flag = diff->flags + *count;

	++*count;
	return put_value(line, node_size, node, flag);
}

size_t manifest_jobs_diff(struct manifest_diff *diff,
                          enum hg_manifest_status *status)
{
	const hg_manifest_line *left, *right;
	size_t count = 0, values = 0;
	int sides;

	*status = HG_MANIFEST_OK;
	diff->walk.left = diff->left->table;
	diff->walk.right = diff->right->table;
	while (count < diff->capacity &&
	       hg_manifest_walk_next(&diff->walk, &left, &right, &sides)) {
		if (sides == HG_MANIFEST_SAME && !diff->list_same)
			continue;
		if (sides & HG_MANIFEST_LEFT)
			*status = add_value(diff, left, diff->left->node_size,
			                    &values);
		if (sides & HG_MANIFEST_RIGHT && *status == HG_MANIFEST_OK)
			*status = add_value(diff, right, diff->right->node_size,
			                    &values);
		if (*status != HG_MANIFEST_OK)
			return 0;
		if (left == NULL)
			put_span(right, diff->right_text,
			         diff->spans + 2 * count);
		else
			put_span(left, diff->left_text,
			         diff->spans + 2 * count);
		diff->sides[count++] = (unsigned char)sides;
	}
	return count;
}
