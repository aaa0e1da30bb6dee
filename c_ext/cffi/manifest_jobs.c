/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manifest_jobs.h"

#include <string.h>

/* One for each manifest that is unlike all before it. */
static uint64_t new_stamp(void)
{
	static _Atomic uint64_t last;

	return ++last;
}

enum hg_manifest_status manifest_jobs_open(struct manifest_jobs *manifest,
                                           const char *text, size_t length,
                                           size_t node_size)
{
	manifest->given = text;
	manifest->node_size = node_size;
	manifest->hint = 0;
	manifest->stamp = new_stamp();
	return hg_manifest_parse(text, length, &manifest->table);
}

void manifest_jobs_close(struct manifest_jobs *manifest)
{
	hg_manifest_release(manifest->table);
	manifest->table = NULL;
}

bool manifest_jobs_copy(struct manifest_jobs *manifest,
                        struct manifest_jobs *copy)
{
	if (manifest->table->dirty &&
	    !(hg_manifest_unshare(&manifest->table) &&
	      hg_manifest_compact_own(manifest->table)))
		return false;
	manifest->table->references++;
	*copy = *manifest;
	return true;
}

size_t manifest_jobs_length(const struct manifest_jobs *manifest)
{
	return manifest->table->live;
}

static const char *text_of(const struct manifest_jobs *manifest)
{
	return manifest->table->text != NULL ? manifest->table->text->bytes
	                                     : manifest->given;
}

const char *manifest_jobs_text(const struct manifest_jobs *manifest,
                               size_t *size)
{
	*size = hg_manifest_text_size(manifest->table);
	return text_of(manifest);
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
	enum hg_manifest_status status = HG_MANIFEST_NO_MEMORY;

	if (hg_manifest_unshare(&manifest->table))
		status = hg_manifest_set(manifest->table, path, length, node,
		                         manifest->node_size, flag);
	if (status == HG_MANIFEST_OK)
		manifest->stamp = new_stamp();
	return status;
}

int manifest_jobs_delete(struct manifest_jobs *manifest, const char *path,
                         size_t length)
{
	size_t position = find(manifest, path, length);

	if (position == HG_MANIFEST_ABSENT)
		return MANIFEST_JOBS_ABSENT;
	if (!hg_manifest_unshare(&manifest->table))
		return HG_MANIFEST_NO_MEMORY;
	manifest->stamp = new_stamp();
	hg_manifest_delete(manifest->table, position);
	return HG_MANIFEST_OK;
}

static void put_span(const hg_manifest_line *line, const char *text,
                     int64_t *span)
{
	span[0] = line->start - text;
	span[1] = span[0] + line->path_length;
}

void manifest_jobs_paths(const struct manifest_jobs *manifest, size_t first,
                         size_t count, int64_t *spans)
{
	const char *text = text_of(manifest);
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
	hg_manifest_share_text(table, source);
	*kept = *manifest;
	kept->table = table;
	kept->hint = 0;
	kept->stamp = new_stamp();
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
			put_span(right, text_of(diff->right),
			         diff->spans + 2 * count);
		else
			put_span(left, text_of(diff->left),
			         diff->spans + 2 * count);
		diff->sides[count++] = (unsigned char)sides;
	}
	return count;
}
