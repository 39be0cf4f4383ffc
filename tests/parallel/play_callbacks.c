/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The callbacks of a play. Each checks that it may run now, notes what it sees, and does with its
 * packet what the scenario says.
 */
#include <sched.h>

#include "tests/parallel/play.h"
#include "tests/support/mock_bytes.h"

#define VALUE_OF(worker, number) ((uint64_t)(worker) << 48 | (number))
#define KEY_DISTANCE             1000u /* of keys from orders, where the combiner finds out */

static int level(const struct play *play, enum scenario_factor factor)
{
    return play->scenario->level[factor];
}

static struct mock_record record_of(const struct play *play, uint64_t number)
{
    struct mock_record record;
    mock_describe_record(&play->stage->mock->format, number, &record);
    return record;
}

enum play_fate play_fate_of(const struct play *play, uint64_t number)
{
    const struct mock_record record = record_of(play, number);
    if (record.flags & RECORD_META)
        return FATE_META;
    if (record.flags & RECORD_SKIP)
        return FATE_SKIPPED;
    if (level(play, FACTOR_FILTER) && record.flow >= PLAY_FLOWS / 2)
        return FATE_FILTERED;
    return FATE_DELIVERED;
}

uint64_t play_hash_of_flow(uint32_t flow)
{
    return flow * UINT64_C(0x9e3779b97f4a7c15) ^ UINT64_C(0xfedcba9876543210);
}

/* Each callback is framed by these. */
static void enter(struct play *play, const struct play_thread *thread, enum play_phase phase)
{
    fetch_add_seq_cst(&play->n_inside, 1);
    CHECK(!load_seq_cst(&play->is_paused));
    CHECK_EQUAL(thread->phase, phase);
}

static void leave(struct play *play)
{
    fetch_sub_release(&play->n_inside, 1);
}

static struct play_thread *thread_of(struct play *play, libtrace_thread_t *t)
{
    const int id = trace_get_perpkt_thread_id(t);
    CHECK(id < scenario_n_threads(play->scenario));
    return id >= 0 ? &play->workers[id] : &play->reporter;
}

/* What comes as a thread's own is what it made of itself when it started. */
static struct play_thread *expect_thread(struct play *play, const libtrace_t *trace,
                                         libtrace_thread_t *t, void *tls)
{
    CHECK(trace == play->stage->trace);
    CHECK(tls == thread_of(play, t));
    return tls;
}

static void *on_starting(libtrace_t *trace, libtrace_thread_t *t, void *global)
{
    struct play *play = global;
    struct play_thread *thread = thread_of(play, t);
    CHECK(trace == play->stage->trace);
    enter(play, thread, PHASE_NONE);
    thread->phase = PHASE_STARTED;
    fetch_add_relaxed(&play->n_started, 1);
    leave(play);
    return thread;
}

static void on_resuming(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    struct play *play = global;
    struct play_thread *thread = expect_thread(play, trace, t, tls);
    CHECK(thread->phase == PHASE_STARTED || thread->phase == PHASE_PAUSED);
    enter(play, thread, thread->phase);
    thread->phase = PHASE_RESUMED;
    leave(play);
}

static void on_pausing(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    struct play *play = global;
    struct play_thread *thread = expect_thread(play, trace, t, tls);
    enter(play, thread, PHASE_RESUMED);
    thread->phase = PHASE_PAUSED;
    thread->n_pauses++;
    leave(play);
}

static void on_stopping(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    struct play *play = global;
    struct play_thread *thread = expect_thread(play, trace, t, tls);
    enter(play, thread, PHASE_PAUSED);
    thread->phase = PHASE_STOPPED;
    fetch_add_relaxed(&play->n_stopped, 1);
    leave(play);
    if (thread != &play->reporter)
        tally_add(&play->n_seen, 1u << 24);
}

static void on_tick_count(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                          uint64_t order)
{
    struct play *play = global;
    struct play_thread *thread = tls;
    enter(play, thread, PHASE_RESUMED);
    CHECK_EQUAL(order, thread->next_tick);
    CHECK(thread->last_number <= (int64_t)order);
    thread->next_tick = order + play->tick_count;
    if (level(play, FACTOR_REPORT) != REPORT_NONE) {
        const uint64_t distance = level(play, FACTOR_REPORT) == REPORT_AUTO ? KEY_DISTANCE : 0;
        libtrace_generic_t value = {.uint64 = order};
        trace_publish_result(trace, t, order + distance, value, RESULT_TICK_COUNT);
    }
    leave(play);
}

