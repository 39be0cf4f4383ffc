/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_interrupt(): from threads and signal handlers, at any moment, for the traces that exist
 * then. */
#include <libtrace.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "lib/base/attributes.h"
#include "lib/trace/trace.h"
#include "tests/support/mock_format.h"
#include "tests/support/test.h"

static void on_signal(int number)
{
    (void)number;
    trace_interrupt();
}

static void catch_signal(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

static void test_reaches_traces_that_exist(void **state)
{
    (void)state;
    enum { N = 5 };
    struct mock *mocks[N + 1];
    libtrace_t *traces[N + 1];
    libtrace_packet_t *packet = trace_create_packet();
    for (int i = 0; i <= N; i++) {
        mocks[i] = mock_create();
        mock_add_records(mocks[i], 10);
    }
    for (int i = 0; i < N; i++) {
        traces[i] = trace_create_with_format(&mocks[i]->format, "body");
        if (i % 2 == 0) /* started or not */
            assert_int_equal(trace_start(traces[i]), 0);
    }
    /* Out of the list from its middle, its end and its head. */
    trace_destroy(traces[2]);
    trace_destroy(traces[0]);
    trace_destroy(traces[4]);
    trace_interrupt();
    traces[N] = trace_create_with_format(&mocks[N]->format, "body");
    assert_int_equal(trace_start(traces[N]), 0);
    for (int i = 1; i < N; i += 2) {
        assert_int_equal(trace_start(traces[i]), 0);
        assert_int_equal(trace_read_packet(traces[i], packet), 0);
        assert_int_equal(trace_pause(traces[i]), 0);
        assert_int_equal(trace_start(traces[i]), 0);
        assert_int_equal(trace_read_packet(traces[i], packet), 0);
        assert_false(trace_is_err(traces[i]));
        trace_destroy(traces[i]);
    }
    assert_true(trace_read_packet(traces[N], packet) > 0);
    trace_destroy(traces[N]);
    trace_destroy_packet(packet);
    for (int i = 0; i <= N; i++)
        mock_destroy(&mocks[i]);
}

/* A reader that waits for an input which never comes. */
struct reader {
    struct mock *mock;
    libtrace_t *trace;
    sem_t is_about_to_wait;
    int result;
};

static void tell_about_to_wait(void *argument)
{
    struct reader *reader = argument;
    sem_post(&reader->is_about_to_wait);
}

static void *read_one(void *argument)
{
    struct reader *reader = argument;
    libtrace_packet_t *packet = trace_create_packet();
    reader->result = trace_read_packet(reader->trace, packet);
    trace_destroy_packet(packet);
    return NULL;
}

static void reader_create(struct reader *reader)
{
    reader->mock = mock_create();
    reader->mock->on_again = tell_about_to_wait;
    reader->mock->on_again_argument = reader;
    mock_add_gate(reader->mock);
    mock_add_records(reader->mock, 10);
    reader->trace = trace_create_with_format(&reader->mock->format, "body");
    reader->result = -2;
    sem_init(&reader->is_about_to_wait, 0, 0);
    assert_int_equal(trace_start(reader->trace), 0);
}

static void reader_destroy(struct reader *reader)
{
    assert_false(trace_is_err(reader->trace));
    trace_destroy(reader->trace);
    sem_destroy(&reader->is_about_to_wait);
    mock_destroy(&reader->mock);
}

static void test_wakes_a_waiting_reader(void **state)
{
    (void)state;
    catch_signal();
    for (int i = 0; i < 200; i++) {
        struct reader reader;
        pthread_t thread;
        reader_create(&reader);
        assert_int_equal(pthread_create(&thread, NULL, read_one, &reader), 0);
        if (i % 4 != 3)
            while (sem_wait(&reader.is_about_to_wait) != 0)
                continue;
        if (i % 2 == 0 || HAS_THREAD_SANITIZER) /* which may hold signals back while poll() waits */
            trace_interrupt();
        else
            pthread_kill(thread, SIGUSR1); /* inside poll(), or just before it */
        pthread_join(thread, NULL);
        assert_int_equal(reader.result, 0);
        reader_destroy(&reader);
    }
}

static void test_input_wakes_a_waiting_reader(void **state)
{
    (void)state;
    struct reader reader;
    pthread_t thread;
    reader_create(&reader);
    assert_int_equal(pthread_create(&thread, NULL, read_one, &reader), 0);
    while (sem_wait(&reader.is_about_to_wait) != 0)
        continue;
    mock_open_gate(reader.mock, 0);
    pthread_join(thread, NULL);
    assert_true(reader.result > 0);
    reader_destroy(&reader);
}

/* Signals at every instruction of creating and destroying, another thread interrupting beside it.
 */
struct storm {
    pthread_t victim;
    atomic_bool is_over;
    atomic_int n_sent;
    atomic_int n_caught;
};

static struct storm storm;

static void on_storm_signal(int number)
{
    (void)number;
    const int saved = errno;
    trace_interrupt();
    if (errno != saved)
        abort();
    fetch_add_relaxed(&storm.n_caught, 1);
}

static void *send_signals(void *argument)
{
    (void)argument;
    while (!load_relaxed(&storm.is_over)) {
        if (load_relaxed(&storm.n_sent) - load_relaxed(&storm.n_caught) < 2) {
            fetch_add_relaxed(&storm.n_sent, 1);
            pthread_kill(storm.victim, SIGRTMIN); /* queued, so that each is caught */
        }
    }
    return NULL;
}

static void *interrupt(void *argument)
{
    (void)argument;
    while (!load_relaxed(&storm.is_over))
        trace_interrupt();
    return NULL;
}

static void test_storm_while_traces_come_and_go(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    struct sigaction action = {.sa_handler = on_storm_signal};
    sigemptyset(&action.sa_mask);
    assert_int_equal(sigaction(SIGRTMIN, &action, NULL), 0);
    storm.victim = pthread_self();
    pthread_t threads[2];
    assert_int_equal(pthread_create(&threads[0], NULL, send_signals, NULL), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, interrupt, NULL), 0);
    libtrace_t *other = trace_create(NULL);
    uint64_t seed = test_seed();
    for (int i = 0; i < 3000 || load_relaxed(&storm.n_caught) < 1000; i++) {
        libtrace_t *trace = trace_create_with_format(&mock->format, "body");
        if (test_random(&seed) % 2 == 0) {
            trace_destroy(other);
            other = trace_create(NULL);
        }
        trace_destroy(trace);
    }
    store_relaxed(&storm.is_over, true);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    trace_destroy(other);
    mock_destroy(&mock);
}

