/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets that programs make, copy, keep, count and free. Sanitizer builds look after the buffers.
 */
#include "tests/support/test.h"

#include <pthread.h>
#include <string.h>

#include <libtrace.h>
#include <libtrace_parallel.h>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "lib/packet/block.h"
#include "lib/packet/packet.h"
#include "lib/trace/trace.h"

#define HEADER 16

static uint8_t *random_bytes(size_t n, uint64_t *random)
{
    uint8_t *bytes = malloc(n + 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)test_random(random);
    return bytes;
}

static void assert_constructed(const libtrace_packet_t *packet, const void *bytes,
                               uint32_t captured, uint32_t wire)
{
    assert_int_equal(trace_get_capture_length(packet), captured);
    assert_int_equal(trace_get_wire_length(packet), wire);
    assert_int_equal(trace_get_framing_length(packet), HEADER);
    assert_memory_equal(packet->payload, bytes, captured);
    const uint8_t *header = packet->header;
    assert_int_equal(load_u32(header + 8), captured);
    const struct timeval time = trace_get_timeval(packet);
    assert_int_equal(load_u32(header), time.tv_sec);
    assert_int_equal(load_u32(header + 4), time.tv_usec);
}

static void test_construct(void **state)
{
    (void)state;
    uint8_t bytes[60];
    memset(bytes, 0x5a, sizeof(bytes));
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_get_format(packet), TRACE_FORMAT_UNKNOWN);
    const int64_t before_ns = time_now_ns();
    trace_construct_packet(packet, TRACE_TYPE_ETH, bytes, sizeof(bytes));
    const int64_t after_ns = time_now_ns();
    assert_constructed(packet, bytes, 60, 64);
    assert_int_equal(load_u32((const uint8_t *)packet->header + 12), 60);
    assert_true(packet->time_ns > before_ns - NS_PER_US && packet->time_ns <= after_ns);
    assert_int_equal(packet->type, TRACE_RT_DLT_EN10MB);
    assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_ETH);
    assert_int_equal(trace_get_format(packet), TRACE_FORMAT_PCAPFILE);
    assert_int_equal(trace_get_direction(packet), TRACE_DIR_UNKNOWN);
    bytes[0] = 0;
    assert_int_equal(*(const uint8_t *)packet->payload, 0x5a);

    /* Raw IP has no FCS, and is numbered as files do. */
    trace_construct_packet(packet, TRACE_TYPE_NONE, bytes, 20);
    assert_constructed(packet, bytes, 20, 20);
    assert_int_equal(packet->type, TRACE_RT_DATA_DLT + 101);
    /* A link type that pcap has no number for is still what it is. */
    trace_construct_packet(packet, TRACE_TYPE_ATM, bytes, 53);
    assert_constructed(packet, bytes, 53, 53);
    assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_ATM);
    assert_false(IS_LIBTRACE_META_PACKET(packet));
    /* These are none: nothing happens. */
    trace_construct_packet(packet, TRACE_TYPE_UNKNOWN, bytes, 10);
    trace_construct_packet(packet, TRACE_TYPE_CONTENT_INVALID, bytes, 10);
    trace_construct_packet(NULL, TRACE_TYPE_ETH, bytes, 10);
    assert_constructed(packet, bytes, 53, 53);

    trace_construct_packet(packet, TRACE_TYPE_ETH, NULL, 99);
    assert_null(packet->payload);
    assert_int_equal(trace_get_capture_length(packet), 0);
    assert_int_equal(trace_get_wire_length(packet), 103);
    trace_destroy_packet(packet);
}

/* One object shows packets of all sizes, one after the other, copied and not, from itself too. */
static void test_construct_into_one_packet(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    libtrace_packet_t *packet = trace_create_packet();
    for (int round = 0; round < 500; round++) {
        const uint16_t n = (uint16_t)(test_random(&random) >> (48 + test_random(&random) % 16));
        uint8_t *bytes = random_bytes(n, &random);
        if (test_random(&random) % 2) {
            trace_construct_packet(packet, TRACE_TYPE_ETH, bytes, n);
        } else {
            trace_construct_packet_zc(packet, TRACE_TYPE_ETH, bytes, n, 0);
            assert_ptr_equal(packet->payload, bytes);
        }
        assert_constructed(packet, bytes, n, n + 4u);
        if (test_random(&random) % 4 == 0 && n > 0) {
            trace_construct_packet(packet, TRACE_TYPE_ETH, (uint8_t *)packet->payload + 1,
                                   (uint16_t)(n - 1));
            assert_constructed(packet, bytes + 1, n - 1u, n + 3u);
        }
        libtrace_make_packet_safe(packet);
        assert_true((uint8_t *)packet->payload == (uint8_t *)packet->header + HEADER);
        free(bytes);
    }
    trace_destroy_packet(packet);
}

