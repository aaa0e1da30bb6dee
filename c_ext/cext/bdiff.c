/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments.h"

#include <string.h>

#include "../core/bdiff.h"
#include "../core/xdiff.h"

static PyObject *raise(int status)
{
	if (status == BDIFF_TOO_LARGE) {
		PyErr_SetString(PyExc_ValueError, "bdiff inputs too large");
		return NULL;
	}
	return PyErr_NoMemory();
}

static PyObject *block_tuple(const struct bdiff_block *block)
{
	const long values[4] = {block->a1, block->a2, block->b1, block->b2};
	PyObject *tuple = PyTuple_New(4);
	Py_ssize_t i;
	if (!tuple)
		return NULL;
	for (i = 0; i < 4; i++) {
		PyObject *value = PyLong_FromLong(values[i]);
		if (!value) {
			Py_DECREF(tuple);
			return NULL;
		}
		PyTuple_SET_ITEM(tuple, i, value);
	}
	return tuple;
}

static PyObject *block_list(const struct bdiff_blocks *found)
{
	PyObject *list = PyList_New((Py_ssize_t)found->count);
	size_t i;
	if (!list)
		return NULL;
	for (i = 0; i < found->count; i++) {
		PyObject *tuple = block_tuple(&found->items[i]);
		if (!tuple) {
			Py_DECREF(list);
			return NULL;
		}
		PyList_SET_ITEM(list, (Py_ssize_t)i, tuple);
	}
	return list;
}

typedef int (*block_finder)(const char *, size_t, const char *, size_t,
                            struct bdiff_blocks *);

static PyObject *find_blocks(block_finder find, const char *a,
                             Py_ssize_t a_length, const char *b,
                             Py_ssize_t b_length)
{
	struct bdiff_blocks found;
	PyThreadState *released = NULL;
	PyObject *list;
	int status;

	if (a_length >= GIL_RELEASE_BYTES || b_length >= GIL_RELEASE_BYTES)
		released = PyEval_SaveThread();
	status = find(a, (size_t)a_length, b, (size_t)b_length, &found);
	if (released)
		PyEval_RestoreThread(released);
	if (status != BDIFF_OK)
		return raise(status);
	list = block_list(&found);
	bdiff_free_blocks(&found);
	return list;
}

static PyObject *blocks(PyObject *module, PyObject *const *args,
                        Py_ssize_t count)
{
	(void)module;
	if (check_count("blocks", count, 2, 2) < 0 ||
	    check_bytes("blocks", args[0]) < 0 ||
	    check_bytes("blocks", args[1]) < 0) {
		return NULL;
	}
	return find_blocks(bdiff_find_blocks, PyBytes_AS_STRING(args[0]),
	                   PyBytes_GET_SIZE(args[0]),
	                   PyBytes_AS_STRING(args[1]),
	                   PyBytes_GET_SIZE(args[1]));
}

static PyObject *xdiffblocks(PyObject *module, PyObject *const *args,
                             Py_ssize_t count)
{
	const char *a, *b;
	Py_ssize_t a_length, b_length;
	(void)module;
	if (check_count("xdiffblocks", count, 2, 2) < 0 ||
	    read_only_bytes(args[0], &a, &a_length) < 0 ||
	    read_only_bytes(args[1], &b, &b_length) < 0) {
		return NULL;
	}
	return find_blocks(xdiff_find_blocks, a, a_length, b, b_length);
}

static PyObject *delta_between(const Py_buffer *a, const Py_buffer *b,
                               int prune_suffix)
{
	struct bdiff_plan *plan;
	PyObject *result;
	PyThreadState *released = NULL;
	size_t size;
	int status;

	if (a->len >= GIL_RELEASE_BYTES || b->len >= GIL_RELEASE_BYTES)
		released = PyEval_SaveThread();
	status = bdiff_prepare(a->buf, (size_t)a->len, b->buf, (size_t)b->len,
	                       prune_suffix, &plan, &size);
	if (released)
		PyEval_RestoreThread(released);
	if (status != BDIFF_OK)
		return raise(status);
	if (size > PY_SSIZE_T_MAX) {
		bdiff_free_plan(plan);
		return PyErr_NoMemory();
	}
	result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
	if (result)
		bdiff_write(plan, PyBytes_AS_STRING(result));
	bdiff_free_plan(plan);
	return result;
}

