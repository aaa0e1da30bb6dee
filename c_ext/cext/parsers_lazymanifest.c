/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lazymanifest: contract section 2.9. */
#include "parsers_lazymanifest_iterators.h"

static PyObject *manifest_new(PyTypeObject *type, PyObject *args,
                              PyObject *keywords)
{
	enum hg_manifest_status status;
	hg_manifest_table *table;
	ManifestObject *self;
	Py_ssize_t node_size, length;
	PyObject *text;
	const char *data;

	if (keywords != NULL && PyDict_GET_SIZE(keywords) > 0) {
		PyErr_SetString(PyExc_TypeError,
		                "lazymanifest() takes no keyword arguments");
		return NULL;
	}
	if (check_count("lazymanifest", PyTuple_GET_SIZE(args), 2, 2) < 0)
		return NULL;
	node_size =
	    PyNumber_AsSsize_t(PyTuple_GET_ITEM(args, 0), PyExc_OverflowError);
	if (node_size == -1 && PyErr_Occurred())
		return NULL;
	text = PyTuple_GET_ITEM(args, 1);
	if (check_bytes("lazymanifest", text) < 0)
		return NULL;
	if (node_size != 20 && node_size != HG_MANIFEST_MAX_NODE_SIZE) {
		PyErr_SetString(PyExc_ValueError, "Unsupported node length");
		return NULL;
	}
	/* An instance of a subclass could refer back to us; its bytes cannot. */
	if (PyBytes_CheckExact(text))
		Py_INCREF(text);
	else
		text = PyBytes_FromStringAndSize(PyBytes_AS_STRING(text),
		                                 PyBytes_GET_SIZE(text));
	if (text == NULL)
		return NULL;
	data = PyBytes_AS_STRING(text);
	length = PyBytes_GET_SIZE(text);
	if (length < GIL_RELEASE_BYTES) {
		status = hg_manifest_parse(data, (size_t)length, &table);
	} else {
		Py_BEGIN_ALLOW_THREADS
		status = hg_manifest_parse(data, (size_t)length, &table);
		Py_END_ALLOW_THREADS
	}
	if (status != HG_MANIFEST_OK) {
		Py_DECREF(text);
		parsers_manifest_raise(status);
		return NULL;
	}
	self = parsers_manifest_new(type, text, table, (size_t)node_size);
	Py_DECREF(text);
	return (PyObject *)self;
}

static PyObject *value_of(const ManifestObject *self,
                          const hg_manifest_line *line)
{
	PyObject *node, *flags, *pair;

	if (!parsers_manifest_decode(self, line, &node, &flags))
		return NULL;
	pair = PyTuple_New(2);
	if (pair == NULL) {
		Py_DECREF(node);
		Py_DECREF(flags);
		return NULL;
	}
	PyTuple_SET_ITEM(pair, 0, node);
	PyTuple_SET_ITEM(pair, 1, flags);
	return pair;
}

static size_t find(ManifestObject *self, PyObject *path)
{
	size_t position =
	    hg_manifest_find(self->table, PyBytes_AS_STRING(path),
	                     (size_t)PyBytes_GET_SIZE(path), self->hint);

	if (position != HG_MANIFEST_ABSENT)
		self->hint = position;
	return position;
}

static Py_ssize_t manifest_length(ManifestObject *self)
{
	return (Py_ssize_t)self->table->live;
}

static int manifest_contains(ManifestObject *self, PyObject *path)
{
	return PyBytes_Check(path) && find(self, path) != HG_MANIFEST_ABSENT;
}

static PyObject *manifest_getitem(ManifestObject *self, PyObject *path)
{
	size_t position;

	if (!PyBytes_Check(path)) {
		PyErr_SetString(PyExc_TypeError,
		                "getitem: manifest keys must be a string.");
		return NULL;
	}
	position = find(self, path);
	if (position == HG_MANIFEST_ABSENT) {
		PyErr_SetString(PyExc_KeyError, "No such manifest entry.");
		return NULL;
	}
	return value_of(self, &self->table->lines[position]);
}

static int delete_item(ManifestObject *self, PyObject *path)
{
	size_t position;

	if (!PyBytes_Check(path)) {
		PyErr_SetString(PyExc_TypeError,
		                "delitem: manifest keys must be a string.");
		return -1;
	}
	position = find(self, path);
	if (position == HG_MANIFEST_ABSENT) {
		PyErr_SetString(PyExc_KeyError,
		                "Tried to delete nonexistent manifest entry.");
		return -1;
	}
	if (!hg_manifest_unshare(&self->table)) {
		PyErr_NoMemory();
		return -1;
	}
	hg_manifest_delete(self->table, position);
	return 0;
}

