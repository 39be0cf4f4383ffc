/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets as text: every header that is known, field by field, and the bytes of what is not.
 *
 * The functions are in a library of their own (pkg-config name weir-packetdump). They read captured
 * bytes only: a header that was cut is shown as far as it is there, with a line that tells how many of its bytes
 * that is. Text from the wire is escaped: what is printed is ASCII, without control characters other than
 * line feeds. docs/packetdump.md tells what the lines look like and which protocols are known.
 *
 * Any thread may call these, for a packet that it may use. Each call prints with several calls of
 * stdio: threads that print to one file take turns (flockfile()). Whether all was written is asked of the file
 * (ferror()).
 */
#ifndef LIBPACKETDUMP_H
#define LIBPACKETDUMP_H

#include <stdio.h>

#include "libtrace.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Prints a packet to stdout: its time, its lengths and direction, its headers from the link layer on, and
 * an empty line. Of a meta record it prints the facts. NULL and an empty packet print nothing.
 */
DLLEXPORT void trace_dump_packet(libtrace_packet_t *packet);

/** The same without taking headers apart: all captured bytes, hexadecimal and as characters. */
DLLEXPORT void trace_hexdump_packet(libtrace_packet_t *packet);

/**
 * Prints bytes to stdout as a given protocol and what that carries.
 * @param packet the protocol's first byte; NULL prints nothing
 * @param len bytes there are
 * @param proto_name which list of numbers `type` is from: "link" (TRACE_TYPE_...), "eth" (ethertypes), "ip"
 * (protocols of IP), "ppp" (protocols of PPP), "udp" (ports). Of any other name the bytes are shown.
 * @param type host order
 */
DLLEXPORT void decode_next(const char *packet, int len, const char *proto_name, int type);

/* Beyond libtrace */

/** trace_dump_packet() to any file. NULL for one of them prints nothing. */
DLLEXPORT void trace_dump_packet_to(FILE *out, libtrace_packet_t *packet);

/** trace_hexdump_packet() to any file. */
DLLEXPORT void trace_hexdump_packet_to(FILE *out, libtrace_packet_t *packet);

#ifdef __cplusplus
}
#endif

#endif
