/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chunks begin at multiples of 4 bytes, and the padding of the last may be missing. The state keeps
 * where the next one begins; every chunk takes 4 bytes at least, so a walk ends.
 */
#include <libtrace/sctp.h>

#include "lib/decode/caller.h"

enum { COMMON_BYTES = 12, CHUNK_HEADER_BYTES = 4, DATA_HEADER_BYTES = 16 };

/** A chunk, as far as it was captured: its header is. */
struct chunk {
    uint8_t type, flags;
    uint16_t length;   /* at least 4 */
    struct cursor all; /* from its header on, perhaps cut */
};

static void start_walk(libtrace_sctp_common_t *sctp, libtrace_sctp_state_t *state, uint32_t rem)
{
    state->init = 1;
    state->sctp_start = (uint8_t *)sctp;
    state->sctp_size = sctp ? rem : 0;
    struct cursor at = cursor_make(sctp, state->sctp_size);
    state->current_chunk = cursor_skip(&at, COMMON_BYTES) ? (uint8_t *)at.at : NULL;
}

static bool take_chunk(libtrace_sctp_state_t *state, struct chunk *chunk)
{
    if (!state->current_chunk)
        return false;
    chunk->all = cursor_make(state->sctp_start, state->sctp_size);
    chunk->all.at = state->current_chunk;
    state->current_chunk = NULL;
    const uint8_t *header = cursor_peek(&chunk->all, CHUNK_HEADER_BYTES);
    if (!header || load_be16(header + 2) < CHUNK_HEADER_BYTES)
        return false;
    chunk->type = header[0];
    chunk->flags = header[1];
    chunk->length = load_be16(header + 2);
    struct cursor next = chunk->all;
    if (cursor_skip(&next, (chunk->length + 3u) & ~3u))
        state->current_chunk = (uint8_t *)next.at;
    return true;
}

static bool next_chunk(libtrace_sctp_common_t *sctp, libtrace_sctp_state_t *state, uint32_t rem,
                       struct chunk *chunk)
{
    *chunk = (struct chunk){0};
    if (!state)
        return false;
    if (!state->init)
        start_walk(sctp, state, rem);
    return take_chunk(state, chunk);
}

/* What is behind the first `n_bytes` of a chunk if all of the chunk was captured. */
static uint8_t *content_behind(const struct chunk *chunk, uint16_t n_bytes)
{
    return cursor_has(&chunk->all, chunk->length) ? (uint8_t *)chunk->all.at + n_bytes : NULL;
}

uint8_t *trace_get_next_sctp_chunk(libtrace_sctp_common_t *sctp, libtrace_sctp_state_t *state,
                                   uint32_t rem, uint8_t *type, uint8_t *flags, uint16_t *length)
{
    struct chunk chunk;
    const bool is_there = next_chunk(sctp, state, rem, &chunk);
    if (type)
        *type = chunk.type;
    if (flags)
        *flags = chunk.flags;
    if (length)
        *length = chunk.length;
    return is_there ? content_behind(&chunk, CHUNK_HEADER_BYTES) : NULL;
}

/* Over chunks of other types, and over those too short to be what they say. */
static bool next_data_chunk(libtrace_sctp_common_t *sctp, libtrace_sctp_state_t *state,
                            uint32_t rem, struct chunk *chunk)
{
    do {
        if (!next_chunk(sctp, state, rem, chunk))
            return false;
    } while (chunk->type != TRACE_SCTP_DATA || chunk->length < DATA_HEADER_BYTES);
    return true;
}

uint8_t *trace_get_next_sctp_data_chunk(libtrace_sctp_common_t *sctp, libtrace_sctp_state_t *state,
                                        uint32_t rem, uint8_t *flags, uint16_t *length,
                                        libtrace_sctp_data_t **header)
{
    struct chunk chunk;
    const bool is_there = next_data_chunk(sctp, state, rem, &chunk);
    const uint8_t *whole_header = is_there ? cursor_peek(&chunk.all, DATA_HEADER_BYTES) : NULL;
    if (flags)
        *flags = is_there ? chunk.flags : 0;
    if (length)
        *length = is_there ? (uint16_t)(chunk.length - DATA_HEADER_BYTES) : 0;
    if (header)
        *header = whole_header ? (libtrace_sctp_data_t *)(whole_header + CHUNK_HEADER_BYTES) : NULL;
    return is_there ? content_behind(&chunk, DATA_HEADER_BYTES) : NULL;
}
