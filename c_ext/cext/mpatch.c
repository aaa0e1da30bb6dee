/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arguments.h"

#include "../core/mpatch.h"

struct mpatch_state {
	PyObject *error; /* mpatchError */
};

static PyObject *raise(PyObject *module, int status)
{
	struct mpatch_state *state = PyModule_GetState(module);
	return raise_message(state->error, mpatch_message(status));
}

/* What is read while the GIL is released. */
struct inputs {
	struct immutable_bytes *texts; /* the text, then the deltas */
	struct mpatch_delta *deltas;
	Py_ssize_t held;
	size_t delta_bytes;
};

static void inputs_release(struct inputs *inputs)
{
	while (inputs->held > 0)
		release_bytes(&inputs->texts[--inputs->held]);
	PyMem_Free(inputs->texts);
	PyMem_Free(inputs->deltas);
}

static int inputs_acquire(struct inputs *inputs, PyObject *text, PyObject *bins,
                          Py_ssize_t count)
{
	Py_ssize_t i;
	inputs->held = 0;
	inputs->delta_bytes = 0;
	inputs->texts = PyMem_New(struct immutable_bytes, (size_t)count + 1);
	inputs->deltas = PyMem_New(struct mpatch_delta, (size_t)count);
	if (inputs->texts == NULL || inputs->deltas == NULL) {
		PyErr_NoMemory();
		goto error;
	}
	if (take_buffer(text, &inputs->texts[0]) < 0)
		goto error;
	inputs->held = 1;
	for (i = 0; i < count; i++) {
		struct immutable_bytes *delta = &inputs->texts[inputs->held];
		/* a buffer's owner may run code that shortens the list */
		PyObject *item = PySequence_GetItem(bins, i);
		int status = item != NULL ? take_buffer(item, delta) : -1;
		Py_XDECREF(item);
		if (status < 0)
			goto error;
		inputs->held++;
		inputs->deltas[i].data = delta->data;
		inputs->deltas[i].length = (size_t)delta->length;
		inputs->delta_bytes += (size_t)delta->length;
	}
	return 0;

error:
	inputs_release(inputs);
	return -1;
}

static PyObject *patches(PyObject *module, PyObject *const *args,
                         Py_ssize_t arg_count)
{
	struct inputs inputs;
	struct mpatch_plan *plan = NULL;
	PyObject *result = NULL;
	PyThreadState *released = NULL;
	Py_ssize_t count;
	size_t size = 0, text_length;
	int status;

	if (check_count("patches", arg_count, 2, 2) < 0)
		return NULL;
	if (!PyList_Check(args[1])) {
		PyErr_Format(PyExc_TypeError,
		             "patches() argument 2 must be list, not %.80s",
		             Py_TYPE(args[1])->tp_name);
		return NULL;
	}
	count = PyList_GET_SIZE(args[1]);
	if (count == 0) {
		Py_INCREF(args[0]);
		return args[0];
	}
	if (inputs_acquire(&inputs, args[0], args[1], count) < 0)
		return NULL;
	text_length = (size_t)inputs.texts[0].length;

	if (inputs.delta_bytes >= GIL_RELEASE_BYTES)
		released = PyEval_SaveThread();
	status = mpatch_fold(inputs.deltas, (size_t)count, &plan);
	if (status == MPATCH_OK)
		status = mpatch_measure(plan, text_length, &size);
	if (released != NULL) {
		PyEval_RestoreThread(released);
		released = NULL;
	}
	if (status != MPATCH_OK) {
		raise(module, status);
		goto done;
	}
	result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
	if (result != NULL) {
		if (size >= GIL_RELEASE_BYTES)
			released = PyEval_SaveThread();
		mpatch_apply(plan, inputs.texts[0].data, text_length,
		             PyBytes_AS_STRING(result));
		if (released != NULL)
			PyEval_RestoreThread(released);
	}
done:
	mpatch_free(plan);
	inputs_release(&inputs);
	return result;
}

static PyObject *patchedsize(PyObject *module, PyObject *const *args,
                             Py_ssize_t count)
{
	struct immutable_bytes delta;
	Py_ssize_t original;
	int64_t size;
	int status;

	if (check_count("patchedsize", count, 2, 2) < 0)
		return NULL;
	original = PyNumber_AsSsize_t(args[0], PyExc_OverflowError);
	if ((original == -1 && PyErr_Occurred()) ||
	    take_read_only(args[1], &delta) < 0) {
		return NULL;
	}
	status = mpatch_patched_size(original, delta.data, (size_t)delta.length,
	                             &size);
	release_bytes(&delta);
	if (status != MPATCH_OK)
		return raise(module, status);
	return PyLong_FromLongLong(size);
}

static PyMethodDef methods[] = {
    {"patches", (PyCFunction)(void (*)(void))patches, METH_FASTCALL,
     "patches(text, deltas) -> bytes\n\n"
     "The text after each of the deltas in turn; the text itself if there is "
     "none."},
    {"patchedsize", (PyCFunction)(void (*)(void))patchedsize, METH_FASTCALL,
     "patchedsize(size, delta) -> int\n\n"
     "The size that a text of `size` bytes has after the delta."},
    {NULL, NULL, 0, NULL},
};

/* The class says it belongs to the module under the name it was loaded by. */
static int mpatch_exec(PyObject *module)
{
	struct mpatch_state *state = PyModule_GetState(module);
	const char *name = PyModule_GetName(module);
	PyObject *full_name;

	if (name == NULL)
		return -1;
	full_name = PyUnicode_FromFormat("%s.mpatchError", name);
	if (full_name == NULL)
		return -1;
	state->error =
	    PyErr_NewException(PyUnicode_AsUTF8(full_name), NULL, NULL);
	Py_DECREF(full_name);
	if (state->error == NULL)
		return -1;
	Py_INCREF(state->error);
	if (PyModule_AddObject(module, "mpatchError", state->error) < 0) {
		Py_DECREF(state->error);
		return -1;
	}
	return PyModule_AddIntConstant(module, "version", 1);
}

static int mpatch_traverse(PyObject *module, visitproc visit, void *arg)
{
	struct mpatch_state *state = PyModule_GetState(module);
	if (state != NULL)
		Py_VISIT(state->error);
	return 0;
}

static int mpatch_clear(PyObject *module)
{
	struct mpatch_state *state = PyModule_GetState(module);
	if (state != NULL)
		Py_CLEAR(state->error);
	return 0;
}

static void mpatch_free_module(void *module)
{
	mpatch_clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, mpatch_exec},
    COMMON_MODULE_SLOTS,
    {0, NULL},
};

static struct PyModuleDef mpatch_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "mpatch",
    .m_doc = "Binary deltas applied (contract section 2.3).",
    .m_size = sizeof(struct mpatch_state),
    .m_methods = methods,
    .m_slots = slots,
    .m_traverse = mpatch_traverse,
    .m_clear = mpatch_clear,
    .m_free = mpatch_free_module,
};

PyMODINIT_FUNC PyInit_mpatch(void)
{
	return PyModuleDef_Init(&mpatch_module);
}
