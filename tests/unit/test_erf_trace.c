/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ERF through the public interface: by name and by content, packet by packet and on many threads,
 * times to the last bit, records from memory, and what can be set.
 */
#include <libtrace_parallel.h>

#include <pthread.h>

#include "lib/base/atomics.h"
#include "tests/support/erf_bytes.h"

static libtrace_t *open_trace(const char *scheme, const char *path)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s%s", scheme, path);
    return trace_create(uri);
}

static struct erf_spec spec_of(uint32_t number)
{
    static const uint8_t types[] = {2, 1, 22, 27, 11, 5, 48, 3};
    struct erf_spec spec = erf_plain;
    spec.type = types[number * 7 % 8];
    spec.n_before = spec.type == 2 || spec.type == 11 ? 2 : spec.type == 5 ? 4 : 0;
    spec.time += number * UINT64_C(0x10203040567);
    spec.flags = number % 51 == 7 && spec.type == 2 ? 0x14 : 4;
    spec.loss = number % 1000 == 3;
    spec.n_extensions = number % 11 == 0 ? number % 3 : 0;
    spec.capture = number % 23 == 5 && spec.type == 2 ? 0 : number % 300;
    if (number % 500 == 499)
        spec =
            (struct erf_spec){.time = spec.time, .type = 2, .flags = 4, .wire = 60}; /* no room */
    else
        spec.wire = 1518;
    return spec;
}

/* What is found in a file, in whatever order. */
struct sums {
    _Atomic uint64_t n_packets, n_meta, n_without_data;
    _Atomic uint64_t captured, wire, framing, times, order, bytes;
};

static void add(struct sums *sums, const libtrace_packet_t *packet)
{
    fetch_add_relaxed(IS_LIBTRACE_META_PACKET(packet) ? &sums->n_meta : &sums->n_packets, 1);
    fetch_add_relaxed(&sums->n_without_data, packet->payload == NULL);
    fetch_add_relaxed(&sums->captured, trace_get_capture_length(packet));
    fetch_add_relaxed(&sums->wire, trace_get_wire_length(packet));
    fetch_add_relaxed(&sums->framing, trace_get_framing_length(packet));
    fetch_add_relaxed(&sums->times, trace_get_erf_timestamp(packet) * 31 + packet->order);
    fetch_add_relaxed(&sums->order, packet->order * packet->order);
    uint64_t bytes = (uint64_t)trace_get_link_type(packet);
    const uint8_t *payload = packet->payload;
    for (size_t i = 0; i < trace_get_capture_length(packet); i++)
        bytes = bytes * 33 + payload[i];
    fetch_add_relaxed(&sums->bytes, bytes * (packet->order + 1));
}

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)tls;
    add(global, packet);
    return packet;
}

static void assert_same(const struct sums *a, const struct sums *b)
{
#define SAME(field) assert_int_equal(load_relaxed(&a->field), load_relaxed(&b->field))
    SAME(n_packets);
    SAME(n_meta);
    SAME(n_without_data);
    SAME(captured);
    SAME(wire);
    SAME(framing);
    SAME(times);
    SAME(order);
    SAME(bytes);
}

static void read_serially(const char *path, struct sums *sums, libtrace_stat_t *statistics)
{
    libtrace_t *trace = open_trace("erf:", path);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0)
        add(sums, packet);
    assert_false(trace_is_err(trace));
    assert_non_null(trace_get_statistics(trace, statistics));
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void read_in_parallel(const char *path, int n_threads, enum hasher_types hasher,
                             struct sums *sums, libtrace_stat_t *statistics)
{
    libtrace_t *trace = open_trace("erf:", path);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, on_packet);
    trace_set_meta_packet_cb(callbacks, on_packet);
    trace_set_perpkt_threads(trace, n_threads);
    trace_set_hasher(trace, hasher, NULL, NULL);
    assert_int_equal(trace_pstart(trace, sums, callbacks, NULL), 0);
    trace_join(trace);
    assert_false(trace_is_err(trace));
    assert_non_null(trace_get_statistics(trace, statistics));
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
}

