/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that carry no packet. */
#ifndef WEIR_PACKETDUMP_META_H
#define WEIR_PACKETDUMP_META_H

#include <libtrace.h>

/** Prints what a meta record says; its bytes, where that is not known. */
void meta_print(FILE *out, libtrace_packet_t *packet);

#endif
