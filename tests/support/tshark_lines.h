/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traffic of which Weir and tshark read the same fields. Each packet becomes one line of text, the
 * same for both: fields with tabs between them, and commas between the values of a field that is
 * there several times.
 *
 *     traffic_end_packet(TRACE_TYPE_ETH);
 *     line_start();
 *     line_add(0, "%u", type);
 *     line_end(1);                             for each packet
 *     lines_compare("-e sctp.chunk_type");     for all
 */
#ifndef WEIR_TESTS_SUPPORT_TSHARK_LINES_H
#define WEIR_TESTS_SUPPORT_TSHARK_LINES_H

#include <string.h>

#include "lib/base/attributes.h"
#include "tests/support/peers.h"
#include "tests/support/traffic.h"

enum { LINE_BYTES = 1024, LINE_MOST_FIELDS = 12 };

static char lines[TRAFFIC_MOST_PACKETS][LINE_BYTES];

/* The fields of the packet in hand. */
static char line_fields[LINE_MOST_FIELDS][LINE_BYTES];

static void line_start(void)
{
    memset(line_fields, 0, sizeof(line_fields));
}

/** Adds a value to a field. */
static void line_add(unsigned field, const char *format, ...) PRINTF_LIKE(2, 3);
static void line_add(unsigned field, const char *format, ...)
{
    char *text = line_fields[field];
    size_t n = strlen(text);
    if (n > 0)
        text[n++] = ',';
    va_list arguments;
    va_start(arguments, format);
    assert_true(vsnprintf(text + n, LINE_BYTES - n, format, arguments) < (int)(LINE_BYTES - n));
    va_end(arguments);
}

/** Ends the line of the packet that was ended last. */
static void line_end(unsigned n_fields)
{
    char *line = lines[traffic_n_packets - 1];
    line[0] = '\0';
    for (unsigned field = 0; field < n_fields; field++) {
        assert_true(strlen(line) + strlen(line_fields[field]) + 2 < LINE_BYTES);
        if (field > 0)
            strcat(line, "\t");
        strcat(line, line_fields[field]);
    }
}

/** Writes the file and compares with tshark's lines; `arguments` name the fields, as -e ... */
static void lines_compare(const char *arguments)
{
    char command[2048], line[LINE_BYTES];
    snprintf(command, sizeof(command), "tshark -n -r '%s' -T fields -E occurrence=a %s 2>/dev/null",
             traffic_write(), arguments);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    unsigned number = 0;
    while (fgets(line, sizeof(line), output)) {
        line[strcspn(line, "\n")] = '\0';
        assert_true(number < traffic_n_packets);
        if (strcmp(line, lines[number]) != 0)
            print_message("packet %u\n", number + 1);
        assert_string_equal(lines[number], line);
        number++;
    }
    assert_int_equal(pclose(output), 0);
    assert_int_equal(number, traffic_n_packets);
}

/** Runs a program's tests, where tshark is installed. */
#define LINES_RUN(name, tests)                                              \
    (peers_run("tshark --version >/dev/null 2>&1")                          \
         ? cmocka_run_group_tests_name(name, tests, temp_make, temp_remove) \
         : (printf("skipped: tshark is not installed\n"), TEST_SKIPPED))

#endif