static void on_tick_interval(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                             uint64_t erf_time)
{
    struct play *play = global;
    struct play_thread *thread = tls;
    (void)trace;
    (void)t;
    enter(play, thread, PHASE_RESUMED);
    CHECK(erf_time > thread->last_time);
    thread->last_time = erf_time;
    leave(play);
}

static void check_thread_of_flow(struct play *play, libtrace_thread_t *t, libtrace_packet_t *packet,
                                 const struct mock_record *record)
{
    const int id = trace_get_perpkt_thread_id(t);
    if (!scenario_is_hashed(play->scenario))
        return;
    if (level(play, FACTOR_MODE) == MODE_CUSTOM) {
        const uint64_t hash = play_hash_of_flow(record->flow);
        CHECK_EQUAL(trace_packet_get_hash(packet), hash);
        CHECK_EQUAL(id, hash % (uint64_t)scenario_n_threads(play->scenario));
        return;
    }
    if (record->flags & RECORD_META) {
        CHECK_EQUAL(id, 0);
        return;
    }
    const bool splits = level(play, FACTOR_MODE) == MODE_UNIDIRECTIONAL && record->is_reverse;
    _Atomic int *owner = &play->flow_threads[record->flow + (splits ? PLAY_FLOWS : 0)];
    int before = 0;
    if (!compare_exchange(owner, &before, id + 1))
        CHECK_EQUAL(id + 1, before);
}

/* Writes a packet or meta record into the books. Returns its number. */
static uint64_t note_record(struct play *play, libtrace_thread_t *t, struct play_thread *thread,
                            libtrace_packet_t *packet, enum play_fate fate)
{
    const uint64_t number = mock_number(packet);
    if (number >= play->n_reachable) {
        note_failure("record %llu came, which lies behind the end", (unsigned long long)number);
        return 0;
    }
    const struct mock_record record = record_of(play, number);
    CHECK_EQUAL(play_fate_of(play, number), fate);
    CHECK_EQUAL(trace_packet_get_order(packet), number);
    CHECK(mock_is_intact(packet));
    CHECK_EQUAL(trace_get_capture_length(packet), record.capture);
    CHECK((int64_t)number > thread->last_number);
    thread->last_number = (int64_t)number;
    if (play->tick_count > 0) {
        CHECK(thread->next_tick >= number);
        CHECK(thread->next_tick < number + play->tick_count);
    }
    if (fetch_add_relaxed(&play->delivered[number], (uint8_t)1) != 0)
        note_failure("record %llu came twice", (unsigned long long)number);
    check_thread_of_flow(play, t, packet, &record);
    return number;
}

/* The key under which packets are published. */
static uint64_t key_of(const struct play *play, uint64_t number)
{
    switch (level(play, FACTOR_REPORT)) {
    case REPORT_AUTO:
        return number + KEY_DISTANCE;
    case REPORT_ORDER: /* or higher, in any order */
        return number + number * 7 % 40;
    case REPORT_ANY:
        return number;
    case REPORT_SORTED:
        return number * UINT64_C(0x9e3779b97f4a7c15);
    default:
        return number ^ 5;
    }
}

static void publish(struct play *play, libtrace_thread_t *t, libtrace_packet_t *packet,
                    uint64_t number)
{
    const uint64_t id = (uint64_t)trace_get_perpkt_thread_id(t);
    libtrace_generic_t value = {.uint64 = VALUE_OF(id, number)};
    int type = RESULT_USER + 7;
    if (level(play, FACTOR_KEEP) == KEEP_FOR_REPORTER) {
        type = RESULT_PACKET;
        value.pkt = packet;
    }
    trace_publish_result(play->stage->trace, t, key_of(play, number), value, type);
}

void play_free_kept(struct play *play, libtrace_packet_t *packet)
{
    CHECK(mock_is_intact(packet));
    trace_free_packet(play->stage->trace, packet);
}

static bool is_put_on_a_stall(struct play *play, libtrace_packet_t *packet, uint64_t number)
{
    libtrace_packet_t *none = NULL;
    return compare_exchange(&play->stalls[number % PLAY_STALLS], &none, packet);
}

