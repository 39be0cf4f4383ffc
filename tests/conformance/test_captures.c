/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures of the world: every file in the folder that the environment variable WEIR_CAPTURES
 * names. Threads see what one thread sees, and capinfos counts as many packets, where it reads the
 * file. A file's format is found out from its content, or else told by its name (formats_by_name).
 *
 * All records of a file are kept in memory while they are compared, at some 80 bytes each.
 */
#include <dirent.h>
#include <fnmatch.h>

#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/sight.h"

enum { MOST_FILES = 1000 };

/* Formats that content does not tell, or not for sure. */
static const struct {
    const char *pattern;
    const char *scheme;
} formats_by_name[] = {
    {"*.tsh*", "tsh"},           {"*.duck*", "duck"},         {"legacyatm*", "legacyatm"},
    {"legacyeth*", "legacyeth"}, {"legacypos*", "legacypos"}, {"atmhdr*", "atmhdr"},
    {"*nzix*", "legacynzix"},    {"etsi*", "etsifile"},       {"*.etsi*", "etsifile"},
};

static const char *find_scheme(const char *path, const char *name)
{
    static char scheme[64];
    for (size_t i = 0; i < ARRAY_LEN(formats_by_name); i++)
        if (fnmatch(formats_by_name[i].pattern, name, 0) == 0)
            return formats_by_name[i].scheme;
    libtrace_t *trace = trace_create(path);
    const char *format = trace_is_err(trace) ? NULL : trace_get_uri_format(trace);
    if (format)
        snprintf(scheme, sizeof(scheme), "%s", format);
    else
        print_message("skipped: %s\n", trace_get_err(trace).problem);
    trace_destroy(trace);
    return format ? scheme : NULL;
}

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
    const char *scheme = find_scheme(path, strrchr(path, '/') + 1);
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

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && entry->d_type != DT_DIR;
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[MOST_FILES];
    struct dirent **entries;
    const char *folder = getenv("WEIR_CAPTURES");
    if (!folder) {
        printf("skipped: WEIR_CAPTURES does not name a folder of captures\n");
        return TEST_SKIPPED;
    }
    const int n = scandir(folder, &entries, is_shown, alphasort);
    if (n < 0 || n > MOST_FILES) {
        fprintf(stderr, "'%s' is no folder of up to %d files\n", folder, MOST_FILES);
        return 1;
    }
    for (int i = 0; i < n; i++) {
        char *path = malloc(strlen(folder) + strlen(entries[i]->d_name) + 2);
        if (!path)
            return 1;
        sprintf(path, "%s/%s", folder, entries[i]->d_name);
        tests[i] = (struct CMUnitTest){
            .name = entries[i]->d_name, .test_func = check_file, .initial_state = path};
    }
    return harness_run_tests("captures", tests, (size_t)n, argc, argv);
}
