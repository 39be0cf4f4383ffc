/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an engine runs on in a test: a mock input, its trace, two callback sets.
 *
 *     struct stage *stage = stage_create_for(count_packet, 10);
 *     mock_add_records(stage->mock, 1000);
 *     stage_open(stage, "perpkt_threads=%d", 2);
 *     stage_start(stage, NULL);
 *     stage_join_and_end(stage);
 *
 * What happens on it is in scene.h.
 */
#ifndef WEIR_TESTS_PARALLEL_STAGE_H
#define WEIR_TESTS_PARALLEL_STAGE_H

#include "lib/parallel/parallel.h"
#include "tests/parallel/scene.h"
#include "tests/parallel/support.h"
#include "tests/support/mock_format.h"

/** What an engine runs on in a test. */
struct stage {
    struct mock *mock;
    libtrace_t *trace;
    libtrace_callback_set_t *packets, *reporter;
    bool has_reporter; /* stage_start() passes the reporter's set */
    int n_fds;
};

/** A mock, to be given its settings and script, and two empty callback sets. Clears the scene. */
struct stage *stage_create(void);

/** The same with a packet callback and mock->records_per_block. */
struct stage *stage_create_for(fn_cb_packet on_packet, uint32_t records_per_block);

/** The input has `before` records, a gate, and `behind` more. */
void stage_add_gated(struct stage *stage, uint64_t before, uint64_t behind);

/** `n_parts` times `n` records and a gate. */
void stage_add_parts(struct stage *stage, int n_parts, uint64_t n);

/** The trace will have a reporter; `on_result` may be NULL. */
void stage_set_reporter(struct stage *stage, fn_cb_result on_result);

/** Makes the trace, with `configuration` ("perpkt_threads=2") if that is not NULL. */
void stage_open(struct stage *stage, const char *configuration, ...) PRINTF_LIKE(2, 3);

/** The same with one of enum hasher_types, without a function of the program's. */
void stage_open_hashed(struct stage *stage, int hasher, const char *configuration, ...)
    PRINTF_LIKE(3, 4);

/** The ordered combiner, with one of enum trace_combiner_keys. */
void stage_set_ordered(const struct stage *stage, int keys);

/** Sets the filter, and returns it: to be destroyed by the caller, at any moment. */
libtrace_filter_t *stage_set_filter(const struct stage *stage, const char *expression);

/** trace_pstart(), which must succeed. */
void stage_start(struct stage *stage, void *global);

/** stage_open_hashed(), stage_start() and trace_join(). */
void stage_run(struct stage *stage, int hasher, const char *configuration, ...) PRINTF_LIKE(3, 4);

/** trace_ppause() on another thread, to be joined, which then closes the scene. */
pthread_t stage_pause_elsewhere(struct stage *stage);

/** trace_destroy(). */
void stage_destroy_trace(struct stage *stage);

/** Destroys all, and fails the test on a breach of the mock's contract, on a descriptor that is
 * left open and on what CHECK() found. */
void stage_end(struct stage *stage);

/** trace_join(), then stage_end(). */
void stage_join_and_end(struct stage *stage);

/** trace_pstop(), then stage_join_and_end(). */
void stage_stop_and_end(struct stage *stage);

/** The engine under test, once it is started. */
struct parallel *stage_engine(const struct stage *stage);

/** Is this thread asleep, or about to be? */
bool thread_sleeps(const libtrace_thread_t *thread);

/** Waits until each worker, and the reporter, has been seen asleep. */
void stage_await_asleep(const struct stage *stage);

/** Of a packet thread; -1 of others. */
static inline int id_of(libtrace_thread_t *thread)
{
    return trace_get_perpkt_thread_id(thread);
}

/** The error in the trace's slot, taken out of it. */
int stage_take_error(struct stage *stage);

/** A report that must exist. */
trace_thread_report_t stage_report(const struct stage *stage, int packet_thread);

/** Sum over all packet threads of one field of their reports. */
#define STAGE_SUM(stage, field)                                               \
    ({                                                                        \
        uint64_t sum_ = 0;                                                    \
        for (int i_ = 0; i_ < trace_get_perpkt_threads((stage)->trace); i_++) \
            sum_ += (uint64_t)stage_report((stage), i_).field;                \
        sum_;                                                                 \
    })

#endif
