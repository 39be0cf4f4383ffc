/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads see what one thread sees: the same records, each once, those of a flow on one thread and
 * in order; with and without a hasher, with a filter, cut short, from files and pipes, however stored.
 */
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/packing.h"
#include "tests/conformance/sight.h"

enum { BLOCK_BYTES = 8192, SNAP_BYTES = 20 };

static const int thread_counts[] = {1, 2, 4, 8};
static const enum hasher_types hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL, HASHER_CUSTOM};

/* What is read, and what trace_read_packet() saw of it. */
struct reading {
    const struct subject *subject;
    const struct sample *sample;
    const struct packing *packing;
    struct bytes stored;
    const char *filter;
    uint32_t snaplen;
    struct sight serial;
};

static struct sight take(const struct reading *reading, enum place place, const struct way *way)
{
    struct placed placed;
    char name[100];
    doing("%s, %s, in %s, %s%s%s", reading->subject->name, reading->packing->name,
          place_names[place], way_name(way), way->filter ? ", with a filter" : "",
          way->snaplen > 0 ? ", cut" : "");
    snprintf(name, sizeof(name), "%s%s", subject_file_name(reading->subject),
             reading->packing->suffix);
    place_put(&placed, place, name, &reading->stored);
    const struct sight sight = sight_take(reading->subject->scheme, placed.where, way);
    place_end(&placed);
    return sight;
}

static void check_threads(const struct reading *reading, enum place place, int n_threads,
                          enum hasher_types hasher)
{
    const struct way way = {.n_threads = n_threads,
                            .hasher = hasher,
                            .block_bytes = BLOCK_BYTES,
                            .filter = reading->filter,
                            .snaplen = reading->snaplen};
    struct sight sight = take(reading, place, &way);
    sight_check_same(&sight, &reading->serial);
    sight_check_sample(&sight, reading->sample, reading->sample->n_facts, 1, &way);
    sight_check_threads(&sight, reading->sample, &way, reading->subject->features & HAS_FLOWS);
    sight_free(&sight);
}

/* All hashers; in a build with a sanitizer, and with a codec, only one of them. */
static bool is_wanted(const struct reading *reading, size_t hasher)
{
    const size_t packing = (size_t)(reading->packing - packings);
    return !HAS_SANITIZER || packing == 0 || packing % ARRAY_LEN(hashers) == hasher;
}

static void check_reading(struct reading *reading)
{
    const struct way way = {
        .block_bytes = BLOCK_BYTES, .filter = reading->filter, .snaplen = reading->snaplen};
    reading->serial = take(reading, IN_FILE, &way);
    sight_check_end(&reading->serial);
    sight_check_sample(&reading->serial, reading->sample, reading->sample->n_facts, 1, &way);
    for (size_t h = 0; h < ARRAY_LEN(hashers); h++) {
        if (!is_wanted(reading, h))
            continue;
        for (size_t t = 0; t < ARRAY_LEN(thread_counts); t++)
            check_threads(reading, IN_FILE, thread_counts[t], hashers[h]);
        check_threads(reading, IN_PIPE, 2, hashers[h]);
    }
    sight_free(&reading->serial);
}

static void check_parallel(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_LARGE);
    for (const struct packing *packing = packings; packing->name; packing++) {
        if (!packing_suits(packing, subject))
            continue;
        struct reading reading = {.subject = subject, .sample = sample, .packing = packing};
        reading.stored = packing_pack(packing, &sample->file);
        check_reading(&reading);
        bytes_free(&reading.stored);
    }
    sample_free(&sample);
}

static void check_filter(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_LARGE);
    struct reading reading = {.subject = subject,
                              .sample = sample,
                              .packing = &packings[0],
                              .stored = sample->file,
                              .filter = SIGHT_FILTER};
    check_reading(&reading);
    sample_free(&sample);
}

/* Packets are cut, and meta records are not. */
static void check_snaplen(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_LARGE);
    struct reading reading = {.subject = subject,
                              .sample = sample,
                              .packing = &packings[0],
                              .stored = sample->file,
                              .snaplen = SNAP_BYTES};
    check_reading(&reading);
    sample_free(&sample);
}

static const struct property properties[] = {
    {"parallel", check_parallel, 0, 0, NULL},
    {"filter", check_filter, CAN_FILTER, 0, NULL},
    {"snaplen", check_snaplen, 0, 0, NULL},
};

int main(int argc, char **argv)
{
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
