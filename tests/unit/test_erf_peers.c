/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same ERF files seen by programs of others, where they are installed: tshark, capinfos, and
 * libtrace's tracesplit (traceconvert) and tracestats, which know Ethernet and ATM without extension headers.
 */
#include "formats/erf/erf.h"
#include "formats/pcapfile/pcapfile.h"

#include <inttypes.h>

#include "tests/support/erf_bytes.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/peers.h"

enum { N_PACKETS = 200 };

static struct format_reader read_good(const struct format *format, const char *path)
{
    struct format_reader reader;
    if (read_open(&reader, format, path, 65536) != 0 || read_on(&reader) != MARK_END)
        fail_msg("%s: %s", path, reader.error.text);
    return reader;
}

/* Types that tshark knows, the first ones Ethernet, so that it recognises the file. */
static void add_for_tshark(struct bytes *file)
{
    static const uint8_t types[] = {2,  2,  2,  1,  22, 11, 5, 16, 20, 3,
                                    10, 15, 17, 19, 23, 24, 7, 9,  4};
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        struct erf_spec spec = erf_plain;
        spec.time += i * UINT64_C(0x123456789);
        spec.type = types[i % ARRAY_LEN(types)];
        spec.n_before = erf_types[spec.type].framing - 16u;
        spec.flags = (uint8_t)(4 | i % 4);
        spec.loss = (uint16_t)(i * 3);
        spec.n_extensions = i % 7 == 6 ? i % 5 : 0;
        spec.capture = 60 + i;
        spec.wire = (uint16_t)(i % 3 == 0 ? 1518 : spec.capture - i % 3 + 1);
        erf_add(file, &spec, i);
    }
}

static void test_tshark(void **state)
{
    (void)state;
    peers_need("tshark");
    struct bytes file = {0};
    char line[400];
    add_for_tshark(&file);
    const char *path = temp_write("tshark.erf", file.at, file.n, false);
    struct format_reader reader = read_good(&erf_format, path);
    snprintf(line, sizeof(line),
             "tshark -n -T fields -E occurrence=f -e frame.time_epoch -e frame.len "
             "-e frame.cap_len -e erf.flags.cap -r '%s' 2>/dev/null",
             path);
    FILE *tshark = popen(line, "r");
    assert_non_null(tshark);
    uint32_t n = 0;
    for (; fgets(line, sizeof(line), tshark); n++) {
        uint64_t seconds;
        uint64_t ns;
        unsigned wire;
        unsigned capture;
        int direction;
        assert_int_equal(sscanf(line, "%" SCNu64 ".%9" SCNu64 "\t%u\t%u\t%d", &seconds, &ns, &wire,
                                &capture, &direction),
                         5);
        assert_true(n < reader.n_seen);
        const struct seen_packet *seen = &reader.seen[n];
        const int64_t time_ns = (int64_t)(seconds * 1000000000 + ns);
        if (llabs(seen->record.time_ns - time_ns) > 1)
            fail_msg("record %u: %" PRId64 " ns, tshark: %" PRId64, n, seen->record.time_ns,
                     time_ns);
        assert_int_equal(seen->record.wire, wire);
        assert_int_equal(seen->record.capture, capture);
        assert_int_equal(seen->direction, direction);
    }
    assert_int_equal(pclose(tshark), 0);
    assert_int_equal(n, N_PACKETS);
    assert_int_equal(reader.n_seen, N_PACKETS);
    read_close(&reader);
    bytes_free(&file);
}

static void make_pcap(const char *name)
{
    struct bytes file = {0};
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < N_PACKETS; i++)
        pcap_add_packet(&file, &pcap_plain, i, 1600000000 + i, i * 4999, 60 + i,
                        i % 2 ? 60 + i : 1514);
    temp_write(name, file.at, file.n, false);
    bytes_free(&file);
}

/* Reads with one of our formats and writes with another. */
static void convert(const struct format *in, const char *from, const struct format *out,
                    const char *to)
{
    struct format_reader reader;
    struct record records[READ_MAX_RECORDS];
    struct error error = {0};
    struct output output = {.format = out, .where = to, .compress_level = -1, .error = &error};
    libtrace_packet_t packet;
    memset(&packet, 0, sizeof(packet));
    assert_int_equal(read_open(&reader, in, from, 65536), 0);
    assert_int_equal(out->output.open(&output), 0);
    assert_int_equal(out->output.start(&output), 0);
    struct block *block = reader.ahead[0];
    for (uint64_t b = 0; read_mark(&reader, block, b) == MARK_RECORDS; b++) {
        in->record.describe(block, 0, block->n_records, records);
        packet_bind(&packet, NULL, in, block, 1);
        for (uint32_t i = 0; i < block->n_records; i++) {
            packet_fill(&packet, &records[i]);
            if (out->output.write(&output, &packet) <= 0)
                fail_msg("%s", error.text);
        }
        block_reset(block);
    }
    assert_false(error_is_set(&reader.error));
    assert_int_equal(out->output.close(&output), 0);
    read_close(&reader);
}

