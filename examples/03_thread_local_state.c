/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How large are packets? A histogram, counted on all CPUs without any sharing.
 *
 *     03_thread_local_state capture.pcap
 *
 * What the starting callback returns belongs to its thread and comes back with every call (`tls`).
 * So the packet callback counts in memory of its own, at full speed. At the end each thread adds
 * its counts to the program's (`global`), which takes a lock, but only once per thread.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <pthread.h>
#include <stdlib.h>

#define N_SIZES 8

/* Packets up to this many bytes on the wire; the last row is for all that are larger. */
static const size_t sizes[N_SIZES] = {64, 128, 256, 512, 1024, 1518, 9000, SIZE_MAX};

struct histogram {
    uint64_t n_packets[N_SIZES];
};

struct program {
    pthread_mutex_t lock;
    struct histogram histogram; /* under the lock */
};

static void *start(libtrace_t *trace, libtrace_thread_t *thread, void *global)
{
    void *histogram = calloc(1, sizeof(struct histogram));
    if (!histogram)
        abort();
    return histogram;
}

static libtrace_packet_t *count(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                void *tls, libtrace_packet_t *packet)
{
    struct histogram *histogram = tls;
    const size_t size = trace_get_wire_length(packet);
    int i = 0;
    while (size > sizes[i])
        i++;
    histogram->n_packets[i]++;
    return packet;
}

static void stop(libtrace_t *trace, libtrace_thread_t *thread, void *global, void *tls)
{
    struct program *program = global;
    struct histogram *histogram = tls;
    pthread_mutex_lock(&program->lock);
    for (int i = 0; i < N_SIZES; i++)
        program->histogram.n_packets[i] += histogram->n_packets[i];
    pthread_mutex_unlock(&program->lock);
    free(histogram);
}

static void print(const struct histogram *histogram)
{
    for (int i = 0; i < N_SIZES; i++) {
        if (i < N_SIZES - 1)
            printf("up to %4zu bytes: %" PRIu64 "\n", sizes[i], histogram->n_packets[i]);
        else
            printf("larger: %" PRIu64 "\n", histogram->n_packets[i]);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    struct program program = {.lock = PTHREAD_MUTEX_INITIALIZER};
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_starting_cb(callbacks, start);
    trace_set_packet_cb(callbacks, count);
    trace_set_stopping_cb(callbacks, stop);

    libtrace_t *trace = trace_create(argv[1]);
    if (!trace_is_err(trace) && trace_pstart(trace, &program, callbacks, NULL) == 0)
        trace_join(trace);
    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");

    /* trace_join() has returned: all threads have ended, so nobody else touches the histogram */
    print(&program.histogram);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    return has_failed;
}