static void test_construct_without_copying(void **state)
{
    (void)state;
    uint8_t *bytes = malloc(100);
    assert_non_null(bytes);
    memset(bytes, 7, 100);
    libtrace_packet_t *packet = trace_create_packet();
    trace_construct_packet_zc(packet, TRACE_TYPE_ETH, bytes, 100, 1500);
    assert_ptr_equal(packet->payload, bytes);
    assert_constructed(packet, bytes, 100, 1504);
    assert_int_equal(load_u32((const uint8_t *)packet->header + 12), 1500);

    libtrace_packet_t *copy = trace_copy_packet(packet);
    assert_constructed(copy, bytes, 100, 1504);
    libtrace_hold_packet(packet);
    assert_ptr_not_equal(packet->payload, bytes);
    uint8_t expected[100];
    memset(expected, 7, 100);
    free(bytes);
    assert_constructed(packet, expected, 100, 1504);
    assert_constructed(copy, expected, 100, 1504);
    trace_destroy_packet(packet);
    trace_destroy_packet(copy);

    packet = trace_create_packet();
    trace_construct_packet_zc(packet, TRACE_TYPE_ETH, NULL, 10, 20);
    assert_null(packet->payload);
    assert_int_equal(trace_get_capture_length(packet), 0);
    libtrace_make_packet_safe(packet);
    trace_destroy_packet(packet);
}

static void test_copy(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    static const uint32_t sizes[] = {0, 1, 60, 65519, 65520, 65535, 100000, 16 << 20};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint8_t *record = random_bytes(HEADER + sizes[i], &random);
        libtrace_packet_t shown = {.format = format_find("pcapfile", 8),
                                   .header = record,
                                   .payload = record + HEADER,
                                   .buffer = record,
                                   .type = TRACE_RT_DLT_EN10MB,
                                   .buf_control = TRACE_CTRL_EXTERNAL,
                                   .order = 11,
                                   .hash = 22,
                                   .time_ns = 33,
                                   .error = 44,
                                   .which_trace_start = 3,
                                   .refcount = 9,
                                   .cached = {.capture_length = sizes[i],
                                              .wire_length = sizes[i] + 4,
                                              .framing_length = HEADER,
                                              .link_type = TRACE_TYPE_ETH}};
        libtrace_packet_t *copy = trace_copy_packet(&shown);
        assert_non_null(copy);
        assert_int_equal(copy->buf_control, TRACE_CTRL_PACKET);
        assert_ptr_not_equal(copy->buffer, record);
        assert_memory_equal(copy->header, record, HEADER);
        assert_memory_equal(copy->payload, record + HEADER, sizes[i]);
        free(record);
        assert_int_equal(copy->type, TRACE_RT_DLT_EN10MB);
        assert_int_equal(copy->order, 11);
        assert_int_equal(copy->hash, 22);
        assert_int_equal(copy->time_ns, 33);
        assert_int_equal(copy->error, 44);
        assert_int_equal(copy->which_trace_start, 3);
        assert_int_equal(copy->refcount, 0);
        assert_int_equal(trace_get_capture_length(copy), sizes[i]);
        assert_int_equal(trace_get_wire_length(copy), sizes[i] + 4);
        libtrace_packet_t *again = trace_copy_packet(copy);
        trace_destroy_packet(copy);
        assert_int_equal(trace_get_capture_length(again), sizes[i]);
        trace_destroy_packet(again);
    }
    libtrace_packet_t *empty = trace_create_packet();
    assert_null(trace_copy_packet(NULL));
    assert_null(trace_copy_packet(empty));
    trace_destroy_packet(empty);
    trace_destroy_packet(NULL);
}

/* A record as a program has it in memory. */
static uint8_t *make_record(uint32_t capture, uint32_t wire)
{
    uint8_t *record = malloc(HEADER + capture);
    assert_non_null(record);
    memset(record, 0xee, HEADER + capture);
    store_u32(record, 1000);
    store_u32(record + 4, 250000);
    store_u32(record + 8, capture);
    store_u32(record + 12, wire);
    return record;
}

