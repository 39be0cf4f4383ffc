/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where records start in the middle of a file, with certainty, though nothing marks them and packets
 * may hold ERF files themselves.
 *
 * A record has at most 65535 bytes, so among that many bytes one starts. All of them are taken for
 * starts, and each such chain is followed from record to record by the lengths, as reading would,
 * until it comes to something that reading would call an error. Chains that meet go on as one. The
 * chain that reading the file from its beginning makes is among them and does not end. So when one
 * chain is left, it is that one. No chain is judged by how likely it looks.
 *
 * In most captures one is left after some hundred kilobytes. In one that was made to keep another
 * chain alive beside it none is found, which is an answer, too.
 */
#include "formats/erf/window.h"

#include "lib/base/memory.h"

#define RING_POSITIONS (UINT64_C(2) * 65536) /* those that chains can have come to at one time */
#define RING_WORDS     (RING_POSITIONS / 64)
#define MOST_BYTES     (UINT64_C(4) << 20) /* to follow chains over */

STATIC_ASSERT(RING_POSITIONS >= ERF_MAX_RECORD_BYTES + 128);

/* Where chains have come to: a bit for each position of the file, which others share. */
struct chains {
    uint64_t words[RING_WORDS];
    size_t n;
};

static uint64_t *word_of(struct chains *chains, uint64_t position)
{
    return &chains->words[position / 64 % RING_WORDS];
}

static void add(struct chains *chains, uint64_t position)
{
    uint64_t *word = word_of(chains, position);
    const uint64_t bit = UINT64_C(1) << position % 64;
    chains->n += !(*word & bit);
    *word |= bit;
}

/* Lets the chains that have come to `base` or up to 63 bytes further take their next step. 1; 0
 * when one leaves the file; -1. */
static int step(struct erf_window *window, struct chains *chains, uint64_t base)
{
    uint64_t *word = word_of(chains, base);
    if (*word == 0)
        return 1;
    const uint8_t *bytes = erf_window_look(window, base, 64 + ERF_HEADER_BYTES);
    if (!bytes)
        return -1;
    while (*word != 0) {
        const unsigned i = (unsigned)__builtin_ctzll(*word);
        *word &= *word - 1;
        chains->n--;
        const struct erf_header header = erf_load_header(bytes + i);
        if (!erf_is_record(&header))
            continue;
        if (base + i + header.n_bytes >= window->end)
            return 0;
        add(chains, base + i + header.n_bytes);
    }
    return 1;
}

static uint64_t first_of(struct chains *chains, uint64_t base)
{
    while (*word_of(chains, base) == 0)
        base += 64;
    return base + (unsigned)__builtin_ctzll(*word_of(chains, base));
}

static int follow(struct erf_window *window, struct chains *chains, uint64_t from,
                  uint64_t *position)
{
    for (uint64_t i = 0; i < ERF_MAX_RECORD_BYTES; i++)
        add(chains, from + i);
    for (uint64_t base = from & ~UINT64_C(63); base < from + MOST_BYTES; base += 64) {
        if (chains->n == 1) {
            *position = first_of(chains, base);
            return 1;
        }
        if (chains->n == 0 || base + 64 + ERF_HEADER_BYTES > window->end)
            return 0;
        const int outcome = step(window, chains, base);
        if (outcome != 1)
            return outcome;
    }
    return 0;
}

int erf_resync(struct erf_window *window, uint64_t from, uint64_t *position)
{
    if (from < window->first || window->end - from <= RING_POSITIONS)
        return 0;
    struct chains *chains = mem_alloc_zeroed(1, sizeof(*chains));
    if (!chains)
        return error_set(window->error, TRACE_ERR_OUT_OF_MEMORY, "No memory for seeking");
    const int outcome = follow(window, chains, from, position);
    mem_free(chains);
    return outcome;
}
