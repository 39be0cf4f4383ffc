/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The batch callback: the same packets in the same order as one by one, and whose they are. The matrix
 * plays it with all other settings.
 */
#include "tests/parallel/stage.h"

enum { MAX_EVENTS = 20000, MAX_KEPT = 4000 };

/* What a thread is told, in its order. */
enum event_kind {
    EVENT_PACKET,
    EVENT_META,
    EVENT_META_CALL,
    EVENT_TICK,
    EVENT_PAUSING,
    EVENT_RESUMING
};

struct event {
    enum event_kind kind;
    uint64_t number;
    uint64_t hash;
    size_t capture;
};

struct diary {
    struct event events[MAX_EVENTS];
    size_t n;
};

static struct {
    struct diary diaries[SCENE_MAX_THREADS];
    libtrace_packet_t *kept[MAX_KEPT];
    _Atomic uint64_t n_batches, n_full, n_single;
    uint64_t stop_at;
    int how; /* keeping */
} now;

static void note(libtrace_thread_t *t, enum event_kind kind, uint64_t number,
                 const libtrace_packet_t *packet)
{
    struct diary *diary = &now.diaries[id_of(t)];
    CHECK(diary->n < MAX_EVENTS);
    diary->events[diary->n++ % MAX_EVENTS] = (struct event){
        kind, number, packet ? trace_packet_get_hash((libtrace_packet_t *)(uintptr_t)packet) : 0,
        packet ? trace_get_capture_length(packet) : 0};
}

static libtrace_packet_t *note_packet(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                      void *tls, libtrace_packet_t *packet)
{
    note(t, IS_LIBTRACE_META_PACKET(packet) ? EVENT_META : EVENT_PACKET, mock_number(packet),
         packet);
    return count_packet(trace, t, global, tls, packet);
}

static libtrace_packet_t *note_meta(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    CHECK(IS_LIBTRACE_META_PACKET(packet));
    note(t, EVENT_META_CALL, mock_number(packet), packet);
    return count_packet(trace, t, global, tls, packet);
}

static void note_batch(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                       libtrace_packet_t **packets, size_t n)
{
    CHECK(n >= 1 && n <= TRACE_MAX_BATCH);
    fetch_add_relaxed(&now.n_batches, 1);
    fetch_add_relaxed(&now.n_full, n == TRACE_MAX_BATCH);
    fetch_add_relaxed(&now.n_single, n == 1);
    for (size_t i = 0; i < n; i++) {
        CHECK(n == 1 || !IS_LIBTRACE_META_PACKET(packets[i]));
        note_packet(trace, t, global, tls, packets[i]);
    }
}

static void note_tick(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                      uint64_t order)
{
    (void)trace, (void)global, (void)tls;
    note(t, EVENT_TICK, order, NULL);
}

static void note_pausing(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    (void)trace, (void)global, (void)tls;
    note(t, EVENT_PAUSING, 0, NULL);
}

static void note_resuming(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    (void)trace, (void)global, (void)tls;
    note(t, EVENT_RESUMING, 0, NULL);
}

/* What comes is the same; without a hasher several threads share it as it happens. */

struct variant {
    int n_threads;
    int hasher;
    int tick_count;     /* 0: none */
    bool has_meta;      /* some records are no packets */
    bool has_meta_call; /* a callback of their own gets them */
    bool has_filter;
    int snaplen;       /* 0: none */
    bool is_gated;     /* a pause in the middle */
    bool is_paced;     /* tracetime */
    uint32_t in_block; /* records */
};

static uint64_t hash_by_number(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    return mock_number(packet) / 3 * UINT64_C(0x100000001);
}

static void some_meta(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->flags = number % 41 == 7 || number % 97 == 8 ? RECORD_META
                    : number % 53 == 4                   ? RECORD_SKIP
                                                         : 0;
}

