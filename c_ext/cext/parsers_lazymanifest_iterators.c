/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Iterators of lazymanifest, over a copy: what happens to the manifest does not
 * reach them. Contract section 2.9. */
#include "parsers_lazymanifest_iterators.h"

typedef struct {
	PyObject_HEAD
	ManifestObject *manifest;
	size_t position;
} ManifestIterator;

static PyObject *new_iterator(ManifestObject *self, PyTypeObject *type)
{
	ManifestObject *copy = parsers_manifest_copy(self);
	ManifestIterator *iterator;

	if (copy == NULL)
		return NULL;
	iterator = PyObject_New(ManifestIterator, type);
	if (iterator == NULL) {
		Py_DECREF(copy);
		return NULL;
	}
	iterator->manifest = copy;
	iterator->position = 0;
	return (PyObject *)iterator;
}

static void iterator_dealloc(PyObject *object)
{
	ManifestIterator *self = (ManifestIterator *)object;

	Py_CLEAR(self->manifest);
	parsers_free(object);
}

PyObject *parsers_manifest_iterkeys(ManifestObject *self, PyObject *unused)
{
	(void)unused;
	return new_iterator(self,
	                    parsers_state_of(Py_TYPE(self))->manifest_keys);
}

PyObject *parsers_manifest_iterentries(ManifestObject *self, PyObject *unused)
{
	(void)unused;
	return new_iterator(self,
	                    parsers_state_of(Py_TYPE(self))->manifest_entries);
}

static PyObject *keys_next(ManifestIterator *self)
{
	const hg_manifest_table *table = self->manifest->table;

	if (self->position >= table->count)
		return NULL;
	return parsers_manifest_path(&table->lines[self->position++]);
}

static PyObject *entries_next(ManifestIterator *self)
{
	const hg_manifest_table *table = self->manifest->table;
	const hg_manifest_line *line;
	PyObject *path, *node, *flags, *entry;

	if (self->position >= table->count)
		return NULL;
	line = &table->lines[self->position++];
	if (!parsers_manifest_decode(self->manifest, line, &node, &flags))
		return NULL;
	path = parsers_manifest_path(line);
	entry = path == NULL ? NULL : PyTuple_New(3);
	if (entry == NULL) {
		Py_XDECREF(path);
		Py_DECREF(node);
		Py_DECREF(flags);
		return NULL;
	}
	PyTuple_SET_ITEM(entry, 0, path);
	PyTuple_SET_ITEM(entry, 1, node);
	PyTuple_SET_ITEM(entry, 2, flags);
	/* It holds bytes only, and so is in no cycle. */
	PyObject_GC_UnTrack(entry);
	return entry;
}

static PyType_Slot keys_slots[] = {
    {Py_tp_doc, "The paths of a lazymanifest, in order."},
    {Py_tp_dealloc, iterator_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, keys_next},
    {0, NULL},
};

PyType_Spec parsers_manifest_keys_spec = {
    .name = "parsers.lazymanifest.keysiterator",
    .basicsize = sizeof(ManifestIterator),
    .flags = PARSERS_TYPE_FLAGS,
    .slots = keys_slots,
};

static PyType_Slot entries_slots[] = {
    {Py_tp_doc, "The (path, node, flags) of a lazymanifest, in order."},
    {Py_tp_dealloc, iterator_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, entries_next},
    {0, NULL},
};

PyType_Spec parsers_manifest_entries_spec = {
    .name = "parsers.lazymanifest.entriesiterator",
    .basicsize = sizeof(ManifestIterator),
    .flags = PARSERS_TYPE_FLAGS,
    .slots = entries_slots,
};
