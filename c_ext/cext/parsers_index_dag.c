/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An index's questions about the graph: contract section 2.8. */
#include "parsers_index_methods.h"

#include "../core/index_dag.h"

/* The list of `revs`, or what `status` stands for. Frees `revs`. */
static PyObject *finish_list(IndexObject *self, enum hg_index_status status,
                             hg_rev_list *revs)
{
	PyObject *list = status == HG_INDEX_OK
	                     ? parsers_list_of_revs(revs)
	                     : parsers_index_raise(self, status);

	hg_rev_list_free(revs);
	return list;
}

typedef struct {
	const IndexObject *index;
	uint64_t truncations; /* of the index, when the walk began */
	PyObject *filtered; /* if a plain set or frozenset, else NULL */
	PyObject *contains; /* its __contains__ */
} filter_context;

static int is_filtered(void *context, int32_t rev)
{
	const filter_context *filter = context;
	PyObject *number = PyLong_FromLong(rev), *result;
	int filtered = -1;

	if (number == NULL)
		return -1;
	if (filter->filtered != NULL) {
		filtered = PySet_Contains(filter->filtered, number);
	} else {
		result = PyObject_CallFunctionObjArgs(filter->contains, number,
		                                      NULL);
		if (result != NULL)
			filtered = PyObject_IsTrue(result);
		Py_XDECREF(result);
	}
	Py_DECREF(number);
	if (filtered < 0)
		parsers_blame_argument("unable to check filter");
	else if (parsers_index_was_stripped(filter->index, filter->truncations))
		return -1;
	return filtered;
}

static PyObject *compute_heads(IndexObject *self, PyObject *filtered,
                               int32_t stop)
{
	filter_context filter = {self, self->core.truncations, NULL, NULL};
	enum hg_index_status status = HG_INDEX_OK;
	hg_rev_list heads = {0};
	bool use_filter = filtered != Py_None;

	if (PyAnySet_CheckExact(filtered)) {
		filter.filtered = filtered;
		use_filter = PySet_GET_SIZE(filtered) > 0;
	} else if (use_filter) {
		filter.contains =
		    PyObject_GetAttrString(filtered, "__contains__");
		if (filter.contains == NULL) {
			parsers_blame_argument(
			    "filteredrevs has no attribute __contains__");
			return NULL;
		}
		if (parsers_index_was_stripped(self, filter.truncations)) {
			Py_DECREF(filter.contains);
			return NULL;
		}
	}
	if (stop > 0)
		status = hg_dag_heads(&self->core.view, stop,
		                      use_filter ? is_filtered : NULL, &filter,
		                      &heads);
	else if (!hg_rev_list_push(&heads, HG_NULL_REV))
		status = HG_INDEX_NO_MEMORY;
	Py_XDECREF(filter.contains);
	return finish_list(self, status, &heads);
}

PyObject *parsers_index_headrevs(IndexObject *self, PyObject *const *args,
                                 Py_ssize_t count)
{
	PyObject *filtered = count > 0 ? args[0] : Py_None, *heads, *copy;
	uint64_t truncations;
	bool has_stop = count > 1 && args[1] != Py_None;
	Py_ssize_t stop = 0;
	int32_t length;

	if (check_count("headrevs", count, 0, 2) < 0)
		return NULL;
	if (has_stop) {
		stop = PyNumber_AsSsize_t(args[1], PyExc_OverflowError);
		if (stop == -1 && PyErr_Occurred())
			return NULL;
	}
	truncations = self->core.truncations;
	length = hg_view_length(&self->core.view);
	if (!has_stop)
		stop = length;
	if (stop < 0 || stop > length) {
		PyErr_Format(PyExc_ValueError, "stop_rev out of range: %zd",
		             stop);
		return NULL;
	}
	if (stop != length)
		return compute_heads(self, filtered, (int32_t)stop);
	if (self->heads != NULL && self->heads_filter == filtered) {
		heads = self->heads;
		Py_INCREF(heads);
	} else {
		heads = compute_heads(self, filtered, length);
		if (heads == NULL)
			return NULL;
		/* a filter or a finalizer may have changed the index */
		if (hg_view_length(&self->core.view) != length ||
		    self->core.truncations != truncations)
			return heads;
		Py_INCREF(heads);
		Py_INCREF(filtered);
		parsers_index_keep_heads(self, heads, filtered);
	}
	/* a copy: the caller may change it */
	copy = PyList_GetSlice(heads, 0, PyList_GET_SIZE(heads));
	Py_DECREF(heads);
	return copy;
}

