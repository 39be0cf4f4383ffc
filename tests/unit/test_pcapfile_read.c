/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/pcapfile/pcapfile.h"

#include "lib/packet/link_direction.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcap_bytes.h"

static const size_t block_sizes[] = {64, 100, 4096, 262144};

/* Reads a whole file, which has to be good. read_close() afterwards. */
static struct format_reader read_good(const char *where, size_t block_bytes)
{
    struct format_reader reader;
    if (read_open(&reader, &pcapfile_format, where, block_bytes) != 0 ||
        read_on(&reader) != MARK_END)
        fail_msg("%s: %s", where, reader.error.text);
    return reader;
}

static struct format_reader read_good_bytes(struct bytes *file)
{
    struct format_reader reader =
        read_good(temp_write("file.pcap", file->at, file->n, false), 4096);
    bytes_free(file);
    return reader;
}

static void assert_packet(const struct seen_packet *seen, uint32_t number, uint32_t capture)
{
    uint8_t *bytes = malloc(capture + 1u);
    pcap_fill_packet(bytes, capture, number);
    assert_int_equal(seen->record.capture, capture);
    assert_true(seen->digest == digest_bytes(bytes, capture));
    free(bytes);
}

static void test_all_magics_orders_and_block_sizes(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < PCAP_N_VARIANTS; variant++) {
        const struct pcap_style style = pcap_variant(variant);
        struct bytes file = {0};
        pcap_add_header(&file, &style);
        for (uint32_t i = 0; i < 400; i++)
            pcap_add_packet(&file, &style, i, 1000 + i, 2 * i, (i * 37) % 1500, 1514 + i);
        const char *path = temp_write("file.pcap", file.at, file.n, false);
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct format_reader reader = read_good(path, block_sizes[s]);
            assert_int_equal(reader.n_seen, 400);
            for (uint32_t i = 0; i < 400; i++) {
                const struct seen_packet *seen = &reader.seen[i];
                assert_packet(seen, i, (i * 37) % 1500);
                assert_int_equal(seen->record.wire, 1514 + i + 4);
                assert_int_equal(seen->record.framing, style.magic == PCAP_MODIFIED ? 24 : 16);
                assert_int_equal(seen->record.flags, 0);
                assert_int_equal(seen->order, i);
                assert_int_equal(seen->kind.link_type, TRACE_TYPE_ETH);
                assert_int_equal(seen->kind.type, TRACE_RT_DLT_EN10MB);
                assert_int_equal(seen->direction, TRACE_DIR_UNKNOWN);
                assert_int_equal(seen->record.time_ns,
                                 (1000 + i) * INT64_C(1000000000) +
                                     2 * i * (style.magic == PCAP_NS ? 1 : 1000));
            }
            assert_int_equal(reader.stream.bytes_total, file.n);
            assert_int_equal(reader.stream.bytes_done, file.n);
            read_close(&reader);
        }
        bytes_free(&file);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic, seconds, fraction;
        int64_t time_ns;
    } cases[] = {
        {PCAP_US, 5, 999999, INT64_C(5999999000)},
        {PCAP_US, 5, 1000000, INT64_C(6000000000)},
        {PCAP_US, 5, UINT32_MAX, INT64_C(4299967295000)},
        {PCAP_NS, 5, 1000000000, INT64_C(6000000000)},
        {PCAP_NS, 5, UINT32_MAX, INT64_C(9294967295)},
        {PCAP_NS, 0x80000000u, 1, INT64_C(2147483648000000001)},
        {PCAP_US, UINT32_MAX, 999999, INT64_C(4294967295999999000)},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.magic = cases[i].magic;
        pcap_add_header(&file, &style);
        pcap_add_packet(&file, &style, 0, cases[i].seconds, cases[i].fraction, 60, 60);
        struct format_reader reader = read_good_bytes(&file);
        assert_int_equal(reader.n_seen, 1);
        assert_true(reader.seen[0].record.time_ns == cases[i].time_ns);
        read_close(&reader);
    }
}