static void test_prepare(void **state)
{
    (void)state;
    libtrace_t *trace = trace_create_dead("pcapfile");
    libtrace_packet_t *packet = trace_create_packet();
    uint8_t *record = make_record(50, 1000);
    packet->cached.decoded = 0xff;
    assert_int_equal(trace_prepare_packet(trace, packet, record, TRACE_RT_DLT_EN10MB,
                                          TRACE_PREP_DO_NOT_OWN_BUFFER),
                     0);
    assert_ptr_equal(packet->header, record);
    assert_ptr_equal(packet->payload, record + HEADER);
    assert_ptr_equal(packet->trace, trace);
    assert_int_equal(trace_get_capture_length(packet), 50);
    assert_int_equal(trace_get_wire_length(packet), 1004);
    assert_int_equal(trace_get_framing_length(packet), HEADER);
    assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_ETH);
    assert_int_equal(trace_get_format(packet), TRACE_FORMAT_PCAPFILE);
    assert_int_equal(packet->cached.decoded, 0);

    /* The packet now owns a second record; the first is still ours. */
    uint8_t *owned = make_record(60, 60);
    assert_int_equal(
        trace_prepare_packet(trace, packet, owned, TRACE_RT_DATA_DLT + 101, TRACE_PREP_OWN_BUFFER),
        0);
    free(record);
    assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_NONE);
    assert_int_equal(trace_get_wire_length(packet), 60);
    assert_int_equal(packet->buf_control, TRACE_CTRL_PACKET);

    /* Its own buffer once more. */
    store_u32(owned + 8, 40);
    assert_int_equal(trace_prepare_packet(trace, packet, packet->buffer, TRACE_RT_DATA_DLT + 101,
                                          TRACE_PREP_OWN_BUFFER),
                     0);
    assert_int_equal(trace_get_capture_length(packet), 40);
    trace_destroy_dead(trace);
    assert_int_equal(trace_get_capture_length(packet), 40);
    trace_destroy_packet(packet);
}

static int take_error(libtrace_t *trace)
{
    return trace_get_err(trace).err_num;
}

static void test_prepare_refuses(void **state)
{
    (void)state;
    libtrace_t *trace = trace_create_dead("pcapfile");
    libtrace_packet_t *packet = trace_create_packet();
    uint8_t *record = make_record(50, 50);
    assert_int_equal(trace_prepare_packet(NULL, packet, record, TRACE_RT_DLT_EN10MB, 0),
                     TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_prepare_packet(trace, NULL, record, TRACE_RT_DLT_EN10MB, 0), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_NULL_PACKET);
    assert_int_equal(trace_prepare_packet(trace, packet, NULL, TRACE_RT_DLT_EN10MB, 0), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_NULL_BUFFER);
    assert_int_equal(trace_prepare_packet(trace, packet, record, TRACE_RT_DLT_EN10MB, 2), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);

    /* A header that claims more than any buffer holds: the packet is empty, the buffer ours. */
    static const uint32_t claims[] = {LIBTRACE_PACKET_BUFSIZE - HEADER + 1, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < ARRAY_LEN(claims); i++) {
        store_u32(record + 8, claims[i]);
        assert_int_equal(
            trace_prepare_packet(trace, packet, record, TRACE_RT_DLT_EN10MB, TRACE_PREP_OWN_BUFFER),
            -1);
        assert_int_equal(take_error(trace), TRACE_ERR_BAD_PACKET);
        assert_int_equal(trace_get_link_type(packet), TRACE_TYPE_CONTENT_INVALID);
        assert_null(packet->buffer);
    }
    free(record);
    trace_destroy_packet(packet);
    trace_destroy_dead(trace);
}

/* A packet in a block that somebody else keeps alive for now. */
struct shown {
    struct block_pool *pool;
    struct block *block;
    libtrace_packet_t *packet;
};

static const struct record_kind kinds[] = {{TRACE_TYPE_ETH, TRACE_RT_DLT_EN10MB}};

static struct shown show_in_block(size_t budget_bytes)
{
    struct shown shown;
    shown.pool = block_pool_create(4096, 16, budget_bytes);
    shown.block = block_take(shown.pool);
    assert_non_null(shown.block);
    memset(shown.block->data, 0x33, HEADER + 64);
    block_set_context(shown.block, NULL, kinds);
    shown.packet = trace_create_packet();
    packet_bind(shown.packet, NULL, format_find("pcapfile", 8), shown.block, 1);
    packet_fill(shown.packet, &(struct record){.capture = 64, .wire = 68, .framing = HEADER});
    return shown;
}

static void end_block(struct shown *shown)
{
    block_release(&shown->block);
    block_pool_release(&shown->pool);
}

