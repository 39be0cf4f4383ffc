/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each packet thread has a list of its own, so that looking needs no lock; they are put together
 * when all threads have ended.
 *
 * A pause is asked for by the callback of a packet, so that it comes at that packet and no later.
 * There trace_ppause() is a request; the test's own thread calls it again, to wait for it.
 */
#include "tests/conformance/sight.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "lib/base/time.h"
#include "tests/conformance/harness.h"

enum { MOST_THREADS = 8, ORDERS_PER_HASH = 3 };

/* What one thread sees. */
struct list {
    struct seen *seen;
    size_t n_seen, room;
    bool is_out_of_order;
};

struct run {
    const struct way *way;
    struct list lists[MOST_THREADS];

    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned n_asked; /* pauses */
    int n_stopped;    /* threads */
    size_t n_noted;   /* records */
};

uint64_t sight_digest(const uint8_t *bytes, size_t n_bytes)
{
    uint64_t digest = n_bytes;
    for (; n_bytes >= 8; n_bytes -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof(word));
        digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        digest ^= digest >> 29;
    }
    for (; n_bytes > 0; n_bytes--, bytes++)
        digest = (digest ^ *bytes) * UINT64_C(0x100000001b3);
    return digest;
}

const char *way_name(const struct way *way)
{
    static const char *const hashers[] = {"no hasher", "bidirectional hasher",
                                          "unidirectional hasher", "custom hasher"};
    static char name[100];
    if (way->n_threads == 0)
        return "serially";
    snprintf(name, sizeof(name), "%d threads, %s", way->n_threads, hashers[way->hasher]);
    return name;
}

/* --- noting --- */

struct seen sight_look_at(libtrace_packet_t *packet)
{
    const struct timespec time = trace_get_timespec(packet);
    uint32_t n_bytes = 0;
    libtrace_linktype_t link_type = TRACE_TYPE_UNKNOWN;
    const uint8_t *bytes = trace_get_packet_buffer(packet, &link_type, &n_bytes);
    const struct seen seen = {
        .order = trace_packet_get_order(packet),
        .time_ns = time.tv_sec == -1 ? NO_TIME : time.tv_sec * NS_PER_S + time.tv_nsec,
        .digest = sight_digest(bytes, bytes ? n_bytes : 0),
        .capture = trace_get_capture_length(packet),
        .wire = trace_get_wire_length(packet),
        .link_type = trace_get_link_type(packet),
        .direction = trace_get_direction(packet),
        .is_meta = IS_LIBTRACE_META_PACKET(packet),
    };
    return seen;
}

static void note(struct list *list, libtrace_packet_t *packet, int thread)
{
    if (list->n_seen == list->room) {
        list->room = 2 * list->room + 64;
        list->seen = realloc(list->seen, list->room * sizeof(*list->seen));
        if (!list->seen)
            abort();
    }
    struct seen seen = sight_look_at(packet);
    seen.thread = thread;
    if (list->n_seen > 0 && seen.order <= list->seen[list->n_seen - 1].order)
        list->is_out_of_order = true;
    list->seen[list->n_seen++] = seen;
}

static int compare_orders(const void *a, const void *b)
{
    const struct seen *first = a;
    const struct seen *second = b;
    return first->order < second->order ? -1 : first->order > second->order;
}

/* Moves the lists into the sight. */
static void put_together(struct sight *sight, struct list *lists)
{
    size_t n = 0;
    for (int i = 0; i < MOST_THREADS; i++)
        n += lists[i].n_seen;
    sight->seen = malloc((n + 1) * sizeof(*sight->seen));
    assert_non_null(sight->seen);
    for (int i = 0; i < MOST_THREADS; i++) {
        if (lists[i].is_out_of_order)
            FAIL("thread %d did not see its packets in order", i);
        if (lists[i].n_seen > 0)
            memcpy(sight->seen + sight->n_seen, lists[i].seen,
                   lists[i].n_seen * sizeof(*sight->seen));
        sight->n_seen += lists[i].n_seen;
        free(lists[i].seen);
    }
    qsort(sight->seen, sight->n_seen, sizeof(*sight->seen), compare_orders);
}

/* --- serially --- */

static void pause_and_start(libtrace_t *trace, struct sight *sight)
{
    CHECK_EQUAL(trace_pause(trace), 0);
    CHECK_EQUAL(trace_start(trace), 0);
    sight->n_pauses++;
}

