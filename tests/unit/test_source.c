/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/io/source.h"

#include <errno.h>
#include <poll.h>

#include <libtrace/error.h>

#include "lib/io/file_list.h"
#include "tests/support/temp_files.h"

static struct error error;

static int clear_error(void **state)
{
    (void)state;
    error_clear(&error);
    return 0;
}

static void assert_error_names(const char *name)
{
    assert_true(error_is_set(&error));
    if (!strstr(error.text, name))
        fail_msg("'%s' does not name '%s'", error.text, name);
    error_clear(&error);
}

static const char *make(const char *name, size_t n_bytes)
{
    static const uint8_t bytes[64] = "abcdefghijklmnopqrstuvwxyz";
    return temp_write(name, bytes, n_bytes, false);
}

/* "first,second" of two paths */
static const char *join(const char *first, const char *second)
{
    static char joined[600];
    snprintf(joined, sizeof(joined), "%s,%s", first, second);
    return joined;
}

static void assert_names(const char *where, size_t n, const char *const *names)
{
    struct file_list list;
    if (file_list_open(&list, where, &error) != 0)
        fail_msg("%s: %s", where, error.text);
    assert_int_equal(list.n_names, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(list.names[i], names[i]);
    file_list_close(&list);
}

static void test_one_name(void **state)
{
    (void)state;
    const char *a = make("a", 10);
    assert_names(a, 1, &a);
}

static void test_list_keeps_order_and_repeats(void **state)
{
    (void)state;
    const char *names[] = {make("b", 10), make("a", 5), make("b", 10)};
    char where[1000];
    snprintf(where, sizeof(where), "%s,%s,%s", names[0], names[1], names[2]);
    assert_names(where, 3, names);

    struct file_list list;
    assert_int_equal(file_list_open(&list, where, &error), 0);
    assert_true(list.is_positional);
    assert_int_equal(list.total_bytes, 25);
    file_list_close(&list);
}

static void test_glob_is_sorted_by_bytes(void **state)
{
    (void)state;
    const char *names[] = {make("g-10", 1), make("g-2", 1), make("g-B", 1), make("g-a", 1)};
    assert_names(temp_path("g-*"), 4, names);
    const char *more[] = {make("a", 1), names[0], names[1], names[2], names[3]};
    assert_names(join(more[0], temp_path("g-*")), 5, more);
}

static void test_existing_names_win(void **state)
{
    (void)state;
    const char *comma = make("x,y", 1);
    assert_names(comma, 1, &comma);
    const char *bracket = make("[ab]", 1);
    make("c", 1);
    assert_names(bracket, 1, &bracket);
    const char *both[] = {make("c", 1), bracket};
    assert_names(join(both[0], bracket), 2, both);
}

static void test_missing_names_are_named(void **state)
{
    (void)state;
    struct file_list list;
    assert_int_equal(file_list_open(&list, temp_path("none"), &error), -1);
    assert_int_equal(error.code, ENOENT);
    assert_error_names("none");
    assert_int_equal(file_list_open(&list, join(make("a", 1), temp_path("none2")), &error), -1);
    assert_error_names("none2'");
    assert_int_equal(file_list_open(&list, temp_path("none*"), &error), -1);
    assert_error_names("none*");
    assert_int_equal(file_list_open(&list, join(make("a", 1), ""), &error), -1);
    assert_error_names("empty file name");
    assert_int_equal(file_list_open(&list, "", &error), -1);
    assert_error_names("empty file name");
}

static void test_folders_are_refused(void **state)
{
    (void)state;
    struct file_list list;
    assert_int_equal(file_list_open(&list, temp_folder, &error), -1);
    assert_int_equal(error.code, EISDIR);
    assert_error_names(temp_folder);

    const char *folder = temp_path("h-dir");
    assert_int_equal(mkdir(folder, 0700), 0);
    make("h-a", 1);
    assert_int_equal(file_list_open(&list, temp_path("h-*"), &error), -1);
    assert_int_equal(error.code, EISDIR);
    assert_error_names("h-dir");
}

static void test_unreadable_files_are_refused(void **state)
{
    (void)state;
    struct file_list list;
    const char *path = make("unreadable", 1);
    const char *fifo = temp_path("unreadable-fifo");
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(mkfifo(fifo, 0), 0);

    /* To root everything is readable, so be nobody for a moment. */
    const uid_t user = geteuid();
    assert_int_equal(chmod(temp_folder, 0755), 0);
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    const int of_file = file_list_open(&list, path, &error);
    struct error file_error = error;
    error_clear(&error);
    const int of_fifo = file_list_open(&list, fifo, &error);
    assert_int_equal(seteuid(user), 0);

    assert_int_equal(of_file, -1);
    assert_int_equal(file_error.code, EACCES);
    assert_non_null(strstr(file_error.text, "unreadable'"));
    assert_int_equal(of_fifo, -1);
    assert_int_equal(error.code, EACCES);
    assert_error_names("unreadable-fifo");
}

static void test_positional_reads(void **state)
{
    (void)state;
    struct source source;
    uint8_t bytes[16];
    assert_int_equal(source_open(&source, make("a", 10), &error), 0);
    assert_true(source.is_positional);
    assert_true(fcntl(source.fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(source_read_at(&source, bytes, 4, 3), 4);
    assert_memory_equal(bytes, "defg", 4);
    assert_int_equal(source_read_at(&source, bytes, 16, 7), 3);
    assert_int_equal(source_read_at(&source, bytes, 16, 10), 0);
    assert_int_equal(source_read_at(&source, bytes, 16, 1000), 0);
    assert_int_equal(source_read_at(&source, bytes, 16, UINT64_MAX - 5), -1);
    source_close(&source);
}

static void test_fifo_waits_for_its_writer(void **state)
{
    (void)state;
    const char *path = temp_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    struct file_list list;
    assert_int_equal(file_list_open(&list, path, &error), 0);
    assert_false(list.is_positional);
    assert_int_equal(list.total_bytes, 0);

    struct source source;
    uint8_t bytes[16];
    size_t n_read = 0;
    assert_int_equal(source_open(&source, path, &error), 0);
    assert_false(source.is_positional);
    for (int i = 0; i < 3; i++)
        assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_AGAIN);

    int writer = open(path, O_WRONLY);
    assert_true(writer >= 0);
    assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_AGAIN);
    for (size_t i = 0; i < 5; i++) {
        temp_write_all(writer, &"hello"[i], 1);
        assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_AGAIN);
    }
    temp_write_all(writer, " you", 4);
    size_t n = 0;
    while (source_read(&source, bytes + n, 16 - n, &n_read, &error) == SOURCE_BYTES)
        n += n_read;
    assert_int_equal(n, 9);
    assert_memory_equal(bytes, "hello you", 9);
    assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_AGAIN);
    temp_write_all(writer, "!", 1);
    close(writer);
    assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_BYTES);
    assert_int_equal(n_read, 1);
    assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_END);

    /* Another writer does not wake the dead. */
    writer = open(path, O_WRONLY);
    temp_write_all(writer, "more", 4);
    assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_END);
    close(writer);
    source_close(&source);
    file_list_close(&list);
}

