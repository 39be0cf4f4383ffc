/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that leave and come back, and the three ways in which one keeps its bytes.
 */
#include "lib/packet/packet.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/threads.h"
#include "tests/support/test.h"

enum { FRAMING = 16, CAPTURE = 100 };

static const struct record_kind kinds[] = {{TRACE_TYPE_ETH, TRACE_RT_DATA_DLT}};

static struct packet_pool *make_pool(void)
{
    struct packet_pool *pool = packet_pool_create();
    assert_non_null(pool);
    return pool;
}

/* As a worker takes one for its next callback. */
static libtrace_packet_t *take(struct packet_pool *pool)
{
    libtrace_packet_t *packet = packet_pool_take(pool);
    assert_non_null(packet);
    assert_null(packet->home);
    assert_null(packet->block);
    assert_null(packet->buffer);
    assert_int_equal(packet->holds_block, 0);
    assert_int_equal(packet->custody, PACKET_OWNED);
    packet->custody = PACKET_IN_HAND;
    return packet;
}

static struct block_pool *make_blocks(size_t budget_bytes)
{
    struct block_pool *pool = block_pool_create(4096, 16, budget_bytes);
    assert_non_null(pool);
    return pool;
}

/* A block with two records whose bytes tell them apart. */
static struct block *make_block(struct block_pool *blocks)
{
    struct block *block = block_take(blocks);
    assert_non_null(block);
    block->kinds = kinds;
    block->first_number = 1000;
    block->n_records = 2;
    memset(block->data, 'h', FRAMING);
    memset(block->data + FRAMING, 'a', CAPTURE);
    memset(block->data + FRAMING + CAPTURE, 'h', FRAMING);
    memset(block->data + FRAMING + CAPTURE + FRAMING, 'b', CAPTURE);
    return block;
}

static void fill(libtrace_packet_t *packet, struct block *block, uint16_t index)
{
    const struct record record = {.offset = index * (uint32_t)(FRAMING + CAPTURE),
                                  .capture = CAPTURE,
                                  .wire = CAPTURE + 4,
                                  .time_ns = 77,
                                  .index = index,
                                  .framing = FRAMING};
    packet_bind(packet, NULL, NULL, block, 3);
    packet_fill(packet, &record);
}

static void assert_shows(const libtrace_packet_t *packet, uint16_t index)
{
    const uint8_t *header = packet->header;
    const uint8_t *payload = packet->payload;
    for (int i = 0; i < FRAMING; i++)
        assert_int_equal(header[i], 'h');
    for (int i = 0; i < CAPTURE; i++)
        assert_int_equal(payload[i], index == 0 ? 'a' : 'b');
    assert_int_equal(packet->order, 1000u + index);
    assert_int_equal(packet->cached.capture_length, CAPTURE);
    assert_int_equal(packet->cached.wire_length, CAPTURE + 4);
    assert_int_equal(packet->time_ns, 77);
    assert_int_equal(packet->which_trace_start, 3);
    assert_int_equal(packet->type, TRACE_RT_DATA_DLT);
}

static void test_put_packet_comes_again(void **state)
{
    (void)state;
    struct packet_pool *pool = make_pool();
    libtrace_packet_t *packet = take(pool);
    packet_pool_put(pool, packet);
    assert_ptr_equal(take(pool), packet);
    packet_pool_put(pool, packet);
    packet_pool_release(&pool);
    assert_null(pool);
    packet_pool_release(&pool);
}

static void test_lent_packet_comes_home(void **state)
{
    (void)state;
    struct packet_pool *pool = make_pool();
    libtrace_packet_t *packet = take(pool);
    packet_pool_lend(pool, packet);
    assert_int_equal(packet->custody, PACKET_OWNED);
    libtrace_packet_t *other = take(pool);
    assert_ptr_not_equal(other, packet);
    packet_free(packet);
    assert_ptr_equal(take(pool), packet);
    packet_pool_put(pool, packet);
    packet_pool_put(pool, other);
    packet_pool_release(&pool);
}

static void *free_packet(void *packet)
{
    packet_free(packet);
    return NULL;
}

static void run_elsewhere(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    assert_int_equal(thread_start(&thread, "elsewhere", run, argument), 0);
    thread_join(thread);
}

static void test_freed_early_on_another_thread(void **state)
{
    (void)state;
    struct packet_pool *pool = make_pool();
    struct block_pool *blocks = make_blocks(1 << 20);
    struct block *block = make_block(blocks);
    libtrace_packet_t *packet = take(pool);
    fill(packet, block, 1);
    assert_int_equal(packet_hold(packet), 0);
    run_elsewhere(free_packet, packet);

    /* the callback that still runs can use it */
    assert_shows(packet, 1);
    assert_int_equal(load_relaxed(&block->refs), 2);
    packet_pool_lend(pool, packet);
    assert_int_equal(load_relaxed(&block->refs), 1);
    assert_ptr_equal(take(pool), packet);
    packet_pool_put(pool, packet);
    packet_pool_release(&pool);
    block_release(&block);
    block_pool_release(&blocks);
}