static void read_serially(libtrace_t *trace, const struct way *way, struct sight *sight)
{
    struct list lists[MOST_THREADS] = {0};
    libtrace_packet_t *packet = trace_create_packet();
    assert_non_null(packet);
    int outcome = trace_start(trace) == 0 ? 1 : -1;
    const bool has_started = outcome == 1;
    while (outcome > 0 && (outcome = trace_read_packet(trace, packet)) > 0) {
        note(&lists[0], packet, 0);
        if (way->pause == PAUSE_ALWAYS ||
            (way->pause == PAUSE_ONCE && trace_packet_get_order(packet) == way->pause_at))
            pause_and_start(trace, sight);
    }
    CHECK(outcome <= 0);
    sight->error = trace_get_err(trace);
    CHECK_EQUAL(outcome, sight->error.err_num == 0 ? 0 : -1);
    if (has_started) { /* whoever asks again gets the same answer */
        CHECK_EQUAL(trace_read_packet(trace, packet), outcome);
        const libtrace_err_t again = trace_get_err(trace);
        CHECK(strcmp(again.problem, sight->error.problem) == 0);
    }
    trace_destroy_packet(packet);
    put_together(sight, lists);
}

/* --- in parallel --- */

static uint64_t hash_by_order(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    return packet->order / ORDERS_PER_HASH;
}

static libtrace_packet_t *see(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                              void *local, libtrace_packet_t *packet)
{
    (void)local;
    struct run *run = global;
    const struct way *way = run->way;
    const int index = trace_get_perpkt_thread_id(thread);
    note(&run->lists[index], packet, index);
    if (way->pause == PAUSE_NEVER)
        return packet;
    const bool asks = way->pause == PAUSE_ALWAYS || trace_packet_get_order(packet) == way->pause_at;
    if (asks)
        (void)trace_ppause(trace);
    pthread_mutex_lock(&run->lock);
    run->n_noted++;
    run->n_asked += asks;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
    return packet;
}

