/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lz4 frames by liblz4, which goes from frame to frame by itself.
 *
 * As lz4(1) does, which then exits with a failure, anything but another frame behind a frame is an
 * error. The legacy format of the Linux kernel's images is not read.
 *
 * A call that fails forgets what it has put out before the failure. So it gets one block at a time,
 * without the header of the next, and nothing while output is waiting.
 */
#include <lz4frame.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/io/codec.h"

#define BLOCK_HEADER_BYTES 4u

struct decoder {
    LZ4F_dctx *context;
    bool is_between;    /* frames: it may end here */
    bool may_hold_more; /* output that there was no room for */
    size_t n_wanted;    /* bytes up to the end of the next block's header, as far as is known */
};

static bool detect(const uint8_t *bytes, size_t n_bytes)
{
    static const uint8_t magic[] = {0x04, 0x22, 0x4d, 0x18};
    return n_bytes >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static void *create(void)
{
    struct decoder *decoder = mem_alloc_zeroed(1, sizeof(*decoder));
    if (decoder && !LZ4F_isError(LZ4F_createDecompressionContext(&decoder->context, LZ4F_VERSION)))
        return decoder;
    mem_free(decoder);
    return NULL;
}

static void destroy(void *decoder)
{
    struct decoder *mine = decoder;
    LZ4F_freeDecompressionContext(mine->context);
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
        size_t n_in = count_safe(mine, step->n_in);
        size_t n_out = step->n_out;
        is_at_work = mine->may_hold_more;
        const size_t outcome =
            LZ4F_decompress(mine->context, step->out, &n_out, step->in, &n_in, NULL);
        if (LZ4F_isError(outcome))
            return LZ4F_getErrorName(outcome);
        if (n_in + n_out > 0) {
            mine->is_between = outcome == 0;
            mine->n_wanted = outcome;
            is_at_work = true;
        }
        step->in += n_in;
        step->n_in -= n_in;
        step->out += n_out;
        step->n_out -= n_out;
        mine->may_hold_more = step->n_out == 0;
    }
    return step->is_last && step->n_in == 0 && step->n_out > 0 && !mine->is_between ? CODEC_CUT
                                                                                    : NULL;
}

const struct codec codec_lz4 = {
    .name = "lz4",
    .detect = detect,
    .create = create,
    .decode = decode,
    .destroy = destroy,
};
