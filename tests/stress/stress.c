/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stress: starts, pauses and stops traces at random moments for as long as told, over the public
 * interface.
 *
 *     stress signals SECONDS [SEED]   trace_pstop() from a signal handler at any moment
 *     stress pauses SECONDS [SEED]    pause and resume as fast as it goes
 *
 * Every run checks that all ends, that no packet is lost or seen twice, that counts add up, that
 * results come in the order that their combiner promises, and that no error is left. The seed is
 * printed; the moments themselves cannot be repeated.
 */
#include <libtrace_parallel.h>

#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/stress/capture.h"

#define N_PACKETS     60000u
#define N_FLOWS       500u
#define MAX_THREADS   8
#define MAX_STOP_NS   100000000  /* from the handler's return to the end of trace_join() */
#define NEVER_STOP_NS 2000000000 /* on no machine, however busy */
#define RUNS_PER_SLOW 100        /* a busy machine may make one in so many runs slow */
#define NS_PER_SECOND 1000000000L

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITISED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITISED 1
#endif
#endif
#ifndef IS_SANITISED
#define IS_SANITISED 0
#endif

enum combiner_choice { NO_REPORTER, UNORDERED, ORDERED, ORDERED_ANY, SORTED, N_COMBINERS };

static const char *const combiner_names[N_COMBINERS] = {"no reporter", "unordered", "ordered",
                                                        "ordered by any key", "sorted"};

struct plan {
    int n_threads;
    enum hasher_types hasher;
    enum combiner_choice combiner;
    bool has_ticks;
};

struct run {
    struct plan plan;
    /* each packet of the capture: how often it was seen, by whom last */
    unsigned char seen[N_PACKETS];
    _Atomic uint64_t n_packets;
    _Atomic uint64_t n_ticks;
    /* reporter */
    uint64_t n_results;
    uint64_t last_key;
    bool is_out_of_order;
};

static unsigned long n_runs, n_slow;
static uint64_t random_state;
static libtrace_t *_Atomic victim;
static _Atomic int64_t stopped_at_ns;
static _Atomic int stop_result;
static _Atomic bool interrupts;

static uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

static uint64_t hash_by_length_and_order(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    return packet->order / 7;
}

static libtrace_packet_t *see_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                     void *tls, libtrace_packet_t *packet)
{
    (void)tls;
    struct run *run = global;
    uint64_t order = trace_packet_get_order(packet);
    if (order < N_PACKETS)
        run->seen[order]++; /* each index by one thread only, or the test fails */
    atomic_fetch_add_explicit(&run->n_packets, 1, memory_order_relaxed);
    if (run->plan.combiner != NO_REPORTER && order % 8 == 0) {
        libtrace_generic_t value = {.uint64 = order};
        trace_publish_result(trace, thread, order, value, RESULT_USER);
    }
    return packet;
}

static void see_tick(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                     uint64_t order)
{
    (void)trace, (void)thread, (void)tls, (void)order;
    struct run *run = global;
    atomic_fetch_add_explicit(&run->n_ticks, 1, memory_order_relaxed);
}

static void see_result(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                       libtrace_result_t *result)
{
    (void)trace, (void)thread, (void)tls;
    struct run *run = global;
    if (run->n_results > 0 && result->key < run->last_key)
        run->is_out_of_order = true;
    run->last_key = result->key;
    run->n_results++;
}

static struct plan random_plan(void)
{
    uint64_t dice = random_number();
    struct plan plan = {
        .n_threads = 1 + (int)(dice % MAX_THREADS),
        .hasher = (enum hasher_types)(dice / 8 % 4),
        .combiner = (enum combiner_choice)(dice / 32 % N_COMBINERS),
        .has_ticks = dice / 256 % 2,
    };
    return plan;
}

static void describe(const struct plan *plan, char *text, size_t size)
{
    static const char *const hashers[] = {"no hasher", "bidirectional", "unidirectional", "custom"};
    snprintf(text, size, "%d threads, %s, %s%s", plan->n_threads, hashers[plan->hasher],
             combiner_names[plan->combiner], plan->has_ticks ? ", ticks" : "");
}

static int fail(const struct run *run, const char *what)
{
    char text[128];
    describe(&run->plan, text, sizeof(text));
    printf("FAILED: %s (%s)\n", what, text);
    return 1;
}

