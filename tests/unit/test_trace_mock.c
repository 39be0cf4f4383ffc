/* SPDX-License-Identifier: BSD-2-Clause */
/* The mock format: its records are what they seem, and it sees when the library breaks the
 * contract. */
#include <libtrace.h>

#include <netinet/in.h>
#include <string.h>

#include "lib/base/checksum.h"
#include "lib/packet/block.h"
#include "lib/trace/trace.h"
#include "tests/support/mock_format.h"
#include "tests/support/test.h"

/* A library that drives the backend by hand. */
struct driver {
    struct mock *mock;
    struct error error;
    struct input input;
    struct stream stream;
    struct block_pool *pool;
    struct block *block;
};

static void driver_open(struct driver *d, struct mock *mock)
{
    *d = (struct driver){.mock = mock};
    d->input = (struct input){.format = &mock->format, .where = "x", .error = &d->error};
    d->pool = block_pool_create(65536, 100, 1 << 20);
    d->block = block_take(d->pool);
    assert_int_equal(mock->format.input.open(&d->input), 0);
    assert_int_equal(mock->format.input.start(&d->input, &d->stream), 0);
}

static int driver_mark(struct driver *d, uint64_t number)
{
    d->mock->format.stream.load(&d->stream, d->block, number);
    return d->mock->format.stream.mark(&d->stream, d->block, number);
}

static void driver_release(struct driver *d)
{
    d->mock->format.stream.release(&d->stream, d->block);
    block_reset(d->block);
}

/* Ends as it should, but for what was expected to be complained about. */
static void driver_close(struct driver *d, const char *violation)
{
    d->mock->format.input.pause(&d->input, &d->stream);
    block_release(&d->block);
    block_pool_release(&d->pool);
    d->mock->format.input.close(&d->input);
    if (violation) {
        assert_non_null(mock_violation(d->mock));
        if (!strstr(mock_violation(d->mock), violation))
            fail_msg("'%s' instead of '%s'", mock_violation(d->mock), violation);
        d->mock->violation[0] = '\0';
    }
    mock_destroy(&d->mock);
}

static void test_good_conduct(void **state)
{
    (void)state;
    for (int is_positional = 0; is_positional < 2; is_positional++) {
        struct driver d;
        struct mock *mock = mock_create();
        mock->is_positional = is_positional;
        mock_add_records(mock, 250);
        mock_add_gate(mock);
        mock_add_block(mock, 150); /* more than fit: two blocks */
        mock_add_error(mock, TRACE_ERR_BAD_PACKET, "broken");
        mock_add_end(mock);
        driver_open(&d, mock);
        static const uint32_t n_records[] = {100, 100, 50, 100, 50};
        struct record records[100];
        for (uint64_t i = 0; i < 5; i++) {
            if (i == 3) {
                assert_int_equal(driver_mark(&d, i), MARK_AGAIN);
                assert_int_equal(driver_mark(&d, i), MARK_AGAIN);
                mock_open_gate(mock, 0);
            }
            assert_int_equal(driver_mark(&d, i), MARK_RECORDS);
            assert_int_equal(d.block->n_records, n_records[i]);
            mock->format.record.describe(d.block, 0, n_records[i], records);
            assert_int_equal(records[0].time_ns,
                             MOCK_START_NS + (int64_t)(i * 100 - (i > 2 ? 50 : 0)) * 1000);
            driver_release(&d);
        }
        assert_int_equal(driver_mark(&d, 5), -1);
        assert_string_equal(d.error.text, "broken");
        assert_int_equal(driver_mark(&d, 5), MARK_END);
        assert_int_equal(driver_mark(&d, 9), MARK_END);
        assert_int_equal(load_relaxed(&mock->n_marked), 5);
        assert_int_equal(load_relaxed(&mock->n_released), 5);
        assert_int_equal(load_relaxed(&mock->n_described), 400);
        driver_close(&d, NULL);
    }
}

static void run_violation(void (*break_contract)(struct driver *d), const char *violation)
{
    struct driver d;
    struct mock *mock = mock_create();
    mock->checks_release_refs = true;
    mock_add_records(mock, 1000);
    driver_open(&d, mock);
    assert_int_equal(driver_mark(&d, 0), MARK_RECORDS);
    assert_null(mock_violation(mock));
    break_contract(&d);
    driver_close(&d, violation);
}

static void mark_twice(struct driver *d)
{
    driver_mark(d, 1);
}

static void mark_out_of_order(struct driver *d)
{
    driver_release(d);
    driver_mark(d, 2);
}

static void mark_again_under_the_same_number(struct driver *d)
{
    driver_release(d);
    driver_mark(d, 0);
}

static void mark_shared_block(struct driver *d)
{
    driver_release(d);
    block_retain(d->block, 1);
    driver_mark(d, 1);
    block_release_many(d->block, 1);
}

static void mark_at_once(struct driver *d)
{
    driver_release(d);
    store_relaxed(&d->mock->scripts[0].is_marking, true); /* as if another thread were in it */
    driver_mark(d, 1);
}

static void mark_while_paused(struct driver *d)
{
    driver_release(d);
    d->mock->format.input.pause(&d->input, &d->stream);
    d->mock->format.stream.mark(&d->stream, d->block, 1);
    d->mock->format.input.start(&d->input, &d->stream);
}

static void load_while_paused(struct driver *d)
{
    driver_release(d);
    d->mock->format.input.pause(&d->input, &d->stream);
    d->mock->format.stream.load(&d->stream, d->block, 1);
    d->mock->format.input.start(&d->input, &d->stream);
}

static void describe_too_much(struct driver *d)
{
    struct record records[101];
    d->mock->format.record.describe(d->block, 1, 100, records);
}

