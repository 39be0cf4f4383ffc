/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file is read as what it is: every record of a sample, with its bytes, lengths, time, link type
 * and direction, in blocks of all sizes, wherever it lies and however it is stored.
 */
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/packing.h"
#include "tests/conformance/sight.h"

/* The smallest there are, for small samples only; records across blocks; everything in one. */
static const size_t block_sizes[] = {64, 1000, 0};

/* Reads all of it, from one place. */
static void check_place(const struct subject *subject, const struct sample *sample,
                        const struct packing *packing, const struct bytes *stored, enum place place)
{
    char name[100];
    snprintf(name, sizeof(name), "%s%s", subject_file_name(subject), packing->suffix);
    for (size_t i = sample->is_large; i < ARRAY_LEN(block_sizes); i++) {
        struct placed placed;
        const struct way way = {.block_bytes = block_sizes[i]};
        doing("%s, %s, in %s, blocks of %zu bytes", subject->name, packing->name,
              place_names[place], block_sizes[i]);
        place_put(&placed, place, name, stored);
        struct sight sight = sight_take(subject->scheme, placed.where, &way);
        place_end(&placed);
        sight_check_end(&sight);
        sight_check_sample(&sight, sample, sample->n_facts, 1, &way);
        CHECK_EQUAL(sight.done_bytes, stored->n);
        CHECK_EQUAL(sight.total_bytes, place == IN_FILE || place == ON_STDIN_FILE ? stored->n : 0);
        sight_free(&sight);
    }
}

static void check_sample(const struct subject *subject, enum sample_kind kind)
{
    struct sample *sample = sample_create(subject->make, kind);
    for (const struct packing *packing = packings; packing->name; packing++) {
        if (!packing_suits(packing, subject))
            continue;
        struct bytes stored = packing_pack(packing, &sample->file);
        for (int place = 0; place < N_PLACES; place++)
            if (place < ON_STDIN_FILE || !(subject->features & NO_STDIN))
                check_place(subject, sample, packing, &stored, (enum place)place);
        bytes_free(&stored);
    }
    sample_free(&sample);
}

static void check_read(const struct subject *subject)
{
    check_sample(subject, SAMPLE_SMALL);
    check_sample(subject, SAMPLE_LARGE);
}

/* Three files, one behind the other. */
static void check_list(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_SMALL);
    char list[3 * 256 + 3], name[100];
    size_t n = 0;
    for (unsigned i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%u-%s", i, subject_file_name(subject));
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i > 0 ? "," : "",
                              files_write(name, &sample->file));
    }
    for (size_t i = 0; i < ARRAY_LEN(block_sizes); i++) {
        for (int n_threads = 0; n_threads <= 2; n_threads += 2) {
            const struct way way = {.n_threads = n_threads, .block_bytes = block_sizes[i]};
            doing("%s, a list, blocks of %zu bytes, %s", subject->name, block_sizes[i],
                  way_name(&way));
            struct sight sight = sight_take(subject->scheme, list, &way);
            sight_check_end(&sight);
            sight_check_sample(&sight, sample, sample->n_facts, 3, &way);
            CHECK_EQUAL(sight.done_bytes, 3 * sample->file.n);
            CHECK_EQUAL(sight.total_bytes, 3 * sample->file.n);
            sight_free(&sight);
        }
    }
    sample_free(&sample);
}

static const struct property properties[] = {
    {"read", check_read, 0, 0, NULL},
    {"list", check_list, 0, 0, NULL},
};

int main(int argc, char **argv)
{
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
