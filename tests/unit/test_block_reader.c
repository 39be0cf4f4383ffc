/* SPDX-License-Identifier: BSD-2-Clause */
/* The reader of blocks. Going elsewhere in its files: test_block_reader_seek. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>

#include "lib/base/atomics.h"
#include "tests/support/reader_run.h"

static void test_records_of_all_sizes(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0,  1,    60,  0,     59,  61,     5000, 3, 64, 100,
                                       92, 4092, 100, 70000, 300, 300000, 1,    0, 7};
    struct bytes file = {0};
    uint32_t n = 0;
    for (unsigned round = 0; round < 3; round++)
        for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
            add_record(&file, n++, lengths[i]);
    const char *path = temp_write("sizes", file.at, file.n, false);
    for (size_t i = 0; i < ARRAY_LEN(block_sizes); i++) {
        struct run run;
        run_open(&run, path, block_sizes[i]);
        assert_true(block_reader_is_positional(run.reader));
        assert_int_equal(run_on(&run), READER_END);
        assert_int_equal(run.n_seen, n);
        assert_int_equal(block_reader_bytes_done(run.reader), file.n);
        assert_int_equal(block_reader_bytes_total(run.reader), file.n);
        assert_int_equal(run_block(&run), READER_END);
        run_close(&run);
    }
    bytes_free(&file);
}

static void test_guesses_are_right(void **state)
{
    (void)state;
    struct bytes file = {0};
    const uint32_t n = 5000;
    for (uint32_t i = 0; i < n; i++)
        add_record(&file, i, 400 + i % 1000);
    struct run run;
    run_open(&run, temp_write("guess", file.at, file.n, false), 16384);
    assert_int_equal(run_on(&run), READER_END);
    assert_int_equal(run.n_seen, n);
    assert_true(run.n_loaded >= file.n / 16384);
    assert_int_equal(run.n_right, run.n_loaded);
    run_close(&run);
    bytes_free(&file);
}

/* After a new file, and after a record larger than a block, guessing goes on. */
static void test_guesses_recover(void **state)
{
    (void)state;
    struct bytes file = {0};
    char where[600];
    uint32_t n = 0;
    for (uint32_t i = 0; i < 5000; i++)
        add_record(&file, n++, i == 2500 ? 40000 : 400 + i % 1000);
    const char *first = temp_write("recover-1", file.at, file.n, false);
    size_t n_bytes = file.n;
    bytes_free(&file);
    for (uint32_t i = 0; i < 5000; i++)
        add_record(&file, n++, 400 + i % 1000);
    snprintf(where, sizeof(where), "%s,%s", first, temp_write("recover-2", file.at, file.n, false));
    n_bytes += file.n;

    struct run run;
    run_open(&run, where, 16384);
    assert_int_equal(run_on(&run), READER_END);
    assert_int_equal(run.n_seen, n);
    assert_true(run.n_right > n_bytes / 16384 - 4 * N_WAITING);
    run_close(&run);
    bytes_free(&file);
}

/* Bytes loaded ahead lie where the token is going to be, but are those of the file before. */
static void test_bytes_of_the_former_file_are_not_used(void **state)
{
    (void)state;
    struct bytes file = {0};
    char where[600];
    uint32_t n = 0;
    add_record(&file, n++, 5 * 4096);
    const char *first = temp_write("former-1", file.at, file.n, false);
    bytes_free(&file);
    add_record(&file, n++, 9000);
    while (file.n < 10 * 4096)
        add_record(&file, n++, 100);
    snprintf(where, sizeof(where), "%s,%s", first, temp_write("former-2", file.at, file.n, false));
    struct run run;
    run_open(&run, where, 4096);
    assert_int_equal(run_on(&run), READER_END);
    assert_int_equal(run.n_seen, n);
    run_close(&run);
    bytes_free(&file);
}

/* Files of 0 to 40 records, some empty. Their names with commas between; the number of records. */
static uint32_t make_list(char *where, size_t n_where, uint32_t n_files)
{
    uint32_t n = 0;
    size_t used = 0;
    for (uint32_t f = 0; f < n_files; f++) {
        struct bytes file = {0};
        for (uint32_t i = 0; i < (f * 7) % 41; i++, n++)
            add_record(&file, n, (n * 13) % 300);
        char name[32];
        snprintf(name, sizeof(name), "list-%u", f);
        used += (size_t)snprintf(where + used, n_where - used, "%s%s", f > 0 ? "," : "",
                                 temp_write(name, file.at, file.n, false));
        assert_true(used < n_where);
        bytes_free(&file);
    }
    return n;
}

static void test_list_with_empty_files(void **state)
{
    (void)state;
    char where[2000];
    const uint32_t n = make_list(where, sizeof(where), 45);
    for (size_t i = 0; i < ARRAY_LEN(block_sizes); i++) {
        struct run run;
        run_open(&run, where, block_sizes[i]);
        assert_int_equal(run_on(&run), READER_END);
        assert_int_equal(run.n_seen, n);
        run_close(&run);
    }
}

