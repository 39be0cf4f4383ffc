/* SPDX-License-Identifier: BSD-2-Clause */
/* Going to any place of the files that are read, and files that are read as they are stored. */
#include <errno.h>

#include "tests/support/reader_run.h"

/* Blocks that were loaded before are dropped, as after a pause. */
static void seek(struct run *run, size_t file, uint64_t offset, uint32_t record)
{
    if (block_reader_seek(run->reader, file, offset) != 0)
        fail_msg("%s", run->error.text);
    for (uint64_t i = 0; i < N_WAITING; i++) {
        struct block *block = run->waiting[(run->number + i) % N_WAITING];
        block_reset(block);
        block_reader_load(run->reader, block, run->number + i);
    }
    run->n_seen = record;
}

static void test_seek(void **state)
{
    (void)state;
    enum { FILES = 3, RECORDS = 2000 };
    uint64_t offsets[FILES][RECORDS + 1];
    char where[700] = "";
    uint64_t random = test_seed();
    for (uint32_t f = 0; f < FILES; f++) {
        struct bytes file = {0};
        char name[32];
        for (uint32_t i = 0; i < RECORDS; i++) {
            offsets[f][i] = file.n;
            add_record(&file, f * RECORDS + i, i == 1000 ? 20000 : i % 300);
        }
        offsets[f][RECORDS] = file.n;
        snprintf(name, sizeof(name), "%sseek-%u", f > 0 ? "," : "", f);
        if (f > 0)
            strcat(where, ",");
        strcat(where, temp_write(name + (f > 0), file.at, file.n, false));
        bytes_free(&file);
    }
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct run run;
        run_open(&run, where, block_sizes[s]);
        assert_int_equal(block_reader_n_files(run.reader), FILES);
        assert_non_null(strstr(block_reader_file_name(run.reader, 1), "seek-1"));
        for (unsigned round = 0; round < 40; round++) {
            const uint32_t f = (uint32_t)(test_random(&random) % FILES);
            const uint32_t i = (uint32_t)(test_random(&random) % (RECORDS + 1));
            seek(&run, f, offsets[f][i], f * RECORDS + i);
            if (round % 5 == 0) {
                assert_int_equal(run_on(&run), READER_END);
                assert_int_equal(run.n_seen, FILES * RECORDS);
                assert_int_equal(block_reader_bytes_done(run.reader),
                                 block_reader_bytes_total(run.reader));
            } else if (f < FILES - 1 || i < RECORDS) {
                assert_int_equal(run_block(&run), READER_BYTES);
                assert_true(run.n_seen > f * RECORDS + i);
            }
        }
        /* What is loaded ahead is right again. */
        seek(&run, 1, offsets[1][1500], RECORDS + 1500);
        run.n_loaded = run.n_right = 0;
        for (unsigned i = 0; i < N_WAITING; i++)
            assert_int_equal(run_block(&run), READER_BYTES);
        if (block_sizes[s] == 4096) {
            assert_int_equal(run.n_loaded, N_WAITING);
            assert_true(run.n_right + 1 >= run.n_loaded);
        }
        run_close(&run);
    }
}

static void test_seek_in_a_file_that_was_away(void **state)
{
    (void)state;
    struct bytes file = {0};
    char where[600];
    for (uint32_t i = 0; i < 100; i++)
        add_record(&file, i, 10);
    const char *first = temp_write("here", file.at, file.n, false);
    const char *second = temp_write("away", file.at, file.n, false);
    snprintf(where, sizeof(where), "%s,%s", first, second);
    struct run run;
    run_open(&run, where, 4096);
    assert_int_equal(unlink(second), 0);
    assert_int_equal(block_reader_seek(run.reader, 1, 14), -1);
    assert_int_equal(run.error.code, ENOENT);
    assert_non_null(strstr(run.error.text, "away"));
    error_clear(&run.error);
    temp_write("away", file.at, file.n, false);
    seek(&run, 1, 14, 1);
    assert_int_equal(run_on(&run), READER_END);
    assert_int_equal(run.n_seen, 100);
    run_close(&run);
    bytes_free(&file);
}

static void test_plain_reader_does_not_decompress(void **state)
{
    (void)state;
    struct error error = {0};
    const uint8_t gzip[20] = {0x1f, 0x8b, 8};
    const char *path = temp_write("looks-like.gz", gzip, sizeof(gzip), false);
    struct block_reader *reader = block_reader_open_plain(path, &error);
    assert_non_null(reader);
    assert_true(block_reader_is_positional(reader));
    assert_int_equal(block_reader_start(reader, 4096), 0);
    struct block_pool *pool = block_pool_create(4096, MAX_RECORDS, (size_t)1 << 20);
    struct block *block = block_take(pool);
    assert_int_equal(block_reader_begin(reader, block, 0), READER_BYTES);
    assert_int_equal(block->used - block->start, sizeof(gzip));
    assert_memory_equal(block->data + block->start, gzip, sizeof(gzip));
    block_reader_end(reader, block, block->used);
    block_release(&block);
    block_pool_release(&pool);
    block_reader_close(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seek),
        cmocka_unit_test(test_seek_in_a_file_that_was_away),
        cmocka_unit_test(test_plain_reader_does_not_decompress),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
