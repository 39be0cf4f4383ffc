/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xz and lzma-alone files by liblzma.
 *
 * As xz(1) does, streams of an xz file may be padded with zeros, in multiples of 4 bytes, and
 * anything else behind one is an error; so is anything behind the data of an lzma file.
 *
 * The header of an lzma file is no magic number but settings: it counts as one when they are what
 * all encoders write unless told otherwise, and a window of 2^n or 2^n + 2^(n-1) bytes.
 */
#include <lzma.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/io/codec.h"

#define USUAL_PROPERTIES 0x5d /* lc 3, lp 0, pb 2 */
#define MIN_WINDOW_BYTES 4096u

struct decoder {
    lzma_stream stream;
    bool is_over;
};

static bool detect_xz(const uint8_t *bytes, size_t n_bytes)
{
    static const uint8_t magic[] = {0xfd, '7', 'z', 'X', 'Z', 0x00};
    return n_bytes >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static bool is_usual_window(uint32_t n_bytes)
{
    const uint32_t lowest_bit = n_bytes & -n_bytes;
    const uint32_t rest = n_bytes - lowest_bit;
    return n_bytes == UINT32_MAX ||
           (n_bytes >= MIN_WINDOW_BYTES && (rest == 0 || rest == 2 * lowest_bit));
}

static bool detect_lzma(const uint8_t *bytes, size_t n_bytes)
{
    return n_bytes >= CODEC_MAGIC_BYTES && bytes[0] == USUAL_PROPERTIES &&
           is_usual_window(load_le32(bytes + 1));
}

static struct decoder *create(void)
{
    struct decoder *decoder = mem_alloc_zeroed(1, sizeof(*decoder));
    if (decoder)
        decoder->stream = (lzma_stream)LZMA_STREAM_INIT;
    return decoder;
}

static void destroy(void *decoder)
{
    struct decoder *mine = decoder;
    lzma_end(&mine->stream);
    mem_free(mine);
}

static void *finish_create(struct decoder *decoder, lzma_ret outcome)
{
    if (outcome == LZMA_OK)
        return decoder;
    destroy(decoder);
    return NULL;
}

static void *create_xz(void)
{
    struct decoder *decoder = create();
    if (!decoder)
        return NULL;
    return finish_create(
        decoder, lzma_stream_decoder(&decoder->stream, CODEC_MEMORY_BYTES, LZMA_CONCATENATED));
}

static void *create_lzma(void)
{
    struct decoder *decoder = create();
    if (!decoder)
        return NULL;
    return finish_create(decoder, lzma_alone_decoder(&decoder->stream, CODEC_MEMORY_BYTES));
}

static const char *describe(lzma_ret outcome, const struct codec_step *step)
{
    switch (outcome) {
    case LZMA_OK:
        return NULL;
    case LZMA_BUF_ERROR: /* no way on without more input or room */
        return step->is_last && step->n_in == 0 && step->n_out > 0 ? CODEC_CUT : NULL;
    case LZMA_MEMLIMIT_ERROR:
        return CODEC_TOO_LARGE;
    case LZMA_MEM_ERROR:
        return "there is no memory for it";
    case LZMA_FORMAT_ERROR:
        return "the header is corrupt";
    case LZMA_OPTIONS_ERROR:
        return "it uses options that are not known";
    default:
        return "the data is corrupt";
    }
}

static const char *decode(void *decoder, struct codec_step *step)
{
    struct decoder *mine = decoder;
    lzma_stream *stream = &mine->stream;
    lzma_ret outcome = LZMA_OK;
    bool is_at_work = true;
    stream->next_in = step->in;
    stream->avail_in = step->n_in;
    stream->next_out = step->out;
    stream->avail_out = step->n_out;
    while (outcome == LZMA_OK && !mine->is_over && stream->avail_out > 0 && is_at_work) {
        const uint64_t n_before = stream->total_in + stream->total_out;
        outcome = lzma_code(stream, step->is_last ? LZMA_FINISH : LZMA_RUN);
        mine->is_over = outcome == LZMA_STREAM_END;
        /* At the end it is asked until it says that it is stuck */
        is_at_work = step->is_last || stream->total_in + stream->total_out > n_before;
    }
    step->in = stream->next_in;
    step->n_in = stream->avail_in;
    step->out = stream->next_out;
    step->n_out = stream->avail_out;
    if (mine->is_over)
        return step->n_in > 0 ? "something else follows the compressed data" : NULL;
    return describe(outcome, step);
}

const struct codec codec_xz = {
    .name = "xz",
    .detect = detect_xz,
    .create = create_xz,
    .decode = decode,
    .destroy = destroy,
};

const struct codec codec_lzma = {
    .name = "lzma",
    .detect = detect_lzma,
    .create = create_lzma,
    .decode = decode,
    .destroy = destroy,
};