static PyObject *delta(const char *name, PyObject *const *args,
                       Py_ssize_t count, int prune_suffix)
{
	Py_buffer a, b;
	PyObject *result;

	if (check_count(name, count, 2, 2) < 0 ||
	    !PyArg_Parse(args[0], "y*", &a)) {
		return NULL;
	}
	if (!PyArg_Parse(args[1], "y*", &b)) {
		PyBuffer_Release(&a);
		return NULL;
	}
	result = delta_between(&a, &b, prune_suffix);
	PyBuffer_Release(&a);
	PyBuffer_Release(&b);
	return result;
}

static PyObject *bdiff(PyObject *module, PyObject *const *args,
                       Py_ssize_t count)
{
	(void)module;
	return delta("bdiff", args, count, 0);
}

static PyObject *storage_diff(PyObject *module, PyObject *const *args,
                              Py_ssize_t count)
{
	(void)module;
	return delta("storage_diff", args, count, 1);
}

static PyObject *line_diff(PyObject *module, PyObject *const *args,
                           Py_ssize_t count)
{
	(void)module;
	return delta("line_diff", args, count, 1);
}

static PyObject *manifest_diff(PyObject *module, PyObject *const *args,
                               Py_ssize_t count)
{
	(void)module;
	return delta("manifest_diff", args, count, 1);
}

static PyObject *fixws(PyObject *module, PyObject *const *args,
                       Py_ssize_t count)
{
	PyObject *result;
	unsigned char all;
	size_t written;
	(void)module;

	if (check_count("fixws", count, 2, 2) < 0 ||
	    check_bytes("fixws", args[0]) < 0 ||
	    !PyArg_Parse(args[1], "b", &all)) {
		return NULL;
	}
	result = PyBytes_FromStringAndSize(NULL, PyBytes_GET_SIZE(args[0]));
	if (!result)
		return NULL;
	written = bdiff_fix_whitespace(PyBytes_AS_STRING(args[0]),
	                               (size_t)PyBytes_GET_SIZE(args[0]), all,
	                               PyBytes_AS_STRING(result));
	_PyBytes_Resize(&result, (Py_ssize_t)written);
	return result;
}

static PyObject *splitnewlines(PyObject *module, PyObject *arg)
{
	const char *p, *end;
	Py_ssize_t length;
	PyObject *list;
	(void)module;

	if (read_only_bytes(arg, &p, &length) < 0)
		return NULL;
	end = p + length;
	list = PyList_New(0);
	while (list && p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline ? newline + 1 : end;
		PyObject *line = PyBytes_FromStringAndSize(p, next - p);
		if (!line || PyList_Append(list, line) < 0)
			Py_CLEAR(list);
		Py_XDECREF(line);
		p = next;
	}
	return list;
}

#define FAST(function) (PyCFunction)(void (*)(void)) function, METH_FASTCALL

static PyMethodDef methods[] = {
    {"bdiff", FAST(bdiff), "bdiff(a, b) -> bytes\n\nA delta from a to b."},
    {"storage_diff", FAST(storage_diff),
     "storage_diff(a, b) -> bytes\n\n"
     "A delta from a to b, for storage and exchange."},
    {"line_diff", FAST(line_diff),
     "line_diff(a, b) -> bytes\n\nA delta from a to b of whole lines."},
    {"manifest_diff", FAST(manifest_diff),
     "manifest_diff(a, b) -> bytes\n\nA delta between two manifests."},
    {"blocks", FAST(blocks),
     "blocks(a, b) -> [(a1, a2, b1, b2)]\n\nRanges of equal lines."},
    {"xdiffblocks", FAST(xdiffblocks),
     "xdiffblocks(a, b) -> [(a1, a2, b1, b2)]\n\n"
     "Ranges of equal lines, by Myers' algorithm."},
    {"fixws", FAST(fixws),
     "fixws(text, all) -> bytes\n\n"
     "Runs of blanks made one space, or with `all` removed."},
    {"splitnewlines", splitnewlines, METH_O,
     "splitnewlines(text) -> [bytes]\n\nLines, split after newlines only."},
    {NULL, NULL, 0, NULL},
};

static int bdiff_exec(PyObject *module)
{
	return PyModule_AddIntConstant(module, "version", 3);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, bdiff_exec},
    {0, NULL},
};

static struct PyModuleDef bdiff_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "bdiff",
    .m_doc = "Line-based binary deltas (contract section 2.2).",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_bdiff(void)
{
	return PyModuleDef_Init(&bdiff_module);
}