static void test_serial_is_parallel(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 20000; i++) {
        const struct erf_spec spec = spec_of(i);
        erf_add(&file, &spec, i);
    }
    const char *path = temp_write("file.erf", file.at, file.n, false);
    struct sums serial = {0};
    libtrace_stat_t statistics;
    trace_clear_statistics(&statistics);
    read_serially(path, &serial, &statistics);
    assert_int_equal(load_relaxed(&serial.n_meta), 2500);
    assert_true(load_relaxed(&serial.n_without_data) > 10);
    assert_int_equal(statistics.errors, 40);
    assert_int_equal(statistics.accepted, load_relaxed(&serial.n_packets));
    assert_true(statistics.dropped_valid);
    assert_int_equal(statistics.dropped, 20);
    assert_int_equal(statistics.received,
                     statistics.accepted + statistics.dropped + statistics.errors);

    static const enum hasher_types hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL};
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        for (size_t h = 0; h < ARRAY_LEN(hashers); h++) {
            struct sums parallel = {0};
            libtrace_stat_t others;
            trace_clear_statistics(&others);
            read_in_parallel(path, n_threads, hashers[h], &parallel, &others);
            assert_same(&parallel, &serial);
            assert_int_equal(others.errors, statistics.errors);
            assert_int_equal(others.dropped, statistics.dropped);
            assert_int_equal(others.accepted, statistics.accepted);
        }
    }
    bytes_free(&file);
}

struct watcher {
    libtrace_t *trace;
    _Atomic int is_over;
    _Atomic int n_looks;
    bool went_back;
};

static void *watch(void *argument)
{
    struct watcher *watcher = argument;
    uint64_t last = 0;
    while (!load_acquire(&watcher->is_over)) {
        libtrace_stat_t statistics;
        trace_clear_statistics(&statistics);
        trace_get_statistics(watcher->trace, &statistics);
        watcher->went_back = watcher->went_back || statistics.dropped < last;
        last = statistics.dropped;
        fetch_add_release(&watcher->n_looks, 1);
    }
    return NULL;
}

static void test_losses_seen_by_another_thread(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    spec.loss = UINT16_MAX;
    for (uint32_t i = 0; i < 30000; i++)
        erf_add(&file, &spec, i);
    struct watcher watcher = {
        .trace = open_trace("erf:", temp_write("lossy.erf", file.at, file.n, false))};
    libtrace_packet_t *packet = trace_create_packet();
    pthread_t thread;
    assert_int_equal(trace_start(watcher.trace), 0);
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    while (load_acquire(&watcher.n_looks) == 0)
        continue;
    while (trace_read_packet(watcher.trace, packet) > 0)
        continue;
    store_release(&watcher.is_over, 1); /* pairs with watch() */
    pthread_join(thread, NULL);
    assert_false(watcher.went_back);
    assert_true(trace_get_dropped_packets(watcher.trace) == UINT64_C(65535) * 30000);
    trace_destroy_packet(packet);
    trace_destroy(watcher.trace);
    bytes_free(&file);
}

/* ERF time is finer than nanoseconds; all its bits come back, also from copies. */
static void test_exact_times(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    struct bytes file = {0};
    uint64_t times[500];
    for (uint32_t i = 0; i < ARRAY_LEN(times); i++) {
        struct erf_spec spec = erf_plain;
        spec.time = times[i] = test_random(&random);
        erf_add(&file, &spec, i);
    }
    libtrace_t *trace = open_trace("erf:", temp_write("times.erf", file.at, file.n, false));
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    for (uint32_t i = 0; i < ARRAY_LEN(times); i++) {
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_true(trace_get_erf_timestamp(packet) == times[i]);
        libtrace_packet_t *copy = trace_copy_packet(packet);
        assert_true(trace_get_erf_timestamp(copy) == times[i]);
        trace_destroy_packet(copy);
        const struct timespec time = trace_get_timespec(packet);
        const double exact = (double)(times[i] & UINT32_MAX) * 1e9 / 4294967296.0;
        const double told =
            (double)time.tv_nsec + 1e9 * (double)((uint64_t)time.tv_sec - (times[i] >> 32));
        assert_true(told - exact <= 0.5001 && exact - told <= 0.5001);
    }
    trace_destroy_packet(packet);
    trace_destroy(trace);

    /* Without a record that tells it, it is what the nanoseconds are. */
    packet = trace_create_packet();
    trace_construct_packet(packet, TRACE_TYPE_ETH, "0123456789abcdef", 16);
    const struct timespec now = trace_get_timespec(packet);
    assert_int_equal(trace_get_erf_timestamp(packet) >> 32, now.tv_sec);
    trace_destroy_packet(packet);
    bytes_free(&file);
}

