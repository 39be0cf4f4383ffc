/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every turn of the loop prints one header and takes at least one byte or changes the space, so the
 * limit on turns is for patience: a packet can be all tags.
 */
#include "packetdump/walk.h"

#include <inttypes.h>
#include <stdarg.h>

#include "packetdump/text.h"

#define MAX_LAYERS 32u

void walk_say(struct walk *walk, const char *layer, const char *format, ...)
{
    va_list arguments;
    fprintf(walk->out, " %s: ", layer);
    va_start(arguments, format);
    vfprintf(walk->out, format, arguments);
    va_end(arguments);
    fputc('\n', walk->out);
}

const uint8_t *walk_fields(struct walk *walk, const char *layer, const struct field *fields,
                           size_t n_fields)
{
    const uint8_t *start = walk->rest.at;
    const bool is_whole = fields_print(walk->out, layer, fields, n_fields, walk->rest);
    if (is_whole && cursor_skip(&walk->rest, fields_bytes(fields, n_fields)))
        return start;
    walk->rest.at = walk->rest.end;
    return NULL;
}

struct cursor walk_take(struct walk *walk, const char *layer, const char *what, uint64_t n_bytes)
{
    struct cursor part = walk->rest;
    if (!cursor_has(&walk->rest, n_bytes))
        walk_say(walk, layer, "%s truncated, %" PRIu64 " of %" PRIu64 " bytes are there", what,
                 cursor_remaining(&walk->rest), n_bytes);
    cursor_limit(&part, n_bytes);
    walk->rest.at = part.end;
    return part;
}

static void print_rest(struct walk *walk)
{
    static const char *const spaces[] = {[SPACE_LINK] = "link type",
                                         [SPACE_ETHERTYPE] = "ethertype",
                                         [SPACE_IP] = "IP protocol",
                                         [SPACE_PPP] = "PPP protocol",
                                         [SPACE_UDP] = "UDP port"};
    const uint64_t n_bytes = cursor_remaining(&walk->rest);
    if (n_bytes == 0)
        return;
    fprintf(walk->out, " Data: %" PRIu64 " bytes", n_bytes);
    if (walk->space == SPACE_ETHERTYPE || walk->space == SPACE_PPP)
        fprintf(walk->out, " of %s 0x%04" PRIx32, spaces[walk->space], walk->type);
    else if (walk->space != SPACE_DATA)
        fprintf(walk->out, " of %s %" PRId32, spaces[walk->space], (int32_t)walk->type);
    fputc('\n', walk->out);
    text_hexdump(walk->out, walk->rest.at, n_bytes);
}

static void print_trailer(struct walk *walk)
{
    const uint64_t n_bytes = (uint64_t)(walk->end - walk->rest.end);
    if (n_bytes == 0)
        return;
    fprintf(walk->out, " Trailer: %" PRIu64 " bytes\n", n_bytes);
    text_hexdump(walk->out, walk->rest.end, n_bytes);
}

void walk_run(FILE *out, struct cursor bytes, bool is_cut, enum space space, uint32_t type)
{
    struct walk walk = {.out = out,
                        .rest = bytes,
                        .end = bytes.end,
                        .is_cut = is_cut,
                        .space = space,
                        .type = type};
    for (unsigned n_layers = 0; cursor_remaining(&walk.rest) > 0; n_layers++) {
        const struct protocol *protocol =
            n_layers < MAX_LAYERS ? protocol_find(walk.space, walk.type) : NULL;
        if (!protocol)
            break;
        walk.space = SPACE_DATA;
        const uint8_t *header =
            walk_fields(&walk, protocol->name, protocol->fields, protocol->n_fields);
        if (header && protocol->follow)
            protocol->follow(&walk, header);
    }
    print_rest(&walk);
    print_trailer(&walk);
}
