/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies of pcapng files at the edges of what sections hold: more descriptions than an output keeps in
 * mind.
 */
#include <libtrace.h>

#include "tests/support/pcapng_writer.h"

static libtrace_t *start_input(const char *format, const char *path)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_t *trace = trace_create(uri);
    if (trace_is_err(trace) || trace_start(trace) != 0)
        fail_msg("%s", trace_get_err(trace).problem);
    return trace;
}

static libtrace_out_t *start_output(const char *format, const char *path)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_out_t *out = trace_create_output(uri);
    if (trace_is_err_output(out) || trace_start_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    return out;
}

/* The next packet, whatever other records are in front of it. */
static bool read_next(libtrace_t *trace, libtrace_packet_t *packet)
{
    int outcome;
    do {
        outcome = trace_read_packet(trace, packet);
    } while (outcome > 0 && IS_LIBTRACE_META_PACKET(packet));
    if (outcome < 0)
        fail_msg("%s", trace_get_err(trace).problem);
    return outcome > 0;
}

static void write_next(libtrace_out_t *out, libtrace_packet_t *packet)
{
    if (trace_write_packet(out, packet) <= 0)
        fail_msg("%s", trace_get_err_output(out).problem);
}

static void close_output(libtrace_out_t *out)
{
    if (trace_close_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    trace_destroy_output(out);
}

/* How many blocks of that type a file has. */
static unsigned count_blocks(const char *path, uint32_t type)
{
    unsigned n_blocks = 0;
    struct bytes file = bytes_read_file(path);
    for (size_t at = 0; at < file.n; at += load_u32(file.at + at + 4))
        n_blocks += load_u32(file.at + at) == type;
    bytes_free(&file);
    return n_blocks;
}

/* --- packets of several inputs in turn --- */

enum { COMMENT_BYTES = 60000 };

/* A file with descriptions of nearly 8 MiB, of which the last is used by its packets. */
static const char *make_long(const char *name, unsigned link, uint32_t n_packets)
{
    enum { N_LARGE = 130, N_SMALL = 20000 };
    static char comment[COMMENT_BYTES];
    struct ng_file file = {0};
    ng_section(&file);
    for (unsigned i = 0; i < N_LARGE; i++) {
        ng_begin_interface(&file, link, 0);
        ng_option(&file, 1, comment, sizeof(comment));
        ng_end_options(&file);
        ng_end(&file);
    }
    for (unsigned i = 0; i < N_SMALL; i++)
        ng_interface(&file, link, 0);
    for (uint32_t i = 0; i < n_packets; i++)
        ng_packet(&file, N_LARGE + N_SMALL - 1, i, i, 60, 60);
    const char *path = ng_write(&file, name);
    ng_free(&file);
    return path;
}

/* They are all kept in mind by their inputs anyway: each interface is described once. */
static void test_long_inputs_in_turn(void **state)
{
    (void)state;
    enum { N_PACKETS = 500, N_INPUTS = 3 };
    static const char *const names[N_INPUTS] = {"a.pcapng", "b.pcapng", "c.pcapng"};
    libtrace_t *traces[N_INPUTS];
    libtrace_packet_t *packet = trace_create_packet();
    const char *copy = temp_path("turns.pcapng");
    libtrace_out_t *out = start_output("pcapng", copy);
    for (unsigned i = 0; i < N_INPUTS; i++)
        traces[i] = start_input("pcapng", make_long(names[i], 300 + i, N_PACKETS));
    for (unsigned n = 0; n < N_INPUTS * N_PACKETS; n++) {
        assert_true(read_next(traces[n % N_INPUTS], packet));
        write_next(out, packet);
    }
    close_output(out);
    for (unsigned i = 0; i < N_INPUTS; i++)
        trace_destroy(traces[i]);
    trace_destroy_packet(packet);
    check_file(copy);
    assert_int_equal(count_blocks(copy, PCAPNG_SECTION), 1);
    assert_int_equal(count_blocks(copy, PCAPNG_INTERFACE), N_INPUTS);
    assert_int_equal(count_blocks(copy, PCAPNG_PACKET), N_INPUTS * N_PACKETS);
}

/* Packets that are kept keep their sections, of which there are more than can be looked through. */
static void test_kept_packets_of_many_sections(void **state)
{
    (void)state;
    enum { N_SECTIONS = 2500 };
    static libtrace_packet_t *kept[N_SECTIONS];
    struct ng_file file = {0};
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        ng_section(&file);
        ng_interface(&file, 300 + i % 7, 0);
        ng_packet(&file, 0, i, i, 8, 8);
    }
    const char *copy = temp_path("kept.pcapng");
    libtrace_t *trace = start_input("pcapng", ng_write(&file, "file.pcapng"));
    libtrace_out_t *out = start_output("pcapng", copy);
    libtrace_packet_t *packet = trace_create_packet();
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        assert_true(read_next(trace, packet));
        kept[i] = trace_copy_packet(packet);
        assert_non_null(kept[i]);
    }
    for (uint32_t i = 0; i < N_SECTIONS; i++)
        write_next(out, kept[i]);
    close_output(out);
    for (uint32_t i = 0; i < N_SECTIONS; i++)
        trace_destroy_packet(kept[i]);
    trace_destroy(trace);
    check_file(copy);
    assert_int_equal(count_blocks(copy, PCAPNG_SECTION), 3);

    trace = start_input("pcapng", copy);
    for (uint32_t i = 0; i < N_SECTIONS; i++) {
        assert_true(read_next(trace, packet));
        assert_int_equal(packet->type, TRACE_RT_DATA_PCAPNG + 300 + i % 7);
    }
    assert_false(read_next(trace, packet));
    trace_destroy_packet(packet);
    trace_destroy(trace);
    ng_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_inputs_in_turn),
        cmocka_unit_test(test_kept_packets_of_many_sections),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