PyObject *parsers_index_headrevsdiff(IndexObject *self, PyObject *const *args,
                                     Py_ssize_t count)
{
	hg_rev_list removed = {0}, added = {0};
	PyObject *removed_list = NULL, *added_list = NULL, *result = NULL;
	enum hg_index_status status;
	int begin, end;

	if (check_count("headrevsdiff", count, 2, 2) < 0 ||
	    !parsers_as_int(args[0], &begin) || !parsers_as_int(args[1], &end))
		return NULL;
	if (begin < 0 || end > hg_view_length(&self->core.view) || end < 0) {
		PyErr_SetString(PyExc_IndexError, OUT_OF_RANGE_TEXT);
		return NULL;
	}
	if (begin > end)
		begin = end;
	status =
	    hg_dag_heads_diff(&self->core.view, begin, end, &removed, &added);
	if (status == HG_INDEX_OK) {
		removed_list = parsers_list_of_revs(&removed);
		added_list = parsers_list_of_revs(&added);
	} else {
		parsers_index_raise(self, status);
	}
	if (removed_list != NULL && added_list != NULL)
		result = PyTuple_Pack(2, removed_list, added_list);
	Py_XDECREF(removed_list);
	Py_XDECREF(added_list);
	hg_rev_list_free(&removed);
	hg_rev_list_free(&added);
	return result;
}

/* The phases above public: draft, secret, archived, internal. */
static const uint8_t tracked_phases[] = {1, 2, 32, 96};
#define TRACKED_PHASES (sizeof tracked_phases / sizeof *tracked_phases)

/* Append the revisions of a set of roots, each below `length`, to `roots`. */
static bool read_roots(PyObject *set, int32_t length, hg_rev_list *roots)
{
	PyObject *iterator, *item;
	bool valid = true;

	if (!PySet_Check(set)) {
		PyErr_SetString(PyExc_TypeError,
		                "roots must be a set of nodes");
		return false;
	}
	iterator = PyObject_GetIter(set);
	if (iterator == NULL)
		return false;
	while (valid && (item = PyIter_Next(iterator)) != NULL) {
		int64_t rev;

		valid = parsers_as_rev(item, &rev);
		Py_DECREF(item);
		if (!valid)
			break;
		if (rev < 0 || rev >= length) {
			PyErr_Format(PyExc_ValueError,
			             "phase root out of range: %lld",
			             (long long)rev);
			valid = false;
		} else if (!hg_rev_list_push(roots, (int32_t)rev)) {
			PyErr_NoMemory();
			valid = false;
		}
	}
	Py_DECREF(iterator);
	return valid && !PyErr_Occurred();
}

static bool add_rev(PyObject *sets[TRACKED_PHASES], uint8_t phase, int32_t rev)
{
	PyObject *number = PyLong_FromLong(rev);
	size_t i = 0;
	int failed;

	while (tracked_phases[i] != phase)
		i++;
	failed = number == NULL || PySet_Add(sets[i], number) < 0;
	Py_XDECREF(number);
	return !failed;
}

/* What computephasesmapsets returns, for an index of that length. */
static PyObject *length_and_sets(int32_t length, PyObject *sets[TRACKED_PHASES])
{
	PyObject *dict = PyDict_New();
	size_t i;

	for (i = 0; dict != NULL && i < TRACKED_PHASES; i++) {
		PyObject *phase = PyLong_FromLong(tracked_phases[i]);

		if (phase == NULL || PyDict_SetItem(dict, phase, sets[i]) < 0)
			Py_CLEAR(dict);
		Py_XDECREF(phase);
	}
	return dict == NULL ? NULL : Py_BuildValue("iN", (int)length, dict);
}

/* Read {phase: set of roots}, each phase's roots behind those of the phases
 * before: up to ends[i] are those of the phases up to the i-th. */
