/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments.h"

#include "../core/base85.h"

static PyObject *encode(const struct immutable_bytes *text, int pad)
{
	size_t length = (size_t)text->length;
	PyObject *result;

	if (text->length > PY_SSIZE_T_MAX / 2)
		return PyErr_NoMemory();
	result = PyBytes_FromStringAndSize(
	    NULL, (Py_ssize_t)base85_encoded_size(length, pad));
	if (result != NULL) {
		base85_encode((const unsigned char *)text->data, length, pad,
		              PyBytes_AS_STRING(result));
	}
	return result;
}

static PyObject *b85encode(PyObject *module, PyObject *const *args,
                           Py_ssize_t count)
{
	struct immutable_bytes text;
	PyObject *result;
	int pad = 0;
	(void)module;

	if (check_count("b85encode", count, 1, 2) < 0 ||
	    take_read_only(args[0], &text) < 0) {
		return NULL;
	}
	result = count > 1 && (pad = PyObject_IsTrue(args[1])) < 0
	             ? NULL
	             : encode(&text, pad);
	release_bytes(&text);
	return result;
}

static PyObject *b85decode(PyObject *module, PyObject *arg)
{
	struct immutable_bytes text;
	PyObject *result;
	size_t position;
	int status;
	(void)module;

	if (take_read_only(arg, &text) < 0)
		return NULL;
	result = PyBytes_FromStringAndSize(
	    NULL, (Py_ssize_t)base85_decoded_size((size_t)text.length));
	if (result == NULL) {
		release_bytes(&text);
		return NULL;
	}
	status = base85_decode(
	    (const unsigned char *)text.data, (size_t)text.length,
	    (unsigned char *)PyBytes_AS_STRING(result), &position);
	release_bytes(&text);
	if (status != BASE85_OK) {
		Py_DECREF(result);
		PyErr_Format(PyExc_ValueError, "%s at position %zu",
		             base85_message(status), position);
		return NULL;
	}
	return result;
}

static PyMethodDef methods[] = {
    {"b85encode", (PyCFunction)(void (*)(void))b85encode, METH_FASTCALL,
     "b85encode(text, pad=0) -> bytes\n\n"
     "Encode in base85. With pad the result is a multiple of five long."},
    {"b85decode", b85decode, METH_O,
     "b85decode(text) -> bytes\n\nDecode base85; ValueError if it is none."},
    {NULL, NULL, 0, NULL},
};

static int base85_exec(PyObject *module)
{
	return PyModule_AddIntConstant(module, "version", 1);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, base85_exec},
    COMMON_MODULE_SLOTS,
    {0, NULL},
};

static struct PyModuleDef base85_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "base85",
    .m_doc = "git's base85 (contract section 2.1).",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC PyInit_base85(void)
{
	return PyModuleDef_Init(&base85_module);
}