static void test_link_types(void **state)
{
    (void)state;
    static const struct {
        uint32_t field;
        int link_type, type;
        uint32_t fcs;
    } cases[] = {
        {1, TRACE_TYPE_ETH, 2001, 4},
        {9, TRACE_TYPE_PPP, 2009, 0},
        {12, TRACE_TYPE_NONE, 2012, 0},
        {101, TRACE_TYPE_NONE, 2101, 0},
        {228, TRACE_TYPE_NONE, 2228, 0},
        {229, TRACE_TYPE_NONE, 2229, 0},
        {105, TRACE_TYPE_80211, 2105, 0},
        {117, TRACE_TYPE_PFLOG, 2117, 0},
        {192, TRACE_TYPE_UNKNOWN, 2192, 0},
        {0xffff, TRACE_TYPE_UNKNOWN, TRACE_RT_DATA_DLT_END, 0},
        /* With the length of the frame check sequence in 16-bit words: it is in the lengths. */
        {0x24000001, TRACE_TYPE_ETH, 2001, 0},
        {0x14000001, TRACE_TYPE_ETH, 2001, 0},
        {0x04000001, TRACE_TYPE_ETH, 2001, 4},
        /* A length that is said not to be there. */
        {0x20000001, TRACE_TYPE_ETH, 2001, 4},
        {0x24000000 + 276, -100, 2276, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.link = cases[i].field;
        pcap_add_header(&file, &style);
        pcap_add_packet(&file, &style, 0, 1, 1, 60, 60);
        struct format_reader reader = read_good_bytes(&file);
        assert_int_equal(reader.n_seen, 1);
        if (cases[i].link_type != -100)
            assert_int_equal(reader.seen[0].kind.link_type, cases[i].link_type);
        assert_int_equal(reader.seen[0].kind.type, cases[i].type);
        assert_int_equal(reader.seen[0].record.wire, 60 + cases[i].fcs);
        read_close(&reader);
    }
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        uint32_t snaplen, capture, wire, expected_wire;
    } cases[] = {
        {65535, 60, 1500, 1504},
        {40, 60, 60, 64},          /* larger than the snap length */
        {0, 60, 60, 64},           /* no snap length */
        {0x80000000u, 60, 60, 64}, /* a negative one */
        {65535, 60, 42, 46},       /* more captured than there was */
        {65535, 60, 0, 4},         /* the wire length was not written */
        {65535, 0, 1500, 1504},    /* nothing captured */
        {65535, 0, 0, 4},          /*  */
        {65535, 60, UINT32_MAX, UINT32_MAX},
        {65535, 60, UINT32_MAX - 3, UINT32_MAX},
        {65535, 65519, 65519, 65523}, /* sizes around those of buffers elsewhere */
        {65535, 65520, 65520, 65524},
        {65535, 65536, 65536, 65540},
        {65535, 100060, 100060, 100064},
        {65535, 262144, 262144, 262148},
        {65535, 262145, 262145, 262149},
        {65535, 16 << 20, 16 << 20, (16 << 20) + 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.snaplen = cases[i].snaplen;
        pcap_add_header(&file, &style);
        pcap_add_packet(&file, &style, 0, 1, 1, 60, 60);
        pcap_add_packet(&file, &style, 1, 1, 1, cases[i].capture, cases[i].wire);
        pcap_add_packet(&file, &style, 2, 1, 1, 60, 60);
        const char *path = temp_write("file.pcap", file.at, file.n, false);
        for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
            struct format_reader reader = read_good(path, block_sizes[s]);
            assert_int_equal(reader.n_seen, 3);
            assert_packet(&reader.seen[0], 0, 60);
            assert_packet(&reader.seen[1], 1, cases[i].capture);
            assert_int_equal(reader.seen[1].record.wire, cases[i].expected_wire);
            assert_packet(&reader.seen[2], 2, 60);
            read_close(&reader);
        }
        bytes_free(&file);
    }
}

