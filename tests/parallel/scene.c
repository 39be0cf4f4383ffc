/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scene is one and global, since the hooks of the mock, signal handlers and threads of tests
 * are handed no pointer to it.
 */
#include "tests/parallel/scene.h"

#include <string.h>

#include "tests/support/mock_format.h"

struct scene scene;

static void *included;
static size_t included_size;

void scene_include(void *memory, size_t size)
{
    included = memory;
    included_size = size;
}

void scene_begin(struct stage *stage)
{
    memset(&scene, 0, sizeof(scene));
    if (included)
        memset(included, 0, included_size);
    scene.stage = stage;
}

libtrace_packet_t *count_packet(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                                libtrace_packet_t *packet)
{
    (void)trace, (void)t, (void)tls;
    CHECK(mock_is_intact(packet));
    CHECK(global == load_acquire(&scene.global));
    CHECK(!load_acquire(&scene.is_closed));
    tally_add(&scene.n_packets, 1);
    return packet;
}

libtrace_packet_t *count_packet_once(libtrace_t *trace, libtrace_thread_t *t, void *global,
                                     void *tls, libtrace_packet_t *packet)
{
    const uint64_t number = mock_number(packet);
    CHECK_EQUAL(trace_packet_get_order(packet), number);
    CHECK(number < SCENE_MAX_RECORDS);
    CHECK_EQUAL(fetch_add_relaxed(&scene.delivered[number % SCENE_MAX_RECORDS], (uint8_t)1), 0);
    fetch_add_relaxed(&scene.n_packets_of[trace_get_perpkt_thread_id(t)], 1);
    return count_packet(trace, t, global, tls, packet);
}

libtrace_packet_t *publish_number(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                                  libtrace_packet_t *packet)
{
    const uint64_t number = mock_number(packet);
    trace_publish_result(trace, t, number + (uint64_t)scene.key_distance,
                         (libtrace_generic_t){.uint64 = number}, RESULT_USER);
    return count_packet(trace, t, global, tls, packet);
}

void expect_delivered(uint64_t from, uint64_t to, bool is_delivered)
{
    for (uint64_t i = from; i < to; i++)
        assert_int_equal(load_relaxed(&scene.delivered[i]), is_delivered);
}

void count_result(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                  libtrace_result_t *result)
{
    (void)trace, (void)t, (void)global, (void)tls, (void)result;
    tally_add(&scene.n_results, 1);
}

void count_result_in_order(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls,
                           libtrace_result_t *result)
{
    CHECK(tally_of(&scene.n_results) == 0 || result->key >= scene.last_key);
    scene.last_key = result->key;
    count_result(trace, t, global, tls, result);
}

void count_pausing(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    (void)trace, (void)t, (void)global, (void)tls;
    tally_add(&scene.n_pausing, 1);
}

void count_resuming(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    (void)trace, (void)t, (void)global, (void)tls;
    tally_add(&scene.n_resuming, 1);
}

void count_stopping(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls)
{
    (void)trace, (void)t, (void)global, (void)tls;
    tally_add(&scene.n_stopping, 1);
}

void count_tick(libtrace_t *trace, libtrace_thread_t *t, void *global, void *tls, uint64_t tick)
{
    (void)trace, (void)t, (void)global, (void)tls, (void)tick;
    tally_add(&scene.n_ticks, 1);
}