static void assert_same_packets(const struct format *a_format, const char *a,
                                const struct format *b_format, const char *b, int64_t unit_ns)
{
    struct format_reader first = read_good(a_format, a);
    struct format_reader second = read_good(b_format, b);
    assert_int_equal(first.n_seen, N_PACKETS);
    assert_int_equal(second.n_seen, N_PACKETS);
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        assert_int_equal(first.seen[i].record.capture, second.seen[i].record.capture);
        assert_int_equal(first.seen[i].record.wire, second.seen[i].record.wire);
        assert_true(first.seen[i].digest == second.seen[i].digest);
        /* Conversions cut what their formats cannot say. */
        if (llabs(first.seen[i].record.time_ns - second.seen[i].record.time_ns) > unit_ns)
            fail_msg("packet %u: times differ", i);
    }
    read_close(&first);
    read_close(&second);
}

/* What traceconvert runs. */
static bool run_tracesplit(const char *in, const char *from, const char *out, const char *to)
{
    return peers_run("tracesplit '%s:%s' '%s:%s' >/dev/null 2>&1", in, from, out, to);
}

static void test_capinfos(void **state)
{
    (void)state;
    peers_need("capinfos");
    char line[400];
    make_pcap("capinfos.pcap");
    convert(&pcapfile_format, temp_path("capinfos.pcap"), &erf_format, temp_path("capinfos.erf"));
    struct format_reader reader = read_good(&erf_format, temp_path("capinfos.erf"));
    uint64_t n_bytes = 0;
    for (size_t i = 0; i < reader.n_seen; i++)
        n_bytes += reader.seen[i].record.wire;
    read_close(&reader);
    snprintf(line, sizeof(line), "capinfos -T -M -r -t -c -d '%s' 2>/dev/null",
             temp_path("capinfos.erf"));
    FILE *capinfos = popen(line, "r");
    assert_non_null(capinfos);
    assert_non_null(fgets(line, sizeof(line), capinfos));
    assert_int_equal(pclose(capinfos), 0);
    char expected[100];
    snprintf(expected, sizeof(expected), "erf\t%u\t%" PRIu64 "\n", N_PACKETS, n_bytes);
    if (!strstr(line, expected))
        fail_msg("'%s' does not say '%s'", line, expected);
}

static void test_libtrace_reads_what_we_write(void **state)
{
    (void)state;
    peers_need_libtrace("tracesplit");
    peers_need_libtrace("tracestats");
    make_pcap("in.pcap");
    const char *erf = temp_path("ours.erf");
    const char *pcap = temp_path("theirs.pcap");
    convert(&pcapfile_format, temp_path("in.pcap"), &erf_format, erf);
    assert_true(run_tracesplit("erf", erf, "pcapfile", pcap));
    assert_same_packets(&pcapfile_format, temp_path("in.pcap"), &pcapfile_format, pcap, 1000);
    assert_true(peers_run("tracestats 'erf:%s' 2>&1 | grep -q 'Accepted Packets:[^0-9]*%u$'", erf,
                          N_PACKETS));
}

static void test_we_read_what_libtrace_writes(void **state)
{
    (void)state;
    peers_need_libtrace("tracesplit");
    make_pcap("in.pcap");
    const char *erf = temp_path("theirs.erf");
    assert_true(run_tracesplit("pcapfile", temp_path("in.pcap"), "erf", erf));
    assert_same_packets(&pcapfile_format, temp_path("in.pcap"), &erf_format, erf, 1);
    convert(&erf_format, erf, &pcapfile_format, temp_path("back.pcap"));
    assert_same_packets(&pcapfile_format, temp_path("in.pcap"), &pcapfile_format,
                        temp_path("back.pcap"), 1);
    convert(&erf_format, erf, &erf_format, temp_path("copy.erf"));
    assert_true(peers_run("cmp -s '%s' '%s'", erf, temp_path("copy.erf")));
}

/* Frame check sequences, colours' neighbours, receive interfaces: what both make of ERF packets. */
static void test_both_convert_to_the_same(void **state)
{
    (void)state;
    peers_need_libtrace("tracesplit");
    struct bytes file = {0};
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        struct erf_spec spec = erf_plain;
        spec.time += i * UINT64_C(0x123456789);
        spec.flags = (uint8_t)(4 | i % 4);
        spec.capture = 60 + i;
        spec.padding = i % 4 == 1 ? 5 : 0;
        const uint32_t wires[] = {1518, spec.capture, spec.capture - 3, spec.capture + 4};
        spec.wire = (uint16_t)wires[i % 4];
        erf_add(&file, &spec, i);
    }
    const char *erf = temp_write("both.erf", file.at, file.n, false);
    const char *theirs = temp_path("theirs.pcap");
    const char *ours = temp_path("ours.pcap");
    assert_true(run_tracesplit("erf", erf, "pcapfile", theirs));
    convert(&erf_format, erf, &pcapfile_format, ours);
    assert_same_packets(&pcapfile_format, ours, &pcapfile_format, theirs, 1000);
    bytes_free(&file);
}

int main(void)
{
    if (!peers_run("command -v tshark >/dev/null || command -v capinfos >/dev/null || "
                   "command -v tracesplit >/dev/null")) {
        printf("none of tshark, capinfos and libtrace's tools is installed\n");
        return TEST_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tshark),
        cmocka_unit_test(test_capinfos),
        cmocka_unit_test(test_libtrace_reads_what_we_write),
        cmocka_unit_test(test_we_read_what_libtrace_writes),
        cmocka_unit_test(test_both_convert_to_the_same),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
