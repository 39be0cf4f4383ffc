/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lz4 frames by liblz4. It only writes where there is room for the worst case, so its output comes
 * by way of a buffer. Blocks of 256 KiB that do not refer to each other keep what a reader needs in
 * its caches.
 */
#include <libtrace/output.h>
#include <lz4frame.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/io/compress.h"

#define PIECE_BYTES ((size_t)64 << 10) /* compressed at a time */

struct encoder {
    LZ4F_cctx *context;
    LZ4F_preferences_t preferences;
    bool has_begun;
    bool has_reached_goal; /* all that is left of the flush or the end is in the buffer */
    size_t at;             /* output that waits: from here ... */
    size_t end;
    size_t capacity;
    uint8_t *buffer;
};

static void destroy(void *encoder)
{
    struct encoder *mine = encoder;
    LZ4F_freeCompressionContext(mine->context);
    mem_free(mine->buffer);
    mem_free(mine);
}

static void *create(int level)
{
    struct encoder *encoder = mem_alloc_zeroed(1, sizeof(*encoder));
    if (!encoder)
        return NULL;
    encoder->preferences = (LZ4F_preferences_t){
        .frameInfo = {.blockSizeID = LZ4F_max256KB,
                      .blockMode = LZ4F_blockIndependent,
                      .contentChecksumFlag = LZ4F_contentChecksumEnabled},
        .compressionLevel = level == COMPRESS_DEFAULT_LEVEL ? 1 : level,
    };
    encoder->capacity = LZ4F_compressBound(PIECE_BYTES, &encoder->preferences);
    if (encoder->capacity < LZ4F_HEADER_SIZE_MAX)
        encoder->capacity = LZ4F_HEADER_SIZE_MAX;
    encoder->buffer = mem_alloc(encoder->capacity);
    if (encoder->buffer &&
        !LZ4F_isError(LZ4F_createCompressionContext(&encoder->context, LZ4F_VERSION)))
        return encoder;
    destroy(encoder);
    return NULL;
}

static void give(struct encoder *encoder, struct codec_step *step)
{
    const size_t n_left = encoder->end - encoder->at;
    const size_t n_bytes = n_left < step->n_out ? n_left : step->n_out;
    memcpy(step->out, encoder->buffer + encoder->at, n_bytes);
    encoder->at += n_bytes;
    step->out += n_bytes;
    step->n_out -= n_bytes;
}

/* Fills the empty buffer with what comes next. The outcome of the library. */
static size_t fill(struct encoder *encoder, struct codec_step *step, enum compress_goal goal)
{
    if (!encoder->has_begun) {
        encoder->has_begun = true;
        return LZ4F_compressBegin(encoder->context, encoder->buffer, encoder->capacity,
                                  &encoder->preferences);
    }
    if (step->n_in > 0) {
        const size_t n_bytes = step->n_in < PIECE_BYTES ? step->n_in : PIECE_BYTES;
        const uint8_t *in = step->in;
        step->in += n_bytes;
        step->n_in -= n_bytes;
        return LZ4F_compressUpdate(encoder->context, encoder->buffer, encoder->capacity, in,
                                   n_bytes, NULL);
    }
    encoder->has_reached_goal = true;
    if (goal == COMPRESS_FLUSH)
        return LZ4F_flush(encoder->context, encoder->buffer, encoder->capacity, NULL);
    return LZ4F_compressEnd(encoder->context, encoder->buffer, encoder->capacity, NULL);
}

static const char *encode(void *encoder, struct codec_step *step, enum compress_goal goal,
                          bool *is_done)
{
    struct encoder *mine = encoder;
    give(mine, step);
    while (mine->at == mine->end && !mine->has_reached_goal &&
           (step->n_in > 0 || goal != COMPRESS_MORE)) {
        const size_t outcome = fill(mine, step, goal);
        if (LZ4F_isError(outcome))
            return LZ4F_getErrorName(outcome);
        mine->at = 0;
        mine->end = outcome;
        give(mine, step);
    }
    *is_done = mine->at == mine->end && step->n_in == 0 &&
               (goal == COMPRESS_MORE || mine->has_reached_goal);
    if (*is_done)
        mine->has_reached_goal = false;
    return NULL;
}

const struct compressor compress_lz4 = {
    .name = "lz4",
    .type = TRACE_OPTION_COMPRESSTYPE_LZ4,
    .suffixes = {".lz4"},
    .create = create,
    .encode = encode,
    .destroy = destroy,
};
