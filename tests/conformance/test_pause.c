/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pause loses nothing and repeats nothing, wherever it comes: after every packet that is read
 * serially; in parallel at each packet of a small file, alone, and at every packet of it.
 */
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/packing.h"
#include "tests/conformance/sight.h"

/* Blocks of a record or two, so that there is always more to be read; and everything in one. */
static const size_t block_sizes[] = {100, 0};

static void check_way(const struct subject *subject, const struct sample *sample,
                      const struct packing *packing, const struct bytes *stored, enum place place,
                      const struct way *way)
{
    struct placed placed;
    char name[100];
    doing("%s, %s, in %s, %s, blocks of %zu bytes, pausing at record %lld", subject->name,
          packing->name, place_names[place], way_name(way), way->block_bytes,
          way->pause == PAUSE_ONCE ? (long long)way->pause_at : -1);
    snprintf(name, sizeof(name), "%s%s", subject_file_name(subject), packing->suffix);
    place_put(&placed, place, name, stored);
    struct sight sight = sight_take(subject->scheme, placed.where, way);
    place_end(&placed);
    sight_check_end(&sight);
    sight_check_sample(&sight, sample, sample->n_facts, 1, way);
    CHECK(sight.n_pauses > 0);
    sight_free(&sight);
}

/* At every packet, by one thread and by two. */
static void check_always(const struct subject *subject, const struct sample *sample,
                         const struct packing *packing, const struct bytes *stored,
                         enum place place)
{
    for (size_t i = 0; i < ARRAY_LEN(block_sizes); i++) {
        struct way way = {.pause = PAUSE_ALWAYS, .block_bytes = block_sizes[i]};
        check_way(subject, sample, packing, stored, place, &way);
        way.n_threads = 2;
        check_way(subject, sample, packing, stored, place, &way);
        way.hasher = HASHER_BIDIRECTIONAL;
        check_way(subject, sample, packing, stored, place, &way);
    }
}

static void check_every(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_SMALL);
    for (const struct packing *packing = packings; packing->name; packing++) {
        if (!packing_suits(packing, subject))
            continue;
        struct bytes stored = packing_pack(packing, &sample->file);
        for (int place = 0; place < N_PLACES; place++)
            if (place < ON_STDIN_FILE || !(subject->features & NO_STDIN))
                check_always(subject, sample, packing, &stored, (enum place)place);
        bytes_free(&stored);
    }
    sample_free(&sample);
}

static void check_each(const struct subject *subject)
{
    static const int thread_counts[] = {1, 2, 4};
    static const enum hasher_types hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL,
                                                HASHER_CUSTOM};
    struct sample *sample = sample_create(subject->make, SAMPLE_SMALL);
    uint64_t order = 0;
    for (size_t i = 0; i < sample->n_facts; i++) {
        if (fact_is_delivered(&sample->facts[i])) {
            for (size_t t = 0; t < ARRAY_LEN(thread_counts); t++) {
                const struct way way = {.n_threads = thread_counts[t],
                                        .hasher = hashers[(i + t) % ARRAY_LEN(hashers)],
                                        .block_bytes = block_sizes[0],
                                        .pause = PAUSE_ONCE,
                                        .pause_at = order};
                check_way(subject, sample, &packings[0], &sample->file, IN_FILE, &way);
            }
        }
        order += fact_is_counted(&sample->facts[i]);
    }
    sample_free(&sample);
}

static const struct property properties[] = {
    {"pauses", check_every, 0, 0, NULL},
    {"pause", check_each, 0, 0, NULL},
};

int main(int argc, char **argv)
{
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