static void test_keeps_errno(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    const int fd = open("/dev/null", O_RDONLY);
    assert_true(fd >= 0);
    store_relaxed(&trace->wake_fd, fd); /* writing fails */
    errno = ERANGE;
    trace_interrupt();
    assert_int_equal(errno, ERANGE);
    assert_true(load_relaxed(&trace->is_interrupted));
    trace_destroy(trace);
    mock_destroy(&mock);
}

/* An engine that counts what it is asked. */
struct parallel {
    struct mock *mock;
    int n_stops, n_destroyed;
    bool was_open;
};

static void request_stop(struct parallel *parallel)
{
    parallel->n_stops++;
}

static void destroy_parallel(struct parallel *parallel)
{
    parallel->n_destroyed++;
    parallel->was_open = load_relaxed(&parallel->mock->is_open);
    trace_interrupt(); /* finds the trace no more */
}

static void add_statistics(struct parallel *parallel, libtrace_stat_t *statistics)
{
    (void)parallel;
    statistics->accepted += 40;
    statistics->filtered += 2;
}

static void test_engine_is_asked(void **state)
{
    (void)state;
    static const struct parallel_operations operations = {
        .request_stop = request_stop, .destroy = destroy_parallel, .statistics = add_statistics};
    struct mock *mock = mock_create();
    struct parallel parallel = {.mock = mock};
    libtrace_t *trace = trace_create_with_format(&mock->format, "body");
    trace->parallel_operations = &operations;
    store_release(&trace->parallel, &parallel);
    store_relaxed(&trace->state, TRACE_STATE_PAUSED);
    assert_int_equal(trace_start(trace), -1);
    assert_int_equal(trace_get_err(trace).err_num, TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_get_received_packets(trace), 42);

    trace_interrupt();
    trace_interrupt();
    assert_int_equal(parallel.n_stops, 2);
    trace_destroy(trace);
    assert_int_equal(parallel.n_stops, 2);
    assert_int_equal(parallel.n_destroyed, 1);
    assert_true(parallel.was_open); /* the engine went before the input */
    mock_destroy(&mock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reaches_traces_that_exist),
        cmocka_unit_test(test_wakes_a_waiting_reader),
        cmocka_unit_test(test_input_wakes_a_waiting_reader),
        cmocka_unit_test(test_storm_while_traces_come_and_go),
        cmocka_unit_test(test_keeps_errno),
        cmocka_unit_test(test_engine_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
