/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * traceflows: the flows in packet captures. docs/man/traceflows.1 is the contract.
 *
 * An input that cannot be read, or only in part, costs one message and the exit status; the flows of
 * what was read are still shown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "collect.h"
#include "print.h"
#include "tools/support/output.h"
#include "tools/support/stop.h"

/* True when all inputs were read to their end. *n: how many were begun. */
static bool read_inputs(struct collection *collection, struct input *inputs, int *n)
{
    const struct options *options = collection->options;
    bool is_good = true;
    for (*n = 0; *n < options->n_uris && stop_signal() == 0; ++*n) {
        struct input *input = &inputs[*n];
        input->uri = options->uris[*n];
        input->error = collect_input(collection, input->uri);
        is_good = is_good && input->error.err_num == TRACE_ERR_NOERROR;
    }
    return is_good;
}

static void print_errors(const struct input *inputs, int n)
{
    output_flush(); /* in front of the messages */
    for (int i = 0; i < n; i++) {
        if (inputs[i].error.err_num != TRACE_ERR_NOERROR)
            fprintf(stderr, "traceflows(%s): %s\n", inputs[i].uri, inputs[i].error.problem);
    }
}

static bool run(const struct options *options)
{
    struct collection collection;
    struct input *inputs = calloc((size_t)options->n_uris, sizeof(*inputs));
    bool is_good = false, has_memory = collect_begin(&collection, options) && inputs;
    int n = 0;
    if (has_memory) {
        is_good = read_inputs(&collection, inputs, &n);
        has_memory =
            collect_finish(&collection) && print_flows(&collection, inputs, n, stop_signal() != 0);
        print_errors(inputs, n);
    }
    if (!has_memory)
        fprintf(stderr, "traceflows: out of memory\n");
    collect_free(&collection);
    free(inputs);
    return is_good && has_memory;
}

int main(int argc, char **argv)
{
    struct options options;
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return output_close("traceflows");
    case OPTIONS_WRONG:
        return STATUS_USAGE;
    case OPTIONS_RUN:
        break;
    }
    stop_catch_signals();
    const bool is_good = run(&options);
    const int status = output_close("traceflows");
    if (stop_signal() != 0)
        return STATUS_SIGNAL + stop_signal();
    return is_good || status != STATUS_GOOD ? status : STATUS_FAILED;
}