/* What it wrote waits in the FIFO, as another reader holds that. */
static void test_fifo_whose_writer_left_before(void **state)
{
    (void)state;
    const char *path = temp_path("left-fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    const int holder = open(path, O_RDONLY | O_NONBLOCK);
    const int writer = open(path, O_WRONLY);
    assert_true(holder >= 0 && writer >= 0);
    temp_write_all(writer, "hello you", 9);
    close(writer);

    struct source source;
    uint8_t bytes[16];
    size_t n = 0;
    size_t n_read = 0;
    int outcome;
    assert_int_equal(source_open(&source, path, &error), 0);
    while ((outcome = source_read(&source, bytes + n, 16 - n, &n_read, &error)) == SOURCE_BYTES)
        n += n_read;
    assert_int_equal(outcome, SOURCE_END);
    assert_int_equal(n, 9);
    assert_memory_equal(bytes, "hello you", 9);
    source_close(&source);
    close(holder);
}

/* Runs with another standard input, whose flags must stay as they are. */
static int with_stdin(int fd, int *kept)
{
    *kept = dup(STDIN_FILENO);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    return fcntl(STDIN_FILENO, F_GETFL);
}

static void restore_stdin(int kept)
{
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    } else {
        close(STDIN_FILENO);
    }
}

static void test_pipe_as_standard_input(void **state)
{
    (void)state;
    int ends[2];
    int kept;
    uint8_t bytes[16];
    size_t n_read = 0;
    struct source source;
    assert_int_equal(pipe(ends), 0);
    int flags = with_stdin(ends[0], &kept);
    assert_int_equal(source_open(&source, "-", &error), 0);
    assert_int_equal(source_read(&source, bytes, 16, &n_read, &error), SOURCE_AGAIN);
    temp_write_all(ends[1], "0123456789", 10);
    close(ends[1]);
    size_t n = 0;
    int outcome;
    while ((outcome = source_read(&source, bytes + n, 3, &n_read, &error)) == SOURCE_BYTES)
        n += n_read;
    assert_int_equal(outcome, SOURCE_END);
    assert_int_equal(n, 10);
    assert_memory_equal(bytes, "0123456789", 10);
    assert_int_equal(fcntl(STDIN_FILENO, F_GETFL), flags);
    source_close(&source);
    assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
    restore_stdin(kept);
    close(ends[0]);
}

