/* SPDX-License-Identifier: BSD-2-Clause */
/* What is between a URI and the first block, and what can be asked beside the blocks. */
#include "formats/erf/erf.h"

#include "lib/base/memory.h"

static int open_with(struct input *input,
                     struct block_reader *(*open)(const char *where, struct error *error))
{
    struct erf_input *erf = mem_alloc_aligned(CACHE_LINE_BYTES, sizeof(*erf));
    if (!erf)
        return error_set(input->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for reading '%s'",
                         input->where);
    erf->reader = open(input->where, input->error);
    if (!erf->reader) {
        mem_free(erf);
        return -1;
    }
    block_reader_adopt(erf->reader, &input->preview);
    input->state = erf;
    return 0;
}

int erf_open(struct input *input)
{
    return open_with(input, block_reader_open);
}

int erf_raw_open(struct input *input)
{
    return open_with(input, block_reader_open_plain);
}

/* The loss counter, as it is loaded; and the type, of which bits are set but in type 0. */
#define CARE_LOSSES (UINT64_C(0xffff) << 8 * (ERF_LOSS_AT - ERF_TYPE_AT))
#define CARE_ALWAYS ((uint64_t)ERF_TYPE_BITS)

static void set_up_marking(struct erf_input *erf, bool discards_meta)
{
    erf->passed_over = discards_meta ? ERF_META : ERF_PAD;
    for (unsigned i = 0; i < ERF_N_TYPES; i++) {
        erf->care[i] = erf_types[i].counts_losses ? CARE_LOSSES : 0;
        if (!erf_types[i].is_valid || i == ERF_PAD || i == erf->passed_over)
            erf->care[i] = CARE_ALWAYS;
    }
}

void erf_show(struct stream *stream, const struct erf_input *erf)
{
    stream->wait_fd = block_reader_wait_fd(erf->reader);
    store_relaxed(&stream->bytes_done, block_reader_bytes_done(erf->reader));
}

int erf_start(struct input *input, struct stream *stream)
{
    struct erf_input *erf = input->state;
    if (block_reader_start(erf->reader, input->block_bytes) != 0)
        return -1;
    set_up_marking(erf, input->settings.discards_meta);
    stream->input = input;
    stream->is_positional = block_reader_is_positional(erf->reader);
    store_relaxed(&stream->bytes_total, block_reader_bytes_total(erf->reader));
    erf_show(stream, erf);
    return 0;
}

void erf_close(struct input *input)
{
    struct erf_input *erf = input->state;
    if (!erf)
        return;
    block_reader_close(&erf->reader);
    mem_free(erf);
    input->state = NULL;
}

void erf_statistics(struct input *input, libtrace_stat_t *statistics)
{
    struct erf_input *erf = input->state;
    statistics->dropped_valid = 1;
    statistics->dropped += load_relaxed(&erf->n_lost);
}

void erf_load(struct stream *stream, struct block *block, uint64_t number)
{
    struct erf_input *erf = stream->input->state;
    block_reader_load(erf->reader, block, number);
}
