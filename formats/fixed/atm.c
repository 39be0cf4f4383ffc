/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ATM cells from early DAG cards; the time is an ERF timestamp (little endian).
 *
 *   legacyatm:  0  time, 8 bytes            atmhdr:  0  time, 8 bytes
 *               8  CRC of the AAL5 frame             8  header of the cell without HEC, 4 bytes
 *              12  header of the cell without
 *                  HEC, 4 bytes; its 48 bytes
 *
 * A record of atmhdr has too little that could be checked, so its files are not recognised.
 */
#include "formats/fixed/fixed.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/time.h"

#define CELL_BYTES 53

#define LEGACY_RECORD_BYTES 64
#define LEGACY_FRAMING      12

#define HEADER_RECORD_BYTES 12
#define HEADER_FRAMING      8

#define CELL_HEADER_AT    LEGACY_FRAMING
#define CELL_PAYLOAD_AT   (LEGACY_FRAMING + 4)
#define CELL_FLOW_CONTROL UINT32_C(0xf0000000) /* not in use */
#define CELL_CIRCUIT      UINT32_C(0x0ffffff0) /* 0: no cell */

static const char *const aliases[] = {NULL};
static const struct format_option options[] = {{.name = NULL}};

/* --- legacyatm --- */

static void read_cell(const uint8_t *bytes, struct record *record)
{
    record->time_ns = time_from_erf(load_le64(bytes));
    record->capture = LEGACY_RECORD_BYTES - LEGACY_FRAMING;
    record->wire = CELL_BYTES;
}

static const struct record_kind cell_kinds[] = {{TRACE_TYPE_ATM, TRACE_RT_DATA_LEGACY_ATM}};

static const struct fixed_layout cell_layout = {LEGACY_RECORD_BYTES, LEGACY_FRAMING, cell_kinds,
                                                read_cell};

/* The cards captured the first cell of each frame, and frames mostly start with LLC and SNAP. */
static bool is_plausible_cell(const uint8_t *bytes, const struct record *record)
{
    static const uint8_t llc_snap[] = {0xaa, 0xaa, 0x03};
    const uint32_t header = load_be32(bytes + CELL_HEADER_AT);
    (void)record;
    return !(header & CELL_FLOW_CONTROL) && (header & CELL_CIRCUIT) &&
           memcmp(bytes + CELL_PAYLOAD_AT, llc_snap, sizeof(llc_snap)) == 0;
}

static const struct fixed_sight cell_sight = {is_plausible_cell, 2};

static enum probe_answer probe_cells(const uint8_t *bytes, size_t n)
{
    return fixed_probe(&cell_layout, &cell_sight, bytes, n);
}

static int open_cells(struct input *input)
{
    return fixed_open_layout(input, &cell_layout);
}

static HOT bool describe_cells(const struct block *block, uint32_t first, uint32_t n,
                               struct record *out)
{
    return fixed_describe(&cell_layout, block, first, n, out);
}

static int prepare_cell(libtrace_packet_t *packet, size_t size, struct error *error)
{
    return fixed_prepare(&cell_layout, packet, size, error);
}

const struct format legacyatm_format = {
    .name = "legacyatm",
    .aliases = aliases,
    .help = "ATM cells of early DAG cards",
    .id = TRACE_FORMAT_LEGACY_ATM,
    .flags = FORMAT_INPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = probe_cells,
    .input = FIXED_INPUT_OPERATIONS(open_cells),
    .stream = FIXED_STREAM_OPERATIONS,
    .record = FIXED_RECORD_OPERATIONS(describe_cells, format_no_get_direction, prepare_cell),
    .output = FORMAT_NO_OUTPUT,
};

/* --- atmhdr --- */

static void read_header(const uint8_t *bytes, struct record *record)
{
    record->time_ns = time_from_erf(load_le64(bytes));
    record->capture = HEADER_RECORD_BYTES - HEADER_FRAMING;
    record->wire = CELL_BYTES;
}

static const struct record_kind header_kinds[] = {{TRACE_TYPE_ATM, TRACE_RT_DATA_ATMHDR}};

static const struct fixed_layout header_layout = {HEADER_RECORD_BYTES, HEADER_FRAMING, header_kinds,
                                                  read_header};

static int open_headers(struct input *input)
{
    return fixed_open_layout(input, &header_layout);
}

static HOT bool describe_headers(const struct block *block, uint32_t first, uint32_t n,
                                 struct record *out)
{
    return fixed_describe(&header_layout, block, first, n, out);
}

static int prepare_header(libtrace_packet_t *packet, size_t size, struct error *error)
{
    return fixed_prepare(&header_layout, packet, size, error);
}

const struct format atmhdr_format = {
    .name = "atmhdr",
    .aliases = aliases,
    .help = "headers of ATM cells",
    .id = TRACE_FORMAT_ATMHDR,
    .flags = FORMAT_INPUT,
    .options = options,
    .probe_name = format_no_probe_name,
    .probe_bytes = format_no_probe_bytes,
    .input = FIXED_INPUT_OPERATIONS(open_headers),
    .stream = FIXED_STREAM_OPERATIONS,
    .record = FIXED_RECORD_OPERATIONS(describe_headers, format_no_get_direction, prepare_header),
    .output = FORMAT_NO_OUTPUT,
};
