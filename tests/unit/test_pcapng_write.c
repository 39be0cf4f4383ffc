/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of other formats written as pcapng, and what an output does when it cannot. */
#include <errno.h>

#include "lib/packet/linktypes.h"
#include "tests/support/pcapng_writer.h"

static const struct format other_format = {.name = "other", .id = TRACE_FORMAT_ERF};

/* A packet of another format, as a trace of that would fill it. */
static const struct format pcap_like = {.name = "pcap-like", .id = TRACE_FORMAT_PCAP};

static libtrace_packet_t make_packet(libtrace_linktype_t link_type, libtrace_rt_types_t type,
                                     uint8_t *bytes, uint32_t capture, uint32_t wire,
                                     int64_t time_ns)
{
    libtrace_packet_t packet;
    memset(&packet, 0, sizeof(packet));
    packet.format = &other_format;
    packet.type = type;
    packet.payload = bytes;
    packet.time_ns = time_ns;
    packet.cached.link_type = link_type;
    packet.cached.capture_length = capture;
    packet.cached.wire_length = wire;
    return packet;
}

/* The head that an output makes up when it gets packets only. */
static void add_head(struct ng_file *file)
{
    ng_begin_section(file);
    ng_option_text(file, 4, "Weir");
    ng_end_options(file);
    ng_end(file);
}

static void test_pcap_files_and_back(void **state)
{
    (void)state;
    static const uint32_t links[] = {1, 101, 113, 117, 127, 105, 276, 192, 0, 50, 9, 104};
    for (size_t i = 0; i < 2 * ARRAY_LEN(links); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes pcap = {0};
        struct ng_file expected = {0};
        style.magic = PCAP_NS;
        style.is_swapped = i % 2;
        style.link = links[i / 2];
        style.snaplen = 262144;
        pcap_add_header(&pcap, &style);
        add_head(&expected);
        ng_clock_interface(&expected, links[i / 2], 9, 0);
        for (uint32_t n = 0; n < 300; n++) {
            const uint32_t capture = (n * 31) % 300;
            const uint32_t wire = capture + (n * 53) % 1600;
            pcap_add_packet(&pcap, &style, n, 1700000000 + n, 999 * n, capture, wire);
            ng_packet(&expected, 0, (1700000000 + n) * UINT64_C(1000000000) + 999 * n, n, capture,
                      wire);
        }
        const char *from = temp_write("in.pcap", pcap.at, pcap.n, false);
        const char *through = temp_path("through.pcapng");
        struct writing writing;
        write_open(&writing, &pcapng_format, through);
        copy_records(&pcapfile_format, from, &writing, i % 4 ? COPY_COPIES : 0);
        write_close(&writing);
        check_file(through);
        assert_same_file(ng_write(&expected, "expected.pcapng"), through);

        const char *back = temp_path("back.pcap");
        write_open(&writing, &pcapfile_format, back);
        copy_records(&pcapng_format, through, &writing, COPY_METAS);
        write_close(&writing);
        style.is_swapped = false;
        bytes_free(&pcap);
        pcap_add_header(&pcap, &style);
        for (uint32_t n = 0; n < 300; n++) {
            const uint32_t capture = (n * 31) % 300;
            pcap_add_packet(&pcap, &style, n, 1700000000 + n, 999 * n, capture,
                            capture + (n * 53) % 1600);
        }
        assert_same_file(temp_write("plain.pcap", pcap.at, pcap.n, false), back);
        bytes_free(&pcap);
        ng_free(&expected);
    }
}