static bool read_phase_roots(PyObject *dict, int32_t length, hg_rev_list *roots,
                             size_t ends[TRACKED_PHASES])
{
	size_t i;

	for (i = 0; i < TRACKED_PHASES; i++) {
		PyObject *phase = PyLong_FromLong(tracked_phases[i]);
		PyObject *set =
		    phase == NULL ? NULL : PyDict_GetItemWithError(dict, phase);

		bool is_read;

		/* the dictionary may lose it while it is read */
		Py_XINCREF(set);
		Py_XDECREF(phase);
		is_read = set == NULL ? !PyErr_Occurred()
		                      : read_roots(set, length, roots);
		Py_XDECREF(set);
		if (!is_read)
			return false;
		ends[i] = roots->count;
	}
	return true;
}

/* Fill the sets with the revisions below `length` of each phase. */
static bool fill_sets(IndexObject *self, int32_t length,
                      const hg_rev_list *roots,
                      const size_t ends[TRACKED_PHASES],
                      PyObject *sets[TRACKED_PHASES])
{
	enum hg_index_status status;
	int32_t first = length, rev;
	bool filled = true;
	uint8_t *phases;
	size_t i, root = 0;

	for (i = 0; i < roots->count; i++)
		if (roots->revs[i] < first)
			first = roots->revs[i];
	phases = PyMem_Calloc((size_t)(length - first) + 1, 1);
	if (phases == NULL) {
		PyErr_NoMemory();
		return false;
	}
	for (i = 0; i < TRACKED_PHASES; i++)
		for (; root < ends[i]; root++)
			phases[roots->revs[root] - first] = tracked_phases[i];
	status = hg_dag_inherit_phases(&self->core.view, first, length, phases);
	if (status != HG_INDEX_OK) {
		parsers_index_raise(self, status);
		filled = false;
	}
	for (rev = first; filled && rev < length; rev++)
		if (phases[rev - first] != 0)
			filled = add_rev(sets, phases[rev - first], rev);
	PyMem_Free(phases);
	return filled;
}

PyObject *parsers_index_computephasesmapsets(IndexObject *self, PyObject *dict)
{
	PyObject *sets[TRACKED_PHASES] = {NULL}, *result = NULL;
	uint64_t truncations;
	int32_t length;
	hg_rev_list roots = {0};
	size_t ends[TRACKED_PHASES], i;

	if (!PyDict_Check(dict)) {
		PyErr_SetString(PyExc_TypeError, "roots must be a dictionary");
		return NULL;
	}
	for (i = 0; i < TRACKED_PHASES; i++) {
		sets[i] = PySet_New(NULL);
		if (sets[i] == NULL)
			goto done;
	}
	truncations = self->core.truncations;
	length = hg_view_length(&self->core.view);
	if (read_phase_roots(dict, length, &roots, ends) &&
	    !parsers_index_was_stripped(self, truncations) &&
	    fill_sets(self, length, &roots, ends, sets))
		result = length_and_sets(length, sets);
done:
	hg_rev_list_free(&roots);
	for (i = 0; i < TRACKED_PHASES; i++)
		Py_XDECREF(sets[i]);
	return result;
}

/* The ints of a list that are revisions or null. With `error`, another one is an
 * IndexError of that text; without, it is left out. */
static bool read_revs(IndexObject *self, PyObject *list, const char *error,
                      hg_rev_list *revs)
{
	Py_ssize_t i;

	for (i = 0; i < PyList_GET_SIZE(list); i++) {
		int64_t rev;

		if (!parsers_rev_at(list, i, &rev))
			return false;
		if (rev < HG_NULL_REV ||
		    rev >= hg_view_length(&self->core.view)) {
			if (error == NULL)
				continue;
			PyErr_SetString(PyExc_IndexError, error);
			return false;
		}
		if (!hg_rev_list_push(revs, (int32_t)rev)) {
			PyErr_NoMemory();
			return false;
		}
	}
	return true;
}