static void set_combiner(libtrace_t *trace, enum combiner_choice choice)
{
    static const libtrace_combine_t *const combiners[N_COMBINERS] = {
        NULL, &combiner_unordered, &combiner_ordered, &combiner_ordered, &combiner_sorted};
    libtrace_generic_t configuration = {.uint64 =
                                            choice == ORDERED_ANY ? TRACE_KEY_ANY : TRACE_KEY_AUTO};
    if (combiners[choice])
        trace_set_combiner(trace, combiners[choice], configuration);
}

static libtrace_t *create(const struct run *run)
{
    libtrace_t *trace = trace_create(capture_uri());
    trace_set_perpkt_threads(trace, run->plan.n_threads);
    trace_set_configuration(trace, "block_size=16k");
    trace_set_hasher(trace, run->plan.hasher,
                     run->plan.hasher == HASHER_CUSTOM ? hash_by_length_and_order : NULL, NULL);
    set_combiner(trace, run->plan.combiner);
    if (run->plan.has_ticks) {
        trace_set_tick_count(trace, 1000);
        trace_set_tick_interval(trace, 1);
    }
    return trace;
}

static int start(libtrace_t *trace, struct run *run)
{
    libtrace_callback_set_t *packets = trace_create_callback_set();
    libtrace_callback_set_t *reporter = trace_create_callback_set();
    trace_set_packet_cb(packets, see_packet);
    trace_set_tick_count_cb(packets, see_tick);
    trace_set_tick_interval_cb(packets, see_tick);
    trace_set_result_cb(reporter, see_result);
    bool has_reporter = run->plan.combiner != NO_REPORTER;
    int result = trace_pstart(trace, run, packets, has_reporter ? reporter : NULL);
    trace_destroy_callback_set(packets);
    trace_destroy_callback_set(reporter);
    return result;
}

static uint64_t count_seen(const struct run *run, bool *is_twice)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        n += run->seen[i];
        *is_twice |= run->seen[i] > 1;
    }
    return n;
}

/* What holds after every run, whether it was stopped or not. */
static int check_counts(libtrace_t *trace, const struct run *run)
{
    bool is_twice = false;
    uint64_t n_seen = count_seen(run, &is_twice);
    libtrace_stat_t *s = trace_create_statistics();
    trace_get_statistics(trace, s);
    bool adds_up = s->received == s->accepted + s->filtered + s->dropped + s->errors;
    bool is_counted = s->accepted == n_seen && run->n_packets == n_seen;
    free(s);
    if (is_twice)
        return fail(run, "a packet was delivered twice");
    if (!is_counted)
        return fail(run, "accepted is not what was delivered");
    if (!adds_up)
        return fail(run, "received is not accepted + filtered + dropped + errors");
    if (run->is_out_of_order && run->plan.combiner != UNORDERED)
        return fail(run, "results came out of order");
    if (trace_is_err(trace)) {
        trace_perror(trace, "error left behind");
        return fail(run, "an error was left behind");
    }
    return 0;
}

static int check_complete(const struct run *run)
{
    if (run->n_packets != N_PACKETS)
        return fail(run, "packets were lost");
    if (run->plan.combiner != NO_REPORTER && run->n_results != (N_PACKETS + 7) / 8)
        return fail(run, "results were lost");
    return 0;
}

static void stop_victim(int signal_number)
{
    (void)signal_number;
    libtrace_t *trace = atomic_load(&victim);
    if (!trace)
        return;
    if (atomic_load(&interrupts))
        trace_interrupt();
    else if (trace_pstop(trace) != 0)
        atomic_store(&stop_result, -1);
    int64_t never = 0;
    atomic_compare_exchange_strong(&stopped_at_ns, &never, now_ns());
}

/* Counts runs that took longer than they may; true when that cannot be the machine's doing any
 * more. */
static bool is_too_slow(int64_t stop_ns)
{
    n_slow += stop_ns > MAX_STOP_NS;
    return stop_ns > NEVER_STOP_NS || n_slow > 1 + n_runs / RUNS_PER_SLOW;
}

struct shooter {
    pthread_t target;
    long delays_ns[3];
};

