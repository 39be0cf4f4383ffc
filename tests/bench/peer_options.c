/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/peer_options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool peer_options_parse(struct peer_options *options, int argc, char **argv)
{
    bool is_understood = true;
    int option;
    *options = (struct peer_options){0};
    while ((option = getopt(argc, argv, "F:o:w:")) != -1) {
        if (option == 'F')
            options->expression = optarg;
        else if (option == 'o')
            options->output = optarg;
        else if (option == 'w' && strcmp(optarg, "flows") == 0)
            options->has_flows = true;
        else
            is_understood = false;
    }
    if (!is_understood || optind != argc - 1 || (options->has_flows && options->output)) {
        fprintf(stderr, "usage: %s [-F EXPRESSION] [-w flows | -o OUTPUT] FILE\n", argv[0]);
        return false;
    }
    options->file = argv[optind];
    return true;
}
