/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/io/codec_blocks.h"

/* How much of the input may be handed over at once. */
static size_t count_safe(const struct codec_blocks *blocks, size_t n_in)
{
    if (blocks->may_hold_more)
        return 0;
    size_t n_safe = blocks->n_wanted;
    if (n_safe > blocks->header_bytes)
        n_safe -= blocks->header_bytes;
    if (n_safe == 0)
        n_safe = 1;
    return n_safe < n_in ? n_safe : n_in;
}

/* Does it want a block now? If not, something long to be skipped. */
static bool is_block(const struct codec_blocks *blocks)
{
    return blocks->n_wanted <= blocks->max_bytes;
}

const char *codec_blocks_decode(struct codec_blocks *blocks, struct codec_step *step,
                                void (*call)(void *context, const struct codec_step *step,
                                             struct codec_call *codec_call),
                                void *context)
{
    bool is_at_work = true;
    while (is_at_work && step->n_out > 0 && (blocks->may_hold_more || step->n_in > 0)) {
        struct codec_call made = {count_safe(blocks, step->n_in), step->n_out, 0, NULL};
        is_at_work = blocks->may_hold_more;
        call(context, step, &made);
        if (made.error)
            return made.error;
        if (made.n_in + made.n_out > 0) {
            blocks->is_between = made.n_wanted == 0;
            blocks->n_wanted = made.n_wanted;
            is_at_work = true;
        }
        step->in += made.n_in;
        step->n_in -= made.n_in;
        step->out += made.n_out;
        step->n_out -= made.n_out;
        blocks->may_hold_more = step->n_out == 0;
    }
    step->n_wanted = is_block(blocks) ? blocks->n_wanted : 0;
    return step->is_last && step->n_in == 0 && step->n_out > 0 && !blocks->is_between ? CODEC_CUT
                                                                                      : NULL;
}
