/* SPDX-License-Identifier: BSD-2-Clause */
/* All that is printed of a format comes from its table, so that nothing can be forgotten here. */
#include <stdio.h>

#include <libtrace.h>

#include "formats/format.h"

#define NAME_COLUMNS 14

static const char introduction[] =
    "A trace is named FORMAT:WHERE, as in pcapfile:capture.pcap. WHERE is a file, several with\n"
    "commas between them, a pattern such as part-*.pcap, or - for standard input or output. Files\n"
    "that are compressed (gzip, bzip2, xz, lzma, zstd, lz4) are decompressed; those written are\n"
    "compressed if they are named so, as in capture.pcap.gz. An input needs no FORMAT: it is "
    "found\n"
    "out from the first bytes, except for formats with a * below.\n";

static void print_option(const struct format_option *option)
{
    switch (option->type) {
    case OPTION_FLAG:
        printf("        %-20s %s\n", option->name, option->help);
        return;
    case OPTION_NUMBER:
        printf("        %-20s %s (%lld to %lld)\n", option->name, option->help,
               (long long)option->min, (long long)option->max);
        return;
    case OPTION_TEXT:
        printf("        %-20s %s (text)\n", option->name, option->help);
        return;
    }
}

/* Can a name without the format be one of its? */
static bool is_found_out(const struct format *format)
{
    return format->probe_name != format_no_probe_name ||
           format->probe_bytes != format_no_probe_bytes;
}

static void print_format(const struct format *format)
{
    const bool is_input = format->flags & FORMAT_INPUT;
    const bool is_output = format->flags & FORMAT_OUTPUT;
    char names[64];
    size_t n = (size_t)snprintf(names, sizeof(names), "%s:", format->name);
    for (const char *const *alias = format->aliases; alias && *alias && n < sizeof(names); alias++)
        n += (size_t)snprintf(names + n, sizeof(names) - n, " %s:", *alias);
    printf("  %-*s %-7s %c %s\n", NAME_COLUMNS, names,
           is_input && is_output ? "in, out"
           : is_output           ? "out"
                                 : "in",
           !is_input || is_found_out(format) ? ' ' : '*', format->help);
    for (const struct format_option *option = format->options; option && option->name; option++)
        print_option(option);
}

void trace_help(void)
{
    flockfile(stdout);
    printf("Weir, with the interface of libtrace %d.%d.%d\n\n%s\n", LIBTRACE_API_VERSION >> 16,
           (LIBTRACE_API_VERSION >> 8) & 0xff, LIBTRACE_API_VERSION & 0xff, introduction);
    for (const struct format *const *at = format_list(); *at; at++)
        print_format(*at);
    funlockfile(stdout);
}
