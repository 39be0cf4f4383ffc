/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bzip2 by libbz2. Its own flush leaves up to 7 bits of a block in the encoder, without which a
 * reader cannot have that block. So a flush ends the stream, and what is written later goes into
 * another one: bzip2's readers take streams that follow each other for one.
 */
#include <bzlib.h>
#include <libtrace/output.h>
#include <limits.h>

#include "lib/base/memory.h"
#include "lib/io/compress.h"

#define LARGEST_BLOCK  9 /* the tool's default */
#define NOT_VERBOSE    0
#define DEFAULT_FACTOR 0

struct encoder {
    bz_stream stream;
    int level;
    bool is_open;     /* within a stream */
    bool has_streams; /* there was one: a file without any is no bzip2 file */
};

static void *create(int level)
{
    struct encoder *encoder = mem_alloc_zeroed(1, sizeof(*encoder));
    if (encoder)
        encoder->level = level == COMPRESS_DEFAULT_LEVEL ? LARGEST_BLOCK : level;
    return encoder;
}

static void close_stream(struct encoder *encoder)
{
    BZ2_bzCompressEnd(&encoder->stream);
    encoder->stream = (bz_stream){0};
    encoder->is_open = false;
}

static void destroy(void *encoder)
{
    struct encoder *mine = encoder;
    if (mine->is_open)
        close_stream(mine);
    mem_free(mine);
}

static bool open_stream(struct encoder *encoder)
{
    if (BZ2_bzCompressInit(&encoder->stream, encoder->level, NOT_VERBOSE, DEFAULT_FACTOR) != BZ_OK)
        return false;
    encoder->is_open = true;
    encoder->has_streams = true;
    return true;
}

static unsigned limit(size_t n_bytes)
{
    return n_bytes < INT_MAX ? (unsigned)n_bytes : INT_MAX;
}

static int compress(bz_stream *stream, struct codec_step *step, int action)
{
    const unsigned n_in = limit(step->n_in);
    const unsigned n_out = limit(step->n_out);
    stream->next_in = (char *)(uintptr_t)step->in; /* which it only reads */
    stream->avail_in = n_in;
    stream->next_out = (char *)step->out;
    stream->avail_out = n_out;
    const int outcome = BZ2_bzCompress(stream, action);
    step->in += n_in - stream->avail_in;
    step->n_in -= n_in - stream->avail_in;
    step->out += n_out - stream->avail_out;
    step->n_out -= n_out - stream->avail_out;
    return outcome;
}

static const char *encode(void *encoder, struct codec_step *step, enum compress_goal goal,
                          bool *is_done)
{
    struct encoder *mine = encoder;
    const bool must_open = step->n_in > 0 || (goal == COMPRESS_END && !mine->has_streams);
    if (!mine->is_open && must_open && !open_stream(mine))
        return "there is no memory for it";
    int outcome = BZ_RUN_OK;
    while (mine->is_open && step->n_in > 0 && step->n_out > 0 && outcome == BZ_RUN_OK)
        outcome = compress(&mine->stream, step, BZ_RUN);
    if (mine->is_open && step->n_in == 0 && step->n_out > 0 && goal != COMPRESS_MORE)
        outcome = compress(&mine->stream, step, BZ_FINISH);
    if (outcome < 0)
        return "libbz2 refuses";
    if (outcome == BZ_STREAM_END)
        close_stream(mine);
    *is_done = step->n_in == 0 && (goal == COMPRESS_MORE || !mine->is_open);
    return NULL;
}

const struct compressor compress_bzip2 = {
    .name = "bzip2",
    .type = TRACE_OPTION_COMPRESSTYPE_BZ2,
    .suffixes = {".bz2"},
    .create = create,
    .encode = encode,
    .destroy = destroy,
};