static void test_lengths_of_old_versions(void **state)
{
    (void)state;
    static const struct {
        uint16_t minor;
        uint32_t first, second, capture, wire;
    } cases[] = {
        {4, 60, 100, 60, 100}, {3, 60, 100, 60, 100}, {3, 100, 60, 60, 100},
        {2, 100, 60, 60, 100}, {0, 100, 60, 60, 100},
    };
    for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        const size_t c = i / 2;
        style.minor = cases[c].minor;
        style.is_swapped = i % 2;
        pcap_add_header(&file, &style);
        for (uint32_t packet = 0; packet < 2; packet++) {
            uint8_t bytes[60];
            pcap_fill_packet(bytes, 60, packet);
            pcap_add_record_header(&file, &style, 1, 1, cases[c].first, cases[c].second);
            bytes_add(&file, bytes, 60);
        }
        struct format_reader reader = read_good_bytes(&file);
        assert_int_equal(reader.n_seen, 2);
        assert_packet(&reader.seen[1], 1, cases[c].capture);
        assert_int_equal(reader.seen[1].record.wire, cases[c].wire + 4);
        read_close(&reader);
    }
}

/* One packet of these bytes; what was seen of it. */
static struct seen_packet see_one(uint32_t link, const void *bytes, uint32_t n_bytes)
{
    struct pcap_style style = pcap_plain;
    struct bytes file = {0};
    style.link = link;
    pcap_add_header(&file, &style);
    pcap_add_record_header(&file, &style, 1, 1, n_bytes, 100);
    bytes_add(&file, bytes, n_bytes);
    struct format_reader reader = read_good_bytes(&file);
    assert_int_equal(reader.n_seen, 1);
    struct seen_packet seen = reader.seen[0];
    read_close(&reader);
    return seen;
}

static void test_fcs_by_packet(void **state)
{
    (void)state;
    const uint8_t with_flags[] = {0, 0, 9, 0, 2, 0, 0, 0, 0x10};
    const uint8_t without_flags[] = {0, 0, 9, 0, 4, 0, 0, 0, 0};
    const uint8_t frames[16] = {[15] = 0x60};
    const uint8_t ip[16] = {[14] = 8};
    assert_int_equal(see_one(127, with_flags, sizeof(with_flags)).record.wire, 100);
    assert_int_equal(see_one(127, without_flags, sizeof(without_flags)).record.wire, 104);
    assert_int_equal(see_one(113, frames, sizeof(frames)).record.wire, 104);
    assert_int_equal(see_one(113, ip, sizeof(ip)).record.wire, 100);
    assert_int_equal(see_one(113, frames, 15).record.wire, 100);
}

static void test_directions(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        libtrace_direction_t direction;
    } cases[] = {{0, TRACE_DIR_INCOMING}, {1, TRACE_DIR_INCOMING}, {2, TRACE_DIR_INCOMING},
                 {3, TRACE_DIR_OTHER},    {4, TRACE_DIR_OUTGOING}, {5, TRACE_DIR_UNKNOWN}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const uint8_t sll[16] = {[1] = cases[i].type};
        const uint8_t sll2[20] = {[10] = cases[i].type};
        assert_int_equal(see_one(113, sll, 16).direction, cases[i].direction);
        assert_int_equal(see_one(276, sll2, 20).direction, cases[i].direction);
        assert_int_equal(see_one(1, sll, 16).direction, TRACE_DIR_UNKNOWN);
    }
    const uint8_t sll[16] = {[1] = 4};
    assert_int_equal(see_one(113, sll, 2).direction, TRACE_DIR_OUTGOING);
    assert_int_equal(see_one(113, sll, 1).direction, TRACE_DIR_UNKNOWN);

    const uint8_t in[64] = {61, 2, [60] = 1};
    const uint8_t out[64] = {61, 2, [60] = 2};
    const uint8_t both[64] = {61, 2, [60] = 0};
    assert_int_equal(see_one(117, in, 64).direction, TRACE_DIR_INCOMING);
    assert_int_equal(see_one(117, out, 61).direction, TRACE_DIR_OUTGOING);
    assert_int_equal(see_one(117, out, 60).direction, TRACE_DIR_UNKNOWN);
    assert_int_equal(link_direction(TRACE_TYPE_PFLOG, out, 60), TRACE_DIR_UNKNOWN);
    assert_int_equal(link_direction(TRACE_TYPE_LINUX_SLL, sll, 1), TRACE_DIR_UNKNOWN);
    assert_int_equal(link_direction(TRACE_TYPE_LINUX_SLL, NULL, 0), TRACE_DIR_UNKNOWN);
    assert_int_equal(see_one(117, both, 64).direction, TRACE_DIR_UNKNOWN);
}

