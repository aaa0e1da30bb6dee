/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `parsers` takes from parsers_charencode.c and parsers_pathencode.c:
 * tables to hand to PyModule_AddFunctions. The functions keep no state.
 */
#ifndef HGAMALGAM_PARSERS_TEXT_H
#define HGAMALGAM_PARSERS_TEXT_H

#include <Python.h>

/* isasciistr, asciilower, asciiupper, jsonescapeu8fast */
extern PyMethodDef hgamalgam_charencode_methods[];
/* encodedir, lowerencode, pathencode */
extern PyMethodDef hgamalgam_pathencode_methods[];

#endif
