/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Argument checks shared by the modules: contract section 2, conventions. */
#ifndef HGAMALGAM_ARGUMENTS_H
#define HGAMALGAM_ARGUMENTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Shorter work than this many bytes is done faster than the GIL is let go. */
#define GIL_RELEASE_BYTES 4096

/* Positional arguments only; 0, or -1 with TypeError. */
static inline int check_count(const char *name, Py_ssize_t given,
                              Py_ssize_t least, Py_ssize_t most)
{
	if (given >= least && given <= most)
		return 0;
	PyErr_Format(PyExc_TypeError,
	             "%s() takes %zd to %zd positional arguments (%zd given)",
	             name, least, most, given);
	return -1;
}

/* Bytes, or another read-only buffer that needs no release. */
static inline int read_only_bytes(PyObject *arg, const char **data,
                                  Py_ssize_t *length)
{
	if (PyBytes_CheckExact(arg)) {
		*data = PyBytes_AS_STRING(arg);
		*length = PyBytes_GET_SIZE(arg);
		return 0;
	}
	return PyArg_Parse(arg, "y#", data, length) ? 0 : -1;
}

/* Bytes or a subclass of them. */
static inline int check_bytes(const char *name, PyObject *arg)
{
	if (PyBytes_Check(arg))
		return 0;
	PyErr_Format(PyExc_TypeError, "%s() argument must be bytes, not %.80s",
	             name, Py_TYPE(arg)->tp_name);
	return -1;
}

#endif
