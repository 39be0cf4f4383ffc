/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Greedy: of some random candidates the one that brings most new pairs is taken. Where none brings
 * any, it is simply a random one.
 */
#include "tests/parallel/scenario.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"

#define N_CANDIDATES 40

struct factor {
    int n_levels;
    const char *const names[SCENARIO_MAX_LEVELS];
};

static const struct factor factors[N_FACTORS] = {
    [FACTOR_THREADS] = {5, {"1 thread", "2 threads", "3 threads", "4 threads", "8 threads"}},
    [FACTOR_MODE] = {4, {"balance", "bidirectional", "unidirectional", "custom hasher"}},
    [FACTOR_REPORT] = {7, {"no reporter", "unordered", "auto", "order", "any", "sorted", "own"}},
    [FACTOR_TICKS] = {3, {"no ticks", "count ticks", "interval ticks"}},
    [FACTOR_PAUSES] = {3, {"no pauses", "pauses by packets", "pauses by clock"}},
    [FACTOR_STOP] = {3, {"no stop", "stop in callback", "stop elsewhere"}},
    [FACTOR_INPUT] = {5, {"positional", "stream", "error", "end in the middle", "empty"}},
    [FACTOR_KEEP] = {6,
                     {"nothing kept", "kept for reporter", "kept elsewhere", "kept for ever",
                      "swapped", "made safe"}},
    [FACTOR_FILTER] = {2, {"no filter", "filter"}},
    [FACTOR_BATCHES] = {2, {"packet by packet", "batches"}},
};

typedef uint8_t pair_table[N_FACTORS][SCENARIO_MAX_LEVELS][N_FACTORS][SCENARIO_MAX_LEVELS];

int scenario_n_threads(const struct scenario *scenario)
{
    static const int n[] = {1, 2, 3, 4, 8};
    return n[scenario->level[FACTOR_THREADS]];
}

bool scenario_is_hashed(const struct scenario *scenario)
{
    return scenario->level[FACTOR_MODE] != MODE_BALANCE && scenario_n_threads(scenario) > 1;
}

void scenario_print(const struct scenario *scenario, char *text, size_t size)
{
    size_t n = 0;
    text[0] = '\0';
    for (int f = 0; f < N_FACTORS && n < size; f++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", f > 0 ? ", " : "",
                              factors[f].names[scenario->level[f]]);
}

static void draw(struct scenario *scenario, uint64_t *random)
{
    scenario->seed = test_random(random);
    for (int f = 0; f < N_FACTORS; f++)
        scenario->level[f] = (int)(test_random(random) % (uint64_t)factors[f].n_levels);
}

/* Counts the pairs of a scenario that are new, and notes them if asked to. */
static size_t count_new(const struct scenario *scenario, pair_table seen, bool notes)
{
    size_t n = 0;
    for (int f = 0; f < N_FACTORS; f++) {
        for (int g = f + 1; g < N_FACTORS; g++) {
            uint8_t *pair = &seen[f][scenario->level[f]][g][scenario->level[g]];
            n += *pair == 0;
            if (notes)
                *pair = 1;
        }
    }
    return n;
}

static size_t count_missing(pair_table seen)
{
    size_t n = 0;
    for (int f = 0; f < N_FACTORS; f++) {
        for (int g = f + 1; g < N_FACTORS; g++) {
            for (int i = 0; i < factors[f].n_levels; i++) {
                for (int j = 0; j < factors[g].n_levels; j++)
                    n += seen[f][i][g][j] == 0;
            }
        }
    }
    return n;
}

size_t scenario_choose(uint64_t seed, struct scenario *scenarios, size_t n)
{
    static pair_table seen;
    memset(seen, 0, sizeof(seen));
    uint64_t random = seed;
    for (size_t i = 0; i < n; i++) {
        size_t most = 0;
        for (int c = 0; c < N_CANDIDATES; c++) {
            struct scenario candidate;
            draw(&candidate, &random);
            const size_t n_new = count_new(&candidate, seen, false);
            if (c == 0 || n_new > most) {
                scenarios[i] = candidate;
                most = n_new;
            }
        }
        count_new(&scenarios[i], seen, true);
    }
    return count_missing(seen);
}