static void test_list_of_different_files(void **state)
{
    (void)state;
    char where[1000];
    size_t used = 0;
    const struct pcap_style styles[] = {
        {PCAP_US, false, 1, 2, 4, 65535},      {PCAP_NS, true, 101, 2, 4, 65535},
        {PCAP_MODIFIED, true, 113, 2, 4, 100}, {PCAP_US, false, 1, 2, 4, 65535},
        {PCAP_US, true, 0x24000001, 2, 4, 0},
    };
    static const uint32_t n_packets[] = {30, 40, 20, 0, 10};
    uint32_t n = 0;
    for (uint32_t f = 0; f < ARRAY_LEN(styles); f++) {
        struct bytes file = {0};
        char name[32];
        pcap_add_header(&file, &styles[f]);
        for (uint32_t i = 0; i < n_packets[f]; i++, n++)
            pcap_add_packet(&file, &styles[f], n, f, n, 10 + n, 200);
        snprintf(name, sizeof(name), "list-%u.pcap", f);
        used += (size_t)snprintf(where + used, sizeof(where) - used, "%s%s", f > 0 ? "," : "",
                                 temp_write(name, file.at, file.n, false));
        bytes_free(&file);
    }
    static const libtrace_linktype_t links[] = {
        TRACE_TYPE_ETH, TRACE_TYPE_NONE, TRACE_TYPE_LINUX_SLL, TRACE_TYPE_ETH, TRACE_TYPE_ETH};
    static const uint32_t wires[] = {204, 200, 200, 204, 200};
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader = read_good(where, block_sizes[s]);
        assert_int_equal(reader.n_seen, n);
        uint32_t i = 0;
        for (uint32_t f = 0; f < ARRAY_LEN(styles); f++)
            for (uint32_t k = 0; k < n_packets[f]; k++, i++) {
                const struct seen_packet *seen = &reader.seen[i];
                assert_packet(seen, i, 10 + i);
                assert_int_equal(seen->order, i);
                assert_int_equal(seen->kind.link_type, links[f]);
                assert_int_equal(seen->record.wire, wires[f]);
                assert_int_equal(seen->record.time_ns,
                                 f * INT64_C(1000000000) +
                                     i * (styles[f].magic == PCAP_NS ? 1 : 1000));
            }
        read_close(&reader);
    }
    /* The same by a pattern. */
    struct format_reader reader = read_good(temp_path("list-*.pcap"), 4096);
    assert_int_equal(reader.n_seen, n);
    read_close(&reader);
}

static void make_file(struct bytes *file, uint32_t n)
{
    pcap_add_header(file, &pcap_plain);
    for (uint32_t i = 0; i < n; i++)
        pcap_add_packet(file, &pcap_plain, i, i, i, (i * 17) % 200, 200);
}

static void assert_made_file(const struct format_reader *reader, uint32_t n)
{
    assert_int_equal(reader->n_seen, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_packet(&reader->seen[i], i, (i * 17) % 200);
        assert_int_equal(reader->seen[i].order, i);
    }
}