static void test_interfaces_for_link_types(void **state)
{
    (void)state;
    static const struct {
        int link_type, type;
        unsigned number;
    } cases[] = {{TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, 1},
                 {TRACE_TYPE_NONE, TRACE_RT_DATA_ERF, 101},
                 {TRACE_TYPE_NONE, 2012, 101},
                 {TRACE_TYPE_LINUX_SLL2, 1009, 276},
                 {TRACE_TYPE_BSD_NULL, 2000, 0},
                 {TRACE_TYPE_UNKNOWN, 2192, 192},
                 {TRACE_TYPE_UNKNOWN, 3147, 147},
                 {TRACE_TYPE_UNKNOWN, 4300, 300},
                 {TRACE_TYPE_HDLC_POS, TRACE_RT_DATA_ERF, 104}};
    uint8_t bytes[60];
    struct ng_file expected = {0};
    struct writing writing;
    const char *path = temp_path("out.pcapng");
    pcap_fill_packet(bytes, sizeof(bytes), 7);
    add_head(&expected);
    write_open(&writing, &pcapng_format, path);
    uint32_t ids[500];
    uint32_t n_interfaces = 0;
    memset(ids, 0xff, sizeof(ids));
    for (uint32_t i = 0; i < 5 * ARRAY_LEN(cases); i++) {
        const uint32_t at = (i * 4) % ARRAY_LEN(cases);
        const unsigned number = cases[at].number;
        libtrace_packet_t packet =
            make_packet((libtrace_linktype_t)cases[at].link_type,
                        (libtrace_rt_types_t)cases[at].type, bytes, 60, number == 1 ? 64 : 60, i);
        assert_int_equal(write_one(&writing, &packet), 92);
        if (ids[number] == UINT32_MAX) {
            ids[number] = n_interfaces++;
            ng_clock_interface(&expected, number, 9, 0);
        }
        ng_packet(&expected, ids[number], i, 7, 60, 60);
    }
    write_close(&writing);
    check_file(path);
    assert_same_file(ng_write(&expected, "expected.pcapng"), path);
    ng_free(&expected);
}

/* Lengths go without the frame check sequence, whether it was captured or not. */
static void test_lengths_of_other_formats(void **state)
{
    (void)state;
    static const struct {
        int link_type;
        uint32_t capture, wire, written_capture, written_wire;
        bool is_pcap;
    } cases[] = {
        {TRACE_TYPE_ETH, 60, 64, 60, 60, false},     /* not captured */
        {TRACE_TYPE_ETH, 64, 64, 60, 60, false},     /* captured */
        {TRACE_TYPE_ETH, 62, 64, 60, 60, false},     /* half of it */
        {TRACE_TYPE_ETH, 40, 1518, 40, 1514, false}, /* cut */
        {TRACE_TYPE_ETH, 70, 64, 60, 60, false},     /* padding */
        {TRACE_TYPE_ETH, 0, 3, 0, 0, false},         /* a runt */
        {TRACE_TYPE_ETH, 0, UINT32_MAX, 0, UINT32_MAX - 4, false},
        {TRACE_TYPE_NONE, 60, 60, 60, 60, false},
        {TRACE_TYPE_NONE, 61, 60, 60, 60, false},
        {TRACE_TYPE_80211_RADIO, 60, 64, 60, 60, false},
        {TRACE_TYPE_ETH, 70, 64, 70, 60, true}, /* an odd record, and it stays one */
        {TRACE_TYPE_NONE, 61, 60, 61, 60, true},
    };
    uint8_t bytes[80] = {0};
    const char *path = temp_path("out.pcapng");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct writing writing;
        libtrace_packet_t packet =
            make_packet((libtrace_linktype_t)cases[i].link_type, TRACE_RT_DATA_ERF, bytes,
                        cases[i].capture, cases[i].wire, 5);
        if (cases[i].is_pcap)
            packet.format = &pcap_like;
        write_open(&writing, &pcapng_format, path);
        assert_true(write_one(&writing, &packet) > 0);
        write_close(&writing);
        check_file(path);
        struct bytes file = bytes_read_file(path);
        const uint8_t *block = file.at + 40 + 32;
        assert_int_equal(load_u32(block), PCAPNG_PACKET);
        assert_int_equal(load_u32(block + 20), cases[i].written_capture);
        assert_int_equal(load_u32(block + 24), cases[i].written_wire);
        bytes_free(&file);
    }
}

