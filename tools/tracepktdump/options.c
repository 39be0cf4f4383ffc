/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <getopt.h>
#include <libtrace.h>

static void print_help(void)
{
    printf("usage: tracepktdump [-c count] [-f filter] [-x] URI...\n"
           "\n"
           "Prints the headers of packets, field by field.\n"
           "\n"
           "  -c, --count=N        end after N packets\n"
           "  -f, --filter=FILTER  print only packets that match this filter (pcap-filter(7))\n"
           "  -x, --hexdump        print bytes instead of headers\n"
           "  -h, --help           print this help; -H does so too\n"
           "  -V, --version        print the version\n"
           "\n"
           "Exit status: 0 all was read, 1 something could not be read, 2 wrong usage,\n"
           "130 interrupted, 141 nobody reads the output any more, 143 terminated.\n"
           "\n");
    trace_help();
}

static enum options_outcome complain(const char *problem, const char *what)
{
    return options_complain("tracepktdump", problem, what);
}

enum options_outcome options_parse(struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"count", required_argument, NULL, 'c'}, {"filter", required_argument, NULL, 'f'},
        {"hexdump", no_argument, NULL, 'x'},     {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},     {0},
    };
    static char name[] = "tracepktdump"; /* in the messages of getopt_long() */
    if (argc > 0)
        argv[0] = name;
    *options = (struct options){.max_packets = UINT64_MAX};
    int option;
    while ((option = getopt_long(argc, argv, "c:f:xhHV", long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            if (!options_parse_number(optarg, 1, UINT64_MAX, &options->max_packets))
                return complain("not a number of packets: ", optarg);
            break;
        case 'f':
            if (options->filter)
                return complain("more than one filter: ", optarg);
            options->filter = optarg;
            break;
        case 'x':
            options->is_hexdump = true;
            break;
        case 'h':
        case 'H':
            print_help();
            return OPTIONS_DONE;
        case 'V':
            printf("tracepktdump of Weir %s\n", TRACEPKTDUMP_VERSION);
            return OPTIONS_DONE;
        default:
            return complain(NULL, "");
        }
    }
    options->uris = argv + optind;
    options->n_uris = argc - optind;
    return options->n_uris > 0 ? OPTIONS_RUN : complain("no input given", "");
}