static void describe_after_release(struct driver *d)
{
    struct record record;
    d->mock->format.stream.release(&d->stream, d->block);
    d->mock->format.record.describe(d->block, 0, 1, &record);
}

static void release_twice(struct driver *d)
{
    d->mock->format.stream.release(&d->stream, d->block);
    d->mock->format.stream.release(&d->stream, d->block);
}

static void release_while_held(struct driver *d)
{
    block_retain(d->block, 1);
    d->mock->format.stream.release(&d->stream, d->block);
    block_release_many(d->block, 1);
}

static void start_twice(struct driver *d)
{
    d->mock->format.input.start(&d->input, &d->stream);
}

static void pause_twice(struct driver *d)
{
    d->mock->format.input.pause(&d->input, &d->stream);
}

static void open_twice(struct driver *d)
{
    d->mock->format.input.open(&d->input);
}

static void close_while_started(struct driver *d)
{
    d->mock->format.input.close(&d->input);
    d->mock->format.input.open(&d->input);
}

static void test_violations(void **state)
{
    (void)state;
    static const struct {
        void (*break_contract)(struct driver *d);
        const char *violation;
    } cases[] = {
        {mark_twice, "was marked before and not reset"},
        {mark_out_of_order, "mark of block 2 where 1 had to come"},
        {mark_again_under_the_same_number, "mark of block 0 where 1 had to come"},
        {mark_shared_block, "has 2 references"},
        {mark_at_once, "while another is marked"},
        {mark_while_paused, "mark of block 1 while not started"},
        {load_while_paused, "load of block 1 while not started"},
        {describe_too_much, "records 1 to 101 of a block with 100"},
        {describe_after_release, "describe"},
        {release_twice, "was released before"},
        {release_while_held, "a packet still refers"},
        {start_twice, "started twice"},
        {pause_twice, "paused while not started"},
        {open_twice, "opened twice"},
        {close_while_started, "closed before it was paused"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        run_violation(cases[i].break_contract, cases[i].violation);
}

static void sizes(void *argument, uint64_t number, struct mock_record *record)
{
    (void)argument;
    record->capture = (uint32_t)number;
    record->wire = number < 54 ? 60 : (uint32_t)number + 6;
}

/* What decoders find in the frames. */
static void test_frames(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    mock->generate = sizes;
    mock->n_flows = 7;
    mock_add_records(mock, 200);
    libtrace_t *trace = trace_create_with_format(&mock->format, "x");
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    for (uint32_t i = 0; i < 200; i++) {
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_int_equal(mock_number(packet), i);
        assert_true(mock_flow(packet) < 7);
        assert_true(mock_is_intact(packet));
        assert_int_equal(trace_get_capture_length(packet), i);
        assert_int_equal(trace_get_wire_length(packet), i < 54 ? 60 : i + 6);
        assert_int_equal(trace_get_direction(packet),
                         i % 2 == 0 ? TRACE_DIR_OUTGOING : TRACE_DIR_INCOMING);
        if (i < 50)
            continue;
        const libtrace_ip_t *ip = trace_get_ip(packet);
        assert_non_null(ip);
        assert_int_equal(checksum_of(ip, sizeof(*ip)), 0);
        assert_int_equal(ntohs(ip->ip_len), (i < 54 ? 56 : i + 2) - 14);
        const uint32_t near = 0x0a000000 + mock_flow(packet);
        assert_int_equal(ntohl(ip->ip_src.s_addr), i % 2 == 0 ? near : 0xc0a80001);
        assert_int_equal(ntohl(ip->ip_dst.s_addr), i % 2 == 0 ? 0xc0a80001 : near);
        assert_int_equal(trace_get_source_port(packet), i % 2 == 0 ? 1024 + mock_flow(packet) : 80);
        assert_int_equal(trace_get_destination_port(packet),
                         i % 2 == 0 ? 80 : 1024 + mock_flow(packet));
        ((uint8_t *)packet->payload)[i - 1] ^= 1;
        assert_false(mock_is_intact(packet));
    }
    trace_destroy_packet(packet);
    trace_destroy(trace);
    mock_destroy(&mock);
}

/* Each queue has its own records, and all together have each number once. */
static void test_queues(void **state)
{
    (void)state;
    struct mock *mock = mock_create();
    mock->n_queues = 3;
    mock->format.flags |= FORMAT_QUEUES;
    for (mock->queue = 0; mock->queue < 3; mock->queue++)
        mock_add_block(mock, 10);
    struct driver d;
    driver_open(&d, mock);
    struct stream streams[3] = {d.stream, {.queue = 1}, {.queue = 2}};
    bool has_seen[30] = {false};
    for (unsigned q = 0; q < 3; q++) {
        if (q > 0)
            assert_int_equal(mock->format.input.start(&d.input, &streams[q]), 0);
        assert_int_equal(mock->format.stream.mark(&streams[q], d.block, 0), MARK_RECORDS);
        for (unsigned i = 0; i < 10; i++) {
            libtrace_packet_t packet = {.header = d.block->data + d.block->offsets[i]};
            const uint64_t number = mock_number(&packet);
            assert_true(number < 30 && number % 3 == q && !has_seen[number]);
            has_seen[number] = true;
        }
        mock->format.stream.release(&streams[q], d.block);
        block_reset(d.block);
        assert_int_equal(mock->format.stream.mark(&streams[q], d.block, 1), MARK_END);
        if (q > 0)
            mock->format.input.pause(&d.input, &streams[q]);
    }
    driver_close(&d, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_conduct),
        cmocka_unit_test(test_violations),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_queues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
