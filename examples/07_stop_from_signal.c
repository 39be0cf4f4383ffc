/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts packets of an input that may never end, until Ctrl-C.
 *
 *     tcpdump -U -w - | 07_stop_from_signal pcapfile:-
 *
 * trace_pstop() only leaves a request, so a signal handler may call it at any moment. Each thread
 * then finishes the packet in hand and runs its pausing and stopping callbacks; trace_join()
 * returns in main(), which goes on as if the input had ended.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <signal.h>

#define TICK_MS 100

static libtrace_t *volatile trace_to_stop;
static volatile sig_atomic_t was_interrupted;

static void handle_signal(int number)
{
    was_interrupted = 1;
    trace_pstop(trace_to_stop);
}

static libtrace_packet_t *take(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                               void *tls, libtrace_packet_t *packet)
{
    return packet; /* the library counts */
}

/* Ten times a second on each thread; one of them prints, when there is news. */
static void show(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls,
                 uint64_t erf_time)
{
    uint64_t *n_shown = global;
    const uint64_t n_packets = trace_get_accepted_packets(trace);
    if (trace_get_perpkt_thread_id(thread) != 0 || n_packets == *n_shown)
        return;
    *n_shown = n_packets;
    printf("%" PRIu64 " packets\n", n_packets);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    uint64_t n_shown = 0;
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, take);
    trace_set_tick_interval_cb(callbacks, show);

    libtrace_t *trace = trace_create(argc > 1 ? argv[1] : "pcapfile:-");
    trace_set_tick_interval(trace, TICK_MS);

    /* The library's threads have all signals blocked: the handler runs on this one. */
    trace_to_stop = trace;
    signal(SIGINT, handle_signal);
    if (!trace_is_err(trace) && trace_pstart(trace, &n_shown, callbacks, NULL) == 0)
        trace_join(trace);
    signal(SIGINT, SIG_DFL); /* before the trace goes away */

    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");
    printf("%s after %" PRIu64 " packets\n", was_interrupted ? "interrupted" : "the end",
           trace_get_accepted_packets(trace));
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    return has_failed;
}
