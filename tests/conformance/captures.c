/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/conformance/captures.h"

#include <fnmatch.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include <libtrace.h>

#include "tests/conformance/harness.h"

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

static struct CMUnitTest tests[MOST_FILES + 1];
static size_t n_tests;
static const char *folder;
static void (*check_file)(void **state);

const char *captures_scheme(const char *path)
{
    static char scheme[64];
    for (size_t i = 0; i < ARRAY_LEN(formats_by_name); i++)
        if (fnmatch(formats_by_name[i].pattern, strrchr(path, '/') + 1, 0) == 0)
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

/* Its name is the path in the folder. Stops the walk behind the most. */
static int add_file(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    const char *name = path + strlen(folder);
    (void)status;
    (void)walk;
    if (kind != FTW_F || strstr(name, "/."))
        return 0;
    char *copy = strdup(path);
    if (!copy)
        return 1;
    tests[n_tests++] = (struct CMUnitTest){.name = copy + strlen(folder) + strspn(name, "/"),
                                           .test_func = check_file,
                                           .initial_state = copy};
    return n_tests > MOST_FILES;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct CMUnitTest *)a)->name, ((const struct CMUnitTest *)b)->name);
}

int captures_run(const char *name, void (*check)(void **state), int argc, char **argv)
{
    folder = getenv("WEIR_CAPTURES");
    check_file = check;
    if (!folder) {
        printf("skipped: WEIR_CAPTURES does not name a folder of captures\n");
        return TEST_SKIPPED;
    }
    if (nftw(folder, add_file, 16, 0) != 0) {
        fprintf(stderr, "'%s' is no folder of up to %d files\n", folder, MOST_FILES);
        return 1;
    }
    qsort(tests, n_tests, sizeof(tests[0]), compare_names);
    return harness_run_tests(name, tests, n_tests, argc, argv);
}
