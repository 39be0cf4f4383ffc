/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions whose bodies the public header has. */
#define LIBTRACE_ACCESSOR DLLEXPORT

#include <libtrace/accessors.h>
#include <libtrace/keep.h>
