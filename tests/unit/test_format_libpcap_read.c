/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading by way of libpcap: what it says is what comes, and nobody waits where it would. */
#include "formats/libpcap/libpcap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "formats/pcapfile/pcapfile.h"
#include "lib/base/time.h"
#include "tests/support/format_checks.h"
#include "tests/support/pcapng_bytes.h"

enum { HEADER_BYTES = 24 };

static struct bytes make_file(const struct pcap_style *style, uint32_t n_packets)
{
    struct bytes file = {0};
    pcap_add_header(&file, style);
    for (uint32_t i = 0; i < n_packets; i++)
        pcap_add_packet(&file, style, i, 1000000000 + i, i * 997 % 1000000, i * 37 % 300,
                        i * 53 % 1500 + 300);
    return file;
}

/* All packets of a file in both backends: where they differ, pcapfile is right. */
static void compare_with_pcapfile(const struct bytes *file)
{
    struct format_reader ours, theirs;
    const char *path = temp_write("a.pcap", file->at, file->n, false);
    assert_int_equal(read_open(&theirs, &pcapfile_format, path, 4096), 0);
    assert_int_equal(read_on(&theirs), MARK_END);
    assert_int_equal(read_open(&ours, &libpcap_format, path, 4096), 0);
    if (read_on(&ours) != MARK_END)
        fail_msg("%s", ours.error.text);
    for (size_t i = 0; i < theirs.n_seen; i++)
        theirs.seen[i].record.framing = LIBPCAP_HEADER_BYTES;
    assert_same_packets(&theirs, &ours, 1);
    read_close(&ours);
    read_close(&theirs);
}

static void test_styles(void **state)
{
    (void)state;
    static const struct pcap_style styles[] = {
        {PCAP_US, false, 1, 2, 4, 65535},          {PCAP_US, true, 1, 2, 4, 65535},
        {PCAP_NS, false, 1, 2, 4, 65535},          {PCAP_NS, true, 1, 2, 4, 65535},
        {PCAP_MODIFIED, true, 1, 2, 4, 65535},     {PCAP_US, false, 1, 2, 3, 65535},
        {PCAP_US, false, 0x24000001, 2, 4, 65535},
    };
    for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
        struct bytes file = make_file(&styles[i], 100);
        compare_with_pcapfile(&file);
        bytes_free(&file);
    }
}

static void test_link_types(void **state)
{
    (void)state;
    static const uint32_t links[] = {0,   1,   9,   50,  100, 101, 104, 105,
                                     108, 113, 117, 127, 147, 192, 228, 276};
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        struct pcap_style style = pcap_plain;
        style.link = links[i];
        struct bytes file = make_file(&style, 20);
        compare_with_pcapfile(&file);
        bytes_free(&file);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const uint32_t seconds[] = {0, 1, INT32_MAX, (uint32_t)INT32_MAX + 1, UINT32_MAX};
    for (int is_ns = 0; is_ns < 2; is_ns++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.magic = is_ns ? PCAP_NS : PCAP_US;
        pcap_add_header(&file, &style);
        for (uint32_t i = 0; i < ARRAY_LEN(seconds); i++)
            pcap_add_packet(&file, &style, i, seconds[i], 123456, 60, 60);
        pcap_add_packet(&file, &style, 0, 5, 2000000000, 60, 60);
        compare_with_pcapfile(&file);
        bytes_free(&file);
    }
}