static void run(const struct variant *v, bool is_batched)
{
    struct stage *stage = stage_create();
    stage->mock->records_per_block = v->in_block;
    stage->mock->generate = v->has_meta ? some_meta : NULL;
    if (is_batched)
        trace_set_packet_batch_cb(stage->packets, note_batch);
    else
        trace_set_packet_cb(stage->packets, note_packet);
    if (v->has_meta_call)
        trace_set_meta_packet_cb(stage->packets, note_meta);
    trace_set_tick_count_cb(stage->packets, note_tick);
    trace_set_pausing_cb(stage->packets, note_pausing);
    trace_set_resuming_cb(stage->packets, note_resuming);
    if (v->is_gated)
        stage_add_gated(stage, 1111, 1500);
    else
        mock_add_records(stage->mock, 2611);
    stage_open(stage, "perpkt_threads=%d,tick_count=%d", v->n_threads, v->tick_count);
    trace_set_hasher(stage->trace, (enum hasher_types)v->hasher,
                     v->hasher == HASHER_CUSTOM ? hash_by_number : NULL, NULL);
    if (v->has_filter)
        trace_destroy_filter(stage_set_filter(stage, "src host 10.0.0.3 or src host 10.0.0.4"));
    if (v->snaplen)
        assert_int_equal(trace_set_snaplen(stage->trace, v->snaplen), 0);
    if (v->is_paced)
        assert_int_equal(trace_set_tracetime(stage->trace, true), 0);
    stage_start(stage, NULL);
    if (v->is_gated) {
        AWAIT(load_relaxed(&stage->mock->n_again) > 0);
        assert_int_equal(trace_ppause(stage->trace), 0);
        mock_open_gate(stage->mock, 0);
        stage_start(stage, NULL);
    }
    trace_join(stage->trace);
    stage_end(stage);
}

static void expect_same(const struct variant *v)
{
    static struct diary before[SCENE_MAX_THREADS];
    run(v, false);
    memcpy(before, now.diaries, sizeof(before));
    run(v, true);
    size_t n = 0;
    for (int t = 0; t < v->n_threads; t++) {
        const struct diary *one = &before[t], *other = &now.diaries[t];
        assert_int_equal(other->n, one->n);
        for (size_t i = 0; i < one->n; i++) {
            assert_int_equal(other->events[i].kind, one->events[i].kind);
            assert_int_equal(other->events[i].number, one->events[i].number);
            assert_int_equal(other->events[i].hash, one->events[i].hash);
            assert_int_equal(other->events[i].capture, one->events[i].capture);
        }
        n += one->n;
    }
    assert_true(n > 0);
}

static void each_thread_is_told_the_same(void **state)
{
    (void)state;
    static const int n_threads[] = {1, 2, 5};
    for (size_t i = 0; i < ARRAY_LEN(n_threads); i++) {
        for (int hasher = HASHER_BALANCE; hasher <= HASHER_CUSTOM; hasher++) {
            if (hasher == HASHER_BALANCE && n_threads[i] > 1)
                continue;
            for (unsigned bits = 0; bits < 1u << 6; bits += HAS_SANITIZER ? 5 : 1) {
                const struct variant v = {
                    .n_threads = n_threads[i],
                    .hasher = hasher,
                    .tick_count = bits & 1 ? 37 : 0,
                    .has_meta = bits & 2,
                    .has_meta_call = bits & 4,
                    .has_filter = bits & 8,
                    .snaplen = bits & 16 ? 20 : 0,
                    .is_gated = bits & 32,
                    .in_block = bits & 1 ? 100 : 77,
                };
                expect_same(&v);
                watchdog_pat();
            }
        }
    }
}

static void paced_packets_come_alone(void **state)
{
    (void)state;
    const struct variant v = {.n_threads = 1, .is_paced = true, .in_block = 100};
    expect_same(&v);
    assert_int_equal(load_relaxed(&now.n_batches), 2611);
    assert_int_equal(load_relaxed(&now.n_single), 2611);
}

