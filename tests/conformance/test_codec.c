/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compression, with the command-line tools as the reference: what Weir writes, they decompress to
 * the bytes of the plain file; and of a compressed file that is cut anywhere come no fewer packets
 * than they get out of it, and then an error that tells where in the compressed file. (That what
 * they compress reads as the plain file is part of the other properties.)
 */
#include <ctype.h>

#include "lib/io/codec.h"
#include "lib/io/decoding.h"
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/packing.h"
#include "tests/conformance/sight.h"
#include "tests/conformance/writer.h"

enum { TRIALS_OF_TOOLS = 25, LAST_BYTES = 12, N_LARGE_CUTS = 8, LOST_BY_GZIP = 2 };

static uint64_t random_state;

/* --- writing --- */

/* A copy of a capture. What is in its file, for bytes_free(). */
static struct bytes copy(const struct subject *subject, const char *from,
                         const struct writer *writer, const char *name, const struct wish *wish)
{
    char path[300];
    snprintf(path, sizeof(path), "%s", files_path(name));
    writer_copy(writer, subject->scheme, from, path, wish);
    return bytes_read_file(path);
}

static void check_same_bytes(const struct bytes *one, const struct bytes *other)
{
    CHECK_EQUAL(one->n, other->n);
    CHECK(memcmp(one->at, other->at, one->n) == 0);
}

/* Writes a file of that name, with a wish, which has to be packed in that way. */
static void check_wish(const struct subject *subject, const char *from, const struct writer *writer,
                       const struct packing *packing, const char *name, const struct wish *wish,
                       const struct bytes *plain)
{
    doing("%s, written as %s: %s, type %d, level %d", subject->name, writer->scheme, name,
          wish->compress_type, wish->compress_level);
    struct bytes stored = copy(subject, from, writer, name, wish);
    struct bytes unpacked = packing_unpack(packing, &stored);
    check_same_bytes(&unpacked, plain);
    CHECK((stored.n < plain->n) == (packing->program != NULL));
    bytes_free(&unpacked);
    bytes_free(&stored);
}

/* Asked for by the name, by type and level, and not wanted although the name asks for it. */
static void check_packing(const struct subject *subject, const char *from,
                          const struct writer *writer, const struct packing *packing,
                          const struct bytes *plain)
{
    char name[100];
    snprintf(name, sizeof(name), "out%s%s", writer->suffix, packing->suffix);
    const bool is_lzma = strcmp(packing->name, "lzma") == 0; /* of one type with xz */
    const struct wish nothing = {NOT_ASKED, NOT_ASKED, 0};
    const struct wish type = {packing->type, 1, is_lzma ? 0 : 500};
    const struct wish no_type = {TRACE_OPTION_COMPRESSTYPE_NONE, NOT_ASKED, 0};
    const struct wish no_level = {NOT_ASKED, 0, 0};
    check_wish(subject, from, writer, packing, name, &nothing, plain);
    check_wish(subject, from, writer, packing, is_lzma ? name : "out", &type, plain);
    check_wish(subject, from, writer, packings, name, &no_type, plain);
    check_wish(subject, from, writer, packings, name, &no_level, plain);
}

static void check_write(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_LARGE);
    char from[300];
    snprintf(from, sizeof(from), "%s", files_write(subject_file_name(subject), &sample->file));
    for (const struct writer *writer = writers; writer->scheme; writer++) {
        if (writer_find(writer, sample->facts[0].link_type)->outcome != CARRIES)
            continue;
        struct bytes plain = copy(subject, from, writer, "plain", NULL);
        for (const struct packing *packing = packings + 1; packing->name; packing++)
            if (packing->n_members == 1 && packing_suits(packing, subject))
                check_packing(subject, from, writer, packing, &plain);
        bytes_free(&plain);
    }
    sample_free(&sample);
}

/* --- reading what was cut --- */

enum { MOST_MEMBERS = 3 };

struct cut_file {
    const struct subject *subject;
    const struct sample *sample;
    const struct packing *packing;
    bool is_large;
    struct bytes stored;
    size_t stored_ends[MOST_MEMBERS]; /* of its members */
    size_t plain_ends[MOST_MEMBERS];  /* of what is in them */
    char path[300];
};

static void make_file(struct cut_file *file)
{
    const struct packing *packing = file->packing;
    char name[100];
    size_t n_plain = 0;
    assert_true(packing->n_members <= MOST_MEMBERS);
    for (unsigned i = 0; i < packing->n_members; i++) {
        const struct bytes part = packing_part(packing, &file->sample->file, i);
        struct bytes member = packing_pack_part(packing, &part);
        bytes_add(&file->stored, member.at, member.n);
        bytes_free(&member);
        n_plain += part.n;
        file->stored_ends[i] = file->stored.n;
        file->plain_ends[i] = n_plain;
    }
    snprintf(name, sizeof(name), "%s%s", subject_file_name(file->subject), packing->suffix);
    snprintf(file->path, sizeof(file->path), "%s", files_write(name, &file->stored));
}

/* Those that were seen, which have to be the first ones, with others between them. */
static size_t count_seen(const struct sight *sight, const struct sample *sample,
                         const struct way *way)
{
    size_t n_facts = 0;
    size_t n_seen = 0;
    while (n_facts < sample->n_facts && n_seen < sight->n_seen)
        n_seen += fact_is_delivered(&sample->facts[n_facts++]);
    CHECK_EQUAL(n_seen, sight->n_seen);
    sight_check_prefix(sight, sample, n_facts, way);
    return n_facts;
}