static void test_file_as_standard_input_starts_at_its_offset(void **state)
{
    (void)state;
    int kept;
    uint8_t bytes[16];
    int fd = open(make("a", 10), O_RDONLY);
    assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
    with_stdin(fd, &kept);
    struct file_list list;
    assert_int_equal(file_list_open(&list, "-", &error), 0);
    assert_true(list.is_positional);
    assert_int_equal(list.total_bytes, 6);
    file_list_close(&list);

    struct source source;
    assert_int_equal(source_open(&source, "-", &error), 0);
    assert_true(source.is_positional);
    assert_int_equal(source.origin, 4);
    assert_int_equal(source_read_at(&source, bytes, 16, source.origin), 6);
    assert_memory_equal(bytes, "efghij", 6);
    source_close(&source);
    assert_int_equal(lseek(STDIN_FILENO, 0, SEEK_CUR), 4);
    restore_stdin(kept);
    close(fd);
}

static void test_closed_standard_input(void **state)
{
    (void)state;
    int kept = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    struct file_list list;
    assert_int_equal(file_list_open(&list, "-", &error), -1);
    restore_stdin(kept);
    assert_error_names("standard input");
}

static void test_device_ends(void **state)
{
    (void)state;
    struct source source;
    uint8_t byte;
    size_t n_read;
    assert_int_equal(source_open(&source, "/dev/null", &error), 0);
    assert_false(source.is_positional);
    assert_int_equal(source_read(&source, &byte, 1, &n_read, &error), SOURCE_END);
    source_close(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_name, clear_error),
        cmocka_unit_test_setup(test_list_keeps_order_and_repeats, clear_error),
        cmocka_unit_test_setup(test_glob_is_sorted_by_bytes, clear_error),
        cmocka_unit_test_setup(test_existing_names_win, clear_error),
        cmocka_unit_test_setup(test_missing_names_are_named, clear_error),
        cmocka_unit_test_setup(test_folders_are_refused, clear_error),
        cmocka_unit_test_setup(test_unreadable_files_are_refused, clear_error),
        cmocka_unit_test_setup(test_positional_reads, clear_error),
        cmocka_unit_test_setup(test_fifo_waits_for_its_writer, clear_error),
        cmocka_unit_test_setup(test_fifo_whose_writer_left_before, clear_error),
        cmocka_unit_test_setup(test_pipe_as_standard_input, clear_error),
        cmocka_unit_test_setup(test_file_as_standard_input_starts_at_its_offset, clear_error),
        cmocka_unit_test_setup(test_closed_standard_input, clear_error),
        cmocka_unit_test_setup(test_device_ends, clear_error),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
