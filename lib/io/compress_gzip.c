/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip by zlib, which has all the levels; ISA-L compresses no better than level 2 does. The header
 * has neither name nor time, so that the same packets give the same file.
 */
#include <libtrace/output.h>
#include <limits.h>
#include <zlib.h>

#include "lib/base/memory.h"
#include "lib/io/compress.h"

#define GZIP_WINDOW_BITS (MAX_WBITS + 16) /* the 16 asks for gzip's header and trailer */
#define MEMORY_LEVEL     8                /* zlib's default */

static void *create(int level)
{
    z_stream *stream = mem_alloc_zeroed(1, sizeof(*stream));
    if (stream &&
        deflateInit2(stream, level == COMPRESS_DEFAULT_LEVEL ? Z_DEFAULT_COMPRESSION : level,
                     Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK)
        return stream;
    mem_free(stream);
    return NULL;
}

static void destroy(void *encoder)
{
    deflateEnd(encoder);
    mem_free(encoder);
}

static unsigned limit(size_t n_bytes)
{
    return n_bytes < INT_MAX ? (unsigned)n_bytes : INT_MAX;
}

static const char *encode(void *encoder, struct codec_step *step, enum compress_goal goal,
                          bool *is_done)
{
    static const int flush_of[] = {
        [COMPRESS_MORE] = Z_NO_FLUSH, [COMPRESS_FLUSH] = Z_SYNC_FLUSH, [COMPRESS_END] = Z_FINISH};
    z_stream *stream = encoder;
    const unsigned n_in = limit(step->n_in);
    const unsigned n_out = limit(step->n_out);
    stream->next_in = (Bytef *)(uintptr_t)step->in; /* which it only reads */
    stream->avail_in = n_in;
    stream->next_out = step->out;
    stream->avail_out = n_out;
    const int outcome = deflate(stream, n_in < step->n_in ? Z_NO_FLUSH : flush_of[goal]);
    step->in += n_in - stream->avail_in;
    step->n_in -= n_in - stream->avail_in;
    step->out += n_out - stream->avail_out;
    step->n_out -= n_out - stream->avail_out;
    if (outcome == Z_STREAM_ERROR)
        return "zlib refuses";
    *is_done =
        step->n_in == 0 && (goal == COMPRESS_END ? outcome == Z_STREAM_END : stream->avail_out > 0);
    return NULL;
}

const struct compressor compress_gzip = {
    .name = "gzip",
    .type = TRACE_OPTION_COMPRESSTYPE_ZLIB,
    .suffixes = {".gz"},
    .create = create,
    .encode = encode,
    .destroy = destroy,
};