static void stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *local)
{
    (void)trace;
    (void)thread;
    (void)local;
    struct run *run = global;
    pthread_mutex_lock(&run->lock);
    run->n_stopped++;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

/* Waits for somebody to ask for a pause. False: all threads have ended. */
static bool await_request(struct run *run, unsigned n_handled)
{
    pthread_mutex_lock(&run->lock);
    while (run->n_asked == n_handled && run->n_stopped < run->way->n_threads)
        pthread_cond_wait(&run->changed, &run->lock);
    const bool is_asked = run->n_asked != n_handled;
    pthread_mutex_unlock(&run->lock);
    return is_asked;
}

static size_t count_noted(struct run *run, unsigned *n_asked)
{
    pthread_mutex_lock(&run->lock);
    *n_asked = run->n_asked;
    const size_t n_noted = run->n_noted;
    pthread_mutex_unlock(&run->lock);
    return n_noted;
}

/* Completes the pauses that are asked for, and resumes. */
static void control(libtrace_t *trace, struct run *run, struct sight *sight)
{
    unsigned n_handled = 0;
    while (await_request(run, n_handled)) {
        CHECK_EQUAL(trace_ppause(trace), 0);
        const size_t n_noted = count_noted(run, &n_handled);
        CHECK_EQUAL(trace_ppause(trace), 0);
        sched_yield();
        unsigned n_later;
        CHECK_EQUAL(count_noted(run, &n_later), n_noted);
        sight->n_pauses++;
        if (trace_has_finished(trace))
            break;
        if (trace_pstart(trace, NULL, NULL, NULL) != 0)
            FAIL("resuming: %s", trace_get_err(trace).problem);
    }
}

static void read_in_parallel(libtrace_t *trace, const struct way *way, struct sight *sight)
{
    struct run run = {
        .way = way, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    assert_non_null(callbacks);
    trace_set_packet_cb(callbacks, see);
    trace_set_meta_packet_cb(callbacks, see);
    trace_set_stopping_cb(callbacks, stop);
    assert_int_equal(trace_set_perpkt_threads(trace, way->n_threads), 0);
    assert_int_equal(trace_set_hasher(trace, way->hasher,
                                      way->hasher == HASHER_CUSTOM ? hash_by_order : NULL, NULL),
                     0);
    if (trace_pstart(trace, &run, callbacks, NULL) == 0) {
        if (way->pause != PAUSE_NEVER)
            control(trace, &run, sight);
        trace_join(trace);
    } else {
        CHECK(trace_is_err(trace));
    }
    sight->error = trace_get_err(trace);
    trace_destroy_callback_set(callbacks);
    put_together(sight, run.lists);
}

struct sight sight_take(const char *scheme, const char *where, const struct way *way)
{
    char uri[1000];
    struct sight sight = {0};
    snprintf(uri, sizeof(uri), "%s:%s", scheme, where);
    libtrace_filter_t *filter = way->filter ? trace_create_filter(way->filter) : NULL;
    libtrace_t *trace = trace_create(uri);
    assert_non_null(trace);
    if (way->block_bytes > 0 && !trace_is_err(trace)) {
        char text[40];
        snprintf(text, sizeof(text), "block_size=%zu", way->block_bytes);
        assert_int_equal(trace_set_configuration(trace, text), 0);
    }
    if (filter)
        assert_int_equal(trace_set_filter(trace, filter), 0);
    if (way->snaplen > 0 && !trace_is_err(trace))
        assert_int_equal(trace_set_snaplen(trace, (int)way->snaplen), 0);
    if (way->n_threads == 0)
        read_serially(trace, way, &sight);
    else
        read_in_parallel(trace, way, &sight);
    trace_clear_statistics(&sight.statistics);
    trace_get_statistics(trace, &sight.statistics);
    (void)trace_get_progress(trace, &sight.done_bytes, &sight.total_bytes);
    trace_destroy(trace);
    if (filter)
        trace_destroy_filter(filter);
    return sight;
}

void sight_free(struct sight *sight)
{
    free(sight->seen);
    *sight = (struct sight){0};
}

/* --- checks --- */

static void check_fact(const struct seen *seen, const struct fact *fact,
                       const struct sample *sample, const struct way *way)
{
    const uint8_t *payload = sample_payload(sample, fact);
    const bool is_meta = fact->kind == FACT_META;
    const bool is_cut = way->snaplen > 0 && !is_meta && fact->capture > way->snaplen;
    const uint32_t capture = is_cut ? way->snaplen : fact->capture;
    if (seen->is_meta != is_meta || seen->time_ns != fact->time_ns || seen->capture != capture ||
        seen->wire != fact->wire || seen->link_type != fact->link_type ||
        seen->direction != fact->direction)
        FAIL("record %llu at offset %zu: meta %d, time %lld, lengths %zu and %zu, link type %d, "
             "direction %d are not %d, %lld, %u, %u, %d, %d",
             (unsigned long long)seen->order, fact->at, seen->is_meta, (long long)seen->time_ns,
             seen->capture, seen->wire, seen->link_type, seen->direction, is_meta,
             (long long)fact->time_ns, capture, fact->wire, fact->link_type, fact->direction);
    if (seen->digest != sight_digest(payload, capture))
        FAIL("record %llu at offset %zu has other bytes", (unsigned long long)seen->order,
             fact->at);
}

static bool passes(const struct fact *fact, const struct way *way)
{
    return !way->filter || fact->kind == FACT_META || (fact->flow > 0 && fact->flow % 2 == 0);
}

struct counts {
    uint64_t order;
    size_t n_seen;
    uint64_t accepted, filtered, errors;
};

static void check_next(const struct sight *sight, const struct sample *sample,
                       const struct fact *fact, const struct way *way, struct counts *counts)
{
    const uint64_t order = counts->order;
    counts->order += fact_is_counted(fact);
    counts->errors += fact->kind == FACT_SKIPPED;
    if (!fact_is_delivered(fact))
        return;
    if (!passes(fact, way)) {
        counts->filtered++;
        return;
    }
    if (counts->n_seen >= sight->n_seen || sight->seen[counts->n_seen].order > order)
        FAIL("record %llu at offset %zu was not seen%s%s", (unsigned long long)order, fact->at,
             sight->error.err_num != 0 ? ": " : "", sight->error.problem);
    if (sight->seen[counts->n_seen].order < order)
        FAIL("record %llu was seen twice, or not there to be seen",
             (unsigned long long)sight->seen[counts->n_seen].order);
    check_fact(&sight->seen[counts->n_seen], fact, sample, way);
    counts->n_seen++;
    counts->accepted += fact->kind == FACT_PACKET;
}

static void check_identity(const struct sight *sight)
{
    const libtrace_stat_t *statistics = &sight->statistics;
    CHECK_EQUAL(statistics->received, statistics->accepted + statistics->filtered +
                                          statistics->dropped + statistics->errors);
}

void sight_check_prefix(const struct sight *sight, const struct sample *sample, size_t n_facts,
                        const struct way *way)
{
    struct counts counts = {0};
    for (size_t i = 0; i < n_facts; i++)
        check_next(sight, sample, &sample->facts[i], way, &counts);
    check_identity(sight);
}

void sight_check_sample(const struct sight *sight, const struct sample *sample, size_t n_facts,
                        unsigned n_files, const struct way *way)
{
    struct counts counts = {0};
    for (unsigned file = 0; file < n_files; file++)
        for (size_t i = 0; i < n_facts; i++)
            check_next(sight, sample, &sample->facts[i], way, &counts);
    if (sight->n_seen > counts.n_seen)
        FAIL("record %llu was seen, and is not there to be seen",
             (unsigned long long)sight->seen[counts.n_seen].order);
    const libtrace_stat_t *statistics = &sight->statistics;
    CHECK_EQUAL(statistics->accepted, counts.accepted);
    CHECK_EQUAL(statistics->filtered, counts.filtered);
    CHECK_EQUAL(statistics->errors, counts.errors);
    check_identity(sight);
}

bool sight_is_same(const struct seen *one, const struct seen *other)
{
    return one->order == other->order && one->time_ns == other->time_ns &&
           one->digest == other->digest && one->capture == other->capture &&
           one->wire == other->wire && one->link_type == other->link_type &&
           one->direction == other->direction && one->is_meta == other->is_meta;
}

void sight_check_same(const struct sight *sight, const struct sight *other)
{
    for (size_t i = 0; i < sight->n_seen && i < other->n_seen; i++)
        if (!sight_is_same(&sight->seen[i], &other->seen[i]))
            FAIL("records %llu and %llu differ", (unsigned long long)sight->seen[i].order,
                 (unsigned long long)other->seen[i].order);
    CHECK_EQUAL(sight->n_seen, other->n_seen);
    CHECK_EQUAL(sight->error.err_num, other->error.err_num);
    if (strcmp(sight->error.problem, other->error.problem) != 0)
        FAIL("'%s' is not '%s'", sight->error.problem, other->error.problem);
}

/* By hash of the order, meta records too; by flow, meta records on the first thread. */
static void check_thread(const struct seen *seen, const struct fact *fact, const struct way *way,
                         int *thread_of_flow)
{
    if (way->hasher == HASHER_CUSTOM)
        CHECK_EQUAL(seen->thread, seen->order / ORDERS_PER_HASH % (unsigned)way->n_threads);
    if (way->hasher != HASHER_BIDIRECTIONAL)
        return;
    if (fact->kind == FACT_META)
        CHECK_EQUAL(seen->thread, 0);
    if (fact->kind != FACT_PACKET || fact->flow == 0)
        return;
    int *thread = &thread_of_flow[fact->flow];
    if (*thread < 0)
        *thread = seen->thread;
    if (*thread != seen->thread)
        FAIL("flow %u is on thread %d and on thread %d", fact->flow, *thread, seen->thread);
}

void sight_check_threads(const struct sight *sight, const struct sample *sample,
                         const struct way *way, bool has_flows)
{
    enum { MOST_FLOWS = 100 };
    int thread_of_flow[MOST_FLOWS];
    size_t n = 0;
    bool is_spread = false;
    memset(thread_of_flow, 0xff, sizeof(thread_of_flow));
    if (way->n_threads < 2)
        return;
    for (size_t i = 0; i < sample->n_facts; i++) {
        const struct fact *fact = &sample->facts[i];
        if (!fact_is_delivered(fact) || !passes(fact, way))
            continue;
        assert_true(n < sight->n_seen && fact->flow < MOST_FLOWS);
        is_spread = is_spread || sight->seen[n].thread != sight->seen[0].thread;
        check_thread(&sight->seen[n++], fact, way, thread_of_flow);
    }
    if (way->hasher == HASHER_BIDIRECTIONAL && has_flows)
        CHECK(is_spread);
}

void sight_check_end(const struct sight *sight)
{
    if (sight->error.err_num != 0)
        FAIL("%s", sight->error.problem);
}

void sight_check_error_at(const struct sight *sight, size_t offset)
{
    char stored[40], decompressed[60];
    snprintf(stored, sizeof(stored), "', offset %zu: ", offset);
    snprintf(decompressed, sizeof(decompressed), "', offset %zu decompressed: ", offset);
    CHECK(sight->error.err_num != 0);
    if (!strstr(sight->error.problem, stored) && !strstr(sight->error.problem, decompressed))
        FAIL("'%s' does not say \"%s\"", sight->error.problem, stored);
}

void sight_check_cut(const struct sight *sight, const struct sample *sample, size_t n_bytes,
                     const struct way *way)
{
    const size_t n_whole = sample_count_whole(sample, n_bytes);
    const size_t end = n_whole > 0 ? sample_end_of(sample, n_whole - 1) : sample->facts[0].at;
    sight_check_sample(sight, sample, n_whole, 1, way);
    CHECK(sight->error.err_num != TRACE_ERR_OUT_OF_MEMORY);
    if (n_bytes < sample->header_bytes)
        sight_check_error_at(sight, 0);
    else if (n_bytes != end)
        sight_check_error_at(sight, end);
    else
        sight_check_end(sight);
}
