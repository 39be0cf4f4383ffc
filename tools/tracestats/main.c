/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tracestats: what is in packet captures. docs/man/tracestats.1 is the contract.
 *
 * An input that cannot be read, or only in part, costs one message and the exit status; what was
 * good before it, and the inputs behind it, are still shown.
 */
#include <errno.h>
#include <string.h>

#include "json.h"
#include "options.h"
#include "run.h"
#include "table.h"

enum { STATUS_GOOD = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_SIGNAL = 128 };

static int write_errno; /* of the first failure to write the result */

/* Tables and messages come in their order, and the reason of a failure is not lost. */
static void flush(void)
{
    if (fflush(stdout) != 0 && write_errno == 0)
        write_errno = errno;
}

/* Is there something to show, besides the error? */
static bool has_content(const struct result *result)
{
    return result->was_read && (result->error.err_num == TRACE_ERR_NOERROR ||
                                result->counts.n_packets + result->counts.n_meta > 0);
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
    flush();
    if (result->error.err_num != TRACE_ERR_NOERROR)
        fprintf(stderr, "tracestats(%s): %s\n", result->uri, result->error.problem);
}

/* True when all inputs were read to their end. */
static bool run_all(const struct options *options)
{
    bool is_good = true;
    for (int i = 0; i < options->n_uris && run_signal() == 0; i++) {
        struct result result;
        run_input(&result, options, options->uris[i]);
        print_result(options, &result, i);
        is_good = is_good && result.error.err_num == TRACE_ERR_NOERROR;
        run_free(&result);
    }
    return is_good;
}

static bool has_written_all(void)
{
    flush();
    if (fclose(stdout) != 0 && write_errno == 0)
        write_errno = errno;
    if (write_errno != 0)
        fprintf(stderr, "tracestats: cannot write the result: %s\n", strerror(write_errno));
    return write_errno == 0;
}

int main(int argc, char **argv)
{
    struct options options;
    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return has_written_all() ? STATUS_GOOD : STATUS_FAILED;
    case OPTIONS_WRONG:
        return STATUS_USAGE;
    case OPTIONS_RUN:
        break;
    }
    run_catch_signals();
    if (options.is_json)
        json_begin(stdout, &options);
    bool is_good = run_all(&options);
    if (options.is_json)
        json_end(stdout, run_signal() != 0);
    is_good = has_written_all() && is_good;
    if (run_signal() != 0)
        return STATUS_SIGNAL + run_signal();
    return is_good ? STATUS_GOOD : STATUS_FAILED;
}
