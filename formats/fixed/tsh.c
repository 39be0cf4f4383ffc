/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time Sequenced Headers, the format of NLANR's traces; everything in network order. FR+ is the
 * same with addresses replaced.
 *
 *    0  seconds since 1970, 4 bytes
 *    4  interface, 1 byte
 *    5  microseconds, 3 bytes
 *    8  IP header without options, 20 bytes; the first 16 bytes behind it
 */
#include "formats/fixed/fixed.h"

#include "lib/base/bytes.h"
#include "lib/base/time.h"

#define RECORD_BYTES    44
#define FRAMING         8
#define INTERFACE_AT    4
#define IP_LENGTH_AT    (FRAMING + 2)
#define MICROSECONDS_24 0x00ffffffu

#define US_PER_S         1000000u
#define IP_PROTOCOL_AT   (FRAMING + 9)
#define IP_LAST_PROTOCOL 142 /* that has a number */
#define IP_HEADER_BYTES  20u
#define IPV4_NO_OPTIONS  0x45
#define IPV4_MAX         0x4f

static void read_record(const uint8_t *bytes, struct record *record)
{
    const uint32_t microseconds = load_be32(bytes + INTERFACE_AT) & MICROSECONDS_24;
    record->time_ns = load_be32(bytes) * NS_PER_S + microseconds * NS_PER_US;
    record->capture = RECORD_BYTES - FRAMING;
    record->wire = load_be16(bytes + IP_LENGTH_AT);
}

static const struct record_kind kinds[] = {{TRACE_TYPE_NONE, TRACE_RT_DATA_TSH}};

static const struct fixed_layout layout = {RECORD_BYTES, FRAMING, kinds, read_record};

static bool is_plausible(const uint8_t *bytes, const struct record *record)
{
    const uint8_t version = bytes[FRAMING];
    const uint8_t protocol = bytes[IP_PROTOCOL_AT];
    return (load_be32(bytes + INTERFACE_AT) & MICROSECONDS_24) < US_PER_S &&
           version >= IPV4_NO_OPTIONS && version <= IPV4_MAX && protocol > 0 &&
           protocol <= IP_LAST_PROTOCOL && record->wire >= IP_HEADER_BYTES;
}

static const struct fixed_sight sight = {is_plausible, 2};

static enum probe_answer probe_bytes(const uint8_t *bytes, size_t n)
{
    return fixed_probe(&layout, &sight, bytes, n);
}

static int open_tsh(struct input *input)
{
    return fixed_open_layout(input, &layout);
}

static HOT bool describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    return fixed_describe(&layout, block, first, n, out);
}

/* The number of the interface. */
static libtrace_direction_t get_direction(const libtrace_packet_t *packet)
{
    const uint8_t *header = packet->header;
    return (libtrace_direction_t)header[INTERFACE_AT];
}

static int prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    return fixed_prepare(&layout, packet, size, error);
}

static const char *const aliases[] = {"fr+", NULL};
static const struct format_option options[] = {{.name = NULL}};

static enum probe_answer probe_name(const char *where)
{
    return format_probe_suffix(where, ".tsh");
}

const struct format tsh_format = {
    .name = "tsh",
    .aliases = aliases,
    .help = "Time Sequenced Headers of NLANR",
    .id = TRACE_FORMAT_TSH,
    .flags = FORMAT_INPUT,
    .options = options,
    .probe_name = probe_name,
    .probe_bytes = probe_bytes,
    .input = FIXED_INPUT_OPERATIONS(open_tsh),
    .stream = FIXED_STREAM_OPERATIONS,
    .record = FIXED_RECORD_OPERATIONS(describe, get_direction, prepare),
    .output = FORMAT_NO_OUTPUT,
};
