/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The charencode functions of `parsers` (contract section 2.13). */
#include "arguments.h"

#include "parsers_text.h"

#include "../core/charencode.h"

static PyObject *isasciistr(PyObject *module, PyObject *arg)
{
	struct immutable_bytes text;
	int is_ascii;
	(void)module;
	if (take_read_only(arg, &text) < 0)
		return NULL;
	is_ascii = charencode_ascii_prefix(text.data, (size_t)text.length) ==
	           (size_t)text.length;
	release_bytes(&text);
	return PyBool_FromLong(is_ascii);
}

static PyObject *change_case(const char *name, PyObject *arg,
                             size_t (*change)(const char *, size_t, char *))
{
	PyObject *result, *error;
	const char *text;
	Py_ssize_t length, bad;

	if (check_bytes(name, arg) < 0)
		return NULL;
	text = PyBytes_AS_STRING(arg);
	length = PyBytes_GET_SIZE(arg);
	result = PyBytes_FromStringAndSize(NULL, length);
	if (result == NULL)
		return NULL;
	bad =
	    (Py_ssize_t)change(text, (size_t)length, PyBytes_AS_STRING(result));
	if (bad == length)
		return result;
	Py_DECREF(result);
	error = PyUnicodeDecodeError_Create("ascii", text, length, bad, bad + 1,
	                                    "unexpected code byte");
	if (error != NULL) {
		PyErr_SetObject(PyExc_UnicodeDecodeError, error);
		Py_DECREF(error);
	}
	return NULL;
}

static PyObject *asciilower(PyObject *module, PyObject *arg)
{
	(void)module;
	return change_case("asciilower", arg, charencode_lower);
}

static PyObject *asciiupper(PyObject *module, PyObject *arg)
{
	(void)module;
	return change_case("asciiupper", arg, charencode_upper);
}

static PyObject *jsonescapeu8fast(PyObject *module, PyObject *const *args,
                                  Py_ssize_t count)
{
	PyObject *result;
	const char *text;
	Py_ssize_t length;
	size_t size;
	int paranoid;
	(void)module;

	if (check_count("jsonescapeu8fast", count, 2, 2) < 0 ||
	    check_bytes("jsonescapeu8fast", args[0]) < 0 ||
	    !PyArg_Parse(args[1], "i", &paranoid)) {
		return NULL;
	}
	text = PyBytes_AS_STRING(args[0]);
	length = PyBytes_GET_SIZE(args[0]);
	if (length > PY_SSIZE_T_MAX / 6)
		return PyErr_NoMemory();
	size = charencode_json_size(text, (size_t)length, paranoid);
	if (size == CHARENCODE_NOT_ASCII) {
		PyErr_SetString(PyExc_ValueError, CHARENCODE_NOT_ASCII_MESSAGE);
		return NULL;
	}
	if (size == (size_t)length) {
		Py_INCREF(args[0]);
		return args[0];
	}
	result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
	if (result != NULL) {
		charencode_json(text, (size_t)length, paranoid,
		                PyBytes_AS_STRING(result));
	}
	return result;
}

PyMethodDef hgamalgam_charencode_methods[] = {
    {"isasciistr", isasciistr, METH_O,
     "isasciistr(text) -> bool\n\nWhether every byte is ASCII."},
    {"asciilower", asciilower, METH_O,
     "asciilower(text) -> bytes\n\n"
     "In lower case; UnicodeDecodeError if the text is not ASCII."},
    {"asciiupper", asciiupper, METH_O,
     "asciiupper(text) -> bytes\n\n"
     "In upper case; UnicodeDecodeError if the text is not ASCII."},
    {"jsonescapeu8fast", (PyCFunction)(void (*)(void))jsonescapeu8fast,
     METH_FASTCALL,
     "jsonescapeu8fast(text, paranoid) -> bytes\n\n"
     "Escaped for a JSON string; the text itself if nothing is to escape. "
     "ValueError if paranoid and not ASCII."},
    {NULL, NULL, 0, NULL},
};
