/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index's delta chains: contract section 2.8. */
#include "parsers_index_methods.h"

#include "../core/index_delta.h"

/* The revision a chain ends before. */
static bool read_stop(PyObject *object, int64_t *stop)
{
	if (object == Py_None) {
		*stop = HG_DELTA_NO_STOP;
		return true;
	}
	if (!PyLong_Check(object)) {
		PyErr_SetString(PyExc_ValueError,
		                "stoprev must be integer or None");
		return false;
	}
	return parsers_as_rev(object, stop);
}

static PyObject *ascending_list(const hg_rev_list *chain)
{
	PyObject *list = PyList_New((Py_ssize_t)chain->count);
	size_t i;

	for (i = 0; list != NULL && i < chain->count; i++) {
		PyObject *rev =
		    PyLong_FromLong(chain->revs[chain->count - 1 - i]);

		if (rev == NULL)
			Py_CLEAR(list);
		else
			PyList_SET_ITEM(list, (Py_ssize_t)i, rev);
	}
	return list;
}

PyObject *parsers_index_deltachain(IndexObject *self, PyObject *const *args,
                                   Py_ssize_t count)
{
	Py_ssize_t arguments = self->host == INDEX_HOST_6 ? 3 : 2;
	hg_chain_query query = {0};
	hg_rev_list chain = {0};
	PyObject *result = NULL;
	bool stopped = false;
	int rev, general = self->uses_generaldelta;

	if (check_count("deltachain", count, arguments, arguments) < 0 ||
	    !parsers_as_int(args[0], &rev) ||
	    (count == 3 && !parsers_as_int(args[2], &general)) ||
	    !read_stop(args[1], &query.stop))
		return NULL;
	if (rev < 0 || rev >= hg_view_length(&self->core.view)) {
		PyErr_SetString(PyExc_ValueError, OUT_OF_RANGE_TEXT);
		return NULL;
	}
	query.rev = rev;
	query.general = general != 0;
	query.skip_empty = self->host == INDEX_HOST_7;
	{
		enum hg_index_status status =
		    hg_delta_chain(&self->core.view, &query, &chain, &stopped);

		if (status != HG_INDEX_OK)
			parsers_index_raise(self, status);
		else
			result = ascending_list(&chain);
	}
	hg_rev_list_free(&chain);
	if (result == NULL)
		return NULL;
	return Py_BuildValue("NO", result, stopped ? Py_True : Py_False);
}

PyObject *parsers_index_issnapshot(IndexObject *self, PyObject *value)
{
	enum hg_index_status status = HG_INDEX_OK;
	PyObject *answer;
	bool is_snapshot;
	int64_t rev;

	if (!parsers_as_rev(value, &rev))
		return NULL;
	if (rev < HG_NULL_REV || rev >= hg_view_length(&self->core.view)) {
		PyErr_Format(PyExc_ValueError, OUT_OF_RANGE_TEXT ": %lld",
		             (long long)rev);
		return NULL;
	}
	if (self->uses_delta_info)
		is_snapshot =
		    hg_delta_snapshot_flag(&self->core.view, (int32_t)rev);
	else
		status = hg_delta_is_snapshot(&self->core.view, (int32_t)rev,
		                              &is_snapshot);
	if (status != HG_INDEX_OK)
		return parsers_index_raise(self, status);
	answer = is_snapshot ? Py_True : Py_False;
	Py_INCREF(answer);
	return answer;
}

/* cache.setdefault(base, set()).add(rev) */
static bool add_to_cache(PyObject *cache, int32_t base, int32_t rev)
{
	PyObject *key = PyLong_FromLong(base), *number = PyLong_FromLong(rev);
	PyObject *revs = NULL;
	bool added = false;

	if (key == NULL || number == NULL)
		goto done;
	revs = PyDict_GetItemWithError(cache, key);
	if (revs != NULL) {
		Py_INCREF(revs);
	} else {
		if (PyErr_Occurred())
			goto done;
		revs = PySet_New(NULL);
		if (revs == NULL || PyDict_SetItem(cache, key, revs) < 0)
			goto done;
	}
	added = PySet_Add(revs, number) == 0;
done:
	Py_XDECREF(revs);
	Py_XDECREF(key);
	Py_XDECREF(number);
	return added;
}

