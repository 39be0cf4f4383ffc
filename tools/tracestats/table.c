/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows without packets are left out: a table shows what is there. */
#include "table.h"

#include <inttypes.h>

#define NS_PER_S INT64_C(1000000000)

static double seconds(uint64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static void print_time(FILE *out, const char *name, int64_t time_ns)
{
    int64_t second = time_ns / NS_PER_S;
    int64_t fraction = time_ns % NS_PER_S;
    if (fraction < 0) {
        fraction += NS_PER_S;
        second--;
    }
    const time_t time = (time_t)second;
    struct tm utc;
    char text[64];
    gmtime_r(&time, &utc);
    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc);
    fprintf(out, "  %-20s %s.%09" PRId64 " UTC\n", name, text, fraction);
}

static void print_count(FILE *out, const char *name, uint64_t value)
{
    fprintf(out, "  %-20s %20" PRIu64 "\n", name, value);
}

static void print_quantity(FILE *out, const char *name, double value, const char *unit)
{
    fprintf(out, "  %-20s %20.3f %s\n", name, value, unit);
}

static void print_totals(FILE *out, const struct result *result)
{
    const struct counts *counts = &result->counts;
    print_count(out, "packets", counts->n_packets);
    if (counts->n_meta > 0)
        print_count(out, "meta records", counts->n_meta);
    print_count(out, "bytes captured", counts->captured_bytes);
    print_count(out, "bytes on the wire", counts->wire_bytes);
    if (counts->n_packets > 0)
        print_quantity(out, "mean size", (double)counts->wire_bytes / (double)counts->n_packets,
                       "bytes on the wire");
    if (!counts->has_time)
        return;
    print_time(out, "first packet", counts->first_ns);
    print_time(out, "last packet", counts->last_ns);
    const double duration_s = seconds((uint64_t)counts->last_ns - (uint64_t)counts->first_ns);
    print_quantity(out, "duration", duration_s, "s");
    if (duration_s <= 0)
        return;
    print_quantity(out, "packet rate", (double)counts->n_packets / duration_s, "packets/s");
    print_quantity(out, "bit rate", (double)counts->wire_bytes * 8 / duration_s / 1e6, "Mbit/s");
}

static void print_heading(FILE *out, const char *name)
{
    fprintf(out, "\n  %-26s %14s %7s %20s\n", name, "packets", "%", "bytes on the wire");
}

static void print_tally(FILE *out, const char *name, const struct tally *tally, uint64_t n_packets)
{
    const double share = n_packets > 0 ? (double)tally->packets / (double)n_packets : 0;
    fprintf(out, "    %-24s %14" PRIu64 " %7.2f %20" PRIu64 "\n", name, tally->packets, share * 100,
            tally->wire_bytes);
}

static void print_labelled(FILE *out, const char *heading, const struct label *labels,
                           const struct tally *tallies, unsigned n, uint64_t n_packets)
{
    bool has_heading = false;
    for (unsigned i = 0; i < n; i++) {
        if (tallies[i].packets == 0)
            continue;
        if (!has_heading)
            print_heading(out, heading);
        has_heading = true;
        print_tally(out, labels ? labels[i].text : link_label(i).text, &tallies[i], n_packets);
    }
}

static void print_filters(FILE *out, const struct options *options, const struct counts *counts)
{
    if (options->n_filters == 0)
        return;
    print_heading(out, "filter");
    for (unsigned i = 0; i < options->n_filters; i++) {
        if (counts->unjudged[i].n_packets > 0)
            fprintf(out, "    %-24s %14s %7s %20s\n", options->filters[i], "not known", "-", "-");
        else
            print_tally(out, options->filters[i], &counts->filters[i], counts->n_packets);
    }
}

/* Found with the configuration key check_flows, and with a hasher none. */
static uint64_t count_split_flows(const struct result *result)
{
    uint64_t n = 0;
    for (int i = 0; i < result->n_threads; i++)
        n += result->threads[i].report.split_flows;
    return n;
}

static void print_threads(FILE *out, const struct options *options, const struct result *result)
{
    fprintf(out, "\n  %-26s %14s %7s %10s %9s\n", "thread", "packets", "%", "CPU s", "waited s");
    for (int i = 0; i < result->n_threads; i++) {
        const struct thread_result *thread = &result->threads[i];
        const trace_thread_report_t *report = &thread->report;
        const uint64_t n_packets = result->counts.n_packets;
        const double share = n_packets > 0 ? (double)thread->n_packets / (double)n_packets : 0;
        const uint64_t waited_ns = report->wait_token_ns + report->wait_slot_ns +
                                   report->wait_input_ns + report->wait_room_ns;
        fprintf(out, "    %-24d %14" PRIu64 " %7.2f %10.3f %9.3f\n", i, thread->n_packets,
                share * 100, seconds((uint64_t)thread->cpu_ns), seconds(waited_ns));
    }
    const uint64_t n_split = count_split_flows(result);
    if (n_split > 0)
        fprintf(out, "    packets of %" PRIu64 " flows came to several threads\n", n_split);
    fprintf(out, "    hasher: %s; read in %.3f s\n", options_hasher_name(options->hasher),
            seconds((uint64_t)result->elapsed_ns));
}

static void print_statistics(FILE *out, const libtrace_stat_t *statistics)
{
    fprintf(out, "\n  accepted %" PRIu64 ", filtered %" PRIu64, statistics->accepted,
            statistics->filtered);
    if (statistics->dropped_valid)
        fprintf(out, ", dropped %" PRIu64, statistics->dropped);
    if (statistics->missing_valid)
        fprintf(out, ", missing %" PRIu64, statistics->missing);
    if (statistics->errors_valid)
        fprintf(out, ", skipped %" PRIu64, statistics->errors);
    fputc('\n', out);
}

void table_print(FILE *out, const struct options *options, const struct result *result)
{
    const struct counts *counts = &result->counts;
    fprintf(out, "%s (%s)\n", result->uri, result->format);
    print_totals(out, result);
    if (!options->is_quiet) {
        print_labelled(out, "link layer", NULL, counts->links, MAX_LINKS, counts->n_packets);
        print_labelled(out, "network layer", network_labels, counts->networks, N_NETWORKS,
                       counts->n_packets);
        print_labelled(out, "carried by IP", transport_labels, counts->transports, N_TRANSPORTS,
                       counts->n_packets);
    }
    print_filters(out, options, counts);
    if (!options->is_quiet)
        print_threads(out, options, result);
    print_statistics(out, &result->statistics);
    if (result->was_stopped)
        fputs("  stopped by a signal: this is what was counted until then\n", out);
    else if (result->error.err_num != TRACE_ERR_NOERROR)
        fputs("  not complete: this is what was read before the error\n", out);
}
