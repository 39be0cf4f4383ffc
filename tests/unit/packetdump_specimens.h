/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets with a bit of everything that libpacketdump knows, and lines that it prints of them. */
#ifndef WEIR_TESTS_UNIT_PACKETDUMP_SPECIMENS_H
#define WEIR_TESTS_UNIT_PACKETDUMP_SPECIMENS_H

#include <libpacketdump.h>

#include "tests/support/protocol_builder.h"

struct specimen {
    const char *name;
    libtrace_linktype_t link;
    void (*make)(struct packet_builder *b);
    const char *lines; /* in this order, perhaps with others in between */
    bool is_ours_only; /* tshark takes it for something else */
};

extern const struct specimen specimens[];
extern const size_t n_specimens;

/** Builds one. */
void specimen_make(const struct specimen *specimen, struct packet_builder *b);

/** What is printed of these bytes, for free(). Copies them, so that a sanitizer sees who reads on. */
char *specimen_dump(const uint8_t *bytes, size_t n_bytes, size_t wire_bytes,
                    libtrace_linktype_t link);

#endif
