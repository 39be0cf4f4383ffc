/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <getopt.h>
#include <string.h>

static const char *const hasher_names[] = {
    [HASHER_BALANCE] = "none",
    [HASHER_BIDIRECTIONAL] = "bidirectional",
    [HASHER_UNIDIRECTIONAL] = "unidirectional",
};

const char *options_hasher_name(enum hasher_types hasher)
{
    return hasher_names[hasher];
}

static void print_help(void)
{
    printf("usage: tracestats [-t threads] [-H none|bidirectional|unidirectional] [-f filter]...\n"
           "                  [-j] [-q] URI...\n"
           "\n"
           "Reads packet captures on many threads and prints what is in them.\n"
           "\n"
           "  -t, --threads=N      packet threads, 1 to %d; by default one for each CPU\n"
           "  -H, --hasher=HOW     none: a packet goes to whichever thread is free (default);\n"
           "                       bidirectional: both directions of a flow to one thread;\n"
           "                       unidirectional: each direction of a flow to one thread\n"
           "  -f, --filter=FILTER  count also the packets that match this filter\n"
           "                       (pcap-filter(7)); may be repeated, up to %d times\n"
           "  -j, --json           print one JSON document instead of tables\n"
           "  -q, --quiet          print totals only, and no progress bar\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "Exit status: 0 all was read, 1 something could not be read, 2 wrong usage,\n"
           "130 interrupted, 141 nobody reads the output any more, 143 terminated.\n"
           "\n",
           MAX_THREADS, MAX_FILTERS);
    trace_help();
}

static enum options_outcome complain(const char *problem, const char *what)
{
    return options_complain("tracestats", problem, what);
}

static bool parse_threads(struct options *options, const char *text)
{
    uint64_t n;
    if (!options_parse_number(text, 1, MAX_THREADS, &n))
        return false;
    options->n_threads = (int)n;
    return true;
}

static bool parse_hasher(struct options *options, const char *text)
{
    for (size_t i = 0; i < sizeof(hasher_names) / sizeof(hasher_names[0]); i++) {
        if (strcmp(text, hasher_names[i]) == 0) {
            options->hasher = (enum hasher_types)i;
            return true;
        }
    }
    return false;
}

enum options_outcome options_parse(struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"threads", required_argument, NULL, 't'}, {"hasher", required_argument, NULL, 'H'},
        {"filter", required_argument, NULL, 'f'},  {"json", no_argument, NULL, 'j'},
        {"quiet", no_argument, NULL, 'q'},         {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},       {0},
    };
    static char name[] = "tracestats"; /* in the messages of getopt_long() */
    if (argc > 0)
        argv[0] = name;
    *options = (struct options){.hasher = HASHER_BALANCE};
    int option;
    while ((option = getopt_long(argc, argv, "t:H:f:jqhV", long_options, NULL)) != -1) {
        switch (option) {
        case 't':
            if (!parse_threads(options, optarg))
                return complain("not a number of threads: ", optarg);
            break;
        case 'H':
            if (!parse_hasher(options, optarg))
                return complain("not a way to share packets out: ", optarg);
            break;
        case 'f':
            if (options->n_filters == MAX_FILTERS)
                return complain("too many filters", "");
            options->filters[options->n_filters++] = optarg;
            break;
        case 'j':
            options->is_json = true;
            break;
        case 'q':
            options->is_quiet = true;
            break;
        case 'h':
            print_help();
            return OPTIONS_DONE;
        case 'V':
            printf("tracestats of Weir %s\n", TRACESTATS_VERSION);
            return OPTIONS_DONE;
        default:
            return complain(NULL, "");
        }
    }
    options->uris = argv + optind;
    options->n_uris = argc - optind;
    return options->n_uris > 0 ? OPTIONS_RUN : complain("no input given", "");
}