static void assert_still_there(const libtrace_packet_t *packet)
{
    uint8_t expected[HEADER + 64];
    memset(expected, 0x33, sizeof(expected));
    assert_memory_equal(packet->header, expected, HEADER);
    assert_memory_equal(packet->payload, expected, 64);
}

static void test_hold_and_make_safe(void **state)
{
    (void)state;
    struct shown shown = show_in_block(1 << 20);
    void *payload = shown.packet->payload;
    libtrace_hold_packet(shown.packet);
    libtrace_hold_packet(shown.packet);
    assert_ptr_equal(shown.packet->payload, payload); /* nothing was copied */
    assert_true(shown.packet->holds_block);
    end_block(&shown);
    assert_still_there(shown.packet);
    libtrace_make_packet_safe(shown.packet); /* lets go of the block */
    assert_ptr_not_equal(shown.packet->payload, payload);
    assert_int_equal(shown.packet->buf_control, TRACE_CTRL_PACKET);
    assert_still_there(shown.packet);
    payload = shown.packet->payload;
    libtrace_make_packet_safe(shown.packet);
    assert_ptr_equal(shown.packet->payload, payload);
    trace_destroy_packet(shown.packet);

    shown = show_in_block(1 << 20);
    libtrace_make_packet_safe(shown.packet);
    end_block(&shown);
    assert_still_there(shown.packet);
    trace_destroy_packet(shown.packet);

    libtrace_packet_t *empty = trace_create_packet();
    libtrace_hold_packet(empty);
    libtrace_make_packet_safe(empty);
    libtrace_hold_packet(NULL);
    libtrace_make_packet_safe(NULL);
    trace_destroy_packet(empty);
}

static void test_order_and_hash(void **state)
{
    (void)state;
    libtrace_packet_t *packet = trace_create_packet();
    trace_packet_set_order(packet, UINT64_MAX);
    trace_packet_set_hash(packet, 5);
    assert_int_equal(trace_packet_get_order(packet), UINT64_MAX);
    assert_int_equal(trace_packet_get_hash(packet), 5);
    trace_packet_set_order(NULL, 1);
    trace_packet_set_hash(NULL, 1);
    assert_int_equal(trace_packet_get_order(NULL), 0);
    assert_int_equal(trace_packet_get_hash(NULL), 0);
    assert_int_equal(trace_get_format(NULL), TRACE_FORMAT_UNKNOWN);
    trace_destroy_packet(packet);
}

#define N_THREADS 4
#define N_ROUNDS  20000

static void *count_up_and_down(void *argument)
{
    libtrace_packet_t *packet = argument;
    for (int i = 0; i < N_ROUNDS; i++) {
        trace_increment_packet_refcount(packet);
        trace_decrement_packet_refcount(packet);
    }
    trace_decrement_packet_refcount(packet); /* the last one frees it */
    return NULL;
}

static void test_refcount(void **state)
{
    (void)state;
    libtrace_packet_t *packet = trace_create_packet();
    packet->refcount = -7;
    trace_increment_packet_refcount(packet);
    assert_int_equal(packet->refcount, 1);
    trace_increment_packet_refcount(packet);
    trace_decrement_packet_refcount(packet);
    /* What it shows changes nothing about who counts on it. */
    trace_construct_packet(packet, TRACE_TYPE_ETH, "abc", 3);
    assert_int_equal(packet->refcount, 1);
    trace_decrement_packet_refcount(packet);
    trace_increment_packet_refcount(NULL);
    trace_decrement_packet_refcount(NULL);

    packet = trace_create_packet();
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        trace_increment_packet_refcount(packet);
    assert_int_equal(packet->refcount, N_THREADS);
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up_and_down, packet), 0);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void *construct_many(void *argument)
{
    libtrace_packet_t *packet = trace_create_packet();
    for (uint16_t i = 0; i < 1000; i++)
        trace_construct_packet(packet, TRACE_TYPE_ETH, argument, i % 64);
    trace_destroy_packet(packet);
    return NULL;
}

static void test_construct_on_many_threads(void **state)
{
    (void)state;
    static char bytes[64];
    pthread_t threads[N_THREADS];
    for (int i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, construct_many, bytes), 0);
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_construct),
        cmocka_unit_test(test_construct_into_one_packet),
        cmocka_unit_test(test_construct_without_copying),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_prepare),
        cmocka_unit_test(test_prepare_refuses),
        cmocka_unit_test(test_hold_and_make_safe),
        cmocka_unit_test(test_order_and_hash),
        cmocka_unit_test(test_refcount),
        cmocka_unit_test(test_construct_on_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