static void test_pcapng(void **state)
{
    (void)state;
    struct ng_file file = {.is_swapped = true};
    ng_section(&file);
    ng_begin(&file, 1);
    ng_u16(&file, 1);
    ng_u16(&file, 0);
    ng_u32(&file, 65535);
    ng_option_u8(&file, 9, 9); /* nanoseconds */
    ng_end_options(&file);
    ng_end(&file);
    for (uint32_t i = 0; i < 50; i++)
        ng_packet(&file, 0, UINT64_C(5000000000123456789) + i, i, 60 + i, 1000 + i);
    struct format_reader reader;
    const char *path = ng_write(&file, "a.pcapng");
    assert_int_equal(read_open(&reader, &libpcap_format, path, 1000), 0);
    if (read_on(&reader) != MARK_END)
        fail_msg("%s", reader.error.text);
    assert_int_equal(reader.n_seen, 50);
    for (uint32_t i = 0; i < 50; i++) {
        uint8_t bytes[200];
        const struct seen_packet *seen = &reader.seen[i];
        pcap_fill_packet(bytes, 60 + i, i);
        assert_int_equal(seen->record.time_ns, INT64_C(5000000000123456789) + i);
        assert_int_equal(seen->record.capture, 60 + i);
        assert_int_equal(seen->record.wire, 1000 + i + 4);
        assert_int_equal(seen->kind.link_type, TRACE_TYPE_ETH);
        assert_int_equal(seen->kind.type, TRACE_RT_DLT_EN10MB);
        assert_true(seen->digest == digest_bytes(bytes, 60 + i));
    }
    read_close(&reader);

    /* libpcap's reason for refusing what it cannot say. */
    ng_interface(&file, 101, 65535);
    path = ng_write(&file, "b.pcapng");
    assert_int_equal(read_open(&reader, &libpcap_format, path, 1000), 0);
    assert_int_equal(read_on(&reader), -1);
    assert_int_equal(reader.n_seen, 50);
    assert_int_equal(reader.error.code, TRACE_ERR_BAD_PACKET);
    assert_non_null(strstr(reader.error.text, "b.pcapng', offset "));
    assert_non_null(strstr(reader.error.text, "libpcap: an interface has a type"));
    read_close(&reader);
    ng_free(&file);
}

static void test_ways_to_read(void **state)
{
    (void)state;
    struct bytes file = make_file(&pcap_plain, 300);
    check_ways_to_read(&libpcap_format, "a.pcap", &file, 300, true);
    bytes_free(&file);
}

static void test_cut_at_every_byte(void **state)
{
    (void)state;
    enum { N_PACKETS = 5 };
    struct bytes file = {0};
    size_t starts[N_PACKETS + 1];
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        starts[i] = file.n;
        pcap_add_packet(&file, &pcap_plain, i, 1, 1, i * 13 % 30, 60);
    }
    starts[N_PACKETS] = file.n;
    check_cuts(&libpcap_format, "cut.pcap", &file, starts, N_PACKETS, true);
    bytes_free(&file);
}

static void test_random_changes(void **state)
{
    (void)state;
    struct bytes file = make_file(&pcap_plain, 6);
    check_random_changes(&libpcap_format, "random.pcap", &file, 300);
    bytes_free(&file);
    struct ng_file ng = {.is_swapped = false};
    ng_section(&ng);
    ng_interface(&ng, 1, 65535);
    for (uint32_t i = 0; i < 5; i++)
        ng_packet(&ng, 0, i, i, 20 + i, 60);
    check_random_changes(&libpcap_format, "random.pcapng", &ng.bytes, 300);
    ng_free(&ng);
}

static void test_no_capture_file(void **state)
{
    (void)state;
    struct bytes file = {0};
    bytes_add(&file, "GIF89a, and what follows it in a file of that kind", 50);
    CHECK_FAILS(&libpcap_format, "bad.pcap", &file, 0, TRACE_ERR_BAD_HEADER, "bad.pcap', offset 0",
                "libpcap: unknown file format");
    bytes_free(&file);

    struct format_reader reader;
    assert_int_equal(read_open(&reader, &libpcap_format, temp_path("none.pcap"), 4096), -1);
    assert_non_null(strstr(reader.error.text, "none.pcap"));
    read_close(&reader);
}

static void test_impossible_lengths(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {262145, 0x7fffffff, 0x80000000, UINT32_MAX};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct bytes file = make_file(&pcap_plain, 10);
        char offset[32];
        snprintf(offset, sizeof(offset), "offset %zu: ", file.n);
        pcap_add_record_header(&file, &pcap_plain, 1, 1, lengths[i], lengths[i]);
        for (unsigned n = 0; n < 100; n++)
            bytes_add(&file, "0123456789", 10);
        CHECK_FAILS(&libpcap_format, "bad.pcap", &file, 10, TRACE_ERR_BAD_PACKET, offset,
                    "libpcap: ");
        bytes_free(&file);
    }
}