static void test_growing_file(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct bytes file = {0};
        uint32_t n = 0;
        for (; n < 20; n++)
            add_record(&file, n, 50);
        bytes_add(&file, "\x32", 1); /* the 21st has just begun */
        const char *path = temp_write("grows", file.at, file.n, false);
        struct run run;
        run_open(&run, path, block_sizes[s]);
        assert_int_equal(run_block(&run), READER_BYTES);

        struct bytes more = {0};
        for (; n < 3000; n++)
            add_record(&more, n, 50);
        temp_write("grows", more.at + 1, more.n - 1, true);
        assert_int_equal(run_on(&run), READER_END);
        assert_int_equal(run.n_seen, n);
        run_close(&run);
        bytes_free(&file);
        bytes_free(&more);
    }
}

static void test_cut_record_comes_after_the_others(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 10; i++)
        add_record(&file, i, 20);
    struct run run;
    run_open(&run, temp_write("cut", file.at, file.n - 5, false), 4096);
    assert_int_equal(run_block(&run), READER_BYTES);
    assert_int_equal(run.n_seen, 9);
    assert_false(error_is_set(&run.error));
    assert_int_equal(run_block(&run), -1);
    assert_non_null(strstr(run.error.text, "cut', offset 216: cut"));
    run_close(&run);
    bytes_free(&file);
}

static int open_fifo_writer(const char *path)
{
    int writer = open(path, O_WRONLY);
    assert_true(writer >= 0);
    assert_true(fcntl(writer, F_SETPIPE_SZ, 1 << 20) > 0);
    return writer;
}

/* Feeds a FIFO `piece` bytes at a time, reading whenever something was written. */
static void feed(struct run *run, const char *path, const struct bytes *file, size_t piece)
{
    assert_int_equal(run_on(run), READER_AGAIN);
    assert_true(block_reader_wait_fd(run->reader) >= 0);
    int writer = open_fifo_writer(path);
    for (size_t at = 0; at < file->n; at += piece) {
        temp_write_all(writer, file->at + at, at + piece < file->n ? piece : file->n - at);
        assert_int_equal(run_on(run), READER_AGAIN);
    }
    close(writer);
    assert_int_equal(run_on(run), READER_END);
}

static void test_fifo_in_pieces(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 3, 64, 1000, 65536};
    struct bytes file = {0};
    const uint32_t n = 60;
    for (uint32_t i = 0; i < n; i++)
        add_record(&file, i, (i * 29) % 333);
    const char *path = temp_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++)
        for (size_t p = 0; p < ARRAY_LEN(pieces); p++)
            for (unsigned drops = 0; drops < 2; drops++) {
                struct run run;
                run_open(&run, path, block_sizes[s]);
                run.drops_blocks = drops;
                assert_false(block_reader_is_positional(run.reader));
                feed(&run, path, &file, pieces[p]);
                assert_int_equal(run.n_seen, n);
                assert_int_equal(block_reader_bytes_done(run.reader), file.n);
                run_close(&run);
            }
    bytes_free(&file);
}

static void test_large_record_through_fifo(void **state)
{
    (void)state;
    struct bytes file = {0};
    add_record(&file, 0, 10);
    add_record(&file, 1, 3 << 20);
    add_record(&file, 2, 10);
    const char *path = temp_path("large");
    assert_int_equal(mkfifo(path, 0600), 0);
    struct run run;
    run_open(&run, path, 4096);
    feed(&run, path, &file, 50000);
    assert_int_equal(run.n_seen, 3);
    run_close(&run);
    bytes_free(&file);
}

/* A length that is claimed must not cost memory before the bytes come. */
static void test_claimed_length_takes_no_memory(void **state)
{
    (void)state;
    uint8_t liar[20000] = {0};
    store_le32(liar, MAX_LENGTH);
    struct run run;
    run_open(&run, temp_write("liar", liar, sizeof(liar), false), 4096);
    assert_int_equal(run_on(&run), -1);
    assert_true(run.largest_capacity < 128 * 1024);
    run_close(&run);

    const char *path = temp_path("liar-fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    run_open(&run, path, 4096);
    int writer = open_fifo_writer(path);
    temp_write_all(writer, liar, sizeof(liar));
    assert_int_equal(run_on(&run), READER_AGAIN);
    assert_int_equal(run_on(&run), READER_AGAIN);
    close(writer);
    assert_int_equal(run_on(&run), -1);
    assert_true(run.largest_capacity < 128 * 1024);
    run_close(&run);
}

static void test_pause_loses_nothing(void **state)
{
    (void)state;
    char where[2000];
    const uint32_t n = make_list(where, sizeof(where), 45);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct run run;
        run_open(&run, where, block_sizes[s]);
        int outcome;
        do {
            outcome = run_block(&run);
            /* What was loaded ahead is dropped, and blocks have another size afterwards. */
            assert_int_equal(block_reader_start(run.reader, block_sizes[s] - run.number % 7), 0);
            for (uint64_t i = 0; i < N_WAITING; i++) {
                struct block *block = run.waiting[(run.number + i) % N_WAITING];
                block_reset(block);
                block_reader_load(run.reader, block, run.number + i);
            }
        } while (outcome == READER_BYTES);
        assert_int_equal(outcome, READER_END);
        assert_int_equal(run.n_seen, n);
        run_close(&run);
    }
}

