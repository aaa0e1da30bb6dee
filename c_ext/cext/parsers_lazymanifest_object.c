/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parsers_lazymanifest_object.h"

void parsers_manifest_dealloc(PyObject *object)
{
	ManifestObject *self = (ManifestObject *)object;

	hg_manifest_release(self->table);
	Py_CLEAR(self->text);
	parsers_free(object);
}

void parsers_manifest_raise(enum hg_manifest_status status)
{
	raise_message(PyExc_ValueError, hg_manifest_message(status));
}

ManifestObject *parsers_manifest_new(PyTypeObject *type, PyObject *text,
                                     hg_manifest_table *table, size_t node_size)
{
	ManifestObject *self = PyObject_New(ManifestObject, type);

	if (self == NULL) {
		hg_manifest_release(table);
		return NULL;
	}
	Py_INCREF(text);
	self->text = text;
	self->table = table;
	self->node_size = node_size;
	self->hint = 0;
	return self;
}

bool parsers_manifest_compact(ManifestObject *self)
{
	size_t size;
	PyObject *text;

	if (!self->table->dirty)
		return true;
	if (!hg_manifest_unshare(&self->table)) {
		PyErr_NoMemory();
		return false;
	}
	size = hg_manifest_text_size(self->table);
	if (size > PY_SSIZE_T_MAX) {
		PyErr_NoMemory();
		return false;
	}
	text = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
	if (text == NULL)
		return false;
	hg_manifest_compact(self->table, PyBytes_AS_STRING(text));
	Py_SETREF(self->text, text);
	return true;
}

ManifestObject *parsers_manifest_copy(ManifestObject *self)
{
	if (!parsers_manifest_compact(self))
		return NULL;
	self->table->references++;
	return parsers_manifest_new(Py_TYPE(self), self->text, self->table,
	                            self->node_size);
}

ManifestObject *parsers_manifest_snapshot(ManifestObject *self)
{
	self->table->references++;
	return parsers_manifest_new(Py_TYPE(self), self->text, self->table,
	                            self->node_size);
}
