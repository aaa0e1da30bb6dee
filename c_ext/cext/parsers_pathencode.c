/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store path functions of `parsers` (contract section 2.12). */
#include "arguments.h"

#include "parsers_text.h"

#include "../core/pathencode.h"

static int check_path(PyObject *arg)
{
	if (PyBytes_Check(arg))
		return 0;
	PyErr_SetString(PyExc_TypeError, "expected a string");
	return -1;
}

static PyObject *encodedir(PyObject *module, PyObject *arg)
{
	const char *path;
	size_t length, size;
	PyObject *result;
	(void)module;

	if (check_path(arg) < 0)
		return NULL;
	path = PyBytes_AS_STRING(arg);
	length = (size_t)PyBytes_GET_SIZE(arg);
	size = pathencode_directories(path, length, NULL);
	if (size == length) {
		Py_INCREF(arg);
		return arg;
	}
	result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
	if (result != NULL)
		pathencode_directories(path, length, PyBytes_AS_STRING(result));
	return result;
}

static PyObject *lowerencode(PyObject *module, PyObject *arg)
{
	char fixed[PATHENCODE_GROWTH * 256];
	char *out = fixed;
	struct immutable_bytes path;
	size_t length;
	PyObject *result = NULL;
	(void)module;

	if (take_read_only(arg, &path) < 0)
		return NULL;
	length = (size_t)path.length;
	if (length > sizeof(fixed) / PATHENCODE_GROWTH) {
		out = length > PY_SSIZE_T_MAX / PATHENCODE_GROWTH
		          ? NULL
		          : PyMem_Malloc(length * PATHENCODE_GROWTH);
	}
	if (out != NULL) {
		length = pathencode_lower(path.data, length, out);
		result = PyBytes_FromStringAndSize(out, (Py_ssize_t)length);
	} else {
		PyErr_NoMemory();
	}
	if (out != fixed)
		PyMem_Free(out);
	release_bytes(&path);
	return result;
}

static PyObject *pathencode(PyObject *module, PyObject *arg)
{
	char out[PATHENCODE_MOST(PATHENCODE_LONGEST)];
	char *large = NULL;
	size_t length, size;
	PyObject *result = NULL;
	int status;
	(void)module;

	if (check_path(arg) < 0)
		return NULL;
	length = (size_t)PyBytes_GET_SIZE(arg);
	if (length > PATHENCODE_LONGEST && length < PATHENCODE_TOO_LONG) {
		large = PyMem_Malloc(PATHENCODE_MOST(length));
		if (large == NULL)
			return PyErr_NoMemory();
	}
	status = pathencode_store(PyBytes_AS_STRING(arg), length,
	                          large ? large : out, &size);
	if (status == PATHENCODE_UNCHANGED) {
		Py_INCREF(arg);
		result = arg;
	} else if (status != PATHENCODE_OK) {
		raise_message(PyExc_ValueError, pathencode_message(status));
	} else {
		result = PyBytes_FromStringAndSize(large != NULL ? large : out,
		                                   (Py_ssize_t)size);
	}
	PyMem_Free(large);
	return result;
}

PyMethodDef hgamalgam_pathencode_methods[] = {
    {"encodedir", encodedir, METH_O,
     "encodedir(path) -> bytes\n\n"
     "With \".hg\" after directories named *.hg, *.i and *.d."},
    {"lowerencode", lowerencode, METH_O,
     "lowerencode(path) -> bytes\n\n"
     "In lower case, with reserved bytes as ~xx."},
    {"pathencode", pathencode, METH_O,
     "pathencode(path) -> bytes\n\n"
     "The name under which the store keeps the path."},
    {NULL, NULL, 0, NULL},
};