static void batches_are_as_large_as_can_be(void **state)
{
    (void)state;
    run(&(struct variant){.n_threads = 1, .in_block = 10 * TRACE_MAX_BATCH}, true);
    assert_int_equal(load_relaxed(&now.n_full), 2611 / TRACE_MAX_BATCH);
    assert_int_equal(load_relaxed(&now.n_batches), 2611 / TRACE_MAX_BATCH + 1);
    /* behind records 0, 37, 74, ...: of 37 the first 32, then 5 */
    run(&(struct variant){.n_threads = 1, .in_block = 10000, .tick_count = 37}, true);
    assert_in_range(load_relaxed(&now.n_batches), 2611 / 37 * 2, 2611 / 37 * 4);
}

/* Whose the packets are. */

enum { KEEP_SOME, KEEP_ALL, GIVE_BACK_OLDER, SHUFFLE, COPY, MAKE_SAFE, HOLD, N_HOWS };

static libtrace_packet_t *swap_for_older(libtrace_packet_t *packet)
{
    const uint64_t place = mock_number(packet) % 100;
    libtrace_packet_t *older = now.kept[place];
    if (older)
        CHECK(mock_is_intact(older) && older != packet);
    now.kept[place] = packet;
    return older;
}

static void shuffle(libtrace_packet_t **packets, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        libtrace_packet_t *first = packets[i];
        packets[i] = packets[n - 1 - i];
        packets[n - 1 - i] = first;
    }
    now.kept[mock_number(packets[n / 2])] = packets[n / 2];
    packets[n / 2] = NULL;
}

static void keep_batch(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                       libtrace_packet_t **packets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        count_packet_once(trace, t, global, tls, packets[i]);
    if (now.how == SHUFFLE)
        shuffle(packets, n);
    for (size_t i = 0; i < n; i++) {
        libtrace_packet_t *packet = packets[i];
        const uint64_t number = packet ? mock_number(packet) : 0;
        if (now.how == KEEP_ALL || (now.how == KEEP_SOME && number % 5 == 0)) {
            now.kept[number] = packet;
            packets[i] = NULL;
        } else if (now.how == GIVE_BACK_OLDER) {
            packets[i] = swap_for_older(packet);
        } else if (now.how == COPY && number % 3 == 0) {
            packets[i] = trace_copy_packet(packet);
            now.kept[number] = packet;
        } else if (now.how == MAKE_SAFE && number % 2 == 0) {
            libtrace_make_packet_safe(packet);
        } else if (now.how == HOLD && number % 2 == 0) {
            libtrace_hold_packet(packet);
        }
    }
}

static void free_kept(void)
{
    for (uint64_t i = 0; i < MAX_KEPT; i++) {
        if (!now.kept[i])
            continue;
        assert_true(mock_is_intact(now.kept[i]));
        if (now.how != GIVE_BACK_OLDER)
            assert_int_equal(mock_number(now.kept[i]), i);
        trace_free_packet(NULL, now.kept[i]);
    }
}

static void what_is_not_given_back_is_kept(void **state)
{
    (void)state;
    for (int how = 0; how < N_HOWS; how++) {
        for (int variant = 0; variant < 8; variant++) {
            const int hasher = variant & 1 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE;
            struct stage *stage = stage_create();
            trace_set_packet_batch_cb(stage->packets, keep_batch);
            now.how = how;
            stage->mock->records_per_block = 150;
            stage->mock->n_flows = how == GIVE_BACK_OLDER ? 1 : 16;
            mock_add_records(stage->mock, 3000);
            stage_run(stage, hasher, "perpkt_threads=%d,memory=%s,tick_count=%d",
                      how == GIVE_BACK_OLDER && !hasher ? 1 : 3, variant & 2 ? "100000" : "0",
                      variant & 4 ? 50 : 0);
            assert_int_equal(tally_of(&scene.n_packets), 3000);
            expect_delivered(0, 3000, true);
            stage_destroy_trace(stage);
            free_kept();
            stage_end(stage);
        }
    }
}

