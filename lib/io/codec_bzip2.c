/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bzip2 by libbz2, which ends with each stream; another decoder goes on then.
 *
 * As bzip2(1) does, what comes behind a stream and does not start as one does is ignored. A stream
 * that starts well and then is none, or ends in its header, is an error.
 */
#include <bzlib.h>
#include <limits.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/io/codec.h"

struct decoder {
    bz_stream stream;
    bool is_open;     /* within a stream */
    bool has_streams; /* one was complete */
    bool is_over;     /* what comes now is garbage */
};

static bool detect(const uint8_t *bytes, size_t n_bytes)
{
    /* "BZh", the block size, and the start of a block or of the end */
    return n_bytes >= 6 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9' &&
           ((bytes[4] == 0x31 && bytes[5] == 0x41) || (bytes[4] == 0x17 && bytes[5] == 0x72));
}

static void *create(void)
{
    return mem_alloc_zeroed(1, sizeof(struct decoder));
}

static void destroy(void *decoder)
{
    struct decoder *mine = decoder;
    if (mine->is_open)
        BZ2_bzDecompressEnd(&mine->stream);
    mem_free(mine);
}

static unsigned limit(size_t n_bytes)
{
    return n_bytes < INT_MAX ? (unsigned)n_bytes : INT_MAX;
}

static int decompress(bz_stream *stream, struct codec_step *step)
{
    const unsigned n_in = limit(step->n_in);
    const unsigned n_out = limit(step->n_out);
    stream->next_in = (char *)(uintptr_t)step->in; /* which it only reads */
    stream->avail_in = n_in;
    stream->next_out = (char *)step->out;
    stream->avail_out = n_out;
    const int outcome = BZ2_bzDecompress(stream);
    step->in += n_in - stream->avail_in;
    step->n_in -= n_in - stream->avail_in;
    step->out += n_out - stream->avail_out;
    step->n_out -= n_out - stream->avail_out;
    return outcome;
}

static void close_stream(struct decoder *decoder)
{
    BZ2_bzDecompressEnd(&decoder->stream);
    decoder->stream = (bz_stream){0};
    decoder->is_open = false;
}

/* Decodes to the end of a stream, of the input, or of the room. */
static const char *decode_stream(struct decoder *decoder, struct codec_step *step)
{
    if (!decoder->is_open && BZ2_bzDecompressInit(&decoder->stream, 0, 0) != BZ_OK)
        return "there is no memory for it";
    decoder->is_open = true;
    switch (decompress(&decoder->stream, step)) {
    case BZ_OK:
        return step->is_last && step->n_in == 0 && step->n_out > 0 ? CODEC_CUT : NULL;
    case BZ_STREAM_END:
        close_stream(decoder);
        decoder->has_streams = true;
        return NULL;
    case BZ_DATA_ERROR_MAGIC:
        decoder->is_over = decoder->has_streams;
        return decoder->has_streams ? NULL : "the header is corrupt";
    case BZ_MEM_ERROR:
        return "there is no memory for it";
    default:
        return "the data is corrupt";
    }
}

static const char *decode(void *decoder, struct codec_step *step)
{
    struct decoder *mine = decoder;
    const char *problem = NULL;
    while (!problem && !mine->is_over && (step->n_in > 0 || mine->is_open)) {
        problem = decode_stream(mine, step);
        if (mine->is_open && (step->n_in == 0 || step->n_out == 0))
            break;
    }
    if (mine->is_over) {
        step->in += step->n_in;
        step->n_in = 0;
    }
    return problem;
}

const struct codec codec_bzip2 = {
    .name = "bzip2",
    .detect = detect,
    .create = create,
    .decode = decode,
    .destroy = destroy,
};
