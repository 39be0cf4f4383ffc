/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first packet of each thread, and the earliest of all.
 */

#include "lib/base/time.h"
#include "tests/parallel/stage.h"

enum { MAX_THREADS = 4 };

static struct {
    struct tally n_told[MAX_THREADS + 1];           /* by receiver; the last is the reporter */
    _Atomic int told[MAX_THREADS + 1][MAX_THREADS]; /* by receiver and sender */
    _Atomic uint64_t first_of[MAX_THREADS];         /* number + 1 */
    _Atomic uint64_t first_after[MAX_THREADS];      /* record 500 */
} now;

static libtrace_packet_t *note_packet(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                      void *tls, libtrace_packet_t *packet)
{
    const uint64_t number = mock_number(packet);
    _Atomic uint64_t *first = number < 500 ? &now.first_of[id_of(t)] : &now.first_after[id_of(t)];
    if (!IS_LIBTRACE_META_PACKET(packet) && load_relaxed(first) == 0)
        store_relaxed(first, number + 1);
    return count_packet(trace, t, global, tls, packet);
}

/* The sender's first packet can be asked for by now. */
static void note_first(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                       libtrace_thread_t *sender)
{
    (void)global, (void)tls;
    const int receiver = id_of(t) >= 0 ? id_of(t) : MAX_THREADS;
    const libtrace_packet_t *packet = NULL;
    const struct timeval *seen = NULL;
    CHECK(id_of(sender) >= 0);
    fetch_add_relaxed(&now.told[receiver][id_of(sender)], 1);
    CHECK(trace_get_first_packet(trace, sender, &packet, &seen) >= 0);
    CHECK(packet && seen && mock_is_intact(packet));
    tally_add(&now.n_told[receiver], 1);
}

/* The later its number, the earlier its time; every third is a meta record. */
static void backwards(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->time_ns = MOCK_START_NS - (int64_t)number * NS_PER_S;
    record->flags = number % 3 == 0 ? RECORD_META : 0;
}

static struct stage *create_stage(void)
{
    struct stage *stage = stage_create_for(note_packet, 100);
    stage->has_reporter = true;
    stage->mock->generate = backwards;
    trace_set_first_packet_cb(stage->packets, note_first);
    trace_set_first_packet_cb(stage->reporter, note_first);
    stage_add_gated(stage, 500, 500);
    mock_add_gate(stage->mock); /* a thread that has ended hears nothing any more */
    return stage;
}

/* Every thread has heard of every packet thread. */
static void await_told(const struct stage *stage, uint32_t n_rounds)
{
    const int n = trace_get_perpkt_threads(stage->trace);
    for (int receiver = 0; receiver <= MAX_THREADS; receiver++) {
        if (receiver >= n && receiver < MAX_THREADS)
            continue;
        tally_await(&now.n_told[receiver], n_rounds * (uint32_t)n);
        for (int sender = 0; sender < n; sender++)
            assert_int_equal(load_relaxed(&now.told[receiver][sender]), n_rounds);
    }
}

static void expect_first(const struct stage *stage, const _Atomic uint64_t *first_of)
{
    const libtrace_packet_t *packet;
    const struct timeval *seen;
    struct parallel *parallel = stage_engine(stage);
    uint64_t last = 0;
    for (int w = 0; w < parallel->n_workers; w++) {
        assert_true(trace_get_first_packet(stage->trace, &parallel->workers[w], &packet, &seen) >=
                    0);
        assert_non_null(packet);
        assert_int_equal(mock_number(packet) + 1, load_relaxed(&first_of[w]));
        assert_false(IS_LIBTRACE_META_PACKET(packet));
        assert_true(mock_is_intact(packet));
        assert_true(time_now_ns() - time_from_timeval(seen) < 60 * NS_PER_S);
        if (mock_number(packet) > last)
            last = mock_number(packet);
    }
    /* by time, not by number; every thread has had one: final */
    assert_int_equal(trace_get_first_packet(stage->trace, NULL, &packet, &seen), 1);
    assert_int_equal(mock_number(packet), last);
    assert_int_equal(trace_get_first_packet(stage->trace, NULL, NULL, NULL), 1);
}

