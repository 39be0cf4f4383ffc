/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xz, and lzma-alone files, by liblzma. The format of the latter has no place for a flush: what was
 * written comes out when the encoder has enough of it, or at the end.
 */
#include <libtrace/output.h>
#include <lzma.h>

#include "lib/base/memory.h"
#include "lib/io/compress.h"

struct encoder {
    lzma_stream stream;
    bool can_flush;
};

static void destroy(void *encoder)
{
    struct encoder *mine = encoder;
    lzma_end(&mine->stream);
    mem_free(mine);
}

static struct encoder *create(bool can_flush)
{
    struct encoder *encoder = mem_alloc_zeroed(1, sizeof(*encoder));
    if (!encoder)
        return NULL;
    encoder->stream = (lzma_stream)LZMA_STREAM_INIT;
    encoder->can_flush = can_flush;
    return encoder;
}

static void *finish_create(struct encoder *encoder, lzma_ret outcome)
{
    if (outcome == LZMA_OK)
        return encoder;
    destroy(encoder);
    return NULL;
}

static uint32_t preset_of(int level)
{
    return level == COMPRESS_DEFAULT_LEVEL ? LZMA_PRESET_DEFAULT : (uint32_t)level;
}

static void *create_xz(int level)
{
    struct encoder *encoder = create(true);
    if (!encoder)
        return NULL;
    return finish_create(encoder,
                         lzma_easy_encoder(&encoder->stream, preset_of(level), LZMA_CHECK_CRC64));
}

static void *create_lzma(int level)
{
    struct encoder *encoder = create(false);
    lzma_options_lzma options;
    if (!encoder)
        return NULL;
    if (lzma_lzma_preset(&options, preset_of(level)))
        return finish_create(encoder, LZMA_OPTIONS_ERROR);
    return finish_create(encoder, lzma_alone_encoder(&encoder->stream, &options));
}

static lzma_action action_of(const struct encoder *encoder, enum compress_goal goal)
{
    if (goal == COMPRESS_END)
        return LZMA_FINISH;
    return goal == COMPRESS_FLUSH && encoder->can_flush ? LZMA_SYNC_FLUSH : LZMA_RUN;
}

static const char *encode(void *encoder, struct codec_step *step, enum compress_goal goal,
                          bool *is_done)
{
    struct encoder *mine = encoder;
    lzma_stream *stream = &mine->stream;
    const lzma_action action = action_of(mine, goal);
    lzma_ret outcome = LZMA_OK;
    stream->next_in = step->in;
    stream->avail_in = step->n_in;
    stream->next_out = step->out;
    stream->avail_out = step->n_out;
    while (outcome == LZMA_OK && stream->avail_out > 0 &&
           (stream->avail_in > 0 || action != LZMA_RUN))
        outcome = lzma_code(stream, action);
    step->in = stream->next_in;
    step->n_in = stream->avail_in;
    step->out = stream->next_out;
    step->n_out = stream->avail_out;
    if (outcome == LZMA_MEM_ERROR)
        return "there is no memory for it";
    if (outcome != LZMA_OK && outcome != LZMA_STREAM_END)
        return "liblzma refuses";
    *is_done = step->n_in == 0 && (action == LZMA_RUN || outcome == LZMA_STREAM_END);
    return NULL;
}

const struct compressor compress_xz = {
    .name = "xz",
    .type = TRACE_OPTION_COMPRESSTYPE_LZMA,
    .suffixes = {".xz"},
    .create = create_xz,
    .encode = encode,
    .destroy = destroy,
};

const struct compressor compress_lzma = {
    .name = "lzma",
    .type = TRACE_OPTION_COMPRESSTYPE_LZMA,
    .suffixes = {".lzma"},
    .ends_a_file = true,
    .create = create_lzma,
    .encode = encode,
    .destroy = destroy,
};