/* Another thread frees packets while the callback that keeps them still runs. */

static void hand_over(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                      libtrace_packet_t **packets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t number = mock_number(packets[i]);
        count_packet(trace, t, global, tls, packets[i]);
        if (number % 2 == 0)
            continue;
        now.kept[number] = packets[i];
        tally_add(&scene.arrived, 1);
        tally_await(&scene.gate, tally_of(&scene.arrived));
        packets[i] = NULL;
    }
}

static void *take_over(void *argument)
{
    (void)argument;
    for (uint32_t i = 1; i <= 500; i++) {
        tally_await(&scene.arrived, i);
        trace_free_packet(NULL, now.kept[2 * i - 1]);
        tally_add(&scene.gate, 1);
    }
    return NULL;
}

static void kept_packets_may_be_freed_before_the_callback_ends(void **state)
{
    (void)state;
    struct stage *stage = stage_create();
    trace_set_packet_batch_cb(stage->packets, hand_over);
    mock_add_records(stage->mock, 1000);
    stage_open(stage, "perpkt_threads=1");
    const pthread_t thread = start_thread(take_over, NULL);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    thread_join(thread);
    assert_int_equal(tally_of(&scene.n_packets), 1000);
    stage_end(stage);
}

/* The reporter may have the packet of a result before the callback that published it ends. */

static void publish_batch(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                          libtrace_packet_t **packets, size_t n)
{
    uint64_t order;
    CHECK(!trace_get_order_in_hand(trace, id_of(t), &order));
    for (size_t i = 0; i < n; i++) {
        count_packet(trace, t, global, tls, packets[i]);
        const libtrace_generic_t value = {.pkt = packets[i]};
        trace_publish_result(trace, t, trace_packet_get_order(packets[i]), value, RESULT_PACKET);
        packets[i] = NULL;
    }
    trace_post_reporter(trace);
    AWAIT(tally_of(&scene.n_results) > 0);
}

static void take_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                        libtrace_result_t *result)
{
    CHECK(result->value.pkt->holds_block || result->value.pkt->buf_control == TRACE_CTRL_PACKET);
    CHECK(mock_is_intact(result->value.pkt));
    CHECK_EQUAL(mock_number(result->value.pkt), tally_of(&scene.n_results));
    trace_free_packet(trace, result->value.pkt);
    count_result_in_order(trace, t, global, tls, result);
}

static void packets_of_results_are_held(void **state)
{
    (void)state;
    struct stage *stage = stage_create();
    trace_set_packet_batch_cb(stage->packets, publish_batch);
    mock_add_records(stage->mock, 1000);
    stage_set_reporter(stage, take_result);
    stage_open(stage, "perpkt_threads=1");
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_results), 1000);
    stage_end(stage);
}

/* Several threads, keys that are orders: one list in the order of the input. */

static void publish_orders(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                           libtrace_packet_t **packets, size_t n)
{
    for (size_t i = 0; i < n; i++)
        publish_number(trace, t, global, tls, packets[i]);
}

static void ordered_results(void **state)
{
    (void)state;
    for (int keys = TRACE_KEY_AUTO; keys <= TRACE_KEY_ANY; keys++) {
        for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
            struct stage *stage = stage_create();
            trace_set_packet_batch_cb(stage->packets, publish_orders);
            mock_add_records(stage->mock, 5000);
            stage_set_reporter(stage, count_result_in_order);
            stage_open_hashed(stage, hasher, "perpkt_threads=3");
            stage_set_ordered(stage, keys);
            stage_start(stage, NULL);
            trace_join(stage->trace);
            assert_int_equal(tally_of(&scene.n_results), 5000);
            assert_int_equal(STAGE_SUM(stage, results_refused), 0);
            assert_int_equal(STAGE_SUM(stage, results_late), 0);
            stage_end(stage);
        }
    }
}

/* Stops, counts, settings. */