static void each_thread_hears_of_each(void **state)
{
    (void)state;
    for (int n_threads = 1; n_threads <= MAX_THREADS; n_threads += 3) {
        struct stage *stage = create_stage();
        stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=%d", n_threads);
        stage_start(stage, NULL);
        await_told(stage, 1);
        tally_await(&scene.n_packets, 500);
        expect_first(stage, now.first_of);

        /* again after a restart */
        assert_int_equal(trace_ppause(stage->trace), 0);
        stage_start(stage, NULL);
        mock_open_gate(stage->mock, 0);
        await_told(stage, 2);
        tally_await(&scene.n_packets, 1000);
        expect_first(stage, now.first_after);
        stage_stop_and_end(stage);
    }
}

static void nothing_is_known_before(void **state)
{
    (void)state;
    const libtrace_packet_t *packet = (const libtrace_packet_t *)state;
    const struct timeval *seen = (const struct timeval *)state;
    struct stage *stage = create_stage();
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=2");
    assert_int_equal(trace_get_first_packet(stage->trace, NULL, &packet, &seen), -1);
    assert_null(packet);
    assert_null(seen);
    stage_start(stage, NULL);
    struct parallel *parallel = stage_engine(stage);
    assert_int_equal(trace_get_first_packet(stage->trace, parallel->reporter, &packet, &seen), -1);
    await_told(stage, 1);
    tally_await(&scene.n_packets, 500);
    assert_int_equal(trace_ppause(stage->trace), 0);

    /* what was seen stays until the next start, and is forgotten then */
    assert_int_equal(trace_get_first_packet(stage->trace, NULL, &packet, &seen), 1);
    stage_start(stage, NULL);
    assert_int_equal(trace_get_first_packet(stage->trace, NULL, &packet, &seen), 0);
    assert_null(packet);
    assert_null(seen);
    assert_int_equal(trace_get_first_packet(stage->trace, &parallel->workers[0], &packet, &seen),
                     0);
    assert_null(packet);
    stage_stop_and_end(stage);
}

static void one_flow(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument, (void)number;
    record->flow = 1;
}

/* Threads without packets are waited for no longer than a second. */
static void some_threads_have_none(void **state)
{
    (void)state;
    const libtrace_packet_t *packet;
    struct stage *stage = create_stage();
    stage->mock->generate = one_flow;
    stage_open_hashed(stage, HASHER_BIDIRECTIONAL, "perpkt_threads=3");
    const int64_t before_ns = time_monotonic_ns();
    stage_start(stage, NULL);
    int outcome;
    while ((outcome = trace_get_first_packet(stage->trace, NULL, &packet, NULL)) == 0)
        sched_yield();
    assert_int_equal(outcome, 1);
    assert_true(time_monotonic_ns() - before_ns >= NS_PER_S);
    assert_int_equal(mock_number(packet), 0);
    stage_stop_and_end(stage);
}

static void all_have_ended_without_packets(void **state)
{
    (void)state;
    const libtrace_packet_t *packet;
    struct stage *stage = stage_create_for(count_packet, 100);
    stage_open(stage, "perpkt_threads=2");
    stage_start(stage, NULL);
    trace_join(stage->trace);
    assert_int_equal(trace_get_first_packet(stage->trace, NULL, &packet, NULL), 0);
    assert_null(packet);
    stage_end(stage);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        PARALLEL_TEST(each_thread_hears_of_each),
        PARALLEL_TEST(nothing_is_known_before),
        PARALLEL_TEST(some_threads_have_none),
        PARALLEL_TEST(all_have_ended_without_packets),
    };
    scene_include(&now, sizeof(now));
    choose_tests(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