static void test_fifo_byte_by_byte(void **state)
{
    (void)state;
    const char *path = temp_path("fifo");
    struct bytes file = {0};
    make_file(&file, 30);
    assert_int_equal(mkfifo(path, 0600), 0);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &pcapfile_format, path, block_sizes[s]), 0);
        assert_false(reader.stream.is_positional);
        assert_int_equal(reader.stream.bytes_total, 0);
        assert_int_equal(read_on(&reader), MARK_AGAIN);
        int writer = open(path, O_WRONLY);
        for (size_t i = 0; i < file.n; i++) {
            temp_write_all(writer, file.at + i, 1);
            assert_int_equal(read_on(&reader), MARK_AGAIN);
            assert_true(reader.stream.wait_fd >= 0);
            if (i % 50 == 0)
                assert_int_equal(read_pause_and_start(&reader), 0);
        }
        assert_int_equal(reader.n_seen, 30); /* no record waits for the next one */
        close(writer);
        assert_int_equal(read_on(&reader), MARK_END);
        assert_made_file(&reader, 30);
        read_close(&reader);
    }
    bytes_free(&file);
}

static void test_standard_input(void **state)
{
    (void)state;
    struct bytes file = {0};
    make_file(&file, 100);
    const char *path = temp_write("stdin.pcap", file.at, file.n, false);
    int kept = dup(STDIN_FILENO);
    int fd = open(path, O_RDONLY);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    struct format_reader reader = read_good("-", 4096);
    assert_true(reader.stream.is_positional);
    assert_made_file(&reader, 100);
    read_close(&reader);

    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    temp_write_all(ends[1], file.at, file.n);
    close(ends[1]);
    reader = read_good("-", 4096);
    assert_false(reader.stream.is_positional);
    assert_made_file(&reader, 100);
    read_close(&reader);
    if (kept >= 0)
        dup2(kept, STDIN_FILENO);
    close(kept);
    close(fd);
    close(ends[0]);
    bytes_free(&file);
}

static void test_pause_after_every_block(void **state)
{
    (void)state;
    struct bytes file = {0};
    make_file(&file, 200);
    const char *path = temp_write("pause.pcap", file.at, file.n, false);
    for (size_t s = 0; s < ARRAY_LEN(block_sizes); s++) {
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &pcapfile_format, path, block_sizes[s]), 0);
        while (read_block(&reader) == MARK_RECORDS)
            assert_int_equal(read_pause_and_start(&reader), 0);
        assert_false(error_is_set(&reader.error));
        assert_made_file(&reader, 200);
        read_close(&reader);
    }
    bytes_free(&file);
}

static void test_guesses_are_right(void **state)
{
    (void)state;
    struct bytes file = {0};
    make_file(&file, 10000);
    struct format_reader reader =
        read_good(temp_write("guess.pcap", file.at, file.n, false), 16384);
    assert_made_file(&reader, 10000);
    assert_true(reader.n_loaded_ahead >= file.n / 16384);
    assert_int_equal(reader.n_right, reader.n_loaded_ahead);
    read_close(&reader);
    bytes_free(&file);
}

static void test_prepared_packets(void **state)
{
    (void)state;
    struct bytes record = {0};
    struct error error = {0};
    libtrace_packet_t packet;
    pcap_add_packet(&record, &pcap_plain, 7, 10, 1500000, 60, 90);
    memset(&packet, 0, sizeof(packet));
    packet.format = &pcapfile_format;
    packet.header = record.at;
    packet.type = TRACE_RT_DLT_EN10MB;
    assert_int_equal(pcapfile_prepare(&packet, record.n, &error), 0);
    assert_ptr_equal(packet.payload, record.at + 16);
    assert_int_equal(packet.time_ns, INT64_C(11500000000));
    assert_int_equal(packet.cached.capture_length, 60);
    assert_int_equal(packet.cached.wire_length, 94);
    assert_int_equal(packet.cached.framing_length, 16);
    assert_int_equal(packet.cached.link_type, TRACE_TYPE_ETH);
    packet.type = (libtrace_rt_types_t)2101;
    assert_int_equal(pcapfile_prepare(&packet, record.n, &error), 0);
    assert_int_equal(packet.cached.link_type, TRACE_TYPE_NONE);
    assert_int_equal(packet.cached.wire_length, 90);
    assert_false(error_is_set(&error));

    assert_int_equal(pcapfile_prepare(&packet, record.n - 1, &error), -1);
    error_clear(&error);
    assert_int_equal(pcapfile_prepare(&packet, 15, &error), -1);
    error_clear(&error);
    packet.type = TRACE_RT_DATA_ERF;
    assert_int_equal(pcapfile_prepare(&packet, record.n, &error), -1);
    assert_true(error_is_set(&error));
    bytes_free(&record);
}

