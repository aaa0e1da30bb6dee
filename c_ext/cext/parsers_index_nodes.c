/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index by node, by prefix, and as a container: contract section 2.8. */
#include "parsers_index.h"

void parsers_index_clear_nodes(IndexObject *self)
{
	hg_node_table_clear(&self->nodes);
	hg_node_prefixes_clear(&self->prefixes);
	self->prefixes_filled = false;
}

/* The revision of a node, or HG_NODE_UNKNOWN; HG_NODE_NO_MEMORY with an
 * exception, whatever it is. */
static int32_t find_node(IndexObject *self, PyObject *object)
{
	const unsigned char *node = parsers_node_of(object);
	int32_t rev;

	if (node == NULL)
		return HG_NODE_NO_MEMORY;
	rev = hg_node_table_find(&self->nodes, &self->view, node);
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
		       number < hg_index_length(&self->view);
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

PyObject *parsers_index_getitem(IndexObject *self, PyObject *key)
{
	int64_t rev;

	if (!PyLong_Check(key))
		return parsers_index_rev(self, key);
	if (!parsers_as_rev(key, &rev))
		return NULL;
	return parsers_index_entry(self, (Py_ssize_t)rev);
}

/* Forget the revisions of a slice that must reach to the end. The last place of
 * an index is null's, as index[a:-1] shows: so a strip ends one before it. */
static int delete_slice(IndexObject *self, PyObject *slice)
{
	Py_ssize_t start, stop, step, count, places;

	if (PySlice_Unpack(slice, &start, &stop, &step) < 0)
		return -1;
	/* only now: the slice's ends may be asked, in Python, for ints */
	places = (Py_ssize_t)hg_index_length(&self->view) + 1;
	count = PySlice_AdjustIndices(places, &start, &stop, step);
	if (count <= 0)
		return 0;
	if (step < 0) {
		/* the same places, counted upwards */
		stop = start + 1;
		start += step * (count - 1);
		step = -step;
	}
	if (step != 1) {
		PyErr_SetString(PyExc_ValueError,
		                "revlog index delete requires step size of 1");
		return -1;
	}
	if (stop != places - 1) {
		PyErr_SetString(PyExc_IndexError,
		                "revlog index deletion indices are invalid");
		return -1;
	}
	hg_index_truncate(&self->view, (int32_t)start);
	hg_node_table_truncate(&self->nodes, (int32_t)start);
	hg_node_prefixes_clear(&self->prefixes);
	self->prefixes_filled = false;
	self->truncations++;
	parsers_index_keep_heads(self, NULL, NULL);
	return 0;
}

int parsers_index_setitem(IndexObject *self, PyObject *key, PyObject *value)
{
	const unsigned char *node;
	long rev;

	if (value == NULL && PySlice_Check(key))
		return delete_slice(self, key);
	node = parsers_node_of(key);
	if (node == NULL)
		return -1;
	if (value == NULL) {
		hg_node_table_forget(&self->nodes, &self->view, node);
		return 0;
	}
	rev = PyLong_AsLong(value);
	if (rev == -1 && PyErr_Occurred())
		return -1;
	if (rev < 0 || rev > INT_MAX - 1) {
		PyErr_SetString(PyExc_ValueError, "rev out of range");
		return -1;
	}
	if (!hg_node_table_prepare(&self->nodes, &self->view) ||
	    !hg_node_table_insert(&self->nodes, &self->view, node,
	                          (int32_t)rev)) {
		PyErr_NoMemory();
		return -1;
	}
	return 0;
}

/* Sort all nodes, for questions about prefixes. */
static bool fill_prefixes(IndexObject *self)
{
	if (self->prefixes_filled)
		return true;
	if (!hg_node_table_prepare(&self->nodes, &self->view) ||
	    !hg_node_prefixes_add_all(&self->prefixes, &self->view)) {
		hg_node_prefixes_clear(&self->prefixes);
		PyErr_NoMemory();
		return false;
	}
	self->prefixes_filled = true;
	return true;
}

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* How many digits a prefix has, and their values; 0 if one is none, -1 with an
 * exception. */
static Py_ssize_t read_digits(PyObject *prefix, unsigned char *digits)
{
	struct immutable_bytes text;
	Py_ssize_t count, i;

	if (take_read_only(prefix, &text) < 0)
		return -1;
	count = text.length;
	if (count < 1 || count > HG_NODE_DIGITS) {
		PyErr_SetString(PyExc_ValueError,
		                count < 1 ? "key too short" : "key too long");
		count = -1;
	}
	for (i = 0; i < count; i++) {
		int value = digit_value(text.data[i]);

		if (value < 0)
			count = 0;
		else
			digits[i] = (unsigned char)value;
	}
	release_bytes(&text);
	return count;
}

PyObject *parsers_index_partialmatch(IndexObject *self, PyObject *prefix)
{
	unsigned char digits[HG_NODE_DIGITS], node[HG_NODE_SIZE];
	Py_ssize_t length = read_digits(prefix, digits);
	int32_t rev;

	if (length < 0)
		return NULL;
	if (length == 0)
		Py_RETURN_NONE;
	if (!fill_prefixes(self))
		return NULL;
	rev = hg_node_prefixes_match(&self->prefixes, &self->view, digits,
	                             (size_t)length);
	if (rev == HG_PREFIX_NO_MEMORY)
		return PyErr_NoMemory();
	if (rev == HG_PREFIX_AMBIGUOUS)
		return parsers_raise_revlog_error();
	if (rev == HG_PREFIX_UNKNOWN)
		Py_RETURN_NONE;
	memcpy(node, hg_index_node(&self->view, rev), HG_NODE_SIZE);
	return PyBytes_FromStringAndSize((const char *)node, HG_NODE_SIZE);
}

PyObject *parsers_index_shortest(IndexObject *self, PyObject *object)
{
	const unsigned char *node = parsers_node_of(object);
	bool is_first = self->nodes.slots == NULL;
	int32_t length;

	if (node == NULL || !fill_prefixes(self))
		return NULL;
	self->nodes.lookups += !is_first;
	length = hg_node_prefixes_shortest(&self->prefixes, &self->view, node);
	if (length == HG_PREFIX_NO_MEMORY)
		return PyErr_NoMemory();
	if (length == HG_PREFIX_UNKNOWN)
		return parsers_raise_revlog_error();
	return PyLong_FromLong(length);
}

static bool add_stat(PyObject *stats, const char *name, int64_t value)
{
	PyObject *key = PyBytes_FromString(name);
	PyObject *number = PyLong_FromLongLong(value);
	bool added = key != NULL && number != NULL &&
	             PyDict_SetItem(stats, key, number) == 0;

	Py_XDECREF(key);
	Py_XDECREF(number);
	return added;
}

/* Figures of the trie that answers for the contract's: the shape is that of the
 * nodes, and the room what doubling from half the revisions would leave. */
static bool add_trie_stats(IndexObject *self, PyObject *stats)
{
	hg_prefix_shape shape;
	int64_t capacity = self->view.disk_count;

	if (!fill_prefixes(self))
		return false;
	if (!hg_node_prefixes_shape(&self->prefixes, &self->view, &shape)) {
		PyErr_NoMemory();
		return false;
	}
	capacity = capacity < 4 ? 4 : capacity / 2;
	while (capacity < (int64_t)shape.nodes)
		capacity *= 2;
	return add_stat(stats, "node trie capacity", capacity) &&
	       add_stat(stats, "node trie count", (int64_t)shape.nodes) &&
	       add_stat(stats, "node trie depth", shape.depth) &&
	       add_stat(stats, "node trie splits", (int64_t)shape.nodes - 1);
}

PyObject *parsers_index_stats(IndexObject *self, PyObject *unused)
{
	PyObject *stats = PyDict_New();
	(void)unused;

	if (stats == NULL)
		return NULL;
	if ((self->view.added_capacity > 0 &&
	     !add_stat(stats, "index entries added", self->view.added_count)) ||
	    !add_stat(stats, "revs in memory", self->view.disk_count) ||
	    !add_stat(stats, "node trie lookups", self->nodes.lookups) ||
	    !add_stat(stats, "node trie misses", self->nodes.misses) ||
	    !add_stat(stats, "node trie last rev scanned",
	              self->prefixes_filled ? -1 : self->nodes.scanned_from) ||
	    (self->nodes.slots != NULL && !add_trie_stats(self, stats)))
		Py_CLEAR(stats);
	return stats;
}
