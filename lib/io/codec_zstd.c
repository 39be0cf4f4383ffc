/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd (RFC 8878) by libzstd, which goes from frame to frame by itself.
 *
 * As zstd(1) does, anything but another frame behind a frame is an error. A skippable frame in
 * front counts as zstd too, though lz4 has the same ones, because only zstd's tools write such files.
 */
#include <string.h>
#include <zstd.h>

#include "lib/base/memory.h"
#include "lib/io/codec_blocks.h"

#define WINDOW_BITS 27 /* CODEC_MEMORY_BYTES */

struct decoder {
    ZSTD_DCtx *context;
    struct codec_blocks blocks;
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
    decoder->blocks.header_bytes = 3;
    decoder->blocks.max_bytes = ZSTD_BLOCKSIZE_MAX + 3;
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

static void call(void *context, const struct codec_step *step, struct codec_call *made)
{
    ZSTD_inBuffer in = {step->in, made->n_in, 0};
    ZSTD_outBuffer out = {step->out, made->n_out, 0};
    made->n_wanted = ZSTD_decompressStream(context, &out, &in);
    made->error = ZSTD_isError(made->n_wanted) ? ZSTD_getErrorName(made->n_wanted) : NULL;
    made->n_in = in.pos;
    made->n_out = out.pos;
}

static const char *decode(void *decoder, struct codec_step *step)
{
    struct decoder *mine = decoder;
    return codec_blocks_decode(&mine->blocks, step, call, mine->context);
}

const struct codec codec_zstd = {
    .name = "zstd",
    .detect = detect,
    .create = create,
    .decode = decode,
    .destroy = destroy,
};
