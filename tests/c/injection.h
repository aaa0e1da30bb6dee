/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocations of c_ext/core that fail when a test says so. The linker puts these in
 * the place of malloc, calloc, realloc and free (-Wl,--wrap).
 */
#ifndef INJECTION_H
#define INJECTION_H

#include <stdbool.h>
#include <stddef.h>

/* Let the n-th allocation from now on fail, the first being 0. */
void injection_arm(long n);
/* Let none fail; whether one did. */
bool injection_disarm(void);

/* Allocations not freed. */
long injection_live(void);
/* Places in the code whose allocation has failed at least once. */
size_t injection_sites(void);

#endif
