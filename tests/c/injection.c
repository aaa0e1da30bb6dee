/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injection.h"

#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_SITES 1024

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

/* a thread of the code under test may free what it was given */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long countdown = -1, live;
static bool failed;
static uintptr_t sites[MOST_SITES];
static size_t site_count;

void injection_arm(long n)
{
	failed = false;
	countdown = n;
}

bool injection_disarm(void)
{
	countdown = -1;
	return failed;
}

long injection_live(void)
{
	long now;

	pthread_mutex_lock(&lock);
	now = live;
	pthread_mutex_unlock(&lock);
	return now;
}

size_t injection_sites(void)
{
	return site_count;
}

static bool fails(void *caller)
{
	size_t i;

	if (countdown < 0 || countdown-- > 0)
		return false;
	failed = true;
	for (i = 0; i < site_count; i++)
		if (sites[i] == (uintptr_t)caller)
			return true;
	if (site_count == MOST_SITES) {
		fputs("more than MOST_SITES places that allocate\n", stderr);
		abort();
	}
	sites[site_count++] = (uintptr_t)caller;
	return true;
}

/* What is read of memory that nobody wrote shows: it looks like rising numbers. */
static void *filled(void *memory, size_t from, size_t size)
{
	unsigned char *bytes = memory;

	for (; bytes != NULL && from < size; from++)
		bytes[from] = (unsigned char)(from / 4);
	return memory;
}

static void *counted(void *memory, long count)
{
	pthread_mutex_lock(&lock);
	live += memory == NULL ? 0 : count;
	pthread_mutex_unlock(&lock);
	return memory;
}

void *__wrap_malloc(size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	return counted(filled(__real_malloc(size), 0, size), 1);
}

void *__wrap_calloc(size_t count, size_t size)
{
	if (fails(__builtin_return_address(0)))
		return NULL;
	return counted(__real_calloc(count, size), 1);
}

void *__wrap_realloc(void *memory, size_t size)
{
	size_t before = memory == NULL ? 0 : malloc_usable_size(memory);

	if (fails(__builtin_return_address(0)))
		return NULL;
	return counted(filled(__real_realloc(memory, size), before, size),
	               memory == NULL);
}

void __wrap_free(void *memory)
{
	counted(memory, -1);
	__real_free(memory);
}
