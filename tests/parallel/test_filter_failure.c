/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet that the filter cannot judge ends the input, as it does in a loop of one's own: all in front
 * of it is delivered, and with a hasher or one thread nothing that is behind.
 */
#include <libtrace_parallel.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/atomics.h"
#include "tests/support/pcapng_bytes.h"
#include "tests/support/test.h"

enum { N_BEFORE = 5000, N_BEHIND = 3000, N_FILE = 2, UNKNOWN_LINK = 147 };

static _Atomic unsigned n_delivered[N_BEFORE + 1 + N_BEHIND];

static libtrace_packet_t *note(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                               void *tls, libtrace_packet_t *packet)
{
    (void)trace, (void)thread, (void)global, (void)tls;
    if (IS_LIBTRACE_META_PACKET(packet))
        return packet;
    const struct timeval time = trace_get_timeval(packet); /* its number, in microseconds */
    assert_true(time.tv_usec < (long)ARRAY_LEN(n_delivered));
    fetch_add_relaxed(&n_delivered[time.tv_usec], 1u);
    return packet;
}

/* One file, or the packets in front in the first and the rest in a second one. Its URI. */
static const char *make_input(bool is_list, char uri[1024])
{
    struct ng_file file = {0};
    const char *first = "";
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_interface(&file, UNKNOWN_LINK, 0);
    for (uint32_t i = 0; i < N_BEFORE; i++)
        ng_packet(&file, 0, i, i, 60, 60);
    if (is_list) {
        first = ng_write(&file, "first.pcapng");
        ng_free(&file);
        file = (struct ng_file){0};
        ng_section(&file);
        ng_interface(&file, 1, 0);
        ng_interface(&file, UNKNOWN_LINK, 0);
    }
    ng_packet(&file, 1, N_BEFORE, 0, 60, 60);
    for (uint32_t i = 0; i < N_BEHIND; i++)
        ng_packet(&file, 0, N_BEFORE + 1 + i, i, 60, 60);
    char first_name[400];
    snprintf(first_name, sizeof(first_name), "%s", first);
    snprintf(uri, 1024, "pcapng:%s%s%s", first_name, is_list ? "," : "",
             ng_write(&file, "last.pcapng"));
    ng_free(&file);
    return uri;
}

static void check_statistics(libtrace_t *trace, uint64_t n_accepted)
{
    libtrace_stat_t *stats = trace_create_statistics();
    trace_get_statistics(trace, stats);
    assert_true(stats->accepted_valid);
    assert_int_equal(stats->accepted, n_accepted);
    free(stats);
}

static uint64_t check_delivered(bool is_exact)
{
    uint64_t n_all = 0;
    for (size_t i = 0; i < ARRAY_LEN(n_delivered); i++) {
        const unsigned n = load_relaxed(&n_delivered[i]);
        if (n != (i < N_BEFORE) && (is_exact || i <= N_BEFORE || n > 1))
            fail_msg("record %zu was delivered %u times", i, n);
        n_all += n;
    }
    return n_all;
}

static void run(const char *uri, bool is_list, int n_threads, enum hasher_types hasher)
{
    libtrace_filter_t *filter = trace_create_filter("len >= 0");
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    libtrace_t *trace = trace_create(uri);
    memset(n_delivered, 0, sizeof(n_delivered));
    trace_set_packet_cb(callbacks, note);
    trace_set_configuration(trace, "block_size=20000");
    trace_set_perpkt_threads(trace, n_threads);
    trace_set_hasher(trace, hasher, NULL, NULL);
    assert_int_equal(trace_config(trace, TRACE_OPTION_FILTER, filter), 0);
    assert_int_equal(trace_pstart(trace, NULL, callbacks, NULL), 0);
    trace_join(trace);
    check_statistics(trace, check_delivered(n_threads == 1 || hasher != HASHER_BALANCE));

    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_NO_CONVERSION);
    if (!strstr(error.problem, "offset ") || !strstr(error.problem, "cannot be filtered") ||
        !strstr(error.problem, "last.pcapng") || (is_list && !strstr(error.problem, "of file 2")))
        fail_msg("%s", error.problem);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    trace_destroy_filter(filter);
}

static void test_the_input_ends_there(void **state)
{
    (void)state;
    char uri[1024];
    for (int is_list = 0; is_list < N_FILE; is_list++) {
        make_input(is_list, uri);
        for (int n_threads = 1; n_threads <= 4; n_threads++)
            for (int i = 0; i < 20; i++) {
                run(uri, is_list, n_threads, HASHER_BALANCE);
                run(uri, is_list, n_threads, HASHER_BIDIRECTIONAL);
            }
    }
}

static void test_a_loop_says_the_same(void **state)
{
    (void)state;
    char uri[1024];
    uint64_t n = 0;
    libtrace_filter_t *filter = trace_create_filter("len >= 0");
    libtrace_t *trace = trace_create(make_input(true, uri));
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_config(trace, TRACE_OPTION_FILTER, filter), 0);
    assert_int_equal(trace_start(trace), 0);
    int outcome;
    while ((outcome = trace_read_packet(trace, packet)) > 0)
        n++;
    assert_int_equal(outcome, -1);
    const libtrace_err_t error = trace_get_err(trace);
    assert_non_null(strstr(error.problem, "of file 2: packets of link type unknown cannot"));
    trace_destroy_packet(packet);
    trace_destroy(trace);
    trace_destroy_filter(filter);
    assert_true(n >= N_BEFORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_input_ends_there),
        cmocka_unit_test(test_a_loop_says_the_same),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
