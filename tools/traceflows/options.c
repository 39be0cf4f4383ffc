/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <getopt.h>
#include <libtrace.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_IN_TABLE 10
#define MOST_FLOWS     ((uint64_t)1 << 30) /* as trace_create_flow_table() */

static const char *const sort_names[N_SORTS] = {
    [SORT_BYTES] = "bytes",
    [SORT_PACKETS] = "packets",
    [SORT_TIME] = "time",
};

static void print_help(void)
{
    printf("usage: traceflows [-t threads] [-d] [-s bytes|packets|time] [-n flows] [-m flows]\n"
           "                  [-f filter] [-c | -j] URI...\n"
           "\n"
           "Reads packet captures on many threads and prints the flows in them, those of all\n"
           "inputs together.\n"
           "\n"
           "  -t, --threads=N      packet threads, 1 to %d; by default one for each CPU\n"
           "  -d, --directed       each direction is a flow of its own\n"
           "  -s, --sort=BY        bytes (default) or packets: the largest first;\n"
           "                       time: in the order of their first packets\n"
           "  -n, --number=N       print N flows; by default %d in a table, else all\n"
           "  -m, --max-flows=N    hold at most N flows for each thread; packets of others are\n"
           "                       counted together\n"
           "  -f, --filter=FILTER  only packets that match this filter (pcap-filter(7))\n"
           "  -c, --csv            print comma separated values instead of a table\n"
           "  -j, --json           print one JSON document instead of a table\n"
           "  -h, --help           print this help\n"
           "  -V, --version        print the version\n"
           "\n"
           "Exit status: 0 all was read, 1 something could not be read, 2 wrong usage,\n"
           "130 interrupted, 141 nobody reads the output any more, 143 terminated.\n"
           "\n",
           MAX_THREADS, SHOWN_IN_TABLE);
    trace_help();
}

static enum options_outcome complain(const char *problem, const char *what)
{
    return options_complain("traceflows", problem, what);
}

static bool parse_sort(struct options *options, const char *text)
{
    for (int i = 0; i < N_SORTS; i++) {
        if (strcmp(text, sort_names[i]) == 0) {
            options->sort = (enum sort)i;
            return true;
        }
    }
    return false;
}

/* NULL: the value is good; else what is wrong with it. */
static const char *take_value(struct options *options, int option, const char *text)
{
    uint64_t n = 0;
    if (option == 's')
        return parse_sort(options, text) ? NULL : "not an order: ";
    if (option == 't') {
        if (!options_parse_number(text, 1, MAX_THREADS, &n))
            return "not a number of threads: ";
        options->n_threads = (int)n;
        return NULL;
    }
    if (!options_parse_number(text, 1, MOST_FLOWS, &n))
        return "not a number of flows: ";
    if (option == 'n')
        options->n_shown = (size_t)n;
    else
        options->max_flows = (size_t)n;
    return NULL;
}

/* False: another one was asked for. */
static bool take_style(struct options *options, enum style style)
{
    if (options->style != STYLE_TABLE && options->style != style)
        return false;
    options->style = style;
    return true;
}

/* What is left to decide once all of the command line was read. */
static enum options_outcome finish(struct options *options, int argc, char **argv)
{
    if (options->n_shown == 0)
        options->n_shown = options->style == STYLE_TABLE ? SHOWN_IN_TABLE : SIZE_MAX;
    options->uris = argv + optind;
    options->n_uris = argc - optind;
    return options->n_uris > 0 ? OPTIONS_RUN : complain("no input given", "");
}

enum options_outcome options_parse(struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"threads", required_argument, NULL, 't'},
        {"directed", no_argument, NULL, 'd'},
        {"sort", required_argument, NULL, 's'},
        {"number", required_argument, NULL, 'n'},
        {"max-flows", required_argument, NULL, 'm'},
        {"filter", required_argument, NULL, 'f'},
        {"csv", no_argument, NULL, 'c'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    static char name[] = "traceflows"; /* in the messages of getopt_long() */
    const char *problem = NULL;
    int option;
    if (argc > 0)
        argv[0] = name;
    *options = (struct options){.style = STYLE_TABLE};
    while ((option = getopt_long(argc, argv, "t:ds:n:m:f:cjhV", long_options, NULL)) != -1) {
        switch (option) {
        case 't':
        case 's':
        case 'n':
        case 'm':
            if ((problem = take_value(options, option, optarg)))
                return complain(problem, optarg);
            break;
        case 'd':
            options->is_directed = true;
            break;
        case 'f':
            if (options->filter)
                return complain("more than one filter: ", optarg);
            options->filter = optarg;
            break;
        case 'c':
        case 'j':
            if (!take_style(options, option == 'c' ? STYLE_CSV : STYLE_JSON))
                return complain("either -c or -j", "");
            break;
        case 'h':
            print_help();
            return OPTIONS_DONE;
        case 'V':
            printf("traceflows of Weir %s\n", TRACEFLOWS_VERSION);
            return OPTIONS_DONE;
        default:
            return complain(NULL, "");
        }
    }
    return finish(options, argc, argv);
}
