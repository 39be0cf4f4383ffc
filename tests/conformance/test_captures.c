/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures of the world: every file in the folder that the environment variable WEIR_CAPTURES
 * names. Threads see what one thread sees, and capinfos counts as many packets, where it reads the
 * file.
 *
 * All records of a file are kept in memory while they are compared, at some 80 bytes each.
 */
#include "tests/conformance/captures.h"
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/sight.h"

static void check_threads(const char *scheme, const char *path, const struct sight *serial)
{
    static const struct way ways[] = {
        {.n_threads = 1, .hasher = HASHER_BALANCE},
        {.n_threads = 4, .hasher = HASHER_BALANCE},
        {.n_threads = 2, .hasher = HASHER_BIDIRECTIONAL, .block_bytes = 16384},
        {.n_threads = 4, .hasher = HASHER_CUSTOM},
    };
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        doing("%s as %s, %s", path, scheme, way_name(&ways[i]));
        struct sight parallel = sight_take(scheme, path, &ways[i]);
        sight_check_same(&parallel, serial);
        sight_free(&parallel);
    }
}

/* It counts records that are no packets in some formats. */
static void compare_with_capinfos(const char *path, size_t n_packets, size_t n_metas)
{
    unsigned long long n;
    int status;
    if (!files_has_program("capinfos")) {
        print_message("skipped: there is no capinfos here\n");
        return;
    }
    struct bytes output = files_run(NULL, &status, "capinfos -T -M -r -c '%s'", path);
    bytes_add(&output, "", 1);
    const char *tab = strrchr((char *)output.at, '\t');
    doing("%s", path);
    if (status != 0 || !tab || sscanf(tab, "\t%llu", &n) != 1)
        print_message("skipped: capinfos does not read it\n");
    else if (n < n_packets || n > n_packets + n_metas)
        FAIL("capinfos counts %llu packets, not %zu", n, n_packets);
    bytes_free(&output);
}

static void check_file(void **state)
{
    const char *path = *state;
    const struct way way = {0};
    size_t n_packets = 0;
    harness_begin(path);
    const char *scheme = captures_scheme(path);
    if (!scheme)
        skip();
    struct sight serial = sight_take(scheme, path, &way);
    for (size_t i = 0; i < serial.n_seen; i++)
        n_packets += !serial.seen[i].is_meta;
    print_message("%s: %zu packets, %zu other records%s%s\n", scheme, n_packets,
                  serial.n_seen - n_packets, serial.error.err_num ? "; " : "",
                  serial.error.problem);
    check_threads(scheme, path, &serial);
    if (serial.error.err_num == 0)
        compare_with_capinfos(path, n_packets, serial.n_seen - n_packets);
    sight_free(&serial);
    alarm(0);
}

int main(int argc, char **argv)
{
    return captures_run("captures", check_file, argc, argv);
}
