/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of others, which tests compare with where they are installed.
 *
 *     peers_need("tshark");            skips the test, with the reason, if it is not there
 *     peers_run("editcap '%s' ...", path);
 */
#ifndef WEIR_TESTS_SUPPORT_PEERS_H
#define WEIR_TESTS_SUPPORT_PEERS_H

#include <stdbool.h>

#include "lib/base/attributes.h"
#include "tests/support/test.h"

MAYBE_UNUSED static bool peers_run(const char *format, ...) PRINTF_LIKE(1, 2);

/** Runs a line of shell. Did it succeed? */
static bool peers_run(const char *format, ...)
{
    char command[1500];
    va_list arguments;
    va_start(arguments, format);
    assert_true(vsnprintf(command, sizeof(command), format, arguments) < (int)sizeof(command));
    va_end(arguments);
    return system(command) == 0;
}

MAYBE_UNUSED static void peers_need(const char *program)
{
    if (peers_run("command -v %s >/dev/null 2>&1", program))
        return;
    printf("%s is not installed\n", program);
    skip();
}

/** One of libtrace 3's tools, which others' programs share names with. */
MAYBE_UNUSED static void peers_need_libtrace(const char *program)
{
    peers_need(program);
    if (peers_run("ldd \"$(command -v %s)\" | grep -q libtrace.so.3 2>/dev/null", program))
        return;
    printf("%s is not libtrace's\n", program);
    skip();
}

#endif