/* Files that tell of their frame check sequence contain it: it is taken off. */
static void test_pcap_files_with_frame_check_sequences(void **state)
{
    (void)state;
    struct pcap_style style = pcap_plain;
    struct bytes pcap = {0};
    struct ng_file expected = {0};
    struct writing writing;
    style.link = 0x24000001;
    pcap_add_header(&pcap, &style);
    pcap_add_packet(&pcap, &style, 3, 1, 0, 64, 64);
    pcap_add_packet(&pcap, &style, 3, 1, 0, 40, 64);
    add_head(&expected);
    ng_clock_interface(&expected, 1, 9, 0);
    ng_packet(&expected, 0, 1000000000, 3, 60, 60);
    ng_packet(&expected, 0, 1000000000, 3, 40, 60);
    write_open(&writing, &pcapng_format, temp_path("out.pcapng"));
    copy_records(&pcapfile_format, temp_write("in.pcap", pcap.at, pcap.n, false), &writing, 0);
    write_close(&writing);
    assert_same_file(ng_write(&expected, "expected.pcapng"), temp_path("out.pcapng"));
    bytes_free(&pcap);
    ng_free(&expected);
}

static void test_times(void **state)
{
    (void)state;
    static const int64_t times[] = {0, 1, INT64_C(1700000000123456789), INT64_MAX, -1, INT64_MIN};
    uint8_t bytes[60] = {0};
    const char *path = temp_path("out.pcapng");
    struct writing writing;
    write_open(&writing, &pcapng_format, path);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        libtrace_packet_t packet =
            make_packet(TRACE_TYPE_NONE, TRACE_RT_DATA_ERF, bytes, 60, 60, times[i]);
        assert_int_equal(write_one(&writing, &packet), 92);
    }
    write_close(&writing);
    struct format_reader reader = read_good(path, 4096);
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        assert_true(reader.seen[2 + i].record.time_ns == (times[i] > 0 ? times[i] : 0));
    read_close(&reader);
}

static void test_what_has_no_place(void **state)
{
    (void)state;
    static const int refused[][2] = {{TRACE_TYPE_ATM, TRACE_RT_DATA_ERF},
                                     {TRACE_TYPE_ETSILI, TRACE_RT_DATA_ETSILI},
                                     {TRACE_TYPE_UNKNOWN, TRACE_RT_DATA_ERF},
                                     {TRACE_TYPE_UNKNOWN, TRACE_RT_DATA_DLT_END}};
    static const int passed_over[][2] = {{TRACE_TYPE_ERF_META, TRACE_RT_ERF_META},
                                         {TRACE_TYPE_DUCK, TRACE_RT_DUCK_2_5},
                                         {TRACE_TYPE_NONDATA, TRACE_RT_END_DATA}};
    uint8_t bytes[60] = {0};
    const char *path = temp_path("out.pcapng");
    struct writing writing;
    write_open(&writing, &pcapng_format, path);
    libtrace_packet_t good = make_packet(TRACE_TYPE_ETH, TRACE_RT_DATA_ERF, bytes, 60, 64, 1);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        libtrace_packet_t packet =
            make_packet((libtrace_linktype_t)refused[i][0], (libtrace_rt_types_t)refused[i][1],
                        bytes, 60, 60, 1);
        assert_int_equal(write_one(&writing, &packet), -1);
        assert_int_equal(writing.error.code, TRACE_ERR_NO_CONVERSION);
        assert_non_null(strstr(writing.error.text, "out.pcapng"));
        error_clear(&writing.error);
        assert_int_equal(write_one(&writing, &good), 92); /* the others go on */
    }
    for (size_t i = 0; i < ARRAY_LEN(passed_over); i++) {
        libtrace_packet_t packet =
            make_packet((libtrace_linktype_t)passed_over[i][0],
                        (libtrace_rt_types_t)passed_over[i][1], bytes, 60, 60, 1);
        assert_int_equal(write_one(&writing, &packet), 0);
    }
    write_close(&writing);
    check_file(path);
    struct format_reader reader = read_good(path, 4096);
    assert_int_equal(reader.n_seen, 2 + ARRAY_LEN(refused));
    read_close(&reader);
}

