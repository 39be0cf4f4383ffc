/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip where there is no ISA-L: zlib takes about three times as long. */
#include <limits.h>
#include <zlib.h>

#include "lib/base/memory.h"
#include "lib/io/gzip_frame.h"

struct decoder {
    struct gzip_frame frame;
    z_stream stream;
};

static void *create(void)
{
    struct decoder *decoder = mem_alloc_zeroed(1, sizeof(*decoder));
    if (decoder && inflateInit2(&decoder->stream, -MAX_WBITS) == Z_OK)
        return decoder;
    mem_free(decoder);
    return NULL;
}

static void destroy(void *decoder)
{
    struct decoder *mine = decoder;
    inflateEnd(&mine->stream);
    mem_free(mine);
}

static unsigned limit(size_t n_bytes)
{
    return n_bytes < INT_MAX ? (unsigned)n_bytes : INT_MAX;
}

/* Inflates what it can. */
static const char *inflate_data(struct decoder *decoder, struct codec_step *step)
{
    z_stream *stream = &decoder->stream;
    const unsigned n_in = limit(step->n_in);
    const unsigned n_out = limit(step->n_out);
    stream->next_in = (Bytef *)(uintptr_t)step->in; /* which it only reads */
    stream->avail_in = n_in;
    stream->next_out = step->out;
    stream->avail_out = n_out;
    const int outcome = inflate(stream, Z_NO_FLUSH);

    const unsigned n_made = n_out - stream->avail_out;
    struct gzip_frame *frame = &decoder->frame;
    frame->crc = (uint32_t)crc32(frame->crc, step->out, n_made);
    frame->n_data += n_made;
    step->in += n_in - stream->avail_in;
    step->n_in -= n_in - stream->avail_in;
    step->out += n_made;
    step->n_out -= n_made;
    if (outcome == Z_STREAM_END) {
        gzip_frame_end_data(frame);
        inflateReset(stream);
    } else if (outcome == Z_MEM_ERROR) {
        return "there is no memory for it";
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
        return "the data is corrupt";
    } else if (step->is_last && step->n_in == 0 && step->n_out > 0) {
        return CODEC_CUT;
    }
    return NULL;
}

static const char *decode(void *decoder, struct codec_step *step)
{
    struct decoder *mine = decoder;
    struct gzip_frame *frame = &mine->frame;
    for (;;) {
        const char *problem = NULL;
        if (frame->part != GZIP_DATA) {
            problem = gzip_frame_take(frame, step);
            if (problem || frame->part != GZIP_DATA)
                return problem;
            frame->crc = 0;
            frame->n_data = 0;
        }
        problem = inflate_data(mine, step);
        if (problem || frame->part == GZIP_DATA)
            return problem;
    }
}

const struct codec codec_gzip = {
    .name = "gzip",
    .detect = gzip_detect,
    .create = create,
    .decode = decode,
    .destroy = destroy,
};