static void *shoot(void *argument)
{
    const struct shooter *shooter = argument;
    for (int i = 0; i < 3; i++) {
        struct timespec delay = {.tv_nsec = shooter->delays_ns[i]};
        nanosleep(&delay, NULL);
        pthread_kill(shooter->target, SIGUSR1);
    }
    return NULL;
}

static int run_with_signals(struct run *run)
{
    libtrace_t *trace = create(run);
    atomic_store(&stopped_at_ns, 0);
    atomic_store(&stop_result, 0);
    atomic_store(&interrupts, random_number() % 4 == 0);
    struct shooter shooter = {.target = pthread_self()};
    for (int i = 0; i < 3; i++)
        shooter.delays_ns[i] = (long)(random_number() % 1500000);
    atomic_store(&victim, trace);
    pthread_t thread;
    if (pthread_create(&thread, NULL, shoot, &shooter) != 0)
        return fail(run, "no thread to send signals from");

    int result = start(trace, run);
    if (result == 0)
        trace_join(trace);
    int64_t ended_ns = now_ns();
    int64_t stopped_ns = atomic_load(&stopped_at_ns);
    bool has_finished = trace_has_finished(trace);
    pthread_join(thread, NULL); /* the rest of the signals come after the end */
    atomic_store(&victim, NULL);

    if (result != 0)
        result = fail(run, "trace_pstart() failed");
    else if (!has_finished)
        result = fail(run, "trace_join() returned before the end");
    else if (atomic_load(&stop_result) != 0)
        result = fail(run, "trace_pstop() did not return 0");
    else if (!IS_SANITISED && stopped_ns != 0 && is_too_slow(ended_ns - stopped_ns))
        result = fail(run, "stopping took longer than 100 ms");
    else
        result = check_counts(trace, run);
    if (result == 0 && stopped_ns == 0)
        result = check_complete(run);
    trace_destroy(trace);
    return result;
}

static int run_with_pauses(struct run *run)
{
    libtrace_t *trace = create(run);
    int result = start(trace, run);
    if (result != 0)
        result = fail(run, "trace_pstart() failed");
    while (result == 0 && !trace_has_finished(trace)) {
        struct timespec delay = {.tv_nsec = (long)(random_number() % 1000000)};
        nanosleep(&delay, NULL);
        if (trace_ppause(trace) != 0)
            result = fail(run, "trace_ppause() failed");
        if (result != 0 || trace_has_finished(trace))
            break;
        uint64_t n_before = atomic_load(&run->n_packets);
        if (trace_ppause(trace) != 0)
            result = fail(run, "a second trace_ppause() failed");
        if (n_before != atomic_load(&run->n_packets))
            result = fail(run, "packets were delivered during a pause");
        if (trace_pstart(trace, NULL, NULL, NULL) != 0)
            result = fail(run, "resuming failed");
    }
    if (result == 0) {
        trace_join(trace);
        result = check_counts(trace, run);
    }
    if (result == 0)
        result = check_complete(run);
    trace_destroy(trace);
    return result;
}

static int usage(void)
{
    fprintf(stderr, "usage: stress signals|pauses SECONDS [SEED]\n");
    return 2;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return usage();
    int (*run_once)(struct run *) = strcmp(argv[1], "signals") == 0  ? run_with_signals
                                    : strcmp(argv[1], "pauses") == 0 ? run_with_pauses
                                                                     : NULL;
    double seconds = atof(argv[2]);
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 0) : (uint64_t)now_ns();
    if (!run_once || seconds <= 0)
        return usage();
    random_state = seed * 2 + 1;
    printf("stress %s for %g s, seed %" PRIu64 "\n", argv[1], seconds, seed);
    fflush(stdout);

    struct sigaction action = {.sa_handler = stop_victim, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    capture_create(N_PACKETS, N_FLOWS);
    int64_t end_ns = now_ns() + (int64_t)(seconds * 1e9);
    int result = 0;
    struct run *run = NULL;
    while (result == 0 && now_ns() < end_ns) {
        run = calloc(1, sizeof(*run));
        if (!run)
            break;
        run->plan = random_plan();
        result = run_once(run);
        n_runs++;
        free(run);
    }
    capture_remove();
    printf("%lu runs, %lu slow, %s\n", n_runs, n_slow,
           result == 0 ? "all as they should be" : "FAILED");
    return result;
}
