/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All keys of an input that was read are there whatever it holds, except where they name something
 * that varies (link types, filters). Times are strings: a double does not hold nanoseconds since
 * 1970.
 */
#include "json.h"

#include <inttypes.h>

#include "tools/support/json.h"

static void print_key(FILE *out, const char *key)
{
    fputs("      ", out);
    json_print_string(out, key);
    fputs(": ", out);
}

static void print_number(FILE *out, const char *key, uint64_t value)
{
    print_key(out, key);
    fprintf(out, "%" PRIu64 ",\n", value);
}

static void print_text(FILE *out, const char *key, const char *text)
{
    print_key(out, key);
    json_print_string(out, text);
    fputs(",\n", out);
}

static void print_time(FILE *out, const char *key, bool has_time, int64_t time_ns)
{
    print_key(out, key);
    if (has_time) {
        fputc('"', out);
        json_print_seconds(out, time_ns);
        fputc('"', out);
    } else {
        fputs("null", out);
    }
    fputs(",\n", out);
}

static void print_duration(FILE *out, const char *key, bool is_known, int64_t ns)
{
    print_key(out, key);
    if (is_known)
        json_print_seconds(out, ns);
    else
        fputs("null", out);
    fputs(",\n", out);
}

static void print_tally(FILE *out, const char *key, const struct tally *tally, bool is_first)
{
    fputs(is_first ? "\n        " : ",\n        ", out);
    json_print_string(out, key);
    fprintf(out, ": {\"packets\": %" PRIu64 ", \"wire_bytes\": %" PRIu64 "}", tally->packets,
            tally->wire_bytes);
}

static void print_tallies(FILE *out, const char *key, const struct label *labels,
                          const struct tally *tallies, unsigned n)
{
    print_key(out, key);
    fputc('{', out);
    for (unsigned i = 0; i < n; i++)
        print_tally(out, labels[i].key, &tallies[i], i == 0);
    fputs("\n      },\n", out);
}

static void print_links(FILE *out, const struct tally *tallies)
{
    bool is_first = true;
    print_key(out, "link_types");
    fputc('{', out);
    for (unsigned i = 0; i < MAX_LINKS; i++) {
        if (tallies[i].packets == 0)
            continue;
        print_tally(out, link_label(i).key, &tallies[i], is_first);
        is_first = false;
    }
    fputs(is_first ? "},\n" : "\n      },\n", out);
}

static void print_filters(FILE *out, const struct options *options, const struct counts *counts)
{
    print_key(out, "filters");
    fputc('[', out);
    for (unsigned i = 0; i < options->n_filters; i++) {
        fputs(i == 0 ? "\n        {\"filter\": " : ",\n        {\"filter\": ", out);
        json_print_string(out, options->filters[i]);
        if (counts->unjudged[i].n_packets > 0)
            fputs(", \"packets\": null, \"wire_bytes\": null}", out);
        else
            fprintf(out, ", \"packets\": %" PRIu64 ", \"wire_bytes\": %" PRIu64 "}",
                    counts->filters[i].packets, counts->filters[i].wire_bytes);
    }
    fputs(options->n_filters > 0 ? "\n      ],\n" : "],\n", out);
}

static void print_thread(FILE *out, const struct thread_result *thread, bool is_first)
{
    const trace_thread_report_t *report = &thread->report;
    fprintf(out, "%s{\"packets\": %" PRIu64 ", \"cpu_seconds\": ",
            is_first ? "\n        " : ",\n        ", thread->n_packets);
    json_print_seconds(out, thread->cpu_ns);
    fputs(", \"wait_token_seconds\": ", out);
    json_print_seconds(out, (int64_t)report->wait_token_ns);
    fputs(", \"wait_slot_seconds\": ", out);
    json_print_seconds(out, (int64_t)report->wait_slot_ns);
    fputs(", \"wait_input_seconds\": ", out);
    json_print_seconds(out, (int64_t)report->wait_input_ns);
    fputs("}", out);
}

static void print_threads(FILE *out, const struct result *result)
{
    print_key(out, "threads");
    fputc('[', out);
    for (int i = 0; i < result->n_threads; i++)
        print_thread(out, &result->threads[i], i == 0);
    fputs("\n      ],\n", out);
}

static void print_optional(FILE *out, const char *key, bool is_known, uint64_t value)
{
    if (is_known) {
        print_number(out, key, value);
        return;
    }
    print_key(out, key);
    fputs("null,\n", out);
}

static void print_counts(FILE *out, const struct options *options, const struct result *result)
{
    const struct counts *counts = &result->counts;
    const libtrace_stat_t *statistics = &result->statistics;
    print_number(out, "packets", counts->n_packets);
    print_number(out, "meta_records", counts->n_meta);
    print_number(out, "captured_bytes", counts->captured_bytes);
    print_number(out, "wire_bytes", counts->wire_bytes);
    print_time(out, "first_time", counts->has_time, counts->first_ns);
    print_time(out, "last_time", counts->has_time, counts->last_ns);
    print_duration(out, "duration_seconds", counts->has_time, counts->last_ns - counts->first_ns);
    print_duration(out, "read_seconds", true, result->elapsed_ns);
    print_links(out, counts->links);
    print_tallies(out, "network", network_labels, counts->networks, N_NETWORKS);
    print_tallies(out, "transport", transport_labels, counts->transports, N_TRANSPORTS);
    print_filters(out, options, counts);
    print_threads(out, result);
    print_optional(out, "accepted", statistics->accepted_valid, statistics->accepted);
    print_optional(out, "filtered", statistics->filtered_valid, statistics->filtered);
    print_optional(out, "dropped", statistics->dropped_valid, statistics->dropped);
    print_optional(out, "missing", statistics->missing_valid, statistics->missing);
    print_optional(out, "skipped", statistics->errors_valid, statistics->errors);
}

void json_begin(FILE *out, const struct options *options)
{
    fputs("{\n  \"program\": \"tracestats\",\n  \"version\": ", out);
    json_print_string(out, TRACESTATS_VERSION);
    fprintf(out, ",\n  \"hasher\": \"%s\",\n  \"inputs\": [", options_hasher_name(options->hasher));
}

void json_print(FILE *out, const struct options *options, const struct result *result,
                bool is_first)
{
    const bool has_error = result->error.err_num != TRACE_ERR_NOERROR;
    fputs(is_first ? "\n    {\n" : ",\n    {\n", out);
    print_text(out, "uri", result->uri);
    if (result->was_read) {
        print_text(out, "format", result->format);
        print_counts(out, options, result);
    }
    print_key(out, "complete");
    fputs(has_error || result->was_stopped ? "false,\n" : "true,\n", out);
    print_key(out, "error");
    if (has_error)
        json_print_string(out, result->error.problem);
    else
        fputs("null", out);
    fputs("\n    }", out);
}

void json_end(FILE *out, bool was_interrupted)
{
    fprintf(out, "\n  ],\n  \"interrupted\": %s\n}\n", was_interrupted ? "true" : "false");
}
