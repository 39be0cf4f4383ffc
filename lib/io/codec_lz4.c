/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lz4 frames by liblz4, which goes from frame to frame by itself.
 *
 * As lz4(1) does, which then exits with a failure, anything but another frame behind a frame is an
 * error. The legacy format of the Linux kernel's images is not read.
 */
#include <lz4frame.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/io/codec_blocks.h"

struct decoder {
    LZ4F_dctx *context;
    struct codec_blocks blocks;
};

static bool detect(const uint8_t *bytes, size_t n_bytes)
{
    static const uint8_t magic[] = {0x04, 0x22, 0x4d, 0x18};
    return n_bytes >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static void *create(void)
{
    struct decoder *decoder = mem_alloc_zeroed(1, sizeof(*decoder));
    if (!decoder)
        return NULL;
    decoder->blocks.header_bytes = 4;
    decoder->blocks.max_bytes = CODEC_BLOCK_BYTES;
    if (!LZ4F_isError(LZ4F_createDecompressionContext(&decoder->context, LZ4F_VERSION)))
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

static void call(void *context, const struct codec_step *step, struct codec_call *made)
{
    made->n_wanted = LZ4F_decompress(context, step->out, &made->n_out, step->in, &made->n_in, NULL);
    made->error = LZ4F_isError(made->n_wanted) ? LZ4F_getErrorName(made->n_wanted) : NULL;
}

static const char *decode(void *decoder, struct codec_step *step)
{
    struct decoder *mine = decoder;
    return codec_blocks_decode(&mine->blocks, step, call, mine->context);
}

const struct codec codec_lz4 = {
    .name = "lz4",
    .detect = detect,
    .create = create,
    .decode = decode,
    .destroy = destroy,
};
