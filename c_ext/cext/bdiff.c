/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments.h"

#include <string.h>

#include "../core/bdiff.h"
#include "../core/xdiff.h"

static PyObject *raise(int status)
{
	return raise_message(PyExc_ValueError, bdiff_message(status));
}

static PyObject *block_tuple(const struct bdiff_block *block)
{
	const long values[4] = {block->a1, block->a2, block->b1, block->b2};
	PyObject *tuple = PyTuple_New(4);
	Py_ssize_t i;
	if (tuple == NULL)
		return NULL;
	for (i = 0; i < 4; i++) {
		PyObject *value = PyLong_FromLong(values[i]);
		if (value == NULL) {
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
	if (list == NULL)
		return NULL;
	for (i = 0; i < found->count; i++) {
		PyObject *tuple = block_tuple(&found->items[i]);
		if (tuple == NULL) {
			Py_DECREF(list);
			return NULL;
		}
		PyList_SET_ITEM(list, (Py_ssize_t)i, tuple);
	}
	return list;
}

typedef int (*block_finder)(const char *, size_t, const char *, size_t,
                            struct bdiff_blocks *);

static PyObject *find_blocks(block_finder find, const struct immutable_bytes *a,
                             const struct immutable_bytes *b)
{
	struct bdiff_blocks found;
	PyThreadState *released = NULL;
	PyObject *list;
	int status;

	if (a->length >= GIL_RELEASE_BYTES || b->length >= GIL_RELEASE_BYTES)
		released = PyEval_SaveThread();
	status = find(a->data, (size_t)a->length, b->data, (size_t)b->length,
	              &found);
	if (released != NULL)
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
	struct immutable_bytes a, b;
	PyObject *list;
	(void)module;

	if (check_count("blocks", count, 2, 2) < 0 ||
	    check_bytes("blocks", args[0]) < 0 ||
	    check_bytes("blocks", args[1]) < 0) {
		return NULL;
	}
	lend_bytes(&a, args[0]);
	lend_bytes(&b, args[1]);
	list = find_blocks(bdiff_find_blocks, &a, &b);
	release_bytes(&a);
	release_bytes(&b);
	return list;
}

static PyObject *xdiffblocks(PyObject *module, PyObject *const *args,
                             Py_ssize_t count)
{
	struct immutable_bytes a, b;
	PyObject *list = NULL;
	(void)module;

	if (check_count("xdiffblocks", count, 2, 2) < 0 ||
	    take_read_only(args[0], &a) < 0) {
		return NULL;
	}
	if (take_read_only(args[1], &b) == 0) {
		list = find_blocks(xdiff_find_blocks, &a, &b);
		release_bytes(&b);
	}
	release_bytes(&a);
	return list;
}

static PyObject *delta_between(const struct immutable_bytes *a,
                               const struct immutable_bytes *b,
                               int prune_suffix)
{
	struct bdiff_plan *plan;
	PyObject *result;
	PyThreadState *released = NULL;
	size_t size;
	int status;

	if (a->length >= GIL_RELEASE_BYTES || b->length >= GIL_RELEASE_BYTES)
		released = PyEval_SaveThread();
	status = bdiff_prepare(a->data, (size_t)a->length, b->data,
	                       (size_t)b->length, prune_suffix, &plan, &size);
	if (released != NULL)
		PyEval_RestoreThread(released);
	if (status != BDIFF_OK)
		return raise(status);
	if (size > PY_SSIZE_T_MAX) {
		bdiff_free_plan(plan);
		return PyErr_NoMemory();
	}
	result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
	if (result != NULL)
		bdiff_write(plan, PyBytes_AS_STRING(result));
	bdiff_free_plan(plan);
	return result;
}

static PyObject *delta(const char *name, PyObject *const *args,
                       Py_ssize_t count, int prune_suffix)
{
	struct immutable_bytes a, b;
	PyObject *result = NULL;

	if (check_count(name, count, 2, 2) < 0 || take_buffer(args[0], &a) < 0)
		return NULL;
	if (take_buffer(args[1], &b) == 0) {
		result = delta_between(&a, &b, prune_suffix);
		release_bytes(&b);
	}
	release_bytes(&a);
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
	if (result == NULL)
		return NULL;
	written = bdiff_fix_whitespace(PyBytes_AS_STRING(args[0]),
	                               (size_t)PyBytes_GET_SIZE(args[0]), all,
	                               PyBytes_AS_STRING(result));
	_PyBytes_Resize(&result, (Py_ssize_t)written);
	return result;
}

static PyObject *splitnewlines(PyObject *module, PyObject *arg)
{
	struct immutable_bytes text;
	const char *p, *end;
	PyObject *list;
	(void)module;

	if (take_read_only(arg, &text) < 0)
		return NULL;
	p = text.data;
	end = p + text.length;
	list = PyList_New(0);
	while (list && p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline != NULL ? newline + 1 : end;
		PyObject *line = PyBytes_FromStringAndSize(p, next - p);
		if (line == NULL || PyList_Append(list, line) < 0)
			Py_CLEAR(list);
		Py_XDECREF(line);
		p = next;
	}
	release_bytes(&text);
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
    COMMON_MODULE_SLOTS,
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
