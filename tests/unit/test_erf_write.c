/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing ERF: records as they came, shortened ones, packets of other formats, and what is refused. */
#include "formats/erf/erf.h"
#include "formats/pcapfile/pcapfile.h"

#include <fcntl.h>

#include "lib/base/time.h"
#include "lib/packet/linktypes.h"
#include "tests/support/erf_bytes.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcap_bytes.h"

struct writing {
    struct error error;
    struct output output;
};

static void write_open_with(struct writing *writing, const char *path, int file_flags)
{
    *writing = (struct writing){0};
    writing->output = (struct output){.format = &erf_format,
                                      .where = path,
                                      .compress_level = -1,
                                      .file_flags = file_flags,
                                      .error = &writing->error};
    assert_int_equal(erf_format.output.open(&writing->output), 0);
    if (erf_format.output.start(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

static void write_open(struct writing *writing, const char *path)
{
    write_open_with(writing, path, 0);
}

static void write_close(struct writing *writing)
{
    if (erf_format.output.close(&writing->output) != 0)
        fail_msg("%s", writing->error.text);
}

static int write_packet(struct writing *writing, const libtrace_packet_t *packet)
{
    return erf_format.output.write(&writing->output, packet);
}

/* Changes a packet between reading and writing it; NULL for nothing. */
typedef void packet_change(libtrace_packet_t *packet, uint32_t number);

/* Copies a file of that format record by record. */
static void copy_file(const struct format *format, const char *from, const char *to,
                      packet_change *change)
{
    struct format_reader reader;
    struct writing writing;
    struct record records[READ_MAX_RECORDS];
    libtrace_packet_t *packet = packet_create();
    uint32_t number = 0;
    assert_int_equal(read_open(&reader, format, from, 4096), 0);
    write_open(&writing, to);
    struct block *block = reader.ahead[0];
    for (uint64_t b = 0; read_mark(&reader, block, b) == MARK_RECORDS; b++) {
        format->record.describe(block, 0, block->n_records, records);
        for (uint32_t i = 0; i < block->n_records; i++) {
            packet_bind(packet, NULL, format, block, 1);
            packet_fill(packet, &records[i]);
            if (change)
                change(packet, number);
            const libtrace_packet_t before = *packet;
            const uint64_t digest = digest_bytes(packet->header, packet->cached.framing_length);
            if (write_packet(&writing, packet) < 16)
                fail_msg("%s", writing.error.text);
            assert_memory_equal(packet, &before, sizeof(before));
            assert_true(digest == digest_bytes(packet->header, packet->cached.framing_length));
            packet_clear(packet);
            number++;
        }
        block_reset(block);
    }
    if (error_is_set(&reader.error))
        fail_msg("%s", reader.error.text);
    packet_destroy(packet);
    write_close(&writing);
    read_close(&reader);
}

static void assert_file_is(const char *path, const struct bytes *expected)
{
    struct bytes found = bytes_read_file(path);
    assert_int_equal(found.n, expected->n);
    assert_memory_equal(found.at, expected->at, found.n);
    bytes_free(&found);
}

static void copy_out(libtrace_packet_t *packet, uint32_t number)
{
    if (number % 3 == 0)
        assert_int_equal(packet_copy_out(packet), 0);
}

/* All types, with extension headers, colours, losses, receive errors, padding, odd wire lengths. */
static void add_everything(struct bytes *file)
{
    for (uint32_t i = 0; i < 900; i++) {
        struct erf_spec spec = erf_plain;
        spec.time += i * UINT64_C(0x123456789);
        spec.type = (uint8_t)(i % 48);
        spec.n_before = erf_types[spec.type].framing - ERF_HEADER_BYTES;
        spec.flags = (uint8_t)(i * 7);
        spec.loss = (uint16_t)(i * 31);
        spec.n_extensions = i % 5 == 0 ? i % 13 : 0;
        spec.capture = i % 400;
        spec.wire = (uint16_t)(i % 3 == 0 ? spec.capture : spec.capture + i);
        spec.padding = i % 3 == 0 ? i % 8 : 0;
        if (i % 100 == 99) {
            spec.padding = 3000;
            spec.wire = (uint16_t)spec.capture;
        }
        erf_add(file, &spec, i);
    }
    const struct erf_spec large = {.type = 22, .n_extensions = 40, .capture = 65000, .wire = 65535};
    erf_add(file, &large, 1000);
}

static void test_copies_are_the_same(void **state)
{
    (void)state;
    struct bytes file = {0};
    add_everything(&file);
    const char *path = temp_write("in.erf", file.at, file.n, false);
    const char *copy = temp_path("out.erf");
    copy_file(&erf_format, path, copy, NULL);
    assert_file_is(copy, &file);
    copy_file(&erf_raw_format, path, copy, copy_out);
    assert_file_is(copy, &file);
    bytes_free(&file);
}

static void shorten(libtrace_packet_t *packet, uint32_t number)
{
    if (number % 2 == 0)
        copy_out(packet, number);
    const size_t length = number % 100;
    if (packet->type == TRACE_RT_ERF_META || length >= packet->cached.capture_length)
        return;
    assert_int_equal(packet->format->record.set_capture_length(packet, length), 0);
    packet->cached.capture_length = (uint32_t)length; /* as trace_set_capture_length() does */
}

/* As the engine does for a snap length: the record itself is not touched. */
static void cut(libtrace_packet_t *packet, uint32_t number)
{
    const uint32_t length = number % 100;
    if (packet->type != TRACE_RT_ERF_META && length < packet->cached.capture_length)
        packet->cached.capture_length = length;
    copy_out(packet, number);
}

static void check_shortened(packet_change *change)
{
    struct bytes file = {0};
    add_everything(&file);
    const char *path = temp_write("in.erf", file.at, file.n, false);
    copy_file(&erf_format, path, temp_path("out.erf"), change);
    struct format_reader before;
    struct format_reader after;
    assert_int_equal(read_open(&before, &erf_format, path, 4096), 0);
    assert_int_equal(read_on(&before), MARK_END);
    assert_int_equal(read_open(&after, &erf_format, temp_path("out.erf"), 4096), 0);
    if (read_on(&after) != MARK_END)
        fail_msg("%s", after.error.text);
    assert_int_equal(after.n_seen, before.n_seen);
    for (uint32_t i = 0; i < before.n_seen; i++) {
        const struct record *was = &before.seen[i].record;
        const struct record *is = &after.seen[i].record;
        const bool is_cut = !(was->flags & RECORD_META) && i % 100 < was->capture;
        assert_int_equal(is->capture, is_cut ? i % 100 : was->capture);
        assert_int_equal(is->wire, was->wire);
        assert_int_equal(is->framing, was->framing);
        assert_int_equal(is->flags, was->flags);
        assert_true(is->time_ns == was->time_ns);
        assert_int_equal(after.seen[i].direction, before.seen[i].direction);
        if (!is_cut || i % 48 != 0) /* legacy records tell their link type by a byte */
            assert_int_equal(after.seen[i].kind.link_type, before.seen[i].kind.link_type);
        if (!is_cut)
            assert_true(after.seen[i].digest == before.seen[i].digest);
    }
    read_close(&before);
    read_close(&after);
    bytes_free(&file);
}

static void test_shortened_records(void **state)
{
    (void)state;
    check_shortened(shorten);
}

static void test_cut_records(void **state)
{
    (void)state;
    check_shortened(cut);
}

static void test_padding_goes_with_what_is_cut(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct bytes expected = {0};
    struct erf_spec spec = erf_plain;
    spec.capture = 64;
    spec.padding = 6;
    erf_add(&file, &spec, 0);
    spec.padding = 0;
    spec.n_bytes = 18;
    spec.capture = 0;
    erf_add(&expected, &spec, 0);
    copy_file(&erf_format, temp_write("in.erf", file.at, file.n, false), temp_path("out.erf"),
              shorten); /* number 0: to nothing */
    assert_file_is(temp_path("out.erf"), &expected);
    bytes_free(&file);
    bytes_free(&expected);
}

static libtrace_packet_t make_packet(libtrace_linktype_t link_type, uint8_t *bytes,
                                     uint32_t capture, uint32_t wire)
{
    libtrace_packet_t packet;
    memset(&packet, 0, sizeof(packet));
    packet.format = &pcapfile_format;
    packet.type = TRACE_RT_DATA_SIMPLE;
    packet.payload = bytes;
    packet.time_ns = INT64_C(1500000000250000000);
    packet.cached.link_type = link_type;
    packet.cached.capture_length = capture;
    packet.cached.wire_length = wire;
    return packet;
}

static void test_packets_of_other_formats(void **state)
{
    (void)state;
    static const struct {
        int link_type;
        uint8_t first, type;
        uint32_t n_before;
    } cases[] = {
        {TRACE_TYPE_ETH, 0x45, 2, 2},   {TRACE_TYPE_HDLC_POS, 0x0f, 1, 0},
        {TRACE_TYPE_POS, 0xff, 1, 0},   {TRACE_TYPE_ATM, 0, 3, 0},
        {TRACE_TYPE_AAL5, 0, 4, 0},     {TRACE_TYPE_NONE, 0x45, 22, 0},
        {TRACE_TYPE_NONE, 0x60, 23, 0}, {TRACE_TYPE_NONE, 0x6f, 23, 0},
        {TRACE_TYPE_NONE, 0x00, 22, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t bytes[300];
        struct bytes expected = {0};
        struct writing writing;
        erf_fill(bytes, sizeof(bytes), 5);
        bytes[0] = cases[i].first;
        const libtrace_packet_t packet =
            make_packet((libtrace_linktype_t)cases[i].link_type, bytes, sizeof(bytes), 1504);
        const struct erf_spec spec = {.time = ERF_START + ERF_SECOND / 4,
                                      .type = cases[i].type,
                                      .flags = 4,
                                      .n_before = 0,
                                      .capture = cases[i].n_before + (uint32_t)sizeof(bytes),
                                      .wire = 1504};
        uint8_t behind[302] = {0};
        memcpy(behind + cases[i].n_before, bytes, sizeof(bytes));
        erf_add_with(&expected, &spec, behind, 0);
        write_open(&writing, temp_path("other.erf"));
        assert_int_equal(write_packet(&writing, &packet), expected.n);
        write_close(&writing);
        assert_file_is(temp_path("other.erf"), &expected);
        bytes_free(&expected);
    }
}

static void test_lengths_of_other_formats(void **state)
{
    (void)state;
    static const struct {
        uint32_t capture, wire, written, written_wire;
    } cases[] = {
        {0, 64, 0, 64},
        {60, 64, 60, 64},
        {60, 4, 60, 64}, /* or else it would be padding, and its end a frame check sequence */
        {65517, 65521, 65517, 65521},
        {100, 65535, 100, 65535},
    };
    uint8_t *bytes = malloc(70000);
    erf_fill(bytes, 70000, 6);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct writing writing;
        const libtrace_packet_t packet =
            make_packet(TRACE_TYPE_ETH, bytes, cases[i].capture, cases[i].wire);
        write_open(&writing, temp_path("other.erf"));
        assert_int_equal(write_packet(&writing, &packet), 18 + cases[i].written);
        write_close(&writing);
        struct format_reader reader;
        assert_int_equal(read_open(&reader, &erf_format, temp_path("other.erf"), 4096), 0);
        assert_int_equal(read_on(&reader), MARK_END);
        assert_int_equal(reader.n_seen, 1);
        assert_int_equal(reader.seen[0].record.capture, cases[i].written);
        assert_int_equal(reader.seen[0].record.wire, cases[i].written_wire);
        assert_true(reader.seen[0].digest == digest_bytes(bytes, cases[i].written));
        read_close(&reader);
    }
    free(bytes);
}

/* Nothing is cut, nor called shorter than it was. */
static void test_packets_that_are_too_long(void **state)
{
    (void)state;
    static const struct {
        int link_type;
        uint32_t capture, wire;
    } cases[] = {
        {TRACE_TYPE_ETH, 65518, 65522},  {TRACE_TYPE_ETH, 65517, 65536},
        {TRACE_TYPE_ETH, 100, 65536},    {TRACE_TYPE_ETH, 70000, 70004},
        {TRACE_TYPE_ETH, 65536, 4},      {TRACE_TYPE_ETH, 100, UINT32_MAX},
        {TRACE_TYPE_NONE, 65520, 65520},
    };
    uint8_t *bytes = malloc(70000);
    struct writing writing;
    erf_fill(bytes, 70000, 6);
    write_open(&writing, temp_path("long.erf"));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[64];
        const libtrace_packet_t packet = make_packet((libtrace_linktype_t)cases[i].link_type, bytes,
                                                     cases[i].capture, cases[i].wire);
        assert_int_equal(write_packet(&writing, &packet), -1);
        assert_int_equal(writing.error.code, TRACE_ERR_BAD_PACKET);
        assert_non_null(strstr(writing.error.text, "long.erf"));
        snprintf(text, sizeof(text), ", %u of them captured", cases[i].capture);
        assert_non_null(strstr(writing.error.text, text));
        error_clear(&writing.error);
    }
    const libtrace_packet_t packet = make_packet(TRACE_TYPE_NONE, bytes, 65519, 65519);
    assert_int_equal(write_packet(&writing, &packet), 65535);
    write_close(&writing);
    struct bytes file = bytes_read_file(temp_path("long.erf"));
    assert_int_equal(file.n, 65535);
    bytes_free(&file);
    free(bytes);
}

static uint64_t written_time(int64_t time_ns, uint8_t record_flags)
{
    uint8_t bytes[60] = {0};
    struct writing writing;
    libtrace_packet_t packet = make_packet(TRACE_TYPE_ETH, bytes, 60, 64);
    packet.time_ns = time_ns;
    packet.record_flags = record_flags;
    write_open(&writing, temp_path("time.erf"));
    assert_int_equal(write_packet(&writing, &packet), 78);
    write_close(&writing);
    struct bytes file = bytes_read_file(temp_path("time.erf"));
    const uint64_t time = load_le64(file.at);
    bytes_free(&file);
    return time;
}

static void test_times(void **state)
{
    (void)state;
    assert_true(written_time(INT64_C(1500000000750000000), 0) == ERF_START + 3 * ERF_SECOND / 4);
    assert_true(written_time(-1, 0) == 0);
    assert_true(written_time(INT64_MAX, 0) == UINT64_MAX);
    assert_true(written_time(INT64_C(1500000000750000000), RECORD_NO_TIME) == 0);
    /* All that a nanosecond tells comes back. */
    for (int64_t ns = INT64_C(1500000000000000000); ns < INT64_C(1500000000000000500); ns += 7)
        assert_int_equal(time_from_erf(written_time(ns, 0)), ns);
}

static int direction;

static libtrace_direction_t get_direction(const libtrace_packet_t *packet)
{
    (void)packet;
    return (libtrace_direction_t)direction;
}

static void test_directions_of_other_formats(void **state)
{
    (void)state;
    static const uint8_t flags[] = {4, 4, 5, 6, 4}; /* unknown, outgoing, incoming, other, 3 */
    for (direction = -1; direction <= 3; direction++) {
        uint8_t bytes[60] = {0};
        struct writing writing;
        struct format telling = pcapfile_format;
        libtrace_packet_t packet = make_packet(TRACE_TYPE_ETH, bytes, 60, 64);
        telling.record.get_direction = get_direction;
        packet.format = &telling;
        write_open(&writing, temp_path("direction.erf"));
        assert_int_equal(write_packet(&writing, &packet), 78);
        write_close(&writing);
        struct bytes file = bytes_read_file(temp_path("direction.erf"));
        assert_int_equal(file.at[9], flags[direction + 1]);
        bytes_free(&file);
    }
}

static void test_what_has_no_place(void **state)
{
    (void)state;
    static const int refused[] = {
        TRACE_TYPE_UNKNOWN,     TRACE_TYPE_LINUX_SLL, TRACE_TYPE_80211,       TRACE_TYPE_PPP,
        TRACE_TYPE_80211_RADIO, TRACE_TYPE_LLCSNAP,   TRACE_TYPE_OPENBSD_LOOP};
    static const int skipped[] = {TRACE_TYPE_PCAPNG_META, TRACE_TYPE_NONDATA, TRACE_TYPE_DUCK};
    uint8_t bytes[60] = {0};
    struct writing writing;
    write_open(&writing, temp_path("refused.erf"));
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        char text[LINKTYPE_TEXT_BYTES];
        const libtrace_packet_t packet =
            make_packet((libtrace_linktype_t)refused[i], bytes, 60, 60);
        assert_int_equal(write_packet(&writing, &packet), -1);
        assert_int_equal(writing.error.code, TRACE_ERR_NO_CONVERSION);
        linktype_describe((libtrace_linktype_t)refused[i], -1, text);
        assert_non_null(strstr(writing.error.text, text));
        assert_non_null(strstr(writing.error.text, "refused.erf"));
        error_clear(&writing.error);
    }
    for (size_t i = 0; i < ARRAY_LEN(skipped); i++) {
        libtrace_packet_t packet = make_packet((libtrace_linktype_t)skipped[i], bytes, 60, 0);
        assert_int_equal(write_packet(&writing, &packet), 0);
        packet.type = TRACE_RT_PCAPNG_META;
        assert_int_equal(write_packet(&writing, &packet), 0);
    }
    /* What was refused does no harm to others. */
    const libtrace_packet_t packet = make_packet(TRACE_TYPE_ETH, bytes, 60, 64);
    assert_int_equal(write_packet(&writing, &packet), 78);
    write_close(&writing);
    struct bytes file = bytes_read_file(temp_path("refused.erf"));
    assert_int_equal(file.n, 78);
    bytes_free(&file);
}

/* There is no header, so a file without packets is empty, and one can be added to. */
static void test_files(void **state)
{
    (void)state;
    uint8_t bytes[60] = {0};
    struct writing writing;
    const char *path = temp_path("added.erf");
    const libtrace_packet_t packet = make_packet(TRACE_TYPE_ETH, bytes, 60, 64);
    write_open(&writing, path);
    assert_int_equal(erf_format.output.flush(&writing.output), 0);
    write_close(&writing);
    struct bytes file = bytes_read_file(path);
    assert_int_equal(file.n, 0);
    bytes_free(&file);
    for (unsigned i = 0; i < 2; i++) {
        write_open_with(&writing, path, O_WRONLY | O_APPEND);
        assert_int_equal(write_packet(&writing, &packet), 78);
        write_close(&writing);
    }
    file = bytes_read_file(path);
    assert_int_equal(file.n, 156);
    bytes_free(&file);

    /* Opened and never started. */
    writing.output.where = temp_path("never.erf");
    assert_int_equal(erf_format.output.open(&writing.output), 0);
    assert_int_equal(erf_format.output.flush(&writing.output), 0);
    assert_int_equal(erf_format.output.close(&writing.output), 0);
    assert_int_equal(access(temp_path("never.erf"), F_OK), -1);
}

static void test_write_errors(void **state)
{
    (void)state;
    uint8_t bytes[60] = {0};
    struct writing writing;
    const libtrace_packet_t packet = make_packet(TRACE_TYPE_ETH, bytes, 60, 64);
    write_open(&writing, "/dev/full");
    int outcome = 78;
    for (unsigned i = 0; i < 1000000 && outcome > 0; i++)
        outcome = write_packet(&writing, &packet);
    assert_int_equal(outcome, -1);
    assert_non_null(strstr(writing.error.text, "/dev/full"));
    assert_non_null(strstr(writing.error.text, "offset 0"));
    assert_int_equal(erf_format.output.close(&writing.output), -1);

    writing.error = (struct error){0};
    writing.output.where = temp_folder;
    assert_int_equal(erf_format.output.open(&writing.output), 0);
    assert_int_equal(erf_format.output.start(&writing.output), -1);
    assert_non_null(strstr(writing.error.text, temp_folder));
    assert_int_equal(erf_format.output.close(&writing.output), 0);
}

/* pcap to ERF and back gives the same packets, but for the frame check sequence in the length. */
static void test_through_erf_and_back(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct pcap_style style = pcap_plain;
    style.magic = PCAP_NS;
    pcap_add_header(&file, &style);
    for (uint32_t i = 0; i < 300; i++)
        pcap_add_packet(&file, &style, i, 1600000000 + i, 3333333 * i, i, i % 2 ? i : 1500);
    const char *path = temp_write("in.pcap", file.at, file.n, false);
    copy_file(&pcapfile_format, path, temp_path("between.erf"), NULL);
    struct format_reader before;
    struct format_reader after;
    assert_int_equal(read_open(&before, &pcapfile_format, path, 4096), 0);
    assert_int_equal(read_on(&before), MARK_END);
    assert_int_equal(read_open(&after, &erf_format, temp_path("between.erf"), 4096), 0);
    assert_int_equal(read_on(&after), MARK_END);
    assert_int_equal(after.n_seen, 300);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(after.seen[i].record.capture, before.seen[i].record.capture);
        assert_int_equal(after.seen[i].record.wire, before.seen[i].record.wire);
        assert_true(after.seen[i].record.time_ns == before.seen[i].record.time_ns);
        assert_true(after.seen[i].digest == before.seen[i].digest);
        assert_int_equal(after.seen[i].kind.link_type, TRACE_TYPE_ETH);
    }
    read_close(&before);
    read_close(&after);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_are_the_same),
        cmocka_unit_test(test_shortened_records),
        cmocka_unit_test(test_cut_records),
        cmocka_unit_test(test_padding_goes_with_what_is_cut),
        cmocka_unit_test(test_packets_of_other_formats),
        cmocka_unit_test(test_lengths_of_other_formats),
        cmocka_unit_test(test_packets_that_are_too_long),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_directions_of_other_formats),
        cmocka_unit_test(test_what_has_no_place),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_write_errors),
        cmocka_unit_test(test_through_erf_and_back),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