/* Check a (node, flags) pair, and give the flag as a byte. */
static bool check_value(const ManifestObject *self, PyObject *value, char *flag)
{
	PyObject *node, *flags;

	if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != 2) {
		PyErr_SetString(PyExc_TypeError,
		                "Manifest values must be a tuple "
		                "of (node, flags).");
		return false;
	}
	node = PyTuple_GET_ITEM(value, 0);
	flags = PyTuple_GET_ITEM(value, 1);
	if (!PyBytes_Check(node) ||
	    (size_t)PyBytes_GET_SIZE(node) != self->node_size) {
		PyErr_Format(PyExc_TypeError, "node must be a %zd bytes string",
		             (Py_ssize_t)self->node_size);
		return false;
	}
	if (!PyBytes_Check(flags) || PyBytes_GET_SIZE(flags) > 1) {
		PyErr_SetString(PyExc_TypeError,
		                "flags must a 0 or 1 bytes string");
		return false;
	}
	*flag = '\0';
	if (PyBytes_GET_SIZE(flags) == 0)
		return true;
	*flag = PyBytes_AS_STRING(flags)[0];
	if (*flag == 'l' || *flag == 't' || *flag == 'x')
		return true;
	PyErr_SetString(PyExc_TypeError, "invalid manifest flag");
	return false;
}

static int manifest_setitem(ManifestObject *self, PyObject *path,
                            PyObject *value)
{
	enum hg_manifest_status status;
	const char *name;
	size_t length;
	char flag;

	if (value == NULL)
		return delete_item(self, path);
	if (!PyBytes_Check(path)) {
		PyErr_SetString(PyExc_TypeError,
		                "setitem: manifest keys must be a string.");
		return -1;
	}
	if (!check_value(self, value, &flag))
		return -1;
	name = PyBytes_AS_STRING(path);
	length = (size_t)PyBytes_GET_SIZE(path);
	if (!hg_manifest_unshare(&self->table)) {
		PyErr_NoMemory();
		return -1;
	}
	status = hg_manifest_set(self->table, name, length,
	                         (const unsigned char *)PyBytes_AS_STRING(
	                             PyTuple_GET_ITEM(value, 0)),
	                         self->node_size, flag);
	if (status != HG_MANIFEST_OK) {
		parsers_manifest_raise(status);
		return -1;
	}
	return 0;
}

static PyObject *manifest_copy(ManifestObject *self, PyObject *unused)
{
	(void)unused;
	return (PyObject *)parsers_manifest_copy(self);
}

static PyObject *manifest_text(ManifestObject *self, PyObject *unused)
{
	(void)unused;
	if (!parsers_manifest_compact(self))
		return NULL;
	Py_INCREF(self->text);
	return self->text;
}

/* Keep in `kept` the lines of `source`, which has no edits, that match. */
static bool filter_lines(const hg_manifest_table *source,
                         hg_manifest_table *kept, PyObject *match)
{
	size_t i;

	for (i = 0; i < source->count; i++) {
		PyObject *path = parsers_manifest_path(&source->lines[i]),
		         *result;
		int is_match;

		if (path == NULL)
			return false;
		result = PyObject_CallFunctionObjArgs(match, path, NULL);
		Py_DECREF(path);
		if (result == NULL)
			return false;
		is_match = PyObject_IsTrue(result);
		Py_DECREF(result);
		if (is_match < 0)
			return false;
		if (is_match)
			kept->lines[kept->count++] = source->lines[i];
	}
	kept->live = kept->count;
	kept->dirty = kept->count < source->count;
	return true;
}

static PyObject *manifest_filtercopy(ManifestObject *self, PyObject *match)
{
	hg_manifest_table *kept;
	ManifestObject *source;
	PyObject *result = NULL;

	if (!PyCallable_Check(match)) {
		PyErr_SetString(PyExc_TypeError, "matchfn must be callable");
		return NULL;
	}
	/* match is Python code that may change us: work from a copy */
	source = parsers_manifest_copy(self);
	if (source == NULL)
		return NULL;
	kept = hg_manifest_new(source->table->count);
	if (kept == NULL)
		PyErr_NoMemory();
	else if (filter_lines(source->table, kept, match))
		result = (PyObject *)parsers_manifest_new(
		    Py_TYPE(self), source->text, kept, self->node_size);
	else
		hg_manifest_release(kept);
	Py_DECREF(source);
	return result;
}

/* Record in `changes` that `line`'s path goes from `left` to `right`, both of
 * which this takes. */
static bool add_change(PyObject *changes, const hg_manifest_line *line,
                       PyObject *left, PyObject *right)
{
	PyObject *path = parsers_manifest_path(line), *change = NULL;
	bool added = false;

	if (path != NULL && left != NULL && right != NULL)
		change = PyTuple_Pack(2, left, right);
	if (change != NULL)
		added = PyDict_SetItem(changes, path, change) == 0;
	Py_XDECREF(left);
	Py_XDECREF(right);
	Py_XDECREF(path);
	Py_XDECREF(change);
	return added;
}

