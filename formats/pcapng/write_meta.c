/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Meta records of pcapng, written again. A record is known by its bytes in front of the trailer,
 * which every copy of it has; the trailer is made anew.
 *
 * What is malformed inside is written as far as it is good, or not at all where nothing is left.
 */
#include "formats/pcapng/output.h"

#include "lib/packet/packet.h"

#define NAME_END      0
#define SECRETS_FIXED 8u
#define CUSTOM_FIXED  4u

/* A block between type and trailer. */
struct source {
    uint32_t type;
    struct cursor body;
    bool is_swapped;
    const struct pcapng_context *context; /* or NULL */
};

static int end_and_write(struct pcapng_output *out)
{
    if (encode_end(&out->encoder) != 0)
        return error_set(out->output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                         out->output->where);
    return output_write_encoded(out);
}

static int write_section(struct pcapng_output *out, const struct source *source)
{
    struct cursor options = source->body;
    if (!cursor_skip(&options, PCAPNG_SECTION_BYTES - PCAPNG_BODY_AT))
        return 0;
    return output_begin_section(out, options, source->is_swapped);
}

static int write_statistics(struct pcapng_output *out, const struct source *source)
{
    struct cursor at = source->body;
    uint32_t id, high, low, mapped;
    if (!cursor_read_u32_as(&at, &id, source->is_swapped) ||
        !cursor_read_u32_as(&at, &high, source->is_swapped) ||
        !cursor_read_u32_as(&at, &low, source->is_swapped) || !source->context ||
        !pcapng_context_at(source->context, id))
        return 0;
    if (output_map_interface(out, source->context, id, &mapped) != 0)
        return -1;
    encode_begin(&out->encoder, PCAPNG_STATISTICS);
    encode_u32(&out->encoder, mapped);
    encode_u32(&out->encoder, high);
    encode_u32(&out->encoder, low);
    encode_option_list(&out->encoder, PCAPNG_STATISTICS, at, source->is_swapped);
    return end_and_write(out);
}

/* Moves *at over the records, up to what ends them. */
static void encode_names(struct encoder *encoder, struct cursor *at, bool is_swapped)
{
    uint16_t type, n_bytes;
    while (cursor_read_u16_as(at, &type, is_swapped) &&
           cursor_read_u16_as(at, &n_bytes, is_swapped) && type != NAME_END) {
        const uint8_t *value = cursor_take(at, n_bytes);
        if (!value || !cursor_skip(at, pcapng_pad(n_bytes) - n_bytes)) {
            cursor_limit(at, 0);
            break;
        }
        encode_u16(encoder, type);
        encode_u16(encoder, n_bytes);
        encode_bytes(encoder, value, n_bytes);
        encode_padding(encoder, n_bytes);
    }
    encode_u16(encoder, NAME_END);
    encode_u16(encoder, 0);
}

static int write_names(struct pcapng_output *out, const struct source *source)
{
    struct cursor at = source->body;
    encode_begin(&out->encoder, PCAPNG_NAMES);
    encode_names(&out->encoder, &at, source->is_swapped);
    encode_option_list(&out->encoder, PCAPNG_NAMES, at, source->is_swapped);
    return end_and_write(out);
}

static int write_secrets(struct pcapng_output *out, const struct source *source)
{
    struct cursor at = source->body;
    uint32_t kind, n_bytes;
    if (!cursor_read_u32_as(&at, &kind, source->is_swapped) ||
        !cursor_read_u32_as(&at, &n_bytes, source->is_swapped))
        return 0;
    const uint8_t *secrets = cursor_take(&at, n_bytes);
    if (!secrets || !cursor_skip(&at, pcapng_pad(n_bytes) - n_bytes))
        return 0;
    encode_begin(&out->encoder, PCAPNG_SECRETS);
    encode_u32(&out->encoder, kind);
    encode_u32(&out->encoder, n_bytes);
    encode_bytes(&out->encoder, secrets, n_bytes);
    encode_padding(&out->encoder, n_bytes);
    encode_option_list(&out->encoder, PCAPNG_SECRETS, at, source->is_swapped);
    return end_and_write(out);
}

/* Behind the enterprise's number nobody else knows what it is, options included. */
static int write_custom(struct pcapng_output *out, const struct source *source)
{
    struct cursor at = source->body;
    uint32_t enterprise;
    if (!cursor_read_u32_as(&at, &enterprise, source->is_swapped))
        return 0;
    encode_begin(&out->encoder, PCAPNG_CUSTOM);
    encode_u32(&out->encoder, enterprise);
    encode_bytes(&out->encoder, at.at, (size_t)cursor_remaining(&at));
    return end_and_write(out);
}

/* Text, and what is not known but in the right byte order. */
static int write_as_it_is(struct pcapng_output *out, const struct source *source)
{
    encode_begin(&out->encoder, source->type);
    encode_bytes(&out->encoder, source->body.at, (size_t)cursor_remaining(&source->body));
    return end_and_write(out);
}

int output_write_meta(struct pcapng_output *out, const libtrace_packet_t *packet)
{
    const uint8_t *header = packet->header;
    const struct pcapng_context *context = pcapng_context_of(packet);
    const bool is_swapped = context && context->section->is_swapped;
    const struct source source = {
        .type = load_u32_as(header + PCAPNG_TYPE_AT, is_swapped),
        .body = cursor_make(packet->payload, packet->cached.capture_length),
        .is_swapped = is_swapped,
        .context = context,
    };
    if (source.type == PCAPNG_SECTION)
        return write_section(out, &source);
    if (source.type == PCAPNG_INTERFACE)
        return context ? output_write_described(out, context, header,
                                                packet->cached.capture_length + PCAPNG_MIN_BYTES)
                       : 0;
    if (output_need_section(out) != 0)
        return -1;
    switch (source.type) {
    case PCAPNG_STATISTICS:
        return write_statistics(out, &source);
    case PCAPNG_NAMES:
        return write_names(out, &source);
    case PCAPNG_SECRETS:
        return write_secrets(out, &source);
    case PCAPNG_CUSTOM:
        return write_custom(out, &source);
    case PCAPNG_CUSTOM_UNCOPIED:
        return 0;
    case PCAPNG_JOURNAL:
        return write_as_it_is(out, &source);
    default:
        return is_swapped ? 0 : write_as_it_is(out, &source);
    }
}