PyObject *parsers_index_reachableroots2(IndexObject *self,
                                        PyObject *const *args, Py_ssize_t count)
{
	hg_rev_list heads = {0}, roots = {0}, reachable = {0};
	hg_reachable_query query = {0};
	PyObject *result = NULL;
	uint64_t truncations;
	int64_t lowest;

	if (check_count("reachableroots2", count, 4, 4) < 0 ||
	    !parsers_as_rev(args[0], &lowest))
		return NULL;
	if (!PyList_Check(args[1]) || !PyList_Check(args[2]) ||
	    !PyBool_Check(args[3])) {
		PyErr_SetString(PyExc_TypeError,
		                "reachableroots2() takes an int, two lists and "
		                "a bool");
		return NULL;
	}
	truncations = self->core.truncations;
	if (read_revs(self, args[2], NULL, &roots) &&
	    read_revs(self, args[1], "head out of range", &heads) &&
	    !parsers_index_was_stripped(self, truncations)) {
		query.lowest = lowest;
		query.heads = heads.revs;
		query.head_count = heads.count;
		query.roots = roots.revs;
		query.root_count = roots.count;
		query.include_path = args[3] == Py_True;
		result = finish_list(self,
		                     hg_dag_reachable_roots(&self->core.view,
		                                            &query, &reachable),
		                     &reachable);
	}
	hg_rev_list_free(&heads);
	hg_rev_list_free(&roots);
	return result;
}

static void raise_too_many(size_t count)
{
	PyErr_Format(PyExc_OverflowError, "bitset size (%zu) > capacity (%d)",
	             count, HG_DAG_MAX_STARTS);
}

/* Read the arguments of an ancestor query, each once. 1 if there is something to
 * ask, 0 if the answer is empty, -1 with an exception. */
static int read_starts(IndexObject *self, PyObject *const *args,
                       Py_ssize_t count, int32_t starts[HG_DAG_MAX_STARTS],
                       size_t *start_count)
{
	Py_ssize_t i;
	size_t j;

	*start_count = 0;
	for (i = 0; i < count; i++) {
		int64_t rev;

		if (!PyLong_Check(args[i])) {
			PyErr_SetString(PyExc_TypeError,
			                "arguments must all be ints");
			return -1;
		}
		if (!parsers_as_rev(args[i], &rev))
			return -1;
		if (rev == HG_NULL_REV)
			return 0;
		if (rev < 0 || rev >= hg_view_length(&self->core.view)) {
			PyErr_SetString(PyExc_IndexError, "index out of range");
			return -1;
		}
		for (j = 0; j < *start_count && starts[j] != rev; j++)
			;
		if (j < *start_count)
			continue;
		if (*start_count == HG_DAG_MAX_STARTS) {
			/* the caller has a slower way */
			raise_too_many(*start_count);
			return -1;
		}
		starts[(*start_count)++] = (int32_t)rev;
	}
	return *start_count > 0;
}

/* False with an exception. */
static bool common_heads(IndexObject *self, PyObject *const *args,
                         Py_ssize_t count, hg_rev_list *heads)
{
	int32_t starts[HG_DAG_MAX_STARTS];
	enum hg_index_status status;
	size_t start_count;
	int found = read_starts(self, args, count, starts, &start_count);

	if (found <= 0)
		return found == 0;
	if (start_count == 1)
		status = hg_rev_list_push(heads, starts[0])
		             ? HG_INDEX_OK
		             : HG_INDEX_NO_MEMORY;
	else
		status = hg_dag_common_heads(&self->core.view, starts,
		                             start_count, heads);
	if (status == HG_INDEX_OK)
		return true;
	parsers_index_raise(self, status);
	hg_rev_list_free(heads);
	return false;
}

PyObject *parsers_index_commonancestorsheads(IndexObject *self,
                                             PyObject *const *args,
                                             Py_ssize_t count)
{
	hg_rev_list heads = {0};

	if (!common_heads(self, args, count, &heads))
		return NULL;
	return finish_list(self, HG_INDEX_OK, &heads);
}

PyObject *parsers_index_ancestors(IndexObject *self, PyObject *const *args,
                                  Py_ssize_t count)
{
	enum hg_index_status status = HG_INDEX_OK;
	hg_rev_list heads = {0};

	if (!common_heads(self, args, count, &heads))
		return NULL;
	if (heads.count > HG_DAG_MAX_STARTS) {
		raise_too_many(heads.count);
		hg_rev_list_free(&heads);
		return NULL;
	}
	if (heads.count > 1)
		status = hg_dag_deepest(&self->core.view, &heads);
	return finish_list(self, status, &heads);
}
