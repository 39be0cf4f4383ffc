/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections of inputs are known by their address, which a counted reference keeps from being used
 * again. When these references keep much memory, those sections are forgotten that nobody else refers
 * to: no packet of theirs can come. Others take no memory of the output's, and to forget them would mean
 * to describe their interfaces again and again where packets of several inputs come in turn.
 *
 * When there are more than can be looked through at ease all the same, or a section gets more interfaces
 * than readers accept, a new section is begun and all that is known is forgotten.
 */
#include "formats/pcapng/output.h"

#include <string.h>

#include "lib/base/memory.h"
#include "lib/packet/convert.h"

#define MAX_KNOWN      1024u
#define MAX_KEPT_BYTES ((uint64_t)16 << 20)
#define NOT_WRITTEN    UINT32_MAX
#define APPLICATION    "Weir"

#define PLAIN_INTERFACE_BYTES 32u

static struct pcapng_output *output_of(struct output *output)
{
    return output->state;
}

int pcapng_output_open(struct output *output)
{
    struct pcapng_output *out = mem_alloc_zeroed(1, sizeof(*out));
    output->state = out;
    if (!out)
        return error_set(output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                         output->where);
    out->output = output;
    return 0;
}

int pcapng_output_start(struct output *output)
{
    const struct writer_settings settings = {
        .file_flags = output->file_flags,
        .compress_type = output->compress_type,
        .compress_level = output->compress_level,
    };
    output_of(output)->writer = writer_open(output->where, &settings, output->error);
    return output_of(output)->writer ? 0 : -1;
}

static void forget_interfaces(struct pcapng_output *out)
{
    for (uint32_t i = 0; i < out->n_known; i++) {
        pcapng_section_release(&out->known[i].section);
        mem_free(out->known[i].ids);
    }
    out->n_known = out->last_known = 0;
    out->kept_bytes = out->described_bytes = 0;
    out->n_plain = out->last_plain = 0;
    out->n_interfaces = 0;
}

static COLD int fail_without_memory(const struct pcapng_output *out)
{
    return error_set(out->output->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for writing '%s'",
                     out->output->where);
}

int output_write_encoded(struct pcapng_output *out)
{
    const struct encoder *encoder = &out->encoder;
    if (encoder->has_failed)
        return fail_without_memory(out);
    if (writer_write(out->writer, encoder->bytes, encoder->n_bytes, NULL, 0) != 0)
        return -1;
    return (int)encoder->n_bytes;
}

/* Writes what is in the encoder as a block. Bytes or -1. */
static int end_and_write(struct pcapng_output *out)
{
    return encode_end(&out->encoder) == 0 ? output_write_encoded(out) : fail_without_memory(out);
}

static void begin_section_header(struct encoder *encoder)
{
    encode_begin(encoder, PCAPNG_SECTION);
    encode_u32(encoder, PCAPNG_MAGIC);
    encode_u16(encoder, 1);
    encode_u16(encoder, 0);
    encode_u64(encoder, UINT64_MAX); /* its length is not told */
}

int output_begin_section(struct pcapng_output *out, struct cursor options, bool is_swapped)
{
    begin_section_header(&out->encoder);
    encode_option_list(&out->encoder, PCAPNG_SECTION, options, is_swapped);
    const int n_written = end_and_write(out);
    if (n_written > 0) {
        forget_interfaces(out);
        out->has_section = true;
    }
    return n_written;
}

int output_need_section(struct pcapng_output *out)
{
    struct encoder *encoder = &out->encoder;
    if (LIKELY(out->has_section))
        return 0;
    begin_section_header(encoder);
    encode_option(encoder, PCAPNG_SHB_USERAPPL, sizeof(APPLICATION) - 1);
    encode_bytes(encoder, APPLICATION, sizeof(APPLICATION) - 1);
    encode_padding(encoder, sizeof(APPLICATION) - 1);
    encode_option(encoder, PCAPNG_OPTION_END, 0);
    if (end_and_write(out) < 0)
        return -1;
    forget_interfaces(out);
    out->has_section = true;
    return 0;
}

/* Writes what is in the encoder as the description of an interface. Bytes or -1. */
static int end_and_write_interface(struct pcapng_output *out)
{
    const int n_written = end_and_write(out);
    if (n_written < 0)
        return -1;
    out->n_interfaces++;
    out->described_bytes += (uint64_t)n_written;
    return n_written;
}

/* Is there room in the section for one with a description of that size? In an empty one there is: it is
 * no larger than readers accept. */
static bool has_room(const struct pcapng_output *out, uint32_t description_bytes)
{
    const uint64_t n_bytes = (uint64_t)description_bytes + PCAPNG_END_MARK_BYTES;
    return out->n_interfaces == 0 || (out->n_interfaces < PCAPNG_MAX_INTERFACES &&
                                      out->described_bytes + n_bytes <= PCAPNG_MAX_INTERFACE_BYTES);
}

