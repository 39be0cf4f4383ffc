/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file with one wrong byte, whichever and however wrong, is read to its end or to an error: with
 * all records in front of that byte, in bounded memory, and by threads as by one. What is behind
 * the byte may be anything.
 */
#include <sys/resource.h>

#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/packing.h"
#include "tests/conformance/sight.h"

enum {
    N_CHANGES = 3,
    N_RANDOM = HAS_SANITIZER ? 20 : 60, /* changes that threads are tried with, of each file */
    N_LARGE = HAS_SANITIZER ? 8 : 25,
    HEAD_BYTES = 32,
};

/* What reading may take: twice as much as an engine does, and a decoder's window. */
#define PLAIN_BYTES   ((rlim_t)64 << 20)
#define DECODER_BYTES ((rlim_t)128 << 20)

static uint64_t random_state;

/* A file of which a byte changes, and changes back. */
struct target {
    const struct subject *subject;
    const struct sample *sample;
    const struct packing *packing;
    const struct bytes *stored;
    const char *path;
    int fd;
};

static uint8_t change(uint8_t byte, unsigned which)
{
    const uint8_t changed[N_CHANGES] = {0x00, 0xff, byte ^ 0x80};
    return changed[which];
}

static void put(const struct target *target, size_t at, uint8_t byte)
{
    assert_int_equal(pwrite(target->fd, &byte, 1, (off_t)at), 1);
}

/* The process gets no more memory than it has now and `more_bytes`; what sanitizers need is not
 * known. */
static void limit_memory(rlim_t more_bytes)
{
    char line[200];
    unsigned long used_kib = 0;
    FILE *status = fopen("/proc/self/status", "re");
    assert_non_null(status);
    while (fgets(line, sizeof(line), status))
        (void)sscanf(line, "VmData: %lu", &used_kib);
    fclose(status);
    const struct rlimit limit = {(rlim_t)used_kib * 1024 + more_bytes, RLIM_INFINITY};
    assert_true(used_kib > 0);
    if (!HAS_SANITIZER)
        assert_int_equal(setrlimit(RLIMIT_DATA, &limit), 0);
}

static void allow_memory(void)
{
    const struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_DATA, &limit), 0);
}

static struct sight take(const struct target *target, size_t at, uint8_t byte,
                         const struct way *way)
{
    doing("%s, byte %zu is %02x, %s", target->path, at, byte, way_name(way));
    put(target, at, byte);
    const struct sight sight = sight_take(target->subject->scheme, target->path, way);
    put(target, at, target->stored->at[at]);
    CHECK(sight.error.err_num != TRACE_ERR_OUT_OF_MEMORY);
    CHECK(sight.error.err_num != TRACE_ERR_THREAD);
    return sight;
}

/* What was compressed is whole, or it is said not to be. */
static void check_seen(const struct target *target, const struct sight *sight, size_t at,
                       const struct way *way)
{
    const struct sample *sample = target->sample;
    if (target->packing == packings)
        sight_check_prefix(sight, sample, sample_count_whole(sample, at), way);
    else if (target->packing->has_checksum && sight->error.err_num == 0)
        sight_check_sample(sight, sample, sample->n_facts, 1, way);
}

static void check_serial(const struct target *target)
{
    static const struct way way = {.block_bytes = 200};
    for (size_t at = 0; at < target->stored->n; at++) {
        for (unsigned which = 0; which < N_CHANGES; which++) {
            const uint8_t byte = change(target->stored->at[at], which);
            if (byte == target->stored->at[at])
                continue;
            struct sight sight = take(target, at, byte, &way);
            check_seen(target, &sight, at, &way);
            sight_free(&sight);
        }
    }
}

static void check_some_in_parallel(const struct target *target)
{
    for (unsigned i = 0; i < N_RANDOM; i++) {
        const size_t at = test_random(&random_state) % target->stored->n;
        const uint8_t byte = (uint8_t)test_random(&random_state);
        const struct way serial = {.block_bytes = 200};
        const struct way parallel = {.block_bytes = 200,
                                     .n_threads = 2 + (int)(i % 3),
                                     .hasher = i % 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE};
        struct sight first = take(target, at, byte, &serial);
        struct sight second = take(target, at, byte, &parallel);
        sight_check_same(&first, &second);
        sight_free(&first);
        sight_free(&second);
    }
}

static void check_stored(const struct subject *subject, const struct sample *sample,
                         const struct packing *packing, rlim_t more_bytes)
{
    struct bytes stored = packing_pack(packing, &sample->file);
    struct target target = {
        .subject = subject, .sample = sample, .packing = packing, .stored = &stored};
    char path[200], name[100];
    snprintf(name, sizeof(name), "%s%s", subject_file_name(subject), packing->suffix);
    snprintf(path, sizeof(path), "%s", files_write(name, &stored));
    target.path = path;
    target.fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(target.fd >= 0);
    limit_memory(more_bytes);
    check_serial(&target);
    check_some_in_parallel(&target);
    allow_memory();
    close(target.fd);
    bytes_free(&stored);
}

static void check_plain(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_SMALL);
    check_stored(subject, sample, packings, PLAIN_BYTES);
    sample_free(&sample);
}

/* Compressed, whatever it is then. */
static void check_packed(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_SMALL);
    for (const struct packing *packing = packings + 1; packing->name; packing++)
        if (packing_suits(packing, subject))
            check_stored(subject, sample, packing, PLAIN_BYTES + DECODER_BYTES);
    sample_free(&sample);
}

/* In a file of many blocks: the heads of records, for in them every byte is read, and any others. */
static void check_large(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_LARGE);
    struct target target = {.subject = subject, .sample = sample, .packing = packings};
    target.stored = &sample->file;
    target.path = files_write(subject_file_name(subject), &sample->file);
    target.fd = open(target.path, O_WRONLY | O_CLOEXEC);
    assert_true(target.fd >= 0);
    limit_memory(PLAIN_BYTES);
    for (unsigned i = 0; i < N_LARGE; i++) {
        const struct fact *fact = &sample->facts[test_random(&random_state) % sample->n_facts];
        const size_t into = test_random(&random_state) % HEAD_BYTES;
        const size_t at = fact->at + into < sample->file.n ? fact->at + into : fact->at;
        const uint8_t byte = (uint8_t)test_random(&random_state);
        const struct way serial = {0};
        const struct way parallel = {.n_threads = 2 + (int)(i % 3),
                                     .hasher = i % 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE};
        struct sight first = take(&target, at, byte, &serial);
        struct sight second = take(&target, at, byte, &parallel);
        check_seen(&target, &first, at, &serial);
        sight_check_same(&first, &second);
        sight_free(&first);
        sight_free(&second);
    }
    allow_memory();
    close(target.fd);
    sample_free(&sample);
}

static const struct property properties[] = {
    {"corrupt", check_plain, 0, 0, NULL},
    {"corrupt, large", check_large, 0, 0, NULL},
    {"corrupt and compressed", check_packed, STANDS_FOR_ALL, 0, NULL},
};

int main(int argc, char **argv)
{
    random_state = test_seed();
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
