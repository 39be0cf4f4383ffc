/* SPDX-License-Identifier: BSD-2-Clause */
/* What a record is follows from the version alone, so blocks need no context: the kind tells. */
#include "formats/duck/duck.h"

#include "lib/base/attributes.h"

static const struct record_kind kinds[] = {
    {TRACE_TYPE_DUCK, TRACE_RT_DUCK_2_4},
    {TRACE_TYPE_DUCK, TRACE_RT_DUCK_2_5},
    {TRACE_TYPE_DUCK, TRACE_RT_DUCK_5_0},
};

static const uint32_t record_bytes[] = {112, 84, 100};

STATIC_ASSERT(ARRAY_LEN(record_bytes) == ARRAY_LEN(kinds));

const struct record_kind *duck_kind_of(uint32_t type)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (type == (uint32_t)kinds[i].type)
            return &kinds[i];
    return NULL;
}

uint32_t duck_record_bytes(const struct record_kind *kind)
{
    return record_bytes[kind - kinds];
}

static bool describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    const uint32_t n_bytes = duck_record_bytes(block->kinds);
    for (uint32_t i = 0; i < n; i++)
        out[i] = (struct record){
            .offset = block->offsets[first + i],
            .capture = n_bytes,
            .index = (uint16_t)(first + i),
            .flags = RECORD_META | RECORD_NO_TIME,
        };
    return n == 0;
}

static int prepare(libtrace_packet_t *packet, size_t size, struct error *error)
{
    const struct record_kind *kind = duck_kind_of((uint32_t)packet->type);
    if (!kind)
        return error_set(error, TRACE_ERR_BAD_PACKET, "Record type %d is not one of duck",
                         (int)packet->type);
    const uint32_t n_bytes = duck_record_bytes(kind);
    if (size < n_bytes)
        return error_set(error, TRACE_ERR_BAD_PACKET,
                         "%zu bytes are no duck record of type %d, which has %u", size,
                         (int)packet->type, n_bytes);
    packet->payload = packet->header;
    packet->record_flags = RECORD_META | RECORD_NO_TIME;
    packet->cached.framing_length = 0;
    packet->cached.capture_length = n_bytes;
    packet->cached.wire_length = 0;
    packet->cached.link_type = kind->link_type;
    return 0;
}

static const char *const aliases[] = {NULL};
static const struct format_option options[] = {{.name = NULL}};

static enum probe_answer probe_name(const char *where)
{
    return format_probe_suffix(where, ".duck");
}

const struct format duck_format = {
    .name = "duck",
    .aliases = aliases,
    .help = "clock reports of DAG cards",
    .id = TRACE_FORMAT_DUCK,
    .flags = FORMAT_INPUT | FORMAT_OUTPUT | FORMAT_META,
    .options = options,
    .probe_name = probe_name,
    .probe_bytes = duck_probe_bytes,
    .input =
        {
            .open = duck_open,
            .start = duck_start,
            .pause = format_no_pause,
            .close = duck_close,
            .configure = format_no_configure,
            .statistics = format_no_statistics,
            .seek = format_no_seek,
        },
    .stream =
        {
            .load = duck_load,
            .mark = duck_mark,
            .release = format_no_release,
        },
    .record =
        {
            .describe = describe,
            .get_direction = format_no_get_direction,
            .set_direction = format_no_set_direction,
            .prepare = prepare,
            .set_capture_length = format_keep_capture_length_in_packet,
            .visit_facts = format_no_visit_facts,
        },
    .output =
        {
            .open = duck_output_open,
            .start = duck_output_start,
            .write = duck_output_write,
            .flush = duck_output_flush,
            .close = duck_output_close,
        },
};