/* An offset that is in the file as it is stored. */
static void check_offset(const struct sight *sight, size_t cut)
{
    const char *at = strstr(sight->error.problem, "offset ");
    CHECK(sight->error.err_num != 0);
    if (!at || !isdigit((unsigned char)at[7]) || strtoull(at + 7, NULL, 10) > cut)
        FAIL("'%s' tells no offset up to %zu", sight->error.problem, cut);
    CHECK(sight->error.err_num != TRACE_ERR_OUT_OF_MEMORY);
}

/* Does the tool get more out of it? Bytes of gzip in front of a cut may be lost by ISA-L. */
static void compare_with_tool(const struct cut_file *file, size_t cut, size_t n_seen)
{
    const struct bytes stored = {file->stored.at, cut, 0};
    int status;
    struct bytes plain = files_run(&stored, &status, "%s", file->packing->unpack);
    const size_t n_lost = strcmp(file->packing->program, "gzip") == 0 ? LOST_BY_GZIP : 0;
    size_t n_whole = sample_count_whole(file->sample, plain.n > n_lost ? plain.n - n_lost : 0);
    while (n_whole > 0 && !fact_is_delivered(&file->sample->facts[n_whole - 1]))
        n_whole--;
    if (n_seen < n_whole)
        FAIL("%zu records were seen, and %s gets %zu out of it", n_seen, file->packing->program,
             n_whole);
    bytes_free(&plain);
}

/* Some of the many cuts of a small file are tried with the tool, of those of a large one all. */
static bool is_for_tool(const struct cut_file *file, size_t cut)
{
    const size_t every = 1 + file->stored.n / TRIALS_OF_TOOLS;
    return file->is_large || cut % every == 0 || cut + LAST_BYTES > file->stored.n;
}

static void check_cut(const struct cut_file *file, size_t cut, const struct way *way)
{
    const struct sample *sample = file->sample;
    doing("%s, %s, cut at %zu of %zu, %s", file->subject->name, file->packing->name, cut,
          file->stored.n, way_name(way));
    struct sight sight = sight_take(file->subject->scheme, file->path, way);
    int member = -1;
    for (unsigned i = 0; i < file->packing->n_members; i++)
        if (cut == file->stored_ends[i])
            member = (int)i;
    if (cut == 0) {
        sight_check_cut(&sight, sample, 0, way);
    } else if (member >= 0) {
        sight_check_cut(&sight, sample, file->plain_ends[member], way);
    } else if (cut < CODEC_MAGIC_BYTES) { /* nobody can know what it is */
        CHECK_EQUAL(sight.n_seen, 0);
        check_offset(&sight, cut);
    } else {
        const size_t n_seen = count_seen(&sight, sample, way);
        check_offset(&sight, cut);
        CHECK(strstr(sight.error.problem, file->path) != NULL);
        if (way->n_threads == 0 && is_for_tool(file, cut))
            compare_with_tool(file, cut, n_seen);
    }
    sight_free(&sight);
}

static void check_cuts(const struct subject *subject)
{
    static const struct way serial = {.block_bytes = 100};
    static const struct way parallel = {.block_bytes = 100, .n_threads = 2};
    struct sample *sample = sample_create(subject->make, SAMPLE_SMALL);
    for (const struct packing *packing = packings + 1; packing->name; packing++) {
        if (!packing_suits(packing, subject))
            continue;
        struct cut_file file = {.subject = subject, .sample = sample, .packing = packing};
        make_file(&file);
        for (size_t n = file.stored.n + 1; n > 0; n--) {
            assert_int_equal(truncate(file.path, (off_t)n - 1), 0);
            check_cut(&file, n - 1, &serial);
            if (n % 3 == 0)
                check_cut(&file, n - 1, &parallel);
        }
        bytes_free(&file.stored);
    }
    sample_free(&sample);
}

/* Files of several blocks, of ours and of the codec, that a thread decompresses: cut at places all over
 * them, last ones first. */
static void check_large_cuts(const struct subject *subject)
{
    static const struct way serial = {0};
    static const struct way parallel = {.n_threads = 2, .hasher = HASHER_BIDIRECTIONAL};
    struct sample *sample = sample_create(subject->make, SAMPLE_VAST);
    for (const struct packing *packing = packings + 1; packing->name; packing++) {
        if (!packing_suits(packing, subject))
            continue;
        struct cut_file file = {
            .subject = subject, .sample = sample, .packing = packing, .is_large = true};
        make_file(&file);
        assert_true(file.stored.n > DECODING_STORED_BYTES);
        const size_t step = file.stored.n / N_LARGE_CUTS;
        for (size_t i = N_LARGE_CUTS; i > 0; i--) {
            const size_t cut = (i - 1) * step + test_random(&random_state) % step;
            assert_int_equal(truncate(file.path, (off_t)cut), 0);
            check_cut(&file, cut, &serial);
            check_cut(&file, cut, &parallel);
        }
        bytes_free(&file.stored);
    }
    sample_free(&sample);
}

static const struct property properties[] = {
    {"write compressed", check_write, STANDS_FOR_ALL, 0, NULL},
    {"cut compressed", check_cuts, STANDS_FOR_ALL, 0, NULL},
    {"cut compressed, large", check_large_cuts, STANDS_FOR_ALL, 0, NULL},
};

int main(int argc, char **argv)
{
    random_state = test_seed();
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