/* Larger than a block, between small ones. */
static void test_large_packets(void **state)
{
    (void)state;
    struct pcap_style style = pcap_plain;
    struct bytes file = {0};
    style.snaplen = 262144;
    pcap_add_header(&file, &style);
    for (uint32_t i = 0; i < 30; i++)
        pcap_add_packet(&file, &style, i, i, i, i % 3 == 1 ? 262144 - i : i, 262144);
    compare_with_pcapfile(&file);
    bytes_free(&file);
}

static void test_parallel(void **state)
{
    (void)state;
    enum { N_PACKETS = 10000 };
    char uri[300];
    struct bytes file = make_file(&pcap_plain, N_PACKETS);
    snprintf(uri, sizeof(uri), "pcap:%s", temp_write("a.pcap", file.at, file.n, false));
    struct delivered *packets = check_parallel(uri, N_PACKETS);
    assert_int_equal(packets[N_PACKETS - 1].erf_time >> 32, 1000000000 + N_PACKETS - 1);
    assert_int_equal(packets[0].framing, 16);
    free(packets);
    bytes_free(&file);
}

/* --- what can wait --- */

static int open_fifo(struct format_reader *reader)
{
    const char *path = temp_path("fifo");
    assert_true(mkfifo(path, 0600) == 0 || errno == EEXIST);
    assert_int_equal(read_open(reader, &libpcap_format, path, 4096), 0);
    assert_int_equal(read_on(reader), MARK_AGAIN);
    const int writer = open(path, O_WRONLY);
    assert_true(writer >= 0);
    return writer;
}

/* Closing does not wait for a pipe that has nothing, or not enough, or a record's half. */
static void test_closing_while_nothing_comes(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 3, HEADER_BYTES, HEADER_BYTES + 7, 200};
    struct bytes file = make_file(&pcap_plain, 100);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct format_reader reader;
        const int writer = open_fifo(&reader);
        temp_write_all(writer, file.at, lengths[i]);
        assert_int_equal(read_on(&reader), MARK_AGAIN);
        read_close(&reader);
        close(writer);
    }
    struct format_reader reader;
    assert_int_equal(read_open(&reader, &libpcap_format, temp_path("fifo"), 4096), 0);
    assert_int_equal(read_on(&reader), MARK_AGAIN); /* nobody writes */
    read_close(&reader);
    bytes_free(&file);
}

/* What comes is read at once, as far as it is whole. */
static void test_packets_as_they_come(void **state)
{
    (void)state;
    struct bytes file = make_file(&pcap_plain, 200);
    struct format_reader reader;
    const int writer = open_fifo(&reader);
    size_t at = 0, starts[201];
    starts[0] = HEADER_BYTES;
    for (uint32_t i = 0; i < 200; i++)
        starts[i + 1] = starts[i] + 16 + i * 37 % 300;
    for (uint32_t i = 0; i < 200; i++) {
        temp_write_all(writer, file.at + at, starts[i + 1] - 1 - at);
        at = starts[i + 1] - 1;
        if (i + 1 < 200 && i > 0)
            assert_true(reader.n_seen >= i - 1);
        while (reader.n_seen < i) {
            struct pollfd poller = {.fd = reader.stream.wait_fd, .events = POLLIN};
            assert_int_equal(poll(&poller, 1, 60000), 1);
            assert_int_equal(read_on(&reader), MARK_AGAIN);
        }
        assert_int_equal(reader.n_seen, i);
    }
    temp_write_all(writer, file.at + at, file.n - at);
    close(writer);
    assert_int_equal(read_waiting(&reader), MARK_END);
    assert_int_equal(reader.n_seen, 200);
    assert_int_equal(load_relaxed(&reader.stream.bytes_done), file.n);
    read_close(&reader);
    bytes_free(&file);
}