/* Writes interface `id` of a section. Bytes or -1. */
static int write_interface(struct pcapng_output *out, struct known_section *known, uint32_t id)
{
    const struct pcapng_interface *interface = pcapng_section_at(known->section, id);
    const bool is_swapped = known->section->is_swapped;
    encode_begin(&out->encoder, PCAPNG_INTERFACE);
    encode_u16(&out->encoder, interface->link_number);
    encode_u16(&out->encoder, 0);
    encode_u32(&out->encoder, interface->snap_length);
    encode_option_list(
        &out->encoder, PCAPNG_INTERFACE,
        pcapng_options_at(interface->description, is_swapped, PCAPNG_INTERFACE_BYTES), is_swapped);
    const int n_written = end_and_write_interface(out);
    if (n_written < 0)
        return -1;
    known->ids[id] = out->n_interfaces - 1;
    while (known->n_written < known->n_ids && known->ids[known->n_written] != NOT_WRITTEN)
        known->n_written++;
    return n_written;
}

/* Forgets the sections that nobody but this output refers to. */
static void forget_what_is_over(struct pcapng_output *out)
{
    uint32_t n_left = 0;
    for (uint32_t i = 0; i < out->n_known; i++) {
        struct known_section *known = &out->known[i];
        if (load_relaxed(&known->section->refs) > 1) {
            out->known[n_left++] = *known;
            continue;
        }
        out->kept_bytes -= known->kept_bytes;
        pcapng_section_release(&known->section);
        mem_free(known->ids);
    }
    out->n_known = n_left;
    out->last_known = 0;
}

/* Begins a new section, without what is known. 0 or -1. */
static int begin_anew(struct pcapng_output *out)
{
    out->has_section = false;
    return output_need_section(out);
}

static struct known_section *add_known(struct pcapng_output *out, struct pcapng_section *section)
{
    if (out->n_known == MAX_KNOWN)
        forget_what_is_over(out);
    if (out->n_known == MAX_KNOWN && begin_anew(out) != 0)
        return NULL;
    if ((out->n_known & (out->n_known - 1)) == 0) {
        const uint32_t n_wanted = out->n_known > 0 ? 2 * out->n_known : 1;
        struct known_section *known = mem_resize_array(out->known, n_wanted, sizeof(*known));
        if (!known) {
            (void)fail_without_memory(out);
            return NULL;
        }
        out->known = known;
    }
    out->last_known = out->n_known++;
    pcapng_section_retain(section);
    out->known[out->last_known] = (struct known_section){.section = section};
    return &out->known[out->last_known];
}

static struct known_section *find_known(struct pcapng_output *out,
                                        const struct pcapng_section *section)
{
    if (LIKELY(out->n_known > 0 && out->known[out->last_known].section == section))
        return &out->known[out->last_known];
    for (uint32_t i = 0; i < out->n_known; i++) {
        if (out->known[i].section == section) {
            out->last_known = i;
            return &out->known[i];
        }
    }
    return NULL;
}

/* Memory of the interfaces from `first` on. */
static uint64_t bytes_of(const struct pcapng_context *context, uint32_t first)
{
    uint64_t n_bytes = 0;
    for (uint32_t id = first; id < context->n_interfaces; id++)
        n_bytes += sizeof(struct pcapng_interface) +
                   pcapng_section_at(context->section, id)->description_bytes;
    return n_bytes;
}

/* 0, or -1 when memory is short. */
static int make_room(struct pcapng_output *out, struct known_section *known, uint32_t n_interfaces)
{
    uint64_t n_wanted = known->n_ids > 0 ? 2 * (uint64_t)known->n_ids : 4;
    if (n_wanted < n_interfaces)
        n_wanted = n_interfaces;
    uint32_t *ids = mem_resize_array(known->ids, n_wanted, sizeof(*ids));
    if (!ids)
        return fail_without_memory(out);
    memset(ids + known->n_ids, 0xff, (n_wanted - known->n_ids) * sizeof(*ids));
    known->ids = ids;
    known->n_ids = (uint32_t)n_wanted;
    return 0;
}

/* The section that the context is of, with room for all interfaces of it; NULL: no memory. */
static struct known_section *need_known(struct pcapng_output *out,
                                        const struct pcapng_context *context)
{
    struct known_section *known = find_known(out, context->section);
    if (LIKELY(known && context->n_interfaces <= known->n_counted))
        return known;
    if (!known)
        known = add_known(out, context->section);
    if (!known)
        return NULL;
    const uint64_t n_bytes = bytes_of(context, known->n_counted);
    if (out->kept_bytes + n_bytes > MAX_KEPT_BYTES && out->n_known > 1) {
        forget_what_is_over(out);
        known = find_known(out, context->section);
    }
    if (context->n_interfaces > known->n_ids && make_room(out, known, context->n_interfaces) != 0)
        return NULL;
    out->kept_bytes += n_bytes;
    known->kept_bytes += n_bytes;
    known->n_counted = context->n_interfaces;
    return known;
}

