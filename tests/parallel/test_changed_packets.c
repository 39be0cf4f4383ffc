/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What callbacks may do to the packet that they got: make it show something else, read another trace into
 * it, free it or count it down to nothing, and give it back or pass it on. The packets behind it are as ever.
 */
#include <libtrace_parallel.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/atomics.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/test.h"

enum { N_PACKETS = 3000, N_BYTES = 60, EVERY = 7 };

enum deed { PREPARE, READ, READ_AND_PUBLISH, FREE, COUNT_DOWN, N_DEEDS };

static const char *path;
static enum deed deed;
static libtrace_t *dead;
static _Thread_local libtrace_t *other;
static _Atomic uint64_t n_intact, n_reported;
static uint8_t prepared[16 + N_BYTES];

static void check(libtrace_t *trace, libtrace_packet_t *packet)
{
    const struct timeval time = trace_get_timeval(packet); /* its number, in microseconds */
    uint8_t wanted[N_BYTES];
    libtrace_linktype_t link_type;
    uint32_t remaining;
    const void *bytes = trace_get_packet_buffer(packet, &link_type, &remaining);
    pcap_fill_packet(wanted, sizeof(wanted), (uint32_t)time.tv_usec);
    assert_ptr_equal(packet->trace, trace);
    assert_int_equal(trace_packet_get_order(packet), time.tv_usec);
    assert_int_equal(remaining, N_BYTES);
    assert_memory_equal(bytes, wanted, N_BYTES);
    fetch_add_relaxed(&n_intact, 1);
}

static void read_other(libtrace_packet_t *packet)
{
    char uri[400];
    snprintf(uri, sizeof(uri), "pcapfile:%s", path);
    if (!other) {
        other = trace_create(uri);
        assert_int_equal(trace_start(other), 0);
    }
    assert_true(trace_read_packet(other, packet) > 0);
}

/* The packet to give back: NULL when it was passed on. */
static libtrace_packet_t *change(libtrace_t *trace, libtrace_thread_t *thread,
                                 libtrace_packet_t *packet)
{
    const uint64_t order = trace_packet_get_order(packet);
    switch (deed) {
    case PREPARE:
        assert_int_equal(trace_prepare_packet(dead, packet, prepared, TRACE_RT_DATA_DLT + 1,
                                              TRACE_PREP_DO_NOT_OWN_BUFFER),
                         0);
        return packet;
    case READ:
        read_other(packet);
        return packet;
    case READ_AND_PUBLISH:
        read_other(packet);
        trace_publish_result(trace, thread, order, (libtrace_generic_t){.pkt = packet},
                             RESULT_PACKET);
        return NULL;
    case FREE:
        trace_free_packet(trace, packet);
        return packet;
    case COUNT_DOWN:
        trace_increment_packet_refcount(packet);
        trace_decrement_packet_refcount(packet);
        return packet;
    case N_DEEDS:
        break;
    }
    return packet;
}

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    (void)global, (void)tls;
    check(trace, packet);
    return trace_packet_get_order(packet) % EVERY == 3 ? change(trace, thread, packet) : packet;
}

static void on_batch(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                     libtrace_packet_t **packets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        packets[i] = on_packet(trace, thread, global, tls, packets[i]);
}

static void on_result(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                      libtrace_result_t *result)
{
    (void)thread, (void)global, (void)tls;
    assert_int_equal(trace_get_capture_length(result->value.pkt), N_BYTES);
    trace_free_packet(trace, result->value.pkt);
    fetch_add_relaxed(&n_reported, 1);
}

static void on_stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    (void)trace, (void)thread, (void)global, (void)tls;
    if (other)
        trace_destroy(other);
    other = NULL;
}

static void run(bool is_batched, int n_threads, enum hasher_types hasher, size_t tick_count)
{
    char uri[400];
    snprintf(uri, sizeof(uri), "pcapfile:%s", path);
    libtrace_callback_set_t *packets = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    libtrace_t *trace = trace_create(uri);
    if (is_batched)
        trace_set_packet_batch_cb(packets, on_batch);
    else
        trace_set_packet_cb(packets, on_packet);
    trace_set_stopping_cb(packets, on_stop);
    trace_set_result_cb(reporter, on_result);
    trace_set_configuration(trace, "block_size=20000");
    trace_set_perpkt_threads(trace, n_threads);
    trace_set_hasher(trace, hasher, NULL, NULL);
    trace_set_tick_count(trace, tick_count);
    store_relaxed(&n_intact, 0);
    store_relaxed(&n_reported, 0);
    assert_int_equal(trace_pstart(trace, NULL, packets, reporter), 0);
    trace_join(trace);
    assert_false(trace_is_err(trace));
    assert_int_equal(load_relaxed(&n_intact), N_PACKETS);
    assert_int_equal(load_relaxed(&n_reported),
                     deed == READ_AND_PUBLISH ? (N_PACKETS - 3 + EVERY - 1) / EVERY : 0);
    trace_destroy(trace);
    trace_destroy_callback_set(packets);
    trace_destroy_callback_set(reporter);
}

static void test_packets_behind_are_as_ever(void **state)
{
    (void)state;
    struct bytes file = {0};
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < N_PACKETS; i++)
        pcap_add_packet(&file, &pcap_plain, i, 0, i, N_BYTES, N_BYTES);
    path = temp_write("packets.pcap", file.at, file.n, false);
    bytes_free(&file);
    store_u32(prepared + 8, N_BYTES);
    store_u32(prepared + 12, N_BYTES);
    dead = trace_create_dead("pcapfile");
    for (deed = PREPARE; deed < N_DEEDS; deed++)
        for (int is_batched = 0; is_batched < 2; is_batched++)
            for (int n_threads = 1; n_threads <= 2; n_threads++)
                for (size_t tick_count = 0; tick_count < 2; tick_count++) {
                    run(is_batched, n_threads, HASHER_BALANCE, tick_count);
                    run(is_batched, n_threads, HASHER_BIDIRECTIONAL, tick_count);
                }
    trace_destroy_dead(dead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_behind_are_as_ever),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