/* A writer that is not read from has to wait in the end; when it is, nothing is missing. */
static void test_full_queue(void **state)
{
    (void)state;
    enum { ENOUGH = 4 << 20, PACKET_BYTES = 16 + 1000 };
    struct bytes packet = {0};
    struct format_reader reader;
    pcap_add_header(&packet, &pcap_plain);
    int writer = open_fifo(&reader);
    temp_write_all(writer, packet.at, packet.n);
    bytes_free(&packet);
    pcap_add_packet(&packet, &pcap_plain, 7, 1, 1, 1000, 1000);
    assert_int_equal(fcntl(writer, F_SETFL, O_NONBLOCK), 0);
    size_t n_written = 0;
    for (;;) {
        struct pollfd poller = {.fd = writer, .events = POLLOUT};
        const bool may_be_full = n_written * PACKET_BYTES > 1 << 20;
        if (poll(&poller, 1, may_be_full ? 300 : 60000) != 1)
            break;
        /* A whole packet or nothing: less than PIPE_BUF. */
        if (write(writer, packet.at, PACKET_BYTES) == PACKET_BYTES)
            n_written++;
        assert_true(n_written * PACKET_BYTES < ENOUGH);
    }
    assert_true(n_written * PACKET_BYTES > 1 << 20);
    close(writer);
    assert_int_equal(read_waiting(&reader), MARK_END);
    assert_int_equal(reader.n_seen, n_written);
    read_close(&reader);

    /* And closing does not wait for a full one either. */
    writer = open_fifo(&reader);
    struct bytes file = make_file(&pcap_plain, 0);
    for (unsigned i = 0; i < 1500; i++)
        bytes_add(&file, packet.at, packet.n);
    assert_int_equal(fcntl(writer, F_SETFL, O_NONBLOCK), 0);
    size_t at = 0;
    for (;;) {
        struct pollfd poller = {.fd = writer, .events = POLLOUT};
        if (at == file.n || poll(&poller, 1, 300) != 1)
            break;
        const ssize_t n = write(writer, file.at + at, file.n - at);
        at += n > 0 ? (size_t)n : 0;
    }
    assert_true(at < file.n);
    read_close(&reader);
    close(writer);
    bytes_free(&file);
    bytes_free(&packet);
}

/* A link type whose packets may be larger than those of networks. */
#define LINK_DBUS   231
#define LARGE_BYTES ((uint32_t)2 << 20)

static void *write_large_packets(void *argument)
{
    struct pcap_style style = pcap_plain;
    struct bytes file = {0};
    style.snaplen = LARGE_BYTES;
    style.link = LINK_DBUS;
    pcap_add_header(&file, &style);
    for (uint32_t i = 0; i < 20; i++)
        pcap_add_packet(&file, &style, i, i, i, i % 3 == 1 ? LARGE_BYTES - i : i, LARGE_BYTES);
    temp_write_all(*(const int *)argument, file.at, file.n);
    close(*(const int *)argument);
    bytes_free(&file);
    return NULL;
}

/* Larger than a block, a pipe and what is read ahead. */
static void test_large_packets_of_a_pipe(void **state)
{
    (void)state;
    struct format_reader reader;
    pthread_t thread;
    int writer = open_fifo(&reader);
    assert_int_equal(pthread_create(&thread, NULL, write_large_packets, &writer), 0);
    assert_int_equal(read_waiting(&reader), MARK_END);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(reader.n_seen, 20);
    uint8_t *bytes = malloc(LARGE_BYTES);
    assert_non_null(bytes);
    for (uint32_t i = 0; i < 20; i++) {
        const uint32_t n_bytes = i % 3 == 1 ? LARGE_BYTES - i : i;
        pcap_fill_packet(bytes, n_bytes, i);
        assert_int_equal(reader.seen[i].record.capture, n_bytes);
        assert_true(reader.seen[i].digest == digest_bytes(bytes, n_bytes));
    }
    free(bytes);
    read_close(&reader);
}

static libtrace_packet_t *stop_at_first(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                        void *local, libtrace_packet_t *packet)
{
    (void)thread;
    (void)local;
    ++*(unsigned *)global;
    trace_pstop(trace);
    return packet;
}