/* The known section, where there is room to write its interface `id` now. NULL: no memory. */
static struct known_section *need_room(struct pcapng_output *out,
                                       const struct pcapng_context *context,
                                       struct known_section *known, uint32_t id)
{
    if (has_room(out, pcapng_section_at(context->section, id)->description_bytes))
        return known;
    return begin_anew(out) == 0 ? need_known(out, context) : NULL;
}

int output_map_interface(struct pcapng_output *out, const struct pcapng_context *context,
                         uint32_t id, uint32_t *mapped)
{
    if (output_need_section(out) != 0)
        return -1;
    struct known_section *known = need_known(out, context);
    if (!known)
        return -1;
    if (UNLIKELY(known->ids[id] == NOT_WRITTEN)) {
        known = need_room(out, context, known, id);
        if (!known || write_interface(out, known, id) < 0)
            return -1;
    }
    *mapped = known->ids[id];
    return 0;
}

int output_write_described(struct pcapng_output *out, const struct pcapng_context *context,
                           const uint8_t *description, uint32_t n_bytes)
{
    if (output_need_section(out) != 0)
        return -1;
    struct known_section *known = need_known(out, context);
    if (!known)
        return -1;
    for (uint32_t id = known->n_written; id < context->n_interfaces; id++) {
        const struct pcapng_interface *interface = pcapng_section_at(context->section, id);
        if (known->ids[id] == NOT_WRITTEN && interface->description_bytes == n_bytes &&
            memcmp(interface->description, description, n_bytes - PCAPNG_TRAILER_BYTES) == 0) {
            known = need_room(out, context, known, id);
            return known ? write_interface(out, known, id) : -1;
        }
    }
    return 0;
}

static int write_plain(struct pcapng_output *out, uint32_t link_number)
{
    struct encoder *encoder = &out->encoder;
    if (!has_room(out, PLAIN_INTERFACE_BYTES) && begin_anew(out) != 0)
        return -1;
    if ((out->n_plain & (out->n_plain - 1)) == 0) {
        const uint32_t n_wanted = out->n_plain > 0 ? 2 * out->n_plain : 1;
        struct plain_interface *plain = mem_resize_array(out->plain, n_wanted, sizeof(*plain));
        if (!plain)
            return fail_without_memory(out);
        out->plain = plain;
    }
    encode_begin(encoder, PCAPNG_INTERFACE);
    encode_u16(encoder, (uint16_t)link_number);
    encode_u16(encoder, 0);
    encode_u32(encoder, 0); /* no limit */
    encode_option(encoder, PCAPNG_IF_TSRESOL, 1);
    encode_bytes(encoder, (const uint8_t[]){PCAPNG_NANOSECOND_RESOLUTION}, 1);
    encode_padding(encoder, 1);
    encode_option(encoder, PCAPNG_OPTION_END, 0);
    if (end_and_write_interface(out) < 0)
        return -1;
    out->last_plain = out->n_plain++;
    out->plain[out->last_plain] = (struct plain_interface){link_number, out->n_interfaces - 1};
    return 0;
}

int output_map_plain(struct pcapng_output *out, uint32_t link_number, uint32_t *mapped)
{
    if (output_need_section(out) != 0)
        return -1;
    if (UNLIKELY(out->n_plain == 0 || out->plain[out->last_plain].link_number != link_number)) {
        uint32_t i = 0;
        while (i < out->n_plain && out->plain[i].link_number != link_number)
            i++;
        if (i == out->n_plain && write_plain(out, link_number) != 0)
            return -1;
        out->last_plain = i;
    }
    *mapped = out->plain[out->last_plain].id;
    return 0;
}

int pcapng_output_write(struct output *output, const libtrace_packet_t *packet)
{
    struct pcapng_output *out = output_of(output);
    if (UNLIKELY(convert_is_meta(packet)))
        return packet->type == TRACE_RT_PCAPNG_META ? output_write_meta(out, packet) : 0;
    return output_write_packet(out, packet);
}

int pcapng_output_flush(struct output *output)
{
    struct pcapng_output *out = output_of(output);
    return out->writer ? writer_flush(out->writer) : 0;
}

int pcapng_output_close(struct output *output)
{
    struct pcapng_output *out = output_of(output);
    int result = 0;
    if (!out)
        return 0;
    if (out->writer) {
        result = output_need_section(out);
        if (writer_close(&out->writer) != 0)
            result = -1;
    }
    forget_interfaces(out);
    encoder_free(&out->encoder);
    mem_free(out->known);
    mem_free(out->plain);
    mem_free(out);
    output->state = NULL;
    return result;
}