static void keep_for_ever(struct play *play, libtrace_packet_t *packet)
{
    pthread_mutex_lock(&play->kept_lock);
    play->kept[play->n_kept++] = packet;
    pthread_mutex_unlock(&play->kept_lock);
}

/* What the callback returns. */
static libtrace_packet_t *keep(struct play *play, struct play_thread *thread,
                               libtrace_packet_t *packet, uint64_t number)
{
    switch (level(play, FACTOR_KEEP)) {
    case KEEP_FOR_REPORTER:
        return NULL;
    case KEEP_ELSEWHERE:
        return is_put_on_a_stall(play, packet, number) ? NULL : packet;
    case KEEP_FOR_EVER:
        if (number % 3 == 0 && number > play->n_records / 4)
            return packet;
        keep_for_ever(play, packet);
        return NULL;
    case KEEP_SWAP: {
        libtrace_packet_t *before = thread->before;
        if (before)
            CHECK(mock_is_intact(before));
        thread->before = packet;
        return before;
    }
    case KEEP_SAFE:
        libtrace_make_packet_safe(packet);
        CHECK(mock_is_intact(packet));
        return packet;
    default:
        return packet;
    }
}

static void count_seen(struct play *play)
{
    if (tally_add(&play->n_seen, 1) == play->stop_at &&
        level(play, FACTOR_STOP) == STOP_IN_CALLBACK)
        CHECK_EQUAL(trace_pstop(play->stage->trace), 0);
}

static libtrace_packet_t *on_meta(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                                  libtrace_packet_t *packet)
{
    struct play *play = global;
    (void)trace;
    enter(play, tls, PHASE_RESUMED);
    CHECK(IS_LIBTRACE_META_PACKET(packet));
    note_record(play, t, tls, packet, FATE_META);
    fetch_add_relaxed(&play->n_metas, 1);
    count_seen(play);
    leave(play);
    return packet;
}

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    struct play *play = global;
    if (!play->has_meta_callback && IS_LIBTRACE_META_PACKET(packet))
        return on_meta(trace, t, global, tls, packet);
    enter(play, tls, PHASE_RESUMED);
    const uint64_t number = note_record(play, t, tls, packet, FATE_DELIVERED);
    fetch_add_relaxed(&play->n_packets, 1);
    publish(play, t, packet, number);
    libtrace_packet_t *back = keep(play, tls, packet, number);
    count_seen(play);
    leave(play);
    return back;
}

static void on_batch(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                     libtrace_packet_t **packets, size_t n)
{
    CHECK(n >= 1 && n <= TRACE_MAX_BATCH);
    for (size_t i = 0; i < n; i++)
        packets[i] = on_packet(trace, t, global, tls, packets[i]);
}

static void note_tick_result(struct play *play, uint64_t order)
{
    CHECK_EQUAL(order, play->next_tick_result);
    play->next_tick_result = order + play->tick_count;
}

/* A result's own place in the order that its combiner promises. */
static void check_place(struct play *play, const libtrace_result_t *result)
{
    switch (level(play, FACTOR_REPORT)) {
    case REPORT_AUTO:
    case REPORT_ORDER:
    case REPORT_ANY:
    case REPORT_SORTED:
        if (play->has_key && result->key < play->last_key)
            note_failure("key %llu came behind %llu", (unsigned long long)result->key,
                         (unsigned long long)play->last_key);
        play->has_key = true;
        play->last_key = result->key;
        return;
    default:
        return;
    }
}

static void check_order_of_worker(struct play *play, uint64_t value)
{
    const uint64_t worker = value >> 48;
    const int64_t number = (int64_t)(value & ((UINT64_C(1) << 48) - 1));
    const int report = level(play, FACTOR_REPORT);
    CHECK(worker < PLAY_MAX_THREADS);
    if (worker >= PLAY_MAX_THREADS || (report != REPORT_UNORDERED && report != REPORT_OWN))
        return;
    CHECK(number > play->last_of_worker[worker]);
    play->last_of_worker[worker] = number;
}

