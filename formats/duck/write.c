/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only clock reports have a place here: other meta records are passed over, packets refused.
 *
 * The first record settles the version of the file. One of another version is refused, as the file
 * has no place to say it. A file without records gets the header of the latest version.
 */
#include "formats/duck/duck.h"

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/io/writer.h"
#include "lib/packet/convert.h"

struct duck_output {
    struct writer *writer;          /* NULL before the start */
    const struct record_kind *kind; /* NULL before the header is written */
};

int duck_output_open(struct output *output)
{
    output->state = mem_alloc_zeroed(1, sizeof(struct duck_output));
    if (!output->state)
        return error_set(output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                         output->where);
    return 0;
}

int duck_output_start(struct output *output)
{
    struct duck_output *duck = output->state;
    const struct writer_settings settings = {
        .file_flags = output->file_flags,
        .compress_type = output->compress_type,
        .compress_level = output->compress_level,
    };
    duck->writer = writer_open(output->where, &settings, output->error);
    if (!duck->writer)
        return -1;
    if (writer_offset(duck->writer) == 0)
        return 0;
    (void)writer_close(&duck->writer);
    return error_set(output->error, TRACE_ERR_OUTPUT_FILE,
                     "Cannot append to '%s': it is not empty, and a DUCK file has one header",
                     output->where);
}

static int write_header(struct duck_output *duck, const struct record_kind *kind)
{
    uint8_t header[DUCK_HEADER_BYTES];
    store_le32(header, (uint32_t)kind->type);
    duck->kind = kind;
    return writer_write(duck->writer, header, sizeof(header), NULL, 0);
}

static COLD int refuse_packet(struct output *output, const libtrace_packet_t *packet)
{
    const struct frame frame = convert_frame_of(packet);
    char name[LINKTYPE_TEXT_BYTES];
    linktype_describe(frame.link_type, frame.number, name);
    return error_set(output->error, TRACE_ERR_NO_CONVERSION,
                     "Cannot write a packet of link type %s to '%s': DUCK files are for clock "
                     "reports only",
                     name, output->where);
}

int duck_output_write(struct output *output, const libtrace_packet_t *packet)
{
    struct duck_output *duck = output->state;
    const struct record_kind *kind = duck_kind_of((uint32_t)packet->type);
    if (!kind)
        return convert_is_meta(packet) ? 0 : refuse_packet(output, packet);
    const uint32_t n_bytes = duck_record_bytes(kind);
    if (!packet->payload || packet->cached.capture_length != n_bytes)
        return error_set(output->error, TRACE_ERR_BAD_PACKET,
                         "A record of type %d has %u bytes, not %u", (int)packet->type, n_bytes,
                         packet->cached.capture_length);
    if (!duck->kind && write_header(duck, kind) != 0)
        return -1;
    if (UNLIKELY(kind != duck->kind))
        return error_set(output->error, TRACE_ERR_BAD_PACKET,
                         "'%s' has records of type %d; one of type %d cannot be added",
                         output->where, (int)duck->kind->type, (int)packet->type);
    if (writer_write(duck->writer, NULL, 0, packet->payload, n_bytes) != 0)
        return -1;
    return (int)n_bytes;
}

int duck_output_flush(struct output *output)
{
    struct duck_output *duck = output->state;
    return duck->writer ? writer_flush(duck->writer) : 0;
}

int duck_output_close(struct output *output)
{
    struct duck_output *duck = output->state;
    int result = 0;
    if (duck && duck->writer) {
        if (!duck->kind)
            result = write_header(duck, duck_kind_of(TRACE_RT_DUCK_5_0));
        if (writer_close(&duck->writer) != 0)
            result = -1;
    }
    mem_free(duck);
    output->state = NULL;
    return result;
}