static void assert_format(const char *scheme, const char *path, const char *name, int id)
{
    libtrace_t *trace = open_trace(scheme, path);
    libtrace_packet_t *packet = trace_create_packet();
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    assert_string_equal(trace_get_uri_format(trace), name);
    assert_int_equal(trace_start(trace), 0);
    assert_true(trace_read_packet(trace, packet) > 0);
    assert_int_equal(trace_get_format(packet), id);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void test_names_and_detection(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 100; i++)
        erf_add(&file, &erf_plain, i);
    const char *path = temp_write("file", file.at, file.n, false);
    assert_format("erf:", path, "erf", TRACE_FORMAT_ERF);
    assert_format("ERF:", path, "erf", TRACE_FORMAT_ERF);
    assert_format("rawerf:", path, "rawerf", TRACE_FORMAT_RAWERF);
    assert_format("", path, "erf", TRACE_FORMAT_ERF);
    bytes_free(&file);
}

static void test_settings(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < 100; i++) {
        struct erf_spec spec = erf_plain;
        spec.type = i % 2 ? 27 : 2;
        spec.n_before = i % 2 ? 0 : 2;
        erf_add(&file, &spec, i);
    }
    libtrace_t *trace = open_trace("erf:", temp_write("file.erf", file.at, file.n, false));
    libtrace_packet_t *packet = trace_create_packet();
    int on = 1;
    assert_int_equal(trace_set_event_realtime(trace, true), 0);
    assert_int_equal(trace_config(trace, TRACE_OPTION_DISCARD_META, &on), 0);
    assert_int_equal(trace_set_promisc(trace, true), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_OPTION_UNAVAIL);
    assert_int_equal(trace_set_snaplen(trace, 20), 0);
    assert_int_equal(trace_start(trace), 0);
    for (uint32_t i = 0; i < 50; i++) {
        assert_int_equal(trace_read_packet(trace, packet), 18 + 60);
        assert_false(IS_LIBTRACE_META_PACKET(packet));
        assert_int_equal(packet->order, i);
        assert_int_equal(trace_get_capture_length(packet), 20);
        assert_int_equal(load_be16((const uint8_t *)packet->header + 10), 38);
    }
    assert_int_equal(trace_read_packet(trace, packet), 0);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    bytes_free(&file);
}

static void test_changing_packets(void **state)
{
    (void)state;
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    spec.flags = 0xc7;
    spec.n_extensions = 2;
    erf_add(&file, &spec, 1);
    spec.type = 27;
    spec.n_before = 0;
    erf_add(&file, &spec, 2);
    spec.type = 2;
    spec.flags = 0x14;
    erf_add(&file, &spec, 3);
    libtrace_t *trace = open_trace("erf:", temp_write("file.erf", file.at, file.n, false));
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    assert_true(trace_read_packet(trace, packet) > 0);
    assert_int_equal(trace_get_direction(packet), 15);
    for (int direction = 2; direction >= 0; direction--) {
        assert_int_equal(trace_set_direction(packet, (libtrace_direction_t)direction), direction);
        assert_int_equal(trace_get_direction(packet), direction);
        assert_int_equal(((uint8_t *)packet->header)[9], 4 | direction);
    }
    assert_int_equal(trace_set_direction(packet, (libtrace_direction_t)3), TRACE_DIR_UNKNOWN);
    assert_int_equal(trace_set_direction(packet, TRACE_DIR_UNKNOWN), TRACE_DIR_UNKNOWN);
    assert_int_equal(trace_get_direction(packet), 0);
    assert_int_equal(trace_set_capture_length(packet, 10), 10);
    assert_int_equal(trace_get_capture_length(packet), 10);
    assert_int_equal(trace_get_wire_length(packet), 64);
    assert_int_equal(load_be16((uint8_t *)packet->header + 10), 34 + 10);
    assert_int_equal(trace_set_capture_length(packet, 11), 10);
    assert_int_equal(trace_set_capture_length(packet, 0), 0);

    assert_true(trace_read_packet(trace, packet) > 0);
    assert_int_equal(packet->type, TRACE_RT_ERF_META);
    assert_true(trace_set_capture_length(packet, 10) == (size_t)UINT32_MAX);
    assert_int_equal(trace_get_capture_length(packet), 60);

    assert_true(trace_read_packet(trace, packet) > 0);
    assert_null(packet->payload);
    assert_int_equal(trace_set_capture_length(packet, 10), 0);
    assert_null(trace_get_packet_buffer(packet, NULL, NULL));
    trace_destroy_packet(packet);
    trace_destroy(trace);
    bytes_free(&file);
}

