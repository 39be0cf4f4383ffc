/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules 10 and 11 of the engine: whose the packets are, and what memory they take.
 */
#include "tests/parallel/stage.h"

enum { MAX_KEPT = 30000 };

static struct {
    struct tally n_meta, gone;
    libtrace_packet_t *kept[MAX_KEPT]; /* by number */
    _Atomic(libtrace_packet_t *) handed_over;
    libtrace_packet_t *before[SCENE_MAX_THREADS];
    _Atomic uint64_t n_swapped;
    size_t most_pinned;
} now;

/* Rule 10. */

static libtrace_packet_t *keep_all(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                                   libtrace_packet_t *packet)
{
    const uint64_t number = mock_number(packet);
    if (number < MAX_KEPT)
        now.kept[number] = packet;
    count_packet(trace, t, global, tls, packet);
    return NULL;
}

static void *free_kept(void *argument)
{
    const uint64_t n = *(const uint64_t *)argument;
    for (uint64_t i = 0; i < n; i++) {
        CHECK(now.kept[i] && mock_number(now.kept[i]) == i && mock_is_intact(now.kept[i]));
        trace_free_packet(NULL, now.kept[i]);
    }
    return NULL;
}

static void keep_past_the_trace(int n_threads, int hasher, const char *memory)
{
    uint64_t n = 2000;
    struct stage *stage = stage_create_for(keep_all, 10);
    mock_add_records(stage->mock, n);
    stage_run(stage, hasher, "perpkt_threads=%d,memory=%s", n_threads, memory);
    stage_destroy_trace(stage);
    assert_int_equal(tally_of(&scene.n_packets), n);
    thread_join(start_thread(free_kept, &n));
    stage_end(stage);
}

static void rule_10_kept_packets_outlive_the_trace(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= 3; n_threads++) {
        keep_past_the_trace(n_threads, HASHER_BALANCE, "0");
        keep_past_the_trace(n_threads, HASHER_BIDIRECTIONAL, "0");
        keep_past_the_trace(n_threads, HASHER_BIDIRECTIONAL, "100000");
    }
}

/* Gives back the packet of five calls before, or for every seventh nothing. */
static libtrace_packet_t *swap(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                               libtrace_packet_t *packet)
{
    libtrace_packet_t **before = &now.before[id_of(t)];
    count_packet(trace, t, global, tls, packet);
    if (*before)
        CHECK(mock_is_intact(*before) && *before != packet);
    libtrace_packet_t *back = *before;
    if (mock_number(packet) % 7 == 0 && back) {
        trace_free_packet(trace, back);
        back = NULL;
    }
    if (mock_number(packet) % 11 == 0 && back)
        return packet; /* this one, and the other is still kept */
    *before = packet;
    fetch_add_relaxed(&now.n_swapped, back != NULL);
    return back;
}

static void rule_10_other_packet_is_taken_instead(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        struct stage *stage = stage_create_for(swap, 10);
        mock_add_records(stage->mock, 3000);
        stage_run(stage, hasher, "perpkt_threads=3");
        assert_int_equal(tally_of(&scene.n_packets), 3000);
        assert_true(load_relaxed(&now.n_swapped) > 1000);
        for (int i = 0; i < 3; i++) {
            if (now.before[i])
                trace_free_packet(stage->trace, now.before[i]);
        }
        stage_end(stage);
    }
}

/* A copy of the program's own is taken too. */
static libtrace_packet_t *give_a_copy(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                      void *tls, libtrace_packet_t *packet)
{
    const uint64_t number = mock_number(packet);
    count_packet(trace, t, global, tls, packet);
    libtrace_packet_t *copy = trace_copy_packet(packet);
    CHECK(mock_is_intact(copy));
    if (number % 2 == 0) {
        trace_destroy_packet(copy);
        return packet;
    }
    trace_free_packet(trace, packet); /* before the callback has returned: the program keeps none */
    CHECK(mock_is_intact(packet));
    return copy;
}

static void rule_10_copies_of_the_program_are_taken(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(give_a_copy, 10);
    mock_add_records(stage->mock, 1000);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 1000);
    stage_end(stage);
}

/* Another thread frees each packet while its callback still runs. */
static libtrace_packet_t *hand_over(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    const uint32_t n_before = tally_of(&now.gone);
    const uint64_t number = mock_number(packet);
    store_release(&now.handed_over, packet);
    tally_add(&scene.arrived, 1);
    tally_await(&now.gone, n_before + 1);
    CHECK_EQUAL(mock_number(packet), number);
    count_packet(trace, t, global, tls, packet);
    return NULL;
}

