/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments, as all modules take them (contract section 2, conventions), and what
 * may happen during a call:
 *
 * - No pointer into an object's memory is kept across anything that may allocate
 *   a Python object, drop a reference or run Python. Up to Python 3.11 any
 *   allocation of an object that can be in a cycle (a tuple, a list, an instance)
 *   may collect garbage, whose finalizers may change the very object that the
 *   call works on; the last reference to anything may run one; so may a lookup in
 *   a dict, or taking an int. Take a reference, a copy or the values first.
 *   Allocating bytes or ints alone runs nothing.
 * - The GIL is released only over immutable bytes, or over memory that only this
 *   call knows.
 * - A second pass is bounded by what the first found: nothing is counted, and then
 *   filled in from memory that can have changed since.
 */
#ifndef HGAMALGAM_ARGUMENTS_H
#define HGAMALGAM_ARGUMENTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <string.h>

/*
 * What every module says of itself: that it needs the GIL (on a free-threaded
 * Python, importing it switches the GIL on), and that each interpreter may have a
 * GIL of its own, as all that a module keeps is in its state or constant.
 */
#if PY_VERSION_HEX >= 0x030D0000
#define COMMON_MODULE_SLOTS                                                   \
	{Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED}, \
	{                                                                     \
		Py_mod_gil, Py_MOD_GIL_USED                                   \
	}
#elif PY_VERSION_HEX >= 0x030C0000
#define COMMON_MODULE_SLOTS \
	{Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED}
#else
/* has no such slots; this is where the others end */
#define COMMON_MODULE_SLOTS {0, NULL}
#endif

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

/*
 * Bytes that nobody can change while `owner`, a bytes object, lives: the argument
 * itself, the bytes it is a view of, or a copy. Another buffer is copied even if
 * it says it is read-only, for it may be a view of one that is not. Let go of
 * them with release_bytes.
 */
struct immutable_bytes {
	PyObject *owner;
	const char *data;
	Py_ssize_t length;
};

static inline void release_bytes(struct immutable_bytes *bytes)
{
	Py_DECREF(bytes->owner);
}

/* 0, or -1 with an exception if `owner` is NULL, for want of memory. */
static inline int own_bytes(struct immutable_bytes *bytes, PyObject *owner)
{
	bytes->owner = owner;
	if (owner == NULL)
		return -1;
	bytes->data = PyBytes_AS_STRING(owner);
	bytes->length = PyBytes_GET_SIZE(owner);
	return 0;
}

static inline int lend_bytes(struct immutable_bytes *bytes, PyObject *object)
{
	Py_INCREF(object);
	return own_bytes(bytes, object);
}

/* Of any buffer; 0, or -1 with TypeError or BufferError. */
static inline int take_buffer(PyObject *arg, struct immutable_bytes *bytes)
{
	PyObject *viewed = NULL;
	Py_buffer buffer;
	int status;

	if (PyBytes_CheckExact(arg))
		return lend_bytes(bytes, arg);
	if (PyObject_GetBuffer(arg, &buffer, PyBUF_SIMPLE) < 0)
		return -1;
	if (PyMemoryView_Check(arg))
		viewed = PyMemoryView_GET_BASE(arg);
	if (viewed != NULL && PyBytes_CheckExact(viewed)) {
		status = lend_bytes(bytes, viewed);
		bytes->data = buffer.buf;
		bytes->length = buffer.len;
	} else {
		status = own_bytes(
		    bytes, PyBytes_FromStringAndSize(buffer.buf, buffer.len));
	}
	PyBuffer_Release(&buffer);
	return status;
}

/* The rare case, out of the way of the usual one. */
__attribute__((cold, noinline, unused)) static int copy_read_only(
    PyObject *arg, struct immutable_bytes *bytes)
{
	const char *data;
	Py_ssize_t length;

	if (!PyArg_Parse(arg, "y#", &data, &length))
		return -1;
	return own_bytes(bytes, PyBytes_FromStringAndSize(data, length));
}

/* Of bytes, or of another buffer that says it is read-only and needs no release;
 * 0, or -1 with TypeError. */
static inline int take_read_only(PyObject *arg, struct immutable_bytes *bytes)
{
	if (!PyBytes_CheckExact(arg))
		return copy_read_only(arg, bytes);
	return lend_bytes(bytes, arg);
}

/* As take_read_only, for a C string; also ValueError. */
static inline int take_string(PyObject *arg, struct immutable_bytes *bytes)
{
	if (take_read_only(arg, bytes) < 0)
		return -1;
	if (memchr(bytes->data, '\0', (size_t)bytes->length) == NULL)
		return 0;
	release_bytes(bytes);
	PyErr_SetString(PyExc_ValueError, "embedded null byte");
	return -1;
}

/* Raise what the core has to say, or MemoryError if that is NULL. NULL. */
static inline PyObject *raise_message(PyObject *type, const char *message)
{
	if (message == NULL)
		return PyErr_NoMemory();
	PyErr_SetString(type, message);
	return NULL;
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
