/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every packet of every file in the folder that WEIR_CAPTURES names is decoded as tshark decodes
 * it. What differs is listed; with a reason from the table in tests/support/decode_differences.c it
 * is only counted.
 *
 * tshark reads the file itself. Where it knows the format not at all, or other than Weir does, it
 * reads what Weir writes as pcapng, and decoding alone is compared. Of a damaged file the good part
 * is compared.
 */
#include <string.h>

#include <libtrace.h>

#include "lib/packet/linktypes.h"
#include "tests/conformance/captures.h"
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/support/decode_differences.h"

enum { MOST_LISTED = 200 };

/* Both sides of one file. */
struct comparison {
    const char *file;
    const char *scheme;
    libtrace_t *trace;
    libtrace_packet_t *packet;
    struct dissection dissection;
    unsigned long n_packets, n_differences;
};

/* Goes to the next packet; records that carry none are passed. */
static bool next_of_weir(struct comparison *c)
{
    while (trace_read_packet(c->trace, c->packet) > 0)
        if (!IS_LIBTRACE_META_PACKET(c->packet))
            return true;
    return false;
}

/* tshark shows records that carry no packet as packets: of no link layer, or metadata of ERF. */
static bool next_of_tshark(struct comparison *c)
{
    while (dissection_next(&c->dissection)) {
        const size_t erf = dissection_find(&c->dissection, 0, "erf");
        if (dissection_field(&c->dissection, 1, "frame.encap_type") &&
            dissection_number(&c->dissection, erf, "erf.types.type", 0) != 27)
            return true;
    }
    return false;
}

static unsigned fcs_bytes(const struct comparison *c)
{
    libtrace_linktype_t link;
    uint32_t captured;
    const void *bytes = trace_get_packet_buffer(c->packet, &link, &captured);
    const bool is_counted_by_both = strcmp(c->scheme, "erf") == 0;
    return is_counted_by_both ? 0 : linktype_fcs_bytes(link, bytes, captured);
}

static void compare_packet(struct comparison *c)
{
    static struct view weir, tshark;
    view_of_weir(&weir, c->packet, fcs_bytes(c));
    view_of_tshark(&tshark, &c->dissection);
    if (c->n_differences < MOST_LISTED)
        c->n_differences += differences_list(c->file, c->n_packets, &weir, &tshark, &c->dissection);
}

/* The number of packets that both have; the rest of one side, if the file is not damaged, fails. */
static void compare_file(const char *file, const char *scheme, const char *path)
{
    char uri[1000];
    struct comparison c = {.file = file, .scheme = scheme};
    snprintf(uri, sizeof(uri), "%s:%s", scheme, path);
    c.trace = trace_create(uri);
    c.packet = trace_create_packet();
    CHECK(trace_start(c.trace) == 0);
    CHECK(dissection_open(&c.dissection, path, files_path("tshark")));
    bool has_weir, has_tshark;
    while ((int)(has_weir = next_of_weir(&c)) & (int)(has_tshark = next_of_tshark(&c))) {
        c.n_packets++;
        compare_packet(&c);
    }
    const bool is_damaged = trace_is_err(c.trace);
    const int status = dissection_close(&c.dissection);
    print_message("%s: %lu packets, %lu differences%s%s\n", scheme, c.n_packets, c.n_differences,
                  is_damaged || status != 0 ? "; the file is damaged" : "",
                  c.n_differences >= MOST_LISTED ? "; no more were looked for" : "");
    differences_print_reasons();
    trace_destroy_packet(c.packet);
    trace_destroy(c.trace);
    if (has_weir && status == 0)
        FAIL("tshark has no more than %lu packets", c.n_packets);
    if (has_tshark && !is_damaged)
        FAIL("Weir has no more than %lu packets", c.n_packets);
    if (c.n_differences > 0)
        FAIL("%lu differences", c.n_differences);
}

/* What Weir reads, as pcapng. NULL: that cannot be written. */
static const char *copy_file(const char *scheme, const char *path)
{
    char uri[1000];
    const char *copy = files_path("copy.pcapng");
    snprintf(uri, sizeof(uri), "pcapng:%s", copy);
    libtrace_out_t *output = trace_create_output(uri);
    CHECK(trace_start_output(output) == 0);
    snprintf(uri, sizeof(uri), "%s:%s", scheme, path);
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    CHECK(trace_start(trace) == 0);
    unsigned long n_written = 0;
    while (trace_read_packet(trace, packet) > 0)
        if (!IS_LIBTRACE_META_PACKET(packet))
            n_written += trace_write_packet(output, packet) > 0;
    if (trace_is_err_output(output))
        print_message("not all: %s\n", trace_get_err_output(output).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    trace_destroy_output(output);
    return n_written > 0 ? copy : NULL;
}

/* Does tshark read this format, in this compression, as Weir does? */
static bool is_read_by_tshark(const char *scheme, const char *path)
{
    static const char *const schemes[] = {"pcapfile", "pcapng", "erf"};
    int status;
    bool is_known = false;
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        is_known |= strcmp(scheme, schemes[i]) == 0;
    if (!is_known)
        return false;
    struct bytes output = files_run(NULL, &status, "tshark -n -c 1 -r '%s'", path);
    const bool has_packets = output.n > 0;
    bytes_free(&output);
    return has_packets;
}

static void check_file(void **state)
{
    const char *path = *state;
    harness_begin(path);
    const char *scheme = captures_scheme(path);
    if (!scheme) {
        skip();
        return; /* which compilers do not know to be too much */
    }
    doing("%s as %s", path, scheme);
    if (is_read_by_tshark(scheme, path)) {
        compare_file(path, scheme, path);
    } else {
        const char *copy = copy_file(scheme, path);
        if (copy) {
            compare_file(path, "pcapng", copy);
        } else {
            print_message("skipped: %s is not read by tshark, and no pcapng\n", scheme);
            skip();
        }
    }
    alarm(0);
}

int main(int argc, char **argv)
{
    if (!files_has_program("tshark")) {
        printf("skipped: tshark is not installed\n");
        return TEST_SKIPPED;
    }
    return captures_run("decode captures", check_file, argc, argv);
}