static void *take_over(void *argument)
{
    (void)argument;
    for (uint32_t i = 1; i <= 500; i++) {
        tally_await(&scene.arrived, i);
        trace_free_packet(scene.stage->trace, exchange(&now.handed_over, NULL));
        tally_add(&now.gone, 1);
    }
    return NULL;
}

static void rule_10_freed_on_another_thread_during_the_callback(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(hand_over, 10);
    mock_add_records(stage->mock, 500);
    stage_open(stage, "perpkt_threads=1");
    const pthread_t thread = start_thread(take_over, NULL);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    thread_join(thread);
    assert_int_equal(tally_of(&scene.n_packets), 500);
    stage_end(stage);
}

/* Two users, the last of whom frees it. */
static libtrace_packet_t *count_users(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                      void *tls, libtrace_packet_t *packet)
{
    count_packet(trace, t, global, tls, packet);
    trace_increment_packet_refcount(packet);
    trace_increment_packet_refcount(packet);
    now.kept[mock_number(packet)] = packet;
    return NULL;
}

static void *drop_users(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++) {
        CHECK(mock_is_intact(now.kept[i]));
        trace_decrement_packet_refcount(now.kept[i]);
    }
    return NULL;
}

static void rule_10_counted_users(void **state)
{
    (void)state;
    pthread_t threads[2];
    struct stage *stage = stage_create_for(count_users, 10);
    mock_add_records(stage->mock, 500);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    trace_join(stage->trace);
    stage_destroy_trace(stage);
    for (int i = 0; i < 2; i++)
        threads[i] = start_thread(drop_users, NULL);
    for (int i = 0; i < 2; i++)
        thread_join(threads[i]);
    stage_end(stage);
}

static libtrace_packet_t *make_safe(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    libtrace_make_packet_safe(packet);
    libtrace_make_packet_safe(packet);
    CHECK_EQUAL(packet->buf_control, TRACE_CTRL_PACKET);
    count_packet(trace, t, global, tls, packet);
    if (mock_number(packet) % 3 == 0) {
        trace_free_packet(trace, packet);
        return NULL;
    }
    if (mock_number(packet) % 3 == 1)
        libtrace_hold_packet(packet);
    return packet;
}

static void rule_10_packets_made_safe(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(make_safe, 10);
    mock_add_records(stage->mock, 2000);
    stage_run(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    assert_int_equal(tally_of(&scene.n_packets), 2000);
    stage_end(stage);
}

static libtrace_packet_t *hold(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                               libtrace_packet_t *packet)
{
    libtrace_hold_packet(packet);
    return count_packet(trace, t, global, tls, packet);
}

static void rule_10_packets_held_and_given_back(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(hold, 10);
    mock_add_records(stage->mock, 2000);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 2000);
    for (int w = 0; w < 2; w++)
        assert_int_equal(load_relaxed(&stage_engine(stage)->workers[w].own.block->refs), 1);
    stage_end(stage);
}

static void only_meta(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->flags = number % 2 ? RECORD_META : 0;
}

static uint64_t hash_by_number(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    return mock_number(packet) / 2;
}

static libtrace_packet_t *expect_meta_thread(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                             void *tls, libtrace_packet_t *packet)
{
    const bool is_custom = global != NULL;
    CHECK(IS_LIBTRACE_META_PACKET(packet));
    CHECK_EQUAL(id_of(t), is_custom ? mock_number(packet) / 2 % 3 : 0);
    tally_add(&now.n_meta, 1);
    return count_packet(trace, t, global, tls, packet);
}

static void rule_10_meta_records(void **state)
{
    (void)state;
    for (int is_custom = 0; is_custom < 2; is_custom++) {
        struct stage *stage = stage_create_for(count_packet, 10);
        trace_set_meta_packet_cb(stage->packets, expect_meta_thread);
        stage->mock->generate = only_meta;
        mock_add_records(stage->mock, 1000);
        stage_open(stage, "perpkt_threads=3");
        trace_set_hasher(stage->trace, is_custom ? HASHER_CUSTOM : HASHER_UNIDIRECTIONAL,
                         is_custom ? hash_by_number : NULL, NULL);
        stage_start(stage, is_custom ? &now : NULL);
        trace_join(stage->trace);
        assert_int_equal(tally_of(&scene.n_packets), 1000);
        assert_int_equal(tally_of(&now.n_meta), 500);
        assert_int_equal(STAGE_SUM(stage, accepted), 500); /* meta records are not packets */
        stage_end(stage);
    }
}

/* Rule 11. */

