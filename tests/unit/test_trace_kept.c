/* SPDX-License-Identifier: BSD-2-Clause */
/* How long packets of trace_read_packet() live, and what that costs: blocks pinned, copied or given back. */
#include <libtrace.h>

#include "tests/support/mock_trace.h"

static void test_packets_live_as_long_as_their_user_wants(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct fixture f = fixture_create();
    f.mock->records_per_block = 10;
    mock_add_records(f.mock, 2 * N);
    fixture_start(&f);
    libtrace_packet_t *kept[N];
    for (uint64_t i = 0; i < N; i++) {
        kept[i] = trace_create_packet();
        assert_true(trace_read_packet(f.trace, kept[i]) > 0);
    }
    for (uint64_t i = N; i < 2 * N; i++)
        assert_next(&f, i);
    assert_int_equal(trace_pause(f.trace), 0);
    for (uint64_t i = 0; i < N; i++)
        assert_true(mock_number(kept[i]) == i && mock_is_intact(kept[i]));
    trace_destroy(f.trace);
    f.trace = NULL;
    assert_true(mock_number(f.packet) == 2 * N - 1 && mock_is_intact(f.packet));
    for (uint64_t i = 0; i < N; i++) {
        assert_true(mock_number(kept[i]) == i && mock_is_intact(kept[i]));
        trace_destroy_packet(kept[i]);
    }
    fixture_end(&f);
}

/* Packets that pin more than the memory given are copied out, and packets read later are not. */
static void test_kept_packets_pin_bounded_memory(void **state)
{
    (void)state;
    enum { N = 400 };
    struct fixture f = fixture_create();
    f.mock->format.stream.release = format_no_release;
    f.mock->records_per_block = 2;
    mock_add_records(f.mock, 4 * N);
    f.trace = trace_create_with_format(&f.mock->format, "body");
    f.trace->input.block_bytes = 65536;
    f.trace->tuning.memory_bytes = 4 << 20;
    assert_int_equal(trace_start(f.trace), 0);
    libtrace_packet_t *kept[N];
    unsigned n_in_place = 0;
    for (uint64_t i = 0; i < N; i++) {
        kept[i] = trace_create_packet();
        assert_true(trace_read_packet(f.trace, kept[i]) > 0);
        n_in_place += kept[i]->holds_block;
        assert_next(&f, 2 * i + 1); /* the same block */
    }
    assert_in_range(n_in_place, 4, (2 << 20) / 65536 + 1);
    for (uint64_t i = 0; i < N; i++) {
        assert_int_equal(mock_number(kept[i]), 2 * i);
        assert_true(mock_is_intact(kept[i]));
        assert_int_equal(kept[i]->buf_control,
                         kept[i]->holds_block ? TRACE_CTRL_EXTERNAL : TRACE_CTRL_PACKET);
        trace_destroy_packet(kept[i]);
    }
    assert_next(&f, 2 * N);
    assert_next(&f, 2 * N + 1);
    assert_next(&f, 2 * N + 2);
    assert_true(f.packet->holds_block);
    fixture_end(&f);
}

/* A kernel's ring must get its blocks back, but not while a packet shows one. */
static void test_blocks_are_given_back_when_no_packet_refers_to_them(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    f.mock->checks_release_refs = true;
    f.mock->records_per_block = 4;
    mock_add_records(f.mock, 400);
    fixture_start(&f);
    for (uint64_t i = 0; i < 100; i++)
        assert_next(&f, i);
    /* 25 blocks were read; the packet shows the last. */
    assert_int_equal(load_relaxed(&f.mock->n_released), 24);

    libtrace_packet_t *kept[20];
    unsigned n_in_place = 0;
    for (uint64_t i = 0; i < 20; i++) {
        kept[i] = trace_create_packet();
        assert_true(trace_read_packet(f.trace, kept[i]) > 0);
        n_in_place += kept[i]->holds_block;
        for (uint64_t k = 1; k < 4; k++)
            assert_next(&f, 100 + 4 * i + k);
    }
    assert_in_range(n_in_place, 1, 4); /* the others were copied out */
    assert_in_range(load_relaxed(&f.mock->n_released), 45 - 5, 45 - 1);
    for (uint64_t i = 0; i < 20; i++) {
        assert_true(mock_number(kept[i]) == 100 + 4 * i && mock_is_intact(kept[i]));
        if (i > 0)
            trace_destroy_packet(kept[i]);
    }
    for (uint64_t i = 180; i < 400; i++)
        assert_next(&f, i);
    assert_int_equal(load_relaxed(&f.mock->n_released), 100 - 2);
    trace_destroy(f.trace);
    f.trace = NULL;
    assert_true(mock_is_intact(kept[0]));
    trace_destroy_packet(kept[0]);
    fixture_end(&f);
}

static void test_one_packet_serves_many_traces(void **state)
{
    (void)state;
    struct fixture a = fixture_create();
    struct fixture b = fixture_create();
    b.mock->capture = 99;
    mock_add_records(a.mock, 300);
    mock_add_records(b.mock, 300);
    fixture_start(&a);
    fixture_start(&b);
    trace_destroy_packet(b.packet);
    b.packet = a.packet;
    for (uint64_t i = 0; i < 300; i++) {
        assert_next(&a, i);
        assert_ptr_equal(a.packet->trace, a.trace);
        assert_next(&b, i);
        assert_ptr_equal(b.packet->trace, b.trace);
        assert_int_equal(trace_get_capture_length(b.packet), 99);
    }
    b.packet = NULL;
    trace_destroy(b.trace);
    b.trace = NULL;
    assert_int_equal(trace_read_packet(a.trace, a.packet), 0);
    assert_int_equal(trace_get_capture_length(a.packet), 99);
    trace_destroy(a.trace);
    assert_true(mock_is_intact(a.packet));
    fixture_start(&a); /* with a packet that shows a record of a trace that is gone */
    assert_next(&a, 0);
    fixture_end(&a);
    mock_destroy(&b.mock);
}

static void test_last_packet_stays_readable(void **state)
{
    (void)state;
    struct fixture f = fixture_create();
    mock_add_records(f.mock, 5);
    mock_add_error(f.mock, TRACE_ERR_BAD_PACKET, "x.mock: offset 512: nonsense");
    fixture_start(&f);
    for (uint64_t i = 0; i < 5; i++)
        assert_next(&f, i);
    assert_int_equal(trace_read_packet(f.trace, f.packet), -1);
    assert_true(mock_number(f.packet) == 4 && mock_is_intact(f.packet));
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_live_as_long_as_their_user_wants),
        cmocka_unit_test(test_kept_packets_pin_bounded_memory),
        cmocka_unit_test(test_blocks_are_given_back_when_no_packet_refers_to_them),
        cmocka_unit_test(test_one_packet_serves_many_traces),
        cmocka_unit_test(test_last_packet_stays_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
