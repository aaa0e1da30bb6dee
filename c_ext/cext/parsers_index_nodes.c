/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index by node, by prefix, and as a container: contract section 2.8. */
#include "parsers_index_methods.h"

/* The revision of a node, or HG_NODE_UNKNOWN; HG_NODE_NO_MEMORY with an
 * exception, whatever it is. */
static int32_t find_node(IndexObject *self, PyObject *object)
{
	const unsigned char *node = parsers_node_of(object);
	int32_t rev;

	if (node == NULL)
		return HG_NODE_NO_MEMORY;
	rev = hg_index_find(&self->core, node);
	if (rev == HG_NODE_NO_MEMORY)
		PyErr_NoMemory();
	return rev;
}

PyObject *parsers_index_rev(IndexObject *self, PyObject *node)
{
	int32_t rev = find_node(self, node);

	if (rev >= HG_NULL_REV)
		return PyLong_FromLong(rev);
	return rev == HG_NODE_UNKNOWN ? parsers_raise_revlog_error() : NULL;
}

PyObject *parsers_index_get_rev(IndexObject *self, PyObject *node)
{
	int32_t rev = find_node(self, node);

	if (rev >= HG_NULL_REV)
		return PyLong_FromLong(rev);
	if (rev == HG_NODE_UNKNOWN)
		Py_RETURN_NONE;
	return NULL;
}

int parsers_index_contains(IndexObject *self, PyObject *key)
{
	int32_t rev;

	if (PyLong_Check(key)) {
		int64_t number;

		if (!parsers_as_rev(key, &number))
			return -1;
		return number >= HG_NULL_REV &&
		       number < hg_view_length(&self->core.view);
	}
	rev = find_node(self, key);
	if (rev == HG_NODE_NO_MEMORY)
		return -1;
	return rev != HG_NODE_UNKNOWN;
}

PyObject *parsers_index_has_node(IndexObject *self, PyObject *node)
{
	int found = parsers_index_contains(self, node);

	return found < 0 ? NULL : PyBool_FromLong(found);
}

PyObject *parsers_index_partialmatch(IndexObject *self, PyObject *prefix)
{
	unsigned char node[HG_NODE_SIZE];
	struct immutable_bytes digits;
	int32_t rev;

	if (take_read_only(prefix, &digits) < 0)
		return NULL;
	if (digits.length < 1 || digits.length > HG_NODE_DIGITS) {
		PyErr_SetString(PyExc_ValueError, digits.length < 1
		                                      ? "key too short"
		                                      : "key too long");
		release_bytes(&digits);
		return NULL;
	}
	rev = hg_index_match(&self->core, digits.data, (size_t)digits.length);
	if (rev >= HG_NULL_REV)
		memcpy(node, hg_view_node(&self->core.view, rev), HG_NODE_SIZE);
	release_bytes(&digits);
	if (rev == HG_PREFIX_NO_MEMORY)
		return PyErr_NoMemory();
	if (rev == HG_PREFIX_AMBIGUOUS)
		return parsers_raise_revlog_error();
	if (rev == HG_PREFIX_UNKNOWN)
		Py_RETURN_NONE;
	return PyBytes_FromStringAndSize((const char *)node, HG_NODE_SIZE);
}

PyObject *parsers_index_shortest(IndexObject *self, PyObject *object)
{
	const unsigned char *node = parsers_node_of(object);
	int32_t length;

	if (node == NULL)
		return NULL;
	length = hg_index_shortest(&self->core, node);
	if (length == HG_PREFIX_NO_MEMORY)
		return PyErr_NoMemory();
	if (length == HG_PREFIX_UNKNOWN)
		return parsers_raise_revlog_error();
	return PyLong_FromLong(length);
}

static bool add_stat(PyObject *stats, const hg_index_stat *stat)
{
	PyObject *key = PyBytes_FromString(stat->name);
	PyObject *number = PyLong_FromLongLong(stat->value);
	bool added = key != NULL && number != NULL &&
	             PyDict_SetItem(stats, key, number) == 0;

	Py_XDECREF(key);
	Py_XDECREF(number);
	return added;
}

PyObject *parsers_index_stats(IndexObject *self, PyObject *unused)
{
	hg_index_stat stats[HG_INDEX_MOST_STATS];
	PyObject *dict;
	size_t count, i;
	(void)unused;

	if (!hg_index_stats(&self->core, stats, &count))
		return PyErr_NoMemory();
	dict = PyDict_New();
	for (i = 0; dict != NULL && i < count; i++)
		if (!add_stat(dict, &stats[i]))
			Py_CLEAR(dict);
	return dict;
}