/* What the engine has taken, if every block is full of records. */
static size_t memory_of(const struct stage *stage)
{
    const struct parallel *parallel = stage_engine(stage);
    const struct ring *ring = &parallel->ring;
    size_t block_bytes = 0, n_blocks = 0;
    for (uint32_t i = 0; i < ring->n_slots; i++)
        n_blocks += ring->slots[i].block != NULL;
    for (int w = 0; w < parallel->n_workers; w++)
        n_blocks += parallel->workers[w].own.block != NULL;
    struct block *block = block_take(parallel->pool);
    assert_non_null(block);
    block_bytes = block->capacity + block->max_records * sizeof(uint32_t);
    block_release(&block);

    size_t bytes = n_blocks * block_bytes;
    if (ring->slots[0].records)
        bytes += (size_t)ring->n_slots * ring->max_records * sizeof(struct record);
    if (ring->slots[0].hashes)
        bytes += (size_t)ring->n_slots * ring->max_records * sizeof(uint64_t);
    if (parallel->is_hashed)
        bytes += (size_t)parallel->n_workers * ring->max_records *
                 (sizeof(struct record) + sizeof(uint32_t));
    return bytes;
}

static void rule_11_default_is_32_mebibytes(void **state)
{
    (void)state;
    static const int n_threads[] = {1, 2, 3, 8, 40, 100};
    for (size_t i = 0; i < ARRAY_LEN(n_threads); i++) {
        for (int hasher = HASHER_BALANCE; hasher <= HASHER_CUSTOM; hasher++) {
            struct stage *stage = stage_create_for(count_packet, 10);
            mock_add_records(stage->mock, 100);
            stage_open(stage, "perpkt_threads=%d", n_threads[i]);
            trace_set_hasher(stage->trace, (enum hasher_types)hasher,
                             hasher == HASHER_CUSTOM ? hash_by_number : NULL, NULL);
            stage_start(stage, NULL);
            trace_join(stage->trace);
            assert_in_range(memory_of(stage), 1, TUNING_MEMORY_BYTES);
            stage_end(stage);
        }
    }
}

static libtrace_packet_t *keep_and_look(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                        void *tls, libtrace_packet_t *packet)
{
    const size_t pinned = block_pool_pinned_bytes(parallel_started(trace)->pool);
    now.most_pinned = pinned > now.most_pinned ? pinned : now.most_pinned;
    return keep_all(trace, t, global, tls, packet);
}

/* Past a limit it is the packets' bytes that are kept, not whole blocks. */
static void rule_11_kept_packets_are_copied_past_a_limit(void **state)
{
    (void)state;
    for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
        uint64_t n = HAS_SANITIZER ? 5000 : MAX_KEPT;
        struct stage *stage = stage_create_for(keep_and_look, 10);
        stage->mock->n_flows = 1; /* one worker keeps them all, and looks */
        mock_add_records(stage->mock, n);
        stage_run(stage, hasher, "perpkt_threads=%d,memory=4M,block_size=65536",
                  hasher == HASHER_BALANCE ? 1 : 2);
        assert_int_equal(tally_of(&scene.n_packets), n);
        const size_t block_bytes = block_pool_block_bytes(stage_engine(stage)->pool);
        assert_in_range(now.most_pinned, block_bytes, (4 << 20) + 2 * block_bytes);
        free_kept(&n);
        assert_int_equal(block_pool_pinned_bytes(stage_engine(stage)->pool), 0);
        stage_end(stage);
    }
}

static void one_huge(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    if (number % 100 == 50)
        record->capture = 5 << 20;
    record->wire = record->capture + 4;
}

static void rule_11_oversize_record_is_admitted(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        struct stage *stage = stage_create_for(count_packet, 10);
        stage->mock->is_positional = variant & 1;
        stage->mock->generate = one_huge;
        mock_add_records(stage->mock, 200);
        stage_run(stage, variant & 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE,
                  "perpkt_threads=2,memory=1M");
        assert_int_equal(tally_of(&scene.n_packets), 200);
        stage_end(stage);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(rule_10_kept_packets_outlive_the_trace),
        PARALLEL_TEST(rule_10_other_packet_is_taken_instead),
        PARALLEL_TEST(rule_10_copies_of_the_program_are_taken),
        PARALLEL_TEST(rule_10_freed_on_another_thread_during_the_callback),
        PARALLEL_TEST(rule_10_counted_users),
        PARALLEL_TEST(rule_10_packets_made_safe),
        PARALLEL_TEST(rule_10_packets_held_and_given_back),
        PARALLEL_TEST(rule_10_meta_records),
        PARALLEL_TEST(rule_11_default_is_32_mebibytes),
        PARALLEL_TEST(rule_11_kept_packets_are_copied_past_a_limit),
        PARALLEL_TEST(rule_11_oversize_record_is_admitted),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