static void test_failing_read_comes_after_the_records(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 100; i++)
        add_record(&file, i, i % 3 == 2 ? 6000 : 300);
    struct run run;
    run_open(&run, temp_write("breaks", file.at, file.n, false), 4096);
    /* Behind the reader's back its file becomes a folder, which cannot be read. */
    int folder = open(temp_folder, O_RDONLY);
    assert_int_equal(dup2(folder, block_reader_wait_fd(run.reader)),
                     block_reader_wait_fd(run.reader));
    int outcome;
    while ((outcome = run_block(&run)) == READER_BYTES)
        assert_false(error_is_set(&run.error));
    assert_int_equal(outcome, -1);
    assert_int_equal(run.error.code, EISDIR);
    assert_true(run.n_seen > 0 && run.n_seen < 100);
    assert_non_null(strstr(run.error.text, "breaks' at offset "));
    close(folder);
    run_close(&run);
    bytes_free(&file);
}

static void test_file_that_went_away(void **state)
{
    (void)state;
    struct bytes file = {0};
    add_record(&file, 0, 10);
    char where[600];
    const char *gone = temp_write("gone", file.at, file.n, false);
    snprintf(where, sizeof(where), "%s,%s", temp_write("stays", file.at, file.n, false), gone);
    struct run run;
    run_open(&run, where, 4096);
    assert_int_equal(unlink(gone), 0);
    assert_int_equal(run_on(&run), -1);
    assert_int_equal(run.n_seen, 1);
    assert_int_equal(run.error.code, ENOENT);
    assert_non_null(strstr(run.error.text, "gone"));
    run_close(&run);
    bytes_free(&file);
}

static size_t count_descriptors(void)
{
    size_t n = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* Threads that load blocks over and over, each its own, around the number that is marked. */
struct loader {
    pthread_t thread;
    struct block_reader *reader;
    struct block *block;
    _Atomic uint64_t *number;
    _Atomic uint32_t *is_over;
};

static void *load_around(void *argument)
{
    struct loader *loader = argument;
    for (uint64_t i = 0; !load_acquire(loader->is_over); i++) {
        block_reset(loader->block);
        block_reader_load(loader->reader, loader->block, load_acquire(loader->number) + i % 4);
    }
    return NULL;
}

static void test_loading_beside_the_token(void **state)
{
    (void)state;
    char where[4000];
    const uint32_t n = make_list(where, sizeof(where), 90);
    const size_t n_before = count_descriptors();
    for (unsigned round = 0; round < 4; round++) {
        struct run run;
        struct loader loaders[3];
        _Atomic uint64_t number;
        _Atomic uint32_t is_over;
        run_open(&run, where, 512);
        store_relaxed(&number, 0);
        store_relaxed(&is_over, 0);
        for (unsigned i = 0; i < ARRAY_LEN(loaders); i++) {
            loaders[i] = (struct loader){0, run.reader, block_take(run.pool), &number, &is_over};
            assert_int_equal(pthread_create(&loaders[i].thread, NULL, load_around, &loaders[i]), 0);
        }
        int outcome;
        do {
            outcome = run_block(&run);
            store_release(&number, run.number);
            assert_true(count_descriptors() <= n_before + 2);
        } while (outcome == READER_BYTES);
        store_release(&is_over, 1);
        for (unsigned i = 0; i < ARRAY_LEN(loaders); i++) {
            pthread_join(loaders[i].thread, NULL);
            block_release(&loaders[i].block);
        }
        assert_int_equal(outcome, READER_END);
        assert_int_equal(run.n_seen, n);
        run_close(&run);
        assert_int_equal(count_descriptors(), n_before);
    }
}

static void test_unreadable_content(void **state)
{
    (void)state;
    struct error error = {0};
    /* A regular file whose first page cannot be read. */
    assert_null(block_reader_open("/proc/self/mem", &error));
    assert_int_equal(error.code, EIO);
    assert_non_null(strstr(error.text, "/proc/self/mem' at offset 0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_of_all_sizes),
        cmocka_unit_test(test_guesses_are_right),
        cmocka_unit_test(test_guesses_recover),
        cmocka_unit_test(test_bytes_of_the_former_file_are_not_used),
        cmocka_unit_test(test_list_with_empty_files),
        cmocka_unit_test(test_growing_file),
        cmocka_unit_test(test_cut_record_comes_after_the_others),
        cmocka_unit_test(test_fifo_in_pieces),
        cmocka_unit_test(test_large_record_through_fifo),
        cmocka_unit_test(test_claimed_length_takes_no_memory),
        cmocka_unit_test(test_pause_loses_nothing),
        cmocka_unit_test(test_failing_read_comes_after_the_records),
        cmocka_unit_test(test_file_that_went_away),
        cmocka_unit_test(test_loading_beside_the_token),
        cmocka_unit_test(test_unreadable_content),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