static void test_shortening_keeps_the_byte_order(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < 6; variant++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        struct format_reader reader;
        style.is_swapped = variant % 2;
        style.minor = variant < 2 ? 4 : 3;
        pcap_add_header(&file, &style);
        /* In the last variants the captured length is the second one. */
        pcap_add_record_header(&file, &style, 1, 1, variant < 4 ? 60 : 90, variant < 4 ? 90 : 60);
        bytes_add(&file, file.at, 24);
        bytes_add(&file, file.at, 36);
        const char *path = temp_write("file.pcap", file.at, file.n, false);
        assert_int_equal(read_open(&reader, &pcapfile_format, path, 4096), 0);
        struct block *block = reader.ahead[0];
        struct record record;
        assert_int_equal(pcapfile_mark(&reader.stream, block, 0), MARK_RECORDS);
        pcapfile_describe(block, 0, 1, &record);

        libtrace_packet_t *packet = packet_create();
        packet_bind(packet, NULL, &pcapfile_format, block, 1);
        packet_fill(packet, &record);
        const size_t at = variant < 4 ? 8 : 12;
        assert_int_equal(pcapfile_set_capture_length(packet, 61), -1);
        assert_int_equal(pcapfile_set_capture_length(packet, 20), 0);
        assert_int_equal(load_u32_as((uint8_t *)packet->header + at, style.is_swapped), 20);
        packet->cached.capture_length = 20;

        /* The same of a copy, which has left the block. */
        assert_int_equal(packet_copy_out(packet), 0);
        assert_int_equal(pcapfile_set_capture_length(packet, 10), 0);
        assert_int_equal(load_u32_as((uint8_t *)packet->header + at, style.is_swapped), 10);
        packet_destroy(packet);
        read_close(&reader);
        bytes_free(&file);
    }
}

static void test_probes_and_registry(void **state)
{
    (void)state;
    static const uint32_t magics[] = {PCAP_US, PCAP_NS, PCAP_MODIFIED};
    uint8_t bytes[8];
    for (unsigned i = 0; i < 6; i++) {
        store_u32_as(bytes, magics[i / 2], i % 2);
        store_u16_as(bytes + 4, 2, i % 2);
        store_u16_as(bytes + 6, 4, i % 2);
        assert_int_equal(pcapfile_probe_bytes(bytes, 8), PROBE_CERTAIN);
        assert_int_equal(pcapfile_probe_bytes(bytes, 4), PROBE_LIKELY);
        assert_int_equal(pcapfile_probe_bytes(bytes, 3), PROBE_NO);
    }
    store_u32(bytes, 0x0a0d0d0a);
    assert_int_equal(pcapfile_probe_bytes(bytes, 4), PROBE_NO);

    assert_ptr_equal(format_find("pcapfile", 8), &pcapfile_format);
    assert_ptr_equal(format_find("PcapFile:x", 8), &pcapfile_format);
    assert_null(format_find("pcapfile", 7));
    assert_null(format_find("pcapfil", 8 - 1));
    bool is_listed = false;
    for (const struct format *const *format = format_list(); *format; format++)
        is_listed = is_listed || *format == &pcapfile_format;
    assert_true(is_listed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_magics_orders_and_block_sizes),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_link_types),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_lengths_of_old_versions),
        cmocka_unit_test(test_fcs_by_packet),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_list_of_different_files),
        cmocka_unit_test(test_fifo_byte_by_byte),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_pause_after_every_block),
        cmocka_unit_test(test_guesses_are_right),
        cmocka_unit_test(test_prepared_packets),
        cmocka_unit_test(test_shortening_keeps_the_byte_order),
        cmocka_unit_test(test_probes_and_registry),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
