/* SPDX-License-Identifier: BSD-2-Clause */
/* A trace over a mock, and a packet to read it with. */
#ifndef WEIR_TESTS_SUPPORT_MOCK_TRACE_H
#define WEIR_TESTS_SUPPORT_MOCK_TRACE_H

#include <libtrace.h>

#include "lib/trace/trace.h"
#include "tests/support/mock_format.h"
#include "tests/support/test.h"

struct fixture {
    struct mock *mock;
    libtrace_t *trace;
    libtrace_packet_t *packet;
};

static inline struct fixture fixture_create(void)
{
    struct fixture f = {.mock = mock_create(), .packet = trace_create_packet()};
    assert_non_null(f.packet);
    return f;
}

/* After the script was written. */
static inline void fixture_start(struct fixture *f)
{
    f->trace = trace_create_with_format(&f->mock->format, "body");
    assert_non_null(f->trace);
    assert_int_equal(trace_start(f->trace), 0);
}

static inline void fixture_end(struct fixture *f)
{
    if (f->packet)
        trace_destroy_packet(f->packet);
    trace_destroy(f->trace);
    mock_destroy(&f->mock);
}

static inline void assert_next(struct fixture *f, uint64_t number)
{
    assert_int_equal(trace_read_packet(f->trace, f->packet), MOCK_FRAMING_BYTES + f->mock->capture);
    assert_int_equal(mock_number(f->packet), number);
    assert_int_equal(f->packet->order, number);
    assert_true(mock_is_intact(f->packet));
}

#endif