static void stop_in_batch(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                          libtrace_packet_t **packets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        count_packet_once(trace, t, global, tls, packets[i]);
        if (mock_number(packets[i]) == now.stop_at)
            CHECK_EQUAL(trace_pstop(trace), 0);
    }
}

static void a_stop_ends_behind_the_batch(void **state)
{
    (void)state;
    for (now.stop_at = 0; now.stop_at < 200; now.stop_at += 7) {
        const uint64_t stop_at = now.stop_at;
        struct stage *stage = stage_create();
        now.stop_at = stop_at;
        trace_set_packet_batch_cb(stage->packets, stop_in_batch);
        mock_add_records(stage->mock, 1000);
        stage_run(stage, HASHER_BALANCE, "perpkt_threads=1");
        /* blocks of 100, batches of 32 in each 64 */
        static const uint64_t ends[] = {32, 64, 96, 100, 132, 164, 196, 200};
        size_t i = 0;
        while (ends[i] <= stop_at)
            i++;
        assert_int_equal(tally_of(&scene.n_packets), ends[i]);
        assert_int_equal(STAGE_SUM(stage, accepted), ends[i]);
        assert_int_equal(STAGE_SUM(stage, received), (stop_at / 100 + 1) * 100);
        stage_end(stage);
        now.stop_at = stop_at;
    }
}

static void one_or_the_other(void **state)
{
    (void)state;
    struct stage *stage = stage_create_for(note_packet, 10);
    assert_int_equal(trace_set_packet_batch_cb(NULL, note_batch), -1);
    assert_int_equal(trace_set_packet_batch_cb(stage->packets, note_batch), 0);
    mock_add_records(stage->mock, 100);
    stage_open(stage, NULL);
    assert_int_equal(trace_pstart(stage->trace, NULL, stage->packets, NULL), -1);
    assert_int_equal(stage_take_error(stage), TRACE_ERR_INIT_FAILED);
    assert_int_equal(trace_set_packet_cb(stage->packets, NULL), 0);
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(tally_of(&scene.n_packets), 100);
    stage_end(stage);
}

/* A pause may change from one to the other and back. */
static void a_restart_may_change_it(void **state)
{
    (void)state;
    for (int is_first = 0; is_first < 2; is_first++) {
        for (int hasher = HASHER_BALANCE; hasher <= HASHER_BIDIRECTIONAL; hasher++) {
            struct stage *stage = stage_create();
            stage_add_parts(stage, 4, 333);
            stage_open_hashed(stage, hasher, "perpkt_threads=2");
            for (uint32_t part = 0; part < 4; part++) {
                const bool is_batched = (part & 1) != (uint32_t)is_first;
                trace_set_packet_batch_cb(stage->packets, is_batched ? note_batch : NULL);
                trace_set_packet_cb(stage->packets, is_batched ? NULL : note_packet);
                const uint64_t n_before = load_relaxed(&now.n_batches);
                stage_start(stage, NULL);
                tally_await(&scene.n_packets, (part + 1) * 333);
                assert_int_equal(trace_ppause(stage->trace), 0);
                assert_int_equal(load_relaxed(&now.n_batches) > n_before, is_batched);
                mock_open_gate(stage->mock, 0);
            }
            stage_start(stage, NULL);
            stage_join_and_end(stage);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(each_thread_is_told_the_same),
        PARALLEL_TEST(paced_packets_come_alone),
        PARALLEL_TEST(batches_are_as_large_as_can_be),
        PARALLEL_TEST(what_is_not_given_back_is_kept),
        PARALLEL_TEST(kept_packets_may_be_freed_before_the_callback_ends),
        PARALLEL_TEST(packets_of_results_are_held),
        PARALLEL_TEST(ordered_results),
        PARALLEL_TEST(a_stop_ends_behind_the_batch),
        PARALLEL_TEST(one_or_the_other),
        PARALLEL_TEST(a_restart_may_change_it),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
