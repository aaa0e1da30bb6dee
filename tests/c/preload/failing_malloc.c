/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library to preload: one allocation of the thread that asks for it fails. With
 * PYTHONMALLOC=malloc those are all of Python's, and those of extension modules.
 */
#include <stdbool.h>
#include <stddef.h>

void failing_malloc_arm(long n);
int failing_malloc_disarm(void);

/* AddressSanitizer's, if it is loaded, else the C library's. */
#pragma weak __interceptor_malloc
#pragma weak __interceptor_calloc
#pragma weak __interceptor_realloc
void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *memory, size_t size);
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static __thread long countdown __attribute__((tls_model("initial-exec"))) = -1;
static __thread bool failed __attribute__((tls_model("initial-exec")));

/* Let the n-th allocation of this thread from now on fail, the first being 0. */
void failing_malloc_arm(long n)
{
	failed = false;
	countdown = n;
}

/* Let none fail; whether one did. */
int failing_malloc_disarm(void)
{
	countdown = -1;
	return failed;
}

static bool fails(void)
{
	if (countdown < 0 || countdown-- > 0)
		return false;
	failed = true;
	return true;
}

void *malloc(size_t size)
{
	if (fails())
		return NULL;
	return __interceptor_malloc != NULL ? __interceptor_malloc(size)
	                                    : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (fails())
		return NULL;
	return __interceptor_calloc != NULL ? __interceptor_calloc(count, size)
	                                    : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	if (fails())
		return NULL;
	return __interceptor_realloc != NULL
	           ? __interceptor_realloc(memory, size)
	           : __libc_realloc(memory, size);
}