/* Packets of several inputs in turn, of different byte orders, clocks and formats. */
static void test_mixed_inputs(void **state)
{
    (void)state;
    enum { N_INPUTS = 4 };
    struct format_reader readers[N_INPUTS];
    struct record records[READ_MAX_RECORDS];
    struct block *blocks[N_INPUTS];
    struct writing writing;
    const char *path = temp_path("out.pcapng");
    for (uint32_t i = 0; i < N_INPUTS; i++) {
        char name[16];
        struct ng_file file = {.is_swapped = i % 2};
        ng_section(&file);
        ng_clock_interface(&file, 101, (uint8_t)(6 + i), 0);
        ng_clock_interface(&file, 117, (uint8_t)(6 + i), 100);
        for (uint32_t n = 0; n < 50; n++)
            ng_packet(&file, n % 2, n, 100 * i + n, 20 + n, 20 + n);
        snprintf(name, sizeof(name), "in%u.pcapng", i);
        assert_int_equal(read_open(&readers[i], &pcapng_format, ng_write(&file, name), 65536), 0);
        blocks[i] = readers[i].ahead[0];
        assert_int_equal(pcapng_mark(&readers[i].stream, blocks[i], 0), MARK_RECORDS);
        assert_int_equal(blocks[i]->n_records, 53);
        ng_free(&file);
    }
    uint8_t bytes[60];
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    write_open(&writing, &pcapng_format, path);
    for (uint32_t n = 0; n < 50; n++) {
        for (uint32_t i = 0; i < N_INPUTS; i++) {
            libtrace_packet_t packet = {0};
            pcapng_describe(blocks[i], 3 + n, 1, records);
            packet_bind(&packet, NULL, &pcapng_format, blocks[i], 1);
            packet_fill(&packet, records);
            assert_true(write_one(&writing, &packet) > 0);
        }
        libtrace_packet_t packet =
            make_packet(TRACE_TYPE_NONE, TRACE_RT_DATA_ERF, bytes, 60, 60, n);
        assert_int_equal(write_one(&writing, &packet), 92);
    }
    write_close(&writing);
    check_file(path);
    for (uint32_t i = 0; i < N_INPUTS; i++)
        read_close(&readers[i]);

    struct format_reader reader = read_good(path, 4096);
    uint32_t at = 0;
    for (size_t i = 0; i < reader.n_seen; i++) {
        const struct seen_packet *seen = &reader.seen[i];
        if (seen->record.flags & RECORD_META)
            continue;
        const uint32_t n = at / (N_INPUTS + 1);
        const uint32_t input = at++ % (N_INPUTS + 1);
        if (input == N_INPUTS) {
            assert_bytes(seen, 0, 60);
            assert_int_equal(seen->record.time_ns, n);
            continue;
        }
        static const int64_t ns[] = {1000, 100, 10, 1};
        assert_bytes(seen, 100 * input + n, 20 + n);
        assert_int_equal(seen->kind.type, n % 2 ? 4117 : 4101);
        assert_true(seen->record.time_ns == n * ns[input] + (n % 2 ? INT64_C(100000000000) : 0));
    }
    assert_int_equal(at, 50 * (N_INPUTS + 1));
    read_close(&reader);
}

