/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs of others see the same in a capture: Wireshark's tshark, capinfos and editcap, and
 * libtrace 3's tools; in the samples, and in what Weir writes.
 */
#include "lib/base/time.h"
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/peers.h"
#include "tests/conformance/sight.h"
#include "tests/conformance/writer.h"

/* How much another program can tell. */
struct knowledge {
    int64_t unit_ns; /* of times */
    bool has_wire;
    bool has_capture; /* else there may be more than was captured */
    bool has_bytes;
    bool counts_fcs; /* in lengths */
};

static const struct knowledge pcap_knowledge = {1, true, true, true, false};
static const struct knowledge erf_knowledge = {1, true, true, true, true};

/* Packets as Weir sees them. */
struct expected {
    struct seen *packets;
    size_t n_packets;
};

static bool has(const char *program)
{
    if (files_has_program(program))
        return true;
    print_message("skipped: there is no %s here\n", program);
    return false;
}

static void compare_packet(const struct knowledge *knowledge, const struct seen *ours,
                           const struct peer_packet *theirs)
{
    const uint32_t fcs = knowledge->counts_fcs ? 0 : writer_fcs_of(ours->link_type);
    CHECK_EQUAL(theirs->has_time, ours->time_ns != NO_TIME);
    if (theirs->has_time)
        CHECK_EQUAL(theirs->time_ns, ours->time_ns - ours->time_ns % knowledge->unit_ns);
    if (knowledge->has_wire)
        CHECK_EQUAL(theirs->wire, ours->wire - fcs);
    if (knowledge->has_capture)
        CHECK_EQUAL(theirs->capture, ours->capture);
    if (knowledge->has_bytes) {
        CHECK(theirs->n_bytes >= ours->capture);
        CHECK(sight_digest(theirs->bytes, ours->capture) == ours->digest);
    }
}

static void compare(const struct knowledge *knowledge, const struct expected *ours,
                    const struct peer_view *theirs)
{
    char what[300];
    snprintf(what, sizeof(what), "%s", what_is_done());
    for (size_t i = 0; i < ours->n_packets && i < theirs->n_packets; i++) {
        doing("%s, packet %zu", what, i);
        compare_packet(knowledge, &ours->packets[i], &theirs->packets[i]);
    }
    doing("%s", what);
    CHECK_EQUAL(theirs->n_packets, ours->n_packets);
}

/* The packets of a sample, as a pcap file would have them. */
static struct expected expect_sample(const struct subject *subject, const struct sample *sample,
                                     const struct writer *writer)
{
    static struct written written;
    struct expected expected = {calloc(sample->n_facts, sizeof(*expected.packets)), 0};
    assert_non_null(expected.packets);
    for (size_t i = 0; i < sample->n_facts; i++) {
        const struct fact *fact = &sample->facts[i];
        if (fact->kind != FACT_PACKET)
            continue;
        writer_expect(writer, subject, sample, fact, &written);
        expected.packets[expected.n_packets++] =
            (struct seen){.time_ns = fact->time_ns,
                          .digest = sight_digest(written.bytes, written.capture),
                          .capture = written.capture,
                          .wire = written.wire,
                          .link_type = fact->link_type,
                          .direction = fact->direction};
    }
    return expected;
}

/* The packets that Weir reads. */
static struct expected expect_file(const char *scheme, const char *path)
{
    const struct way way = {0};
    struct sight sight = sight_take(scheme, path, &way);
    struct expected expected = {sight.seen, 0};
    sight_check_end(&sight);
    for (size_t i = 0; i < sight.n_seen; i++)
        if (!sight.seen[i].is_meta)
            expected.packets[expected.n_packets++] = sight.seen[i];
    return expected;
}

/* --- Wireshark --- */

static void check_capinfos(const char *path, const struct peer_view *packets)
{
    uint64_t n_packets, n_bytes;
    uint64_t wire = 0;
    for (size_t i = 0; i < packets->n_packets; i++)
        wire += packets->packets[i].wire;
    peer_capinfos(path, &n_packets, &n_bytes);
    CHECK_EQUAL(n_packets, packets->n_packets);
    CHECK_EQUAL(n_bytes, wire);
}

static void check_tshark(const struct knowledge *knowledge, const struct expected *ours,
                         const char *path)
{
    struct peer_view view = peer_tshark(path);
    compare(knowledge, ours, &view);
    if (has("capinfos"))
        check_capinfos(path, &view);
    peer_view_free(&view);
}

/* What editcap makes of it, Weir and tshark read as the same packets. */
static void check_editcap(const struct expected *ours, const char *path)
{
    if (!has("editcap"))
        return;
    const char *copy = peer_editcap(path);
    struct expected again = expect_file("pcapng", copy);
    CHECK_EQUAL(again.n_packets, ours->n_packets);
    for (size_t i = 0; i < ours->n_packets; i++) {
        CHECK(llabs(again.packets[i].time_ns - ours->packets[i].time_ns) <= 1); /* by 2^-30 s */
        CHECK_EQUAL(again.packets[i].capture, ours->packets[i].capture);
        CHECK(again.packets[i].digest == ours->packets[i].digest);
    }
    check_tshark(&pcap_knowledge, &again, copy);
    free(again.packets);
}