static void test_put_of_foreign_packets(void **state)
{
    (void)state;
    struct packet_pool *pool = make_pool();
    struct packet_pool *other = make_pool();

    libtrace_packet_t *made = packet_create();
    packet_pool_put(pool, made);
    assert_ptr_equal(take(pool), made);

    /* lent by another pool, which goes with it: the packet belongs to this one now */
    libtrace_packet_t *lent = take(other);
    packet_pool_lend(other, lent);
    packet_pool_release(&other);
    packet_pool_put(pool, lent);
    assert_ptr_equal(take(pool), lent);

    /* lent by this one */
    packet_pool_lend(pool, made);
    packet_pool_put(pool, made);
    assert_ptr_equal(take(pool), made);
    packet_pool_put(pool, made);
    packet_pool_put(pool, lent);
    packet_pool_release(&pool);
}

static void test_pool_outlives_its_creator(void **state)
{
    (void)state;
    struct packet_pool *pool = make_pool();
    struct block_pool *blocks = make_blocks(1 << 20);
    struct block *block = make_block(blocks);
    libtrace_packet_t *packets[2];
    for (uint16_t i = 0; i < 2; i++) {
        packets[i] = take(pool);
        fill(packets[i], block, i);
        packet_pin(packets[i]);
        packet_pool_lend(pool, packets[i]);
    }
    packet_pool_release(&pool);
    block_release(&block);
    block_pool_release(&blocks);
    for (uint16_t i = 0; i < 2; i++) {
        assert_shows(packets[i], i);
        run_elsewhere(free_packet, packets[i]);
    }
}

static void test_free_of_a_packet_without_pool(void **state)
{
    (void)state;
    struct block_pool *blocks = make_blocks(1 << 20);
    struct block *block = make_block(blocks);
    libtrace_packet_t *packet = packet_create();
    fill(packet, block, 0);
    packet_pin(packet);
    packet_free(packet);
    assert_int_equal(load_relaxed(&block->refs), 1);
    block_release(&block);
    block_pool_release(&blocks);
}

static void test_hold_pins_the_block(void **state)
{
    (void)state;
    struct block_pool *blocks = make_blocks(1 << 20);
    struct block *block = make_block(blocks);
    libtrace_packet_t *packet = packet_create();
    fill(packet, block, 1);
    assert_int_equal(packet_hold(packet), 0);
    assert_int_equal(packet_hold(packet), 0);
    packet_pin(packet);
    assert_int_equal(packet->holds_block, 1);
    assert_int_equal(load_relaxed(&block->refs), 2);
    assert_int_equal(block_pool_pinned_bytes(blocks), block_pool_block_bytes(blocks));
    assert_ptr_equal(packet->payload, block->data + 2 * FRAMING + CAPTURE);
    packet_clear(packet);
    assert_null(packet->header);
    assert_int_equal(load_relaxed(&block->refs), 1);
    packet_destroy(packet);
    block_release(&block);
    assert_int_equal(block_pool_pinned_bytes(blocks), 0);
    block_pool_release(&blocks);
}

static void test_hold_copies_where_too_much_is_pinned(void **state)
{
    (void)state;
    struct block_pool *blocks = make_blocks(0);
    assert_true(block_pool_is_crowded(blocks));
    struct block *block = make_block(blocks);
    libtrace_packet_t *copied = packet_create();
    fill(copied, block, 0);
    assert_int_equal(packet_hold(copied), 0);
    assert_int_equal(copied->buf_control, TRACE_CTRL_PACKET);
    assert_int_equal(copied->holds_block, 0);
    assert_int_equal(load_relaxed(&block->refs), 1);

    /* a block that is pinned anyway costs nothing more */
    libtrace_packet_t *pinning = packet_create();
    fill(pinning, block, 1);
    packet_pin(pinning);
    libtrace_packet_t *also = packet_create();
    fill(also, block, 1);
    assert_int_equal(packet_hold(also), 0);
    assert_int_equal(also->holds_block, 1);
    assert_int_equal(load_relaxed(&block->refs), 3);

    packet_destroy(pinning);
    packet_destroy(also);
    memset(block->data, 0, FRAMING + CAPTURE);
    block_release(&block);
    block_pool_release(&blocks);
    assert_shows(copied, 0);
    packet_destroy(copied);
}

static void test_copies(void **state)
{
    (void)state;
    struct block_pool *blocks = make_blocks(1 << 20);
    struct block *block = make_block(blocks);
    libtrace_packet_t *packet = packet_create();
    libtrace_packet_t *copy = packet_create();
    fill(packet, block, 1);
    packet_pin(packet);
    assert_int_equal(packet_copy(copy, packet), 0);
    assert_int_equal(copy->custody, PACKET_OWNED);
    assert_int_equal(packet_copy_out(packet), 0);
    assert_int_equal(packet->holds_block, 0);
    assert_int_equal(load_relaxed(&block->refs), 1);
    block_release(&block);
    block_pool_release(&blocks);
    assert_shows(packet, 1);
    packet_destroy(packet);
    assert_shows(copy, 1);
    packet_destroy(copy);
}