static bool add_clean(PyObject *changes, const hg_manifest_line *line)
{
	PyObject *path = parsers_manifest_path(line);
	bool added =
	    path != NULL && PyDict_SetItem(changes, path, Py_None) == 0;

	Py_XDECREF(path);
	return added;
}

/* What a manifest has on `line`, or `nothing` where that is NULL. */
static PyObject *side_of(const ManifestObject *self,
                         const hg_manifest_line *line, PyObject *nothing)
{
	if (line != NULL)
		return value_of(self, line);
	Py_INCREF(nothing);
	return nothing;
}

/* What differs between two manifests that nobody else knows. */
static PyObject *diff_tables(const ManifestObject *self,
                             const ManifestObject *other, bool list_clean)
{
	PyObject *changes = PyDict_New();
	PyObject *nothing = Py_BuildValue("(Oy#)", Py_None, "", (Py_ssize_t)0);
	hg_manifest_walk walk = {.left = self->table, .right = other->table};
	const hg_manifest_line *left, *right;
	bool going = changes != NULL && nothing != NULL;
	int sides;

	while (going && hg_manifest_walk_next(&walk, &left, &right, &sides)) {
		PyObject *before;

		if (sides == HG_MANIFEST_SAME) {
			going = !list_clean || add_clean(changes, left);
			continue;
		}
		before = side_of(self, left, nothing);
		going = before != NULL &&
		        add_change(changes, left != NULL ? left : right, before,
		                   side_of(other, right, nothing));
	}
	Py_XDECREF(nothing);
	if (!going)
		Py_CLEAR(changes);
	return changes;
}

/* Making a diff can run Python code, which may change the two: they are compared
 * as they are now. */
static PyObject *diff_manifests(ManifestObject *self, ManifestObject *other,
                                bool list_clean)
{
	ManifestObject *left = parsers_manifest_snapshot(self),
	               *right = parsers_manifest_snapshot(other);
	PyObject *changes = NULL;

	if (left != NULL && right != NULL)
		changes = diff_tables(left, right, list_clean);
	Py_XDECREF(left);
	Py_XDECREF(right);
	return changes;
}

static PyObject *manifest_diff(ManifestObject *self, PyObject *const *args,
                               Py_ssize_t count)
{
	int list_clean = 0;

	if (check_count("diff", count, 1, 2) < 0)
		return NULL;
	if (!parsers_is_manifest(args[0])) {
		PyErr_Format(PyExc_TypeError,
		             "diff() argument must be lazymanifest, not %.80s",
		             Py_TYPE(args[0])->tp_name);
		return NULL;
	}
	if (count > 1) {
		list_clean = PyObject_IsTrue(args[1]);
		if (list_clean < 0)
			return NULL;
	}
	return diff_manifests(self, (ManifestObject *)args[0], list_clean);
}

static PyObject *manifest_iter(ManifestObject *self)
{
	return parsers_manifest_iterkeys(self, NULL);
}

static PyMethodDef manifest_methods[] = {
    {"iterkeys", AS_METHOD(parsers_manifest_iterkeys), METH_NOARGS,
     "iterkeys() -> iterator\n\nThe paths, in order."},
    {"iterentries", AS_METHOD(parsers_manifest_iterentries), METH_NOARGS,
     "iterentries() -> iterator\n\nThe (path, node, flags), in order."},
    {"copy", AS_METHOD(manifest_copy), METH_NOARGS, "copy() -> lazymanifest"},
    {"filtercopy", AS_METHOD(manifest_filtercopy), METH_O,
     "filtercopy(matchfn) -> lazymanifest\n\n"
     "A copy of what matchfn is true for."},
    {"diff", AS_METHOD(manifest_diff), METH_FASTCALL,
     "diff(other, clean=False) -> dict\n\n"
     "From each path that differs to ((node, flags), (node, flags)), with "
     "(None, b'') for a side that lacks it. With clean, from paths that do "
     "not differ to None."},
    {"text", AS_METHOD(manifest_text), METH_NOARGS,
     "text() -> bytes\n\nThe manifest as Mercurial stores it."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot manifest_slots[] = {
    {Py_tp_doc, "lazymanifest(nodelen, data)\n\n"
                "From path to (node, flags), decoded when asked for. "
                "ValueError if data is no manifest."},
    {Py_tp_new, manifest_new},
    {Py_tp_dealloc, parsers_manifest_dealloc},
    {Py_tp_methods, manifest_methods},
    {Py_tp_iter, manifest_iter},
    {Py_mp_length, manifest_length},
    {Py_mp_subscript, manifest_getitem},
    {Py_mp_ass_subscript, manifest_setitem},
    {Py_sq_length, manifest_length},
    {Py_sq_contains, manifest_contains},
    {0, NULL},
};

PyType_Spec parsers_lazymanifest_spec = {
    .name = "parsers.lazymanifest",
    .basicsize = sizeof(ManifestObject),
    .flags = PARSERS_TYPE_FLAGS,
    .slots = manifest_slots,
};