PyObject *parsers_index_findsnapshots(IndexObject *self, PyObject *const *args,
                                      Py_ssize_t count)
{
	hg_rev_list snapshots = {0}, bases = {0};
	Py_ssize_t start, end, length;
	enum hg_index_status status;
	bool added = true;
	size_t i;

	if (check_count("findsnapshots", count, 3, 3) < 0)
		return NULL;
	if (!PyDict_Check(args[0])) {
		PyErr_SetString(PyExc_TypeError,
		                "findsnapshots() cache must be a dict");
		return NULL;
	}
	start = PyNumber_AsSsize_t(args[1], PyExc_OverflowError);
	if (start == -1 && PyErr_Occurred())
		return NULL;
	end = PyNumber_AsSsize_t(args[2], PyExc_OverflowError);
	if (end == -1 && PyErr_Occurred())
		return NULL;
	length = hg_view_length(&self->core.view);
	if (start < 0)
		start = 0;
	end = end < length - 1 ? end + 1 : length;
	if (start >= end)
		Py_RETURN_NONE;
	status = hg_delta_find_snapshots(&self->core.view, (int32_t)start,
	                                 (int32_t)end, self->uses_delta_info,
	                                 &snapshots, &bases);
	for (i = 0; status == HG_INDEX_OK && added && i < snapshots.count; i++)
		added = add_to_cache(args[0], bases.revs[i], snapshots.revs[i]);
	hg_rev_list_free(&snapshots);
	hg_rev_list_free(&bases);
	if (status != HG_INDEX_OK)
		return parsers_index_raise(self, status);
	if (!added)
		return NULL;
	Py_RETURN_NONE;
}

static bool read_chain(IndexObject *self, PyObject *list, Py_ssize_t count,
                       int32_t *revs)
{
	uint64_t truncations = self->core.truncations;
	Py_ssize_t i;

	for (i = 0; i < count; i++) {
		int64_t rev;

		if (!parsers_rev_at(list, i, &rev))
			return false;
		if (rev < HG_NULL_REV ||
		    rev >= hg_view_length(&self->core.view)) {
			PyErr_Format(PyExc_IndexError,
			             "index out of range: %lld",
			             (long long)rev);
			return false;
		}
		revs[i] = (int32_t)rev;
		/* what is no int is asked, in Python, for one */
		if (PyList_GET_SIZE(list) != count) {
			PyErr_SetString(PyExc_RuntimeError,
			                "list changed size while it was read");
			return false;
		}
	}
	return !parsers_index_was_stripped(self, truncations);
}

static PyObject *list_of_slices(PyObject *list, const hg_slice *slices,
                                size_t count)
{
	PyObject *result = PyList_New((Py_ssize_t)count);
	size_t i;

	for (i = 0; result != NULL && i < count; i++) {
		PyObject *slice =
		    PyList_GetSlice(list, (Py_ssize_t)slices[i].start,
		                    (Py_ssize_t)slices[i].end);

		if (slice == NULL)
			Py_CLEAR(result);
		else
			PyList_SET_ITEM(result, (Py_ssize_t)i, slice);
	}
	return result;
}

PyObject *parsers_index_slicechunktodensity(IndexObject *self,
                                            PyObject *const *args,
                                            Py_ssize_t count)
{
	hg_slice_query query = {0};
	hg_slice *slices = NULL;
	size_t slice_count = 0;
	enum hg_index_status status;
	PyObject *list, *result = NULL;
	int32_t *revs;
	Py_ssize_t min_gap;

	if (check_count("slicechunktodensity", count, 3, 3) < 0)
		return NULL;
	list = args[0];
	if (!PyList_Check(list)) {
		PyErr_SetString(PyExc_TypeError,
		                "slicechunktodensity() revs must be a list");
		return NULL;
	}
	query.density = PyFloat_AsDouble(args[1]);
	if (query.density == -1.0 && PyErr_Occurred())
		return NULL;
	min_gap = PyNumber_AsSsize_t(args[2], PyExc_OverflowError);
	if (min_gap == -1 && PyErr_Occurred())
		return NULL;
	if (PyList_GET_SIZE(list) <= 1)
		return PyTuple_Pack(1, list);

	revs = PyMem_New(int32_t, (size_t)PyList_GET_SIZE(list));
	if (revs == NULL)
		return PyErr_NoMemory();
	query.revs = revs;
	query.count = (size_t)PyList_GET_SIZE(list);
	query.min_gap = min_gap;
	if (self->host == INDEX_HOST_7 && self->is_inline)
		query.record_gap = self->core.view.layout->record_size;
	if (read_chain(self, list, (Py_ssize_t)query.count, revs)) {
		status = hg_delta_slice(&self->core.view, &query, &slices,
		                        &slice_count);
		if (status != HG_INDEX_OK)
			parsers_index_raise(self, status);
		else if (slices == NULL)
			result = PyTuple_Pack(1, list);
		else
			result = list_of_slices(list, slices, slice_count);
	}
	PyMem_Free(revs);
	free(slices);
	return result;
}
