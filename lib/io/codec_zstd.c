/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd (RFC 8878) by libzstd, which goes from frame to frame by itself.
 *
 * As zstd(1) does, anything but another frame behind a frame is an error. A skippable frame in
 * front counts as zstd too, though lz4 has the same ones, because only zstd's tools write such files.
 *
 * A call that fails forgets what it has put out before the failure. So it gets one block at a time,
 * without the header of the next, and nothing while output is waiting.
 */
#include <string.h>
#include <zstd.h>

#include "lib/base/memory.h"
#include "lib/io/codec.h"

#define WINDOW_BITS        27 /* CODEC_MEMORY_BYTES */
#define BLOCK_HEADER_BYTES 3u

struct decoder {
    ZSTD_DCtx *context;
    bool is_between;    /* frames: it may end here */
    bool may_hold_more; /* output that there was no room for */
    size_t n_wanted;    /* bytes up to the end of the next block's header, as far as is known */
};

static bool detect(const uint8_t *bytes, size_t n_bytes)
{
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd};
    static const uint8_t skippable[] = {0x2a, 0x4d, 0x18}; /* behind 0x50 to 0x5f */
    return n_bytes >= 4 && (memcmp(bytes, frame, 4) == 0 ||
                            (bytes[0] >> 4 == 5 && memcmp(bytes + 1, skippable, 3) == 0));
}

static void *create(void)
{
    struct decoder *decoder = mem_alloc_zeroed(1, sizeof(*decoder));
    if (!decoder)
        return NULL;
    decoder->context = ZSTD_createDCtx();
    if (decoder->context &&
        !ZSTD_isError(ZSTD_DCtx_setParameter(decoder->context, ZSTD_d_windowLogMax, WINDOW_BITS)))
        return decoder;
    ZSTD_freeDCtx(decoder->context);
    mem_free(decoder);
    return NULL;
}

static void destroy(void *decoder)
{
    struct decoder *mine = decoder;
    ZSTD_freeDCtx(mine->context);
    mem_free(mine);
}

/* How much of the input may be handed over at once. */
static size_t count_safe(const struct decoder *decoder, size_t n_in)
{
    if (decoder->may_hold_more)
        return 0;
    size_t n_safe = decoder->n_wanted;
    if (n_safe > BLOCK_HEADER_BYTES)
        n_safe -= BLOCK_HEADER_BYTES;
    if (n_safe == 0)
        n_safe = 1;
    return n_safe < n_in ? n_safe : n_in;
}

static const char *decode(void *decoder, struct codec_step *step)
{
    struct decoder *mine = decoder;
    bool is_at_work = true;
    while (is_at_work && step->n_out > 0 && (mine->may_hold_more || step->n_in > 0)) {
        ZSTD_inBuffer in = {step->in, count_safe(mine, step->n_in), 0};
        ZSTD_outBuffer out = {step->out, step->n_out, 0};
        is_at_work = mine->may_hold_more;
        const size_t outcome = ZSTD_decompressStream(mine->context, &out, &in);
        if (ZSTD_isError(outcome))
            return ZSTD_getErrorName(outcome);
        if (in.pos + out.pos > 0) {
            mine->is_between = outcome == 0;
            mine->n_wanted = outcome;
            is_at_work = true;
        }
        mine->may_hold_more = out.pos == out.size;
        step->in += in.pos;
        step->n_in -= in.pos;
        step->out += out.pos;
        step->n_out -= out.pos;
    }
    return step->is_last && step->n_in == 0 && step->n_out > 0 && !mine->is_between ? CODEC_CUT
                                                                                    : NULL;
}

const struct codec codec_zstd = {
    .name = "zstd",
    .detect = detect,
    .create = create,
    .decode = decode,
    .destroy = destroy,
};
