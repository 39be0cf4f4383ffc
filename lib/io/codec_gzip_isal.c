/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gzip by ISA-L, which inflates about three times as fast as zlib. Five things about it:
 *
 * It reads up to 8 bytes ahead into a register and keeps them at the end of the deflate data; the
 * trailer, and with an earlier step's bytes even what is behind it, starts there.
 *
 * It decodes a little more than there is room for, into a buffer of its own, and forgets that when
 * an error comes up meanwhile: what is in there is given before the error is told.
 *
 * It counts bytes in 32 bits, and some of its decoding loops take the count for the distance that a
 * match may reach back. Past 4 GiB that would be too small for a moment, so the count is set back
 * long before, to something that is larger than any distance.
 *
 * Of data that is corrupt it may take a byte or two more than there are, without looking at them:
 * the bytes left wrap around then.
 *
 * It decodes up to three literals in one go, and none of them where the data is cut in the last.
 */
#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/memory.h"
#include "lib/io/gzip_frame.h"

#define COUNT_LIMIT (UINT32_C(1) << 30)
#define COUNT_AFTER (UINT32_C(1) << 20)

struct decoder {
    struct gzip_frame frame;
    const char *problem; /* to be told when all that was decoded before is given */
    struct inflate_state state;
};

static void start_data(struct decoder *decoder)
{
    isal_inflate_reset(&decoder->state);
    decoder->state.crc_flag = ISAL_GZIP_NO_HDR;
    decoder->frame.n_data = 0;
}

static void *create(void)
{
    struct decoder *decoder = mem_alloc_zeroed(1, sizeof(*decoder));
    if (decoder)
        isal_inflate_init(&decoder->state);
    return decoder;
}

static unsigned limit(size_t n_bytes)
{
    return n_bytes < INT_MAX ? (unsigned)n_bytes : INT_MAX;
}

/* What was decoded before an error and is still in the library's buffer. The error when there is
 * none. */
static const char *give_rest(struct decoder *decoder, struct codec_step *step)
{
    struct inflate_state *state = &decoder->state;
    const size_t n_left = (size_t)(state->tmp_out_valid - state->tmp_out_processed);
    const size_t n_bytes = n_left < step->n_out ? n_left : step->n_out;
    memcpy(step->out, state->tmp_out_buffer + state->tmp_out_processed, n_bytes);
    state->tmp_out_processed += (int32_t)n_bytes;
    step->out += n_bytes;
    step->n_out -= n_bytes;
    return n_bytes == n_left ? decoder->problem : NULL;
}

/* The deflate data is over: goes on with the bytes in the register, the first of which may be used
 * up in part. */
static const char *end_data(struct decoder *decoder)
{
    struct inflate_state *state = &decoder->state;
    uint8_t ahead[sizeof(state->read_in)];
    store_le64(ahead, state->read_in >> (state->read_in_length % 8));
    struct codec_step step = {.in = ahead, .n_in = (size_t)state->read_in_length / 8};
    state->read_in_length = 0;
    decoder->frame.crc = state->crc;
    gzip_frame_end_data(&decoder->frame);
    return gzip_frame_take(&decoder->frame, &step);
}

/* Inflates what it can. */
static const char *inflate_data(struct decoder *decoder, struct codec_step *step)
{
    struct inflate_state *state = &decoder->state;
    const unsigned n_in = limit(step->n_in);
    const unsigned n_out = limit(step->n_out);
    if (state->total_out > COUNT_LIMIT)
        state->total_out = COUNT_AFTER;
    state->next_in = (uint8_t *)(uintptr_t)step->in; /* which it only reads */
    state->avail_in = n_in;
    state->next_out = step->out;
    state->avail_out = n_out;
    const int outcome = isal_inflate(state);

    const bool has_taken_too_much = state->avail_in > n_in;
    const unsigned n_taken = has_taken_too_much ? n_in : n_in - state->avail_in;
    decoder->frame.n_data += n_out - state->avail_out;
    step->in += n_taken;
    step->n_in -= n_taken;
    step->out += n_out - state->avail_out;
    step->n_out -= n_out - state->avail_out;
    if (outcome < 0 || has_taken_too_much) {
        decoder->problem = "the data is corrupt";
        return give_rest(decoder, step);
    }
    if (state->block_state == ISAL_BLOCK_FINISH)
        return end_data(decoder);
    if (step->is_last && step->n_in == 0 && step->n_out > 0)
        return CODEC_CUT;
    return NULL;
}

static const char *decode(void *decoder, struct codec_step *step)
{
    struct decoder *mine = decoder;
    struct gzip_frame *frame = &mine->frame;
    if (mine->problem)
        return give_rest(mine, step);
    for (;;) {
        const char *problem = NULL;
        if (frame->part != GZIP_DATA) {
            problem = gzip_frame_take(frame, step);
            if (problem || frame->part != GZIP_DATA)
                return problem;
            start_data(mine);
        }
        problem = inflate_data(mine, step);
        if (problem || frame->part == GZIP_DATA)
            return problem;
    }
}

const struct codec codec_gzip = {
    .name = "gzip",
    .n_lost_by_cut = 2,
    .detect = gzip_detect,
    .create = create,
    .decode = decode,
    .destroy = mem_free,
};