static void test_copy_of_a_record_without_bytes(void **state)
{
    (void)state;
    struct block_pool *blocks = make_blocks(1 << 20);
    struct block *block = make_block(blocks);
    const struct record record = {.capture = 0, .framing = FRAMING, .flags = RECORD_NO_DATA};
    libtrace_packet_t *packet = packet_create();
    libtrace_packet_t *copy = packet_create();
    packet_bind(packet, NULL, NULL, block, 0);
    packet_fill(packet, &record);
    assert_null(packet->payload);
    assert_int_equal(packet_copy(copy, packet), 0);
    assert_null(copy->payload);
    assert_memory_equal(copy->header, packet->header, FRAMING);
    packet_destroy(packet);
    packet_destroy(copy);
    block_release(&block);
    block_pool_release(&blocks);
}

/* One worker lends packets as fast as it can; others free them, often before they are lent. */

enum { N_FREERS = 3, N_PACKETS = 60000, DEPTH = 32, SEEN_SLOTS = 4096 };

struct market {
    _Atomic(libtrace_packet_t *) stalls[DEPTH];
    atomic_bool is_over;
    atomic_int n_damaged;
};

static void *buy(void *argument)
{
    struct market *market = argument;
    for (;;) {
        const bool is_last = load_acquire(&market->is_over);
        int n = 0;
        for (int i = 0; i < DEPTH; i++) {
            libtrace_packet_t *packet = exchange(&market->stalls[i], NULL);
            if (!packet)
                continue;
            const char *payload = packet->payload;
            if (payload[0] != payload[CAPTURE - 1] || packet->order < 1000)
                fetch_add_relaxed(&market->n_damaged, 1);
            packet_free(packet);
            n++;
        }
        if (n == 0 && is_last)
            return NULL;
        if (n == 0)
            sched_yield();
    }
}

/* Notes an address; true the first time. */
static bool is_new(const libtrace_packet_t **seen, const libtrace_packet_t *packet)
{
    size_t at = ((uintptr_t)packet >> 4) % SEEN_SLOTS;
    while (seen[at] && seen[at] != packet)
        at = (at + 1) % SEEN_SLOTS;
    const bool was_unknown = !seen[at];
    seen[at] = packet;
    return was_unknown;
}

static void sell(struct market *market, struct packet_pool *pool, libtrace_packet_t *packet,
                 uint64_t draw)
{
    libtrace_packet_t *none = NULL;
    const bool lends_first = draw & 1;
    if (lends_first)
        packet_pool_lend(pool, packet);
    while (!compare_exchange(&market->stalls[draw / 2 % DEPTH], &none, packet)) {
        none = NULL;
        draw += 2;
        if (draw / 2 % DEPTH == 0)
            sched_yield();
    }
    if (!lends_first)
        packet_pool_lend(pool, packet);
}

static void test_market(void **state)
{
    (void)state;
    static const libtrace_packet_t *seen[SEEN_SLOTS];
    struct market market = {.is_over = false};
    struct packet_pool *pool = make_pool();
    struct block_pool *blocks = make_blocks(1 << 20);
    struct block *block = make_block(blocks);
    uint64_t random = test_seed();
    pthread_t threads[N_FREERS];
    for (int i = 0; i < N_FREERS; i++)
        assert_int_equal(thread_start(&threads[i], "buyer", buy, &market), 0);

    int n_made = 0;
    for (int i = 0; i < N_PACKETS; i++) {
        libtrace_packet_t *packet = packet_pool_take(pool);
        assert_int_equal(packet->custody, PACKET_OWNED);
        packet->custody = PACKET_IN_HAND;
        n_made += is_new(seen, packet);
        fill(packet, block, (uint16_t)(i % 2));
        packet_pin(packet);
        sell(&market, pool, packet, test_random(&random));
    }
    store_release(&market.is_over, true);
    for (int i = 0; i < N_FREERS; i++)
        thread_join(threads[i]);
    assert_int_equal(load_relaxed(&market.n_damaged), 0);
    assert_int_equal(load_relaxed(&block->refs), 1);
    /* they come back: no more were made than can be out at once */
    assert_in_range(n_made, 1, DEPTH + N_FREERS + 1);
    packet_pool_release(&pool);
    block_release(&block);
    block_pool_release(&blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_packet_comes_again),
        cmocka_unit_test(test_lent_packet_comes_home),
        cmocka_unit_test(test_freed_early_on_another_thread),
        cmocka_unit_test(test_put_of_foreign_packets),
        cmocka_unit_test(test_pool_outlives_its_creator),
        cmocka_unit_test(test_free_of_a_packet_without_pool),
        cmocka_unit_test(test_hold_pins_the_block),
        cmocka_unit_test(test_hold_copies_where_too_much_is_pinned),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_copy_of_a_record_without_bytes),
        cmocka_unit_test(test_market),
    };
    alarm(120); /* a deadlock is a failure */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
