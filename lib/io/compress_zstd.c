/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zstd by libzstd, whose worker threads compress while the caller goes on. They are started by the
 * first call, which is therefore made by a thread of ours: from that they inherit what all threads
 * of the library have, the signals blocked and a name. Without threads to be had the caller
 * compresses.
 */
#include <libtrace/output.h>
#include <zstd.h>

#include "lib/base/cpus.h"
#include "lib/base/memory.h"
#include "lib/base/threads.h"
#include "lib/io/compress.h"

#define MAX_WORKERS 4
#define JOB_BYTES   (2 << 20) /* given to a worker at a time; its own choice is up to 32 MB */

static bool set(ZSTD_CCtx *context, ZSTD_cParameter parameter, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value));
}

/* The first call: makes all that compression needs. NULL if that failed. */
static void *begin(void *argument)
{
    ZSTD_inBuffer in = {NULL, 0, 0};
    ZSTD_outBuffer out = {NULL, 0, 0};
    return ZSTD_isError(ZSTD_compressStream2(argument, &out, &in, ZSTD_e_continue)) ? NULL
                                                                                    : argument;
}

static bool begin_with_workers(ZSTD_CCtx *context, int n_workers)
{
    pthread_t starter;
    void *result = NULL;
    if (n_workers < 2 || !set(context, ZSTD_c_nbWorkers, n_workers) ||
        !set(context, ZSTD_c_jobSize, JOB_BYTES))
        return false;
    if (thread_start(&starter, "weir/zstd", begin, context) == 0)
        pthread_join(starter, &result);
    return result != NULL;
}

static void *create(int level)
{
    const int n_cpus = cpus_count();
    ZSTD_CCtx *context = ZSTD_createCCtx();
    if (!context)
        return NULL;
    const int wanted = level == COMPRESS_DEFAULT_LEVEL ? ZSTD_CLEVEL_DEFAULT : level;
    bool is_ready =
        set(context, ZSTD_c_compressionLevel, wanted) && set(context, ZSTD_c_checksumFlag, 1);
    if (is_ready && !begin_with_workers(context, n_cpus < MAX_WORKERS ? n_cpus : MAX_WORKERS)) {
        ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
        is_ready = set(context, ZSTD_c_nbWorkers, 0) && begin(context);
    }
    if (is_ready)
        return context;
    ZSTD_freeCCtx(context);
    return NULL;
}

static void destroy(void *encoder)
{
    ZSTD_freeCCtx(encoder);
}

static const char *encode(void *encoder, struct codec_step *step, enum compress_goal goal,
                          bool *is_done)
{
    static const ZSTD_EndDirective directive_of[] = {[COMPRESS_MORE] = ZSTD_e_continue,
                                                     [COMPRESS_FLUSH] = ZSTD_e_flush,
                                                     [COMPRESS_END] = ZSTD_e_end};
    ZSTD_inBuffer in = {step->in, step->n_in, 0};
    ZSTD_outBuffer out = {step->out, step->n_out, 0};
    const size_t outcome = ZSTD_compressStream2(encoder, &out, &in, directive_of[goal]);
    if (ZSTD_isError(outcome))
        return ZSTD_getErrorName(outcome);
    step->in += in.pos;
    step->n_in -= in.pos;
    step->out += out.pos;
    step->n_out -= out.pos;
    *is_done = step->n_in == 0 && (goal == COMPRESS_MORE || outcome == 0);
    return NULL;
}

const struct compressor compress_zstd = {
    .name = "zstd",
    .type = TRACE_OPTION_COMPRESSTYPE_ZSTD,
    .suffixes = {".zst", ".zstd"},
    .create = create,
    .encode = encode,
    .destroy = destroy,
};
