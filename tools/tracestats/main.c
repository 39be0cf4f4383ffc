/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tracestats: what is in packet captures. docs/man/tracestats.1 is the contract.
 *
 * An input that cannot be read, or only in part, costs one message and the exit status; what was
 * good before it, and the inputs behind it, are still shown.
 */
#include <inttypes.h>

#include "json.h"
#include "options.h"
#include "run.h"
#include "table.h"
#include "tools/support/output.h"
#include "tools/support/stop.h"

/* Is there something to show, besides the error? */
static bool has_content(const struct result *result)
{
    return result->was_read && (result->error.err_num == TRACE_ERR_NOERROR ||
                                result->counts.n_packets + result->counts.n_meta > 0);
}

static void warn_of_filters(const struct options *options, const struct result *result)
{
    for (unsigned i = 0; i < options->n_filters; i++) {
        const struct unjudged *unjudged = &result->counts.unjudged[i];
        if (unjudged->n_packets > 0)
            fprintf(stderr,
                    "tracestats(%s): warning: filter \"%s\" has no meaning for %" PRIu64
                    " of the packets (link layer: %s), so how many match is not known\n",
                    result->uri, options->filters[i], unjudged->n_packets,
                    link_label(unjudged->link).text);
    }
}

static void print_result(const struct options *options, const struct result *result, int number)
{
    if (options->is_json) {
        json_print(stdout, options, result, number == 0);
    } else if (has_content(result)) {
        if (number > 0)
            putchar('\n');
        table_print(stdout, options, result);
    }
    output_flush(); /* in front of the messages */
    warn_of_filters(options, result);
    if (result->error.err_num != TRACE_ERR_NOERROR)
        fprintf(stderr, "tracestats(%s): %s\n", result->uri, result->error.problem);
}

/* True when all inputs were read to their end. */
static bool run_all(const struct options *options)
{
    bool is_good = true;
    for (int i = 0; i < options->n_uris && stop_signal() == 0; i++) {
        struct result result;
        run_input(&result, options, options->uris[i]);
        print_result(options, &result, i);
        is_good = is_good && result.error.err_num == TRACE_ERR_NOERROR;
        run_free(&result);
    }
    return is_good;
}

int main(int argc, char **argv)
{
    struct options options;
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return output_close("tracestats");
    case OPTIONS_WRONG:
        return STATUS_USAGE;
    case OPTIONS_RUN:
        break;
    }
    stop_catch_signals();
    if (options.is_json)
        json_begin(stdout, &options);
    const bool is_good = run_all(&options);
    if (options.is_json)
        json_end(stdout, stop_signal() != 0);
    const int status = output_close("tracestats");
    if (stop_signal() != 0)
        return STATUS_SIGNAL + stop_signal();
    return is_good || status != STATUS_GOOD ? status : STATUS_FAILED;
}
