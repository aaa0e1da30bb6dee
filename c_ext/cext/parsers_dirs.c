/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dirs, a multiset of directories: contract section 2.10.
 *
 * A file counts for its own directory; a directory that is there counts once
 * for the one above. So adding a file touches as many directories as are new,
 * plus one.
 */
#include "parsers_module.h"

/* Deeper hierarchies are refused. */
#define MAX_DEPTH 2048

/* How many files counted for a directory; lives in a dirs' dict only. */
typedef struct {
	PyObject_HEAD
	Py_ssize_t value;
} DirCountObject;

typedef struct {
	PyObject_HEAD
	PyObject *counts; /* from directory, bytes, to DirCountObject */
	/* The directory of the path added last, and its count: the next path is
	 * often beside it. Both are NULL or owned. */
	PyObject *last_directory;
	DirCountObject *last_count;
} DirsObject;

static PyType_Slot dir_count_slots[] = {
    {Py_tp_dealloc, parsers_free},
    {0, NULL},
};

PyType_Spec parsers_dir_count_spec = {
    .name = "parsers.dir_count",
    .basicsize = sizeof(DirCountObject),
    .flags = PARSERS_TYPE_FLAGS,
    .slots = dir_count_slots,
};

/* Length of the directory part of `path`, without the slash. */
static Py_ssize_t directory_length(const char *path, Py_ssize_t length)
{
	while (length > 0 && path[--length] != '/')
		;
	return length;
}

static void forget_last(DirsObject *self)
{
	Py_CLEAR(self->last_directory);
	Py_CLEAR(self->last_count);
}

static bool is_last(const DirsObject *self, const char *path, Py_ssize_t length)
{
	return self->last_directory != NULL &&
	       PyBytes_GET_SIZE(self->last_directory) == length &&
	       memcmp(PyBytes_AS_STRING(self->last_directory), path,
	              (size_t)length) == 0;
}

static void remember(DirsObject *self, PyObject *directory,
                     DirCountObject *count)
{
	Py_INCREF(directory);
	Py_INCREF(count);
	Py_XSETREF(self->last_directory, directory);
	Py_XSETREF(self->last_count, count);
}

/* Count once more for the first `length` bytes of `path`. 1 if the directory
 * was new, 0 if not, -1 on error. */
static int count_directory(DirsObject *self, const char *path,
                           Py_ssize_t length, bool is_own)
{
	PyObject *directory;
	DirCountObject *count;
	int result = 0;

	if (length > 0 && path[length - 1] == '/') {
		PyErr_SetString(PyExc_ValueError,
		                "found invalid consecutive slashes in path");
		return -1;
	}
	directory = PyBytes_FromStringAndSize(path, length);
	if (directory == NULL)
		return -1;
	count =
	    (DirCountObject *)PyDict_GetItemWithError(self->counts, directory);
	if (count != NULL) {
		count->value++;
		Py_INCREF(count);
	} else {
		result = -1;
		if (!PyErr_Occurred())
			count = PyObject_New(
			    DirCountObject,
			    parsers_state_of(Py_TYPE(self))->dir_count);
		if (count != NULL) {
			count->value = 1;
			if (PyDict_SetItem(self->counts, directory,
			                   (PyObject *)count) == 0)
				result = 1;
		}
	}
	if (result >= 0 && is_own)
		remember(self, directory, count);
	Py_XDECREF(count);
	Py_DECREF(directory);
	return result;
}

static bool add_path(DirsObject *self, PyObject *path_object)
{
	const char *path = PyBytes_AS_STRING(path_object);
	Py_ssize_t length =
	    directory_length(path, PyBytes_GET_SIZE(path_object));
	int depth = 0, is_new;

	if (is_last(self, path, length)) {
		self->last_count->value++;
		return true;
	}
	for (;;) {
		if (depth++ == MAX_DEPTH) {
			PyErr_SetString(PyExc_ValueError,
			                "Directory hierarchy too deep.");
			return false;
		}
		is_new = count_directory(self, path, length, depth == 1);
		if (is_new <= 0 || length == 0)
			return is_new >= 0;
		length = directory_length(path, length);
	}
}

static bool delete_path(DirsObject *self, PyObject *path_object)
{
	const char *path = PyBytes_AS_STRING(path_object);
	Py_ssize_t length = PyBytes_GET_SIZE(path_object);

	forget_last(self);
	do {
		PyObject *directory;
		DirCountObject *count;
		int failed = 0;

		length = directory_length(path, length);
		directory = PyBytes_FromStringAndSize(path, length);
		if (directory == NULL)
			return false;
		count = (DirCountObject *)PyDict_GetItemWithError(self->counts,
		                                                  directory);
		if (count == NULL) {
			Py_DECREF(directory);
			if (!PyErr_Occurred())
				PyErr_SetString(PyExc_ValueError,
				                "expected a value, found none");
			return false;
		}
		if (--count->value > 0) {
			Py_DECREF(directory);
			return true;
		}
		failed = PyDict_DelItem(self->counts, directory) < 0;
		Py_DECREF(directory);
		if (failed)
			return false;
	} while (length > 0);
	return true;
}