/* A stop ends a trace that waits for its pipe. */
static void test_stopping_while_nothing_comes(void **state)
{
    (void)state;
    char uri[300];
    unsigned n_packets = 0;
    const char *path = temp_path("fifo");
    assert_true(mkfifo(path, 0600) == 0 || errno == EEXIST);
    const int writer = open(path, O_RDWR); /* stays open all the time */
    struct bytes file = make_file(&pcap_plain, 1);
    temp_write_all(writer, file.at, file.n);
    snprintf(uri, sizeof(uri), "pcap:%s", path);

    libtrace_t *trace = trace_create(uri);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, stop_at_first);
    assert_int_equal(trace_set_perpkt_threads(trace, 2), 0);
    assert_int_equal(trace_pstart(trace, &n_packets, callbacks, NULL), 0);
    trace_join(trace);
    assert_false(trace_is_err(trace));
    assert_int_equal(n_packets, 1);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    close(writer);
    bytes_free(&file);
}

/* --- single records --- */

static void test_shortening(void **state)
{
    (void)state;
    char uri[300];
    struct bytes file = {0};
    pcap_add_header(&file, &pcap_plain);
    pcap_add_packet(&file, &pcap_plain, 0, 1, 1, 100, 100);
    snprintf(uri, sizeof(uri), "pcap:%s", temp_write("a.pcap", file.at, file.n, false));
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(trace_read_packet(trace, packet), 116);
    assert_int_equal(trace_get_format(packet), TRACE_FORMAT_PCAP);
    assert_int_equal(trace_set_capture_length(packet, 200), 100);
    assert_int_equal(trace_set_capture_length(packet, 30), 30);
    assert_int_equal(trace_get_capture_length(packet), 30);
    assert_int_equal(trace_get_wire_length(packet), 104);
    assert_int_equal(load_u32((uint8_t *)packet->header + LIBPCAP_CAPTURE_AT), 30);
    assert_int_equal(trace_set_direction(packet, TRACE_DIR_INCOMING), TRACE_DIR_UNKNOWN);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    bytes_free(&file);
}

static void test_record_from_memory(void **state)
{
    (void)state;
    uint8_t bytes[16 + 60] = {0};
    struct error error = {0};
    store_u32(bytes, 5);
    store_u32(bytes + 4, 250000);
    store_u32(bytes + 8, 60);
    store_u32(bytes + 12, 1000);
    libtrace_packet_t packet = {
        .format = &libpcap_format, .header = bytes, .type = TRACE_RT_DLT_EN10MB};
    assert_int_equal(libpcap_prepare(&packet, sizeof(bytes), &error), 0);
    assert_ptr_equal(packet.payload, bytes + 16);
    assert_int_equal(packet.time_ns, INT64_C(5250000000));
    assert_int_equal(packet.cached.capture_length, 60);
    assert_int_equal(packet.cached.wire_length, 1004);
    assert_int_equal(packet.cached.link_type, TRACE_TYPE_ETH);

    assert_int_equal(libpcap_prepare(&packet, sizeof(bytes) - 1, &error), -1);
    error_clear(&error);
    assert_int_equal(libpcap_prepare(&packet, 15, &error), -1);
    error_clear(&error);
    packet.type = TRACE_RT_DATA_ERF;
    assert_int_equal(libpcap_prepare(&packet, sizeof(bytes), &error), -1);
    assert_int_equal(error.code, TRACE_ERR_BAD_PACKET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_link_types),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_pcapng),
        cmocka_unit_test(test_ways_to_read),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_random_changes),
        cmocka_unit_test(test_no_capture_file),
        cmocka_unit_test(test_impossible_lengths),
        cmocka_unit_test(test_large_packets),
        cmocka_unit_test(test_parallel),
        cmocka_unit_test(test_closing_while_nothing_comes),
        cmocka_unit_test(test_packets_as_they_come),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_large_packets_of_a_pipe),
        cmocka_unit_test(test_stopping_while_nothing_comes),
        cmocka_unit_test(test_shortening),
        cmocka_unit_test(test_record_from_memory),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
