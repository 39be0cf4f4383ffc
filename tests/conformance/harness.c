/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The watchdog is an alarm: it needs no help from what hangs.
 */
#include "tests/conformance/harness.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/files.h"

enum { PATIENCE_S = 60, SANITIZER_FACTOR = 4, MOST_TESTS = 200 };

static char description[512];

struct trial {
    const struct property *property;
    const struct subject *subject;
    char name[100];
};

void doing(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(description, sizeof(description), format, arguments);
    va_end(arguments);
}

const char *what_is_done(void)
{
    return description;
}

static void give_up(int signal_number)
{
    static const char text[] = "HANGS: ";
    (void)signal_number;
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)!write(STDERR_FILENO, description, strlen(description));
    (void)!write(STDERR_FILENO, "\n", 1);
    _exit(1);
}

void harness_begin(const char *name)
{
    doing("%s", name);
    alarm(PATIENCE_S * (HAS_SANITIZER ? SANITIZER_FACTOR : 1));
}

static void check(void **state)
{
    const struct trial *trial = *state;
    harness_begin(trial->name);
    trial->property->check(trial->subject);
    alarm(0);
}

static bool suits(const struct property *property, const struct subject *subject)
{
    return (subject->features & property->needs) == property->needs &&
           !(subject->features & property->excludes);
}

int harness_run_tests(const char *name, const struct CMUnitTest *tests, size_t n_tests, int argc,
                      char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    signal(SIGALRM, give_up);
    signal(SIGPIPE, SIG_IGN);
    return _cmocka_run_group_tests(name, tests, n_tests, files_make, files_remove);
}

int harness_run(const struct property *properties, size_t n_properties, int argc, char **argv)
{
    static struct trial trials[MOST_TESTS];
    static struct CMUnitTest tests[MOST_TESTS];
    size_t n = 0;
    for (size_t p = 0; p < n_properties; p++) {
        const struct subject *over = properties[p].over ? properties[p].over : subjects;
        for (const struct subject *subject = over; subject->name; subject++) {
            if (!suits(&properties[p], subject))
                continue;
            assert_true(n < MOST_TESTS);
            trials[n].property = &properties[p];
            trials[n].subject = subject;
            snprintf(trials[n].name, sizeof(trials[n].name), "%s: %s", properties[p].name,
                     subject->name);
            tests[n] = (struct CMUnitTest){
                .name = trials[n].name, .test_func = check, .initial_state = &trials[n]};
            n++;
        }
    }
    return harness_run_tests(argv[0], tests, n, argc, argv);
}