static bool add_dict(DirsObject *self, PyObject *source, bool only_tracked)
{
	PyObject *key, *value;
	Py_ssize_t position = 0;

	while (PyDict_Next(source, &position, &key, &value)) {
		bool added;

		if (!PyBytes_Check(key)) {
			PyErr_SetString(PyExc_TypeError, "expected string key");
			return false;
		}
		if (only_tracked) {
			if (!parsers_is_dirstate_item(value)) {
				PyErr_SetString(PyExc_TypeError,
				                "expected a dirstate tuple");
				return false;
			}
			if (!hg_entry_has(&((DirstateItemObject *)value)->entry,
			                  HG_ENTRY_WC_TRACKED))
				continue;
		}
		Py_INCREF(key);
		added = add_path(self, key);
		Py_DECREF(key);
		if (!added)
			return false;
	}
	return true;
}

static bool add_iterable(DirsObject *self, PyObject *source)
{
	PyObject *iterator = PyObject_GetIter(source), *path;
	bool added = iterator != NULL;

	while (added && (path = PyIter_Next(iterator)) != NULL) {
		if (PyBytes_Check(path)) {
			added = add_path(self, path);
		} else {
			PyErr_SetString(PyExc_TypeError, "expected string");
			added = false;
		}
		Py_DECREF(path);
	}
	Py_XDECREF(iterator);
	return added && !PyErr_Occurred();
}

static PyObject *dirs_new(PyTypeObject *type, PyObject *args,
                          PyObject *keywords)
{
	static char *names[] = {"map", "only_tracked", NULL};
	PyObject *source = NULL;
	int only_tracked = 0;
	bool filled = true;
	DirsObject *self;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "|Oi:dirs", names,
	                                 &source, &only_tracked))
		return NULL;
	self = (DirsObject *)type->tp_alloc(type, 0);
	if (self == NULL)
		return NULL;
	self->counts = PyDict_New();
	if (self->counts == NULL) {
		filled = false;
	} else if (source != NULL && PyDict_Check(source)) {
		filled = add_dict(self, source, only_tracked != 0);
	} else if (source != NULL && only_tracked) {
		PyErr_SetString(PyExc_ValueError,
		                "`only_tracked` is only supported "
		                "with a dict source");
		filled = false;
	} else if (source != NULL) {
		filled = add_iterable(self, source);
	}
	if (!filled)
		Py_CLEAR(self);
	return (PyObject *)self;
}

static void dirs_dealloc(PyObject *object)
{
	DirsObject *self = (DirsObject *)object;

	forget_last(self);
	Py_CLEAR(self->counts);
	parsers_free(object);
}

static bool check_path(const char *name, PyObject *path)
{
	if (PyBytes_Check(path))
		return true;
	PyErr_Format(PyExc_TypeError, "%s() argument must be bytes, not %.80s",
	             name, Py_TYPE(path)->tp_name);
	return false;
}

static PyObject *dirs_addpath(DirsObject *self, PyObject *path)
{
	if (!check_path("addpath", path) || !add_path(self, path))
		return NULL;
	Py_RETURN_NONE;
}

static PyObject *dirs_delpath(DirsObject *self, PyObject *path)
{
	if (!check_path("delpath", path) || !delete_path(self, path))
		return NULL;
	Py_RETURN_NONE;
}

static int dirs_contains(DirsObject *self, PyObject *path)
{
	return PyBytes_Check(path) ? PyDict_Contains(self->counts, path) : 0;
}

static PyObject *dirs_iter(DirsObject *self)
{
	return PyObject_GetIter(self->counts);
}

static PyMethodDef dirs_methods[] = {
    {"addpath", AS_METHOD(dirs_addpath), METH_O,
     "addpath(path)\n\nCount a file for the directories it is in. ValueError "
     "for a path with consecutive slashes, or too deep."},
    {"delpath", AS_METHOD(dirs_delpath), METH_O,
     "delpath(path)\n\nUndo addpath; ValueError if the path was not added."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot dirs_slots[] = {
    {Py_tp_doc, "dirs(map=None, only_tracked=0)\n\n"
                "The directories that the files of a dict or an iterable are "
                "in, b'' included. With only_tracked, map's values are "
                "DirstateItems, and those the working copy tracks count."},
    {Py_tp_new, dirs_new},
    {Py_tp_dealloc, dirs_dealloc},
    {Py_tp_methods, dirs_methods},
    {Py_tp_iter, dirs_iter},
    {Py_sq_contains, dirs_contains},
    {0, NULL},
};

PyType_Spec parsers_dirs_spec = {
    .name = "parsers.dirs",
    .basicsize = sizeof(DirsObject),
    .flags = PARSERS_TYPE_FLAGS,
    .slots = dirs_slots,
};