static void test_prepared_packets(void **state)
{
    (void)state;
    libtrace_t *dead = trace_create_dead("erf");
    libtrace_packet_t *packet = trace_create_packet();
    static uint8_t buffer[LIBTRACE_PACKET_BUFSIZE];
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    spec.n_extensions = 1;
    spec.capture = 62;
    spec.wire = 61;
    erf_add(&file, &spec, 1);
    memcpy(buffer, file.at, file.n);
    assert_int_equal(
        trace_prepare_packet(dead, packet, buffer, TRACE_RT_DATA_ERF, TRACE_PREP_DO_NOT_OWN_BUFFER),
        0);
    assert_ptr_equal(packet->payload, buffer + 26);
    assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_ETH);
    assert_int_equal(trace_get_capture_length(packet), 61);
    assert_int_equal(trace_get_wire_length(packet), 61);
    assert_int_equal(trace_get_framing_length(packet), 26);
    assert_int_equal(trace_get_direction(packet), 0);
    assert_true(trace_get_erf_timestamp(packet) == spec.time);

    buffer[9] |= 0x10;
    assert_int_equal(
        trace_prepare_packet(dead, packet, buffer, TRACE_RT_DATA_ERF, TRACE_PREP_DO_NOT_OWN_BUFFER),
        0);
    assert_null(packet->payload);
    assert_int_equal(trace_get_capture_length(packet), 0);

    buffer[8] = 0x80 | 27; /* whatever it was announced as */
    assert_int_equal(
        trace_prepare_packet(dead, packet, buffer, TRACE_RT_DATA_ERF, TRACE_PREP_DO_NOT_OWN_BUFFER),
        0);
    assert_int_equal(packet->type, TRACE_RT_ERF_META);
    assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_ERF_META);
    assert_int_equal(trace_get_capture_length(packet), 64);

    /* Types and lengths that are none */
    static const uint8_t bad[][4] = {
        {49, 4, 0, 88}, {2, 4, 0, 15}, {2, 4, 0, 17}, {48, 4, 0, 88}, {0x82, 4, 0, 24}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        memcpy(buffer + 8, bad[i], 4);
        buffer[16] = 1;
        assert_int_equal(trace_prepare_packet(dead, packet, buffer, TRACE_RT_DATA_ERF,
                                              TRACE_PREP_DO_NOT_OWN_BUFFER),
                         -1);
        assert_int_equal(trace_get_err(dead).err_num, TRACE_ERR_BAD_PACKET);
    }
    assert_int_equal(trace_prepare_packet(dead, packet, buffer, TRACE_RT_DLT_EN10MB,
                                          TRACE_PREP_DO_NOT_OWN_BUFFER),
                     -1);
    assert_int_equal(trace_get_err(dead).err_num, TRACE_ERR_BAD_PACKET);
    trace_destroy_packet(packet);
    trace_destroy_dead(dead);
    bytes_free(&file);
}

/* Through trace_write_packet(), from one ERF file to another and to pcap. */
static void test_writing(void **state)
{
    (void)state;
    struct bytes file = {0};
    char uri[300];
    size_t n_packets = 0;
    for (uint32_t i = 0; i < 2000; i++) {
        struct erf_spec spec = spec_of(i);
        if (i % 500 == 499 || spec.type == 48)
            continue;
        erf_add(&file, &spec, i);
        n_packets += spec.type == 2;
    }
    libtrace_t *trace = open_trace("erf:", temp_write("in.erf", file.at, file.n, false));
    snprintf(uri, sizeof(uri), "rawerf:%s", temp_path("out.erf"));
    libtrace_out_t *same = trace_create_output(uri);
    snprintf(uri, sizeof(uri), "pcapfile:%s", temp_path("out.pcap"));
    libtrace_out_t *pcap = trace_create_output(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start_output(same), 0);
    assert_int_equal(trace_start_output(pcap), 0);
    assert_int_equal(trace_start(trace), 0);
    size_t n_written = 0;
    while (trace_read_packet(trace, packet) > 0) {
        assert_true(trace_write_packet(same, packet) > 0);
        if (((uint8_t *)packet->header)[8] % 128 == 2)
            n_written += trace_write_packet(pcap, packet) >= 16;
    }
    assert_int_equal(n_written, n_packets);
    trace_destroy_packet(packet);
    trace_destroy_output(same);
    trace_destroy_output(pcap);
    trace_destroy(trace);
    struct bytes out = bytes_read_file(temp_path("out.erf"));
    assert_int_equal(out.n, file.n);
    assert_memory_equal(out.at, file.at, file.n);
    bytes_free(&out);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serial_is_parallel),
        cmocka_unit_test(test_losses_seen_by_another_thread),
        cmocka_unit_test(test_exact_times),
        cmocka_unit_test(test_names_and_detection),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_changing_packets),
        cmocka_unit_test(test_prepared_packets),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