static void on_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                      libtrace_result_t *result)
{
    struct play *play = global;
    uint64_t number;
    CHECK(trace == play->stage->trace);
    CHECK_EQUAL(trace_get_perpkt_thread_id(t), -1);
    enter(play, tls, PHASE_RESUMED);
    check_place(play, result);
    if (result->type == RESULT_TICK_COUNT) {
        /* two identical ticks may leave a combiner that does not look at them */
        if (level(play, FACTOR_REPORT) != REPORT_OWN)
            note_tick_result(play, result->value.uint64);
        leave(play);
        return;
    }
    if (result->type == RESULT_PACKET) {
        number = mock_number(result->value.pkt);
        play_free_kept(play, result->value.pkt);
    } else {
        CHECK_EQUAL(result->type, RESULT_USER + 7);
        number = result->value.uint64 & ((UINT64_C(1) << 48) - 1);
        check_order_of_worker(play, result->value.uint64);
    }
    if (number < play->n_reachable) {
        CHECK_EQUAL(result->key, key_of(play, number));
        if (fetch_add_relaxed(&play->reported[number], (uint8_t)1) != 0)
            note_failure("the result of record %llu came twice", (unsigned long long)number);
    }
    fetch_add_relaxed(&play->n_results, 1);
    leave(play);
}

/* Called in order, by one thread at a time, for packets that passed the filter. */
static uint64_t hash(const libtrace_packet_t *packet, void *data)
{
    struct play *play = data;
    const uint64_t number = mock_number(packet);
    CHECK_EQUAL(fetch_add_seq_cst(&play->n_hashing, 1), 0);
    CHECK((int64_t)number > play->last_hashed);
    CHECK(mock_is_intact(packet));
    play->last_hashed = (int64_t)number;
    const enum play_fate fate = play_fate_of(play, number);
    CHECK(fate == FATE_DELIVERED || fate == FATE_META);
    fetch_sub_release(&play->n_hashing, 1);
    return play_hash_of_flow(mock_flow(packet));
}

static void set_hasher(struct play *play)
{
    static const enum hasher_types types[] = {
        [MODE_BALANCE] = HASHER_BALANCE,
        [MODE_BIDIRECTIONAL] = HASHER_BIDIRECTIONAL,
        [MODE_UNIDIRECTIONAL] = HASHER_UNIDIRECTIONAL,
        [MODE_CUSTOM] = HASHER_CUSTOM,
    };
    const int mode = level(play, FACTOR_MODE);
    assert_int_equal(
        trace_set_hasher(play->stage->trace, types[mode], mode == MODE_CUSTOM ? hash : NULL, play),
        0);
}

static void set_combiner(struct play *play)
{
    const libtrace_combine_t *combiner = NULL;
    libtrace_generic_t configuration = {.uint64 = TRACE_KEY_AUTO};
    switch (level(play, FACTOR_REPORT)) {
    case REPORT_ORDER:
        configuration.uint64 = TRACE_KEY_ORDER;
        combiner = &combiner_ordered;
        break;
    case REPORT_ANY:
        configuration.uint64 = TRACE_KEY_ANY;
        combiner = &combiner_ordered;
        break;
    case REPORT_AUTO:
        combiner = &combiner_ordered;
        break;
    case REPORT_SORTED:
        combiner = &combiner_sorted;
        break;
    case REPORT_OWN:
        combiner = &play_combiner;
        break;
    default:
        return;
    }
    trace_set_combiner(play->stage->trace, combiner, configuration);
}

void play_set_callbacks(struct play *play)
{
    struct stage *stage = play->stage;
    libtrace_callback_set_t *const sets[] = {stage->packets, stage->reporter};
    for (int i = 0; i < 2; i++) {
        trace_set_starting_cb(sets[i], on_starting);
        trace_set_resuming_cb(sets[i], on_resuming);
        trace_set_pausing_cb(sets[i], on_pausing);
        trace_set_stopping_cb(sets[i], on_stopping);
    }
    if (level(play, FACTOR_BATCHES))
        trace_set_packet_batch_cb(stage->packets, on_batch);
    else
        trace_set_packet_cb(stage->packets, on_packet);
    if (play->has_meta_callback)
        trace_set_meta_packet_cb(stage->packets, on_meta);
    trace_set_tick_count_cb(stage->packets, on_tick_count);
    trace_set_tick_interval_cb(stage->packets, on_tick_interval);
    trace_set_result_cb(stage->reporter, on_result);
    stage->has_reporter = level(play, FACTOR_REPORT) != REPORT_NONE;
    set_hasher(play);
    set_combiner(play);
}