/* The path of the subject's sample. */
static const char *write_common(const struct subject *subject)
{
    struct sample *sample = sample_create(subject->make, SAMPLE_COMMON);
    const char *path = files_write(subject_file_name(subject), &sample->file);
    sample_free(&sample);
    return path;
}

static bool is_erf(const char *scheme)
{
    return strstr(scheme, "erf") != NULL;
}

static void check_wireshark(const struct subject *subject)
{
    char path[300];
    if (!has("tshark"))
        skip();
    snprintf(path, sizeof(path), "%s", write_common(subject));
    struct expected ours = expect_file(subject->scheme, path);
    doing("%s by tshark", subject->name);
    check_tshark(is_erf(subject->scheme) ? &erf_knowledge : &pcap_knowledge, &ours, path);
    doing("%s by editcap", subject->name);
    if (!is_erf(subject->scheme))
        check_editcap(&ours, path);
    free(ours.packets);
}

static void check_written(const struct subject *subject)
{
    char from[300], path[300], name[100];
    if (!has("tshark"))
        skip();
    snprintf(from, sizeof(from), "%s", write_common(subject));
    for (const struct writer *writer = writers; writer->scheme; writer++) {
        if (strcmp(writer->scheme, "duck") == 0)
            continue;
        doing("%s, written as %s, by tshark", subject->name, writer->scheme);
        snprintf(name, sizeof(name), "written%s", writer->suffix);
        snprintf(path, sizeof(path), "%s", files_path(name));
        writer_copy(writer, subject->scheme, from, path, NULL);
        struct expected ours = expect_file(writer->scheme, path);
        check_tshark(is_erf(writer->scheme) ? &erf_knowledge : &pcap_knowledge, &ours, path);
        free(ours.packets);
    }
}

/* --- libtrace --- */

static bool has_libtrace(void)
{
    if (peer_has_libtrace())
        return true;
    print_message("skipped: the tools of libtrace 3 are not installed\n");
    return false;
}

static void check_tracestats(const struct subject *subject, const struct sample *sample,
                             const char *path)
{
    uint64_t n = 0;
    for (size_t i = 0; i < sample->n_facts; i++)
        n += fact_is_delivered(&sample->facts[i]);
    doing("%s by tracestats", subject->name);
    CHECK_EQUAL(peer_tracestats(subject->scheme, path), n);
}

/* Directions and wire lengths; its captured lengths of legacy records count the record's header. */
static void check_tracepktdump(const struct subject *subject, const struct sample *sample,
                               const char *path)
{
    size_t n = 0;
    doing("%s by tracepktdump", subject->name);
    struct peer_view view = peer_tracepktdump(subject->scheme, path);
    for (size_t i = 0; i < sample->n_facts; i++) {
        const struct fact *fact = &sample->facts[i];
        if (fact->kind != FACT_PACKET)
            continue;
        CHECK(n < view.n_packets);
        CHECK_EQUAL(view.packets[n].wire, fact->wire);
        CHECK_EQUAL(view.packets[n].direction, fact->direction);
        CHECK(view.packets[n].capture >= fact->capture);
        n++;
    }
    CHECK_EQUAL(view.n_packets, n);
    peer_view_free(&view);
}

/* Times, lengths and bytes. It changes the link layer of ATM, and so lengths and bytes. */
static void check_traceconvert(const struct subject *subject, const struct sample *sample,
                               const char *path)
{
    const bool is_atm = sample->facts[0].link_type == TRACE_TYPE_ATM;
    const struct knowledge knowledge = {.unit_ns = NS_PER_US,
                                        .has_wire = !is_atm,
                                        .has_capture = strstr(subject->scheme, "pcap") ||
                                                       is_erf(subject->scheme),
                                        .has_bytes = !is_atm};
    doing("%s by traceconvert", subject->name);
    struct expected ours = expect_sample(subject, sample, writer_of("pcapfile"));
    struct peer_view view = peer_traceconvert(subject->scheme, path);
    compare(&knowledge, &ours, &view);
    peer_view_free(&view);
    free(ours.packets);
}

static void check_libtrace(const struct subject *subject)
{
    char path[300];
    if (!has_libtrace())
        skip();
    struct sample *sample = sample_create(subject->make, SAMPLE_COMMON);
    snprintf(path, sizeof(path), "%s", files_write(subject_file_name(subject), &sample->file));
    check_tracestats(subject, sample, path);
    if (sample->facts[0].kind == FACT_PACKET) {
        check_tracepktdump(subject, sample, path);
        check_traceconvert(subject, sample, path);
    }
    sample_free(&sample);
}

static const struct property properties[] = {
    {"wireshark", check_wireshark, KNOWN_BY_WIRESHARK, 0, NULL},
    {"written, wireshark", check_written, STANDS_FOR_ALL, 0, NULL},
    {"libtrace", check_libtrace, KNOWN_BY_LIBTRACE, 0, NULL},
};

int main(int argc, char **argv)
{
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
