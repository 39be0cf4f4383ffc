/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a file is stored: as it is, or compressed by a command-line tool, one row each in packing.c.
 */
#ifndef WEIR_TESTS_CONFORMANCE_PACKING_H
#define WEIR_TESTS_CONFORMANCE_PACKING_H

#include "tests/conformance/subject.h"
#include "tests/support/temp_files.h"

struct packing {
    const char *name;
    const char *suffix;  /* of its files; empty for a plain one */
    const char *program; /* NULL for a plain one */
    const char *pack;    /* a filter */
    const char *unpack;
    int type;           /* trace_option_compresstype_t, for writing */
    unsigned n_members; /* that a file consists of */
    bool has_checksum;  /* of its content */
};

/** All of them, the plain one first, up to one without a name. */
extern const struct packing packings[];

/** Can the subject be read when it is stored like this? Says so where only a program is missing. */
bool packing_suits(const struct packing *packing, const struct subject *subject);

/** Part `i` of bytes that are packed as several members; not to be freed. */
struct bytes packing_part(const struct packing *packing, const struct bytes *bytes, unsigned i);

/** These bytes as they are stored, for bytes_free(). */
struct bytes packing_pack(const struct packing *packing, const struct bytes *bytes);

/** One part of them. */
struct bytes packing_pack_part(const struct packing *packing, const struct bytes *part);

/** The bytes of a file that is stored like this, by its program, which has to succeed. */
struct bytes packing_unpack(const struct packing *packing, const struct bytes *bytes);

#endif
