/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames from early DAG cards; the time is an ERF timestamp (little endian).
 *
 *   legacyeth:  0  time, 8 bytes                         legacypos:  0  time, 8 bytes
 *               8  length without FCS, little endian,                8  bytes of the record, 4 bytes
 *                  2 bytes                                          12  length, network order, 4 bytes
 *              10  frame                                            16  frame
 *
 * Packet over SONET is PPP or Cisco HDLC; its first two bytes tell which.
 */
#include "formats/fixed/fixed.h"

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/packet/linktypes.h"

#define RECORD_BYTES 64

#define ETH_FRAMING   10
#define ETH_LENGTH_AT 8

#define POS_FRAMING   16
#define POS_LENGTH_AT 12
#define POS_BYTES_AT  8
#define POS_MAX_WIRE  65535u

#define PPP_IN_HDLC_FRAMING  0xff03
#define CISCO_HDLC_UNICAST   0x0f00
#define CISCO_HDLC_BROADCAST 0x8f00

static const char *const aliases[] = {NULL};
static const struct format_option options[] = {{.name = NULL}};

/* --- legacyeth --- */

static void read_eth(const uint8_t *bytes, struct record *record)
{
    const uint32_t length = load_le16(bytes + ETH_LENGTH_AT);
    record->time_ns = time_from_erf(load_le64(bytes));
    record->capture = fixed_smaller(length, RECORD_BYTES - ETH_FRAMING);
    record->wire = length + LINKTYPE_FCS_BYTES;
}

static const struct record_kind eth_kinds[] = {{TRACE_TYPE_ETH, TRACE_RT_DATA_LEGACY_ETH}};

static const struct fixed_layout eth_layout = {RECORD_BYTES, ETH_FRAMING, eth_kinds, read_eth};

static bool is_plausible_eth(const uint8_t *bytes, const struct record *record)
{
    (void)record;
    return fixed_is_ethernet(bytes + ETH_FRAMING, load_le16(bytes + ETH_LENGTH_AT));
}

static const struct fixed_sight eth_sight = {is_plausible_eth, 3};

static enum probe_answer probe_eth(const uint8_t *bytes, size_t n)
{
    return fixed_probe(&eth_layout, &eth_sight, bytes, n);
}

static int open_eth(struct input *input)
{
    return fixed_open_layout(input, &eth_layout);
}

static HOT bool describe_eth(const struct block *block, uint32_t first, uint32_t n,
                             struct record *out)
{
    return fixed_describe(&eth_layout, block, first, n, out);
}

static int prepare_eth(libtrace_packet_t *packet, size_t size, struct error *error)
{
    return fixed_prepare(&eth_layout, packet, size, error);
}

const struct format legacyeth_format = {
    .name = "legacyeth",
    .aliases = aliases,
    .help = "Ethernet frames of early DAG cards",
    .id = TRACE_FORMAT_LEGACY_ETH,
    .flags = FORMAT_INPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = probe_eth,
    .input = FIXED_INPUT_OPERATIONS(open_eth),
    .stream = FIXED_STREAM_OPERATIONS,
    .record = FIXED_RECORD_OPERATIONS(describe_eth, format_no_get_direction, prepare_eth),
    .output = FORMAT_NO_OUTPUT,
};

/* --- legacypos --- */

enum pos_kind { POS_PPP, POS_PPP_IN_HDLC, POS_CISCO_HDLC };

static const struct record_kind pos_kinds[] = {
    [POS_PPP] = {TRACE_TYPE_PPP, TRACE_RT_DATA_LEGACY_POS},
    [POS_PPP_IN_HDLC] = {TRACE_TYPE_POS, TRACE_RT_DATA_LEGACY_POS},
    [POS_CISCO_HDLC] = {TRACE_TYPE_HDLC_POS, TRACE_RT_DATA_LEGACY_POS},
};

static enum pos_kind pos_kind_of(const uint8_t *frame)
{
    switch (load_be16(frame)) {
    case PPP_IN_HDLC_FRAMING:
        return POS_PPP_IN_HDLC;
    case CISCO_HDLC_UNICAST:
    case CISCO_HDLC_BROADCAST:
        return POS_CISCO_HDLC;
    default:
        return POS_PPP;
    }
}

static void read_pos(const uint8_t *bytes, struct record *record)
{
    record->time_ns = time_from_erf(load_le64(bytes));
    record->wire = load_be32(bytes + POS_LENGTH_AT);
    record->capture = fixed_smaller(record->wire, RECORD_BYTES - POS_FRAMING);
    record->kind = (uint16_t)pos_kind_of(bytes + POS_FRAMING);
}

static const struct fixed_layout pos_layout = {RECORD_BYTES, POS_FRAMING, pos_kinds, read_pos};

static bool is_plausible_pos(const uint8_t *bytes, const struct record *record)
{
    return load_be32(bytes + POS_BYTES_AT) == RECORD_BYTES && record->wire > 0 &&
           record->wire <= POS_MAX_WIRE;
}

static const struct fixed_sight pos_sight = {is_plausible_pos, 1};

static enum probe_answer probe_pos(const uint8_t *bytes, size_t n)
{
    return fixed_probe(&pos_layout, &pos_sight, bytes, n);
}

static int open_pos(struct input *input)
{
    return fixed_open_layout(input, &pos_layout);
}

static HOT bool describe_pos(const struct block *block, uint32_t first, uint32_t n,
                             struct record *out)
{
    return fixed_describe(&pos_layout, block, first, n, out);
}

static int prepare_pos(libtrace_packet_t *packet, size_t size, struct error *error)
{
    return fixed_prepare(&pos_layout, packet, size, error);
}

const struct format legacypos_format = {
    .name = "legacypos",
    .aliases = aliases,
    .help = "packet-over-SONET frames of early DAG cards",
    .id = TRACE_FORMAT_LEGACY_POS,
    .flags = FORMAT_INPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = probe_pos,
    .input = FIXED_INPUT_OPERATIONS(open_pos),
    .stream = FIXED_STREAM_OPERATIONS,
    .record = FIXED_RECORD_OPERATIONS(describe_pos, format_no_get_direction, prepare_pos),
    .output = FORMAT_NO_OUTPUT,
};