static void test_empty_output(void **state)
{
    (void)state;
    struct writing writing;
    struct ng_file expected = {0};
    add_head(&expected);
    write_open(&writing, &pcapng_format, temp_path("out.pcapng"));
    write_close(&writing);
    assert_same_file(ng_write(&expected, "expected.pcapng"), temp_path("out.pcapng"));
    ng_free(&expected);

    /* Opened, and never started. */
    struct error error = {0};
    struct output output = {.format = &pcapng_format, .where = "x", .error = &error};
    assert_int_equal(pcapng_output_open(&output), 0);
    assert_int_equal(pcapng_output_flush(&output), 0);
    assert_int_equal(pcapng_output_close(&output), 0);
    assert_int_equal(pcapng_output_close(&output), 0);
}

/* A file that grows gets another section. */
static void test_appending(void **state)
{
    (void)state;
    uint8_t bytes[60];
    struct ng_file expected = {0};
    const char *path = temp_write("out.pcapng", NULL, 0, false);
    pcap_fill_packet(bytes, sizeof(bytes), 0);
    for (unsigned i = 0; i < 2; i++) {
        struct writing writing = {0};
        writing.output = (struct output){.format = &pcapng_format,
                                         .where = path,
                                         .compress_level = -1,
                                         .file_flags = O_WRONLY | O_APPEND,
                                         .error = &writing.error};
        libtrace_packet_t packet =
            make_packet(TRACE_TYPE_NONE, TRACE_RT_DATA_ERF, bytes, 60, 60, 5);
        assert_int_equal(pcapng_output_open(&writing.output), 0);
        assert_int_equal(pcapng_output_start(&writing.output), 0);
        assert_int_equal(write_one(&writing, &packet), 92);
        assert_int_equal(pcapng_output_flush(&writing.output), 0);
        write_close(&writing);
        add_head(&expected);
        ng_clock_interface(&expected, 101, 9, 0);
        ng_packet(&expected, 0, 5, 0, 60, 60);
    }
    check_file(path);
    assert_same_file(ng_write(&expected, "expected.pcapng"), path);
    ng_free(&expected);
}

static void test_outputs_that_fail(void **state)
{
    (void)state;
    struct writing writing = {0};
    writing.output = (struct output){
        .format = &pcapng_format, .where = temp_path("no/such"), .error = &writing.error};
    assert_int_equal(pcapng_output_open(&writing.output), 0);
    assert_int_equal(pcapng_output_start(&writing.output), -1);
    assert_int_equal(writing.error.code, ENOENT);
    assert_non_null(strstr(writing.error.text, "no/such"));
    assert_int_equal(pcapng_output_close(&writing.output), 0);

    uint8_t *bytes = calloc(1, 100000);
    write_open(&writing, &pcapng_format, "/dev/full");
    libtrace_packet_t packet =
        make_packet(TRACE_TYPE_NONE, TRACE_RT_DATA_ERF, bytes, 100000, 100000, 5);
    int written;
    unsigned n_packets = 0;
    do {
        written = write_one(&writing, &packet);
    } while (written > 0 && ++n_packets < 100);
    assert_int_equal(written, -1);
    assert_int_equal(writing.error.code, ENOSPC);
    assert_int_equal(pcapng_output_close(&writing.output), -1);

    /* What waits in a buffer is not forgotten at the end. */
    write_open(&writing, &pcapng_format, "/dev/full");
    packet = make_packet(TRACE_TYPE_NONE, TRACE_RT_DATA_ERF, bytes, 60, 60, 5);
    assert_int_equal(write_one(&writing, &packet), 92);
    assert_int_equal(pcapng_output_close(&writing.output), -1);
    assert_int_equal(writing.error.code, ENOSPC);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pcap_files_and_back),
        cmocka_unit_test(test_interfaces_for_link_types),
        cmocka_unit_test(test_lengths_of_other_formats),
        cmocka_unit_test(test_pcap_files_with_frame_check_sequences),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_what_has_no_place),
        cmocka_unit_test(test_mixed_inputs),
        cmocka_unit_test(test_empty_output),
        cmocka_unit_test(test_appending),
        cmocka_unit_test(test_outputs_that_fail),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
