/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet blocks that are whole and tell something that cannot be, or hardly. */
#include "tests/hostile/hostile_pcapng.h"

/* --- captured lengths --- */

static void make_capture(struct ng_file *file, uint32_t capture)
{
    begin_file(file, file->is_swapped);
    ng_packet(file, 0, 1, 9, 60, 60);
    store_u32_as(file->bytes.at + file->block + 20, capture, file->is_swapped);
    end_file(file);
}

static void make_old_capture(struct ng_file *file, uint32_t capture)
{
    begin_file(file, file->is_swapped);
    ng_begin_old_packet(file, 0, 0, 1, 9, 60, 60);
    ng_end(file);
    store_u32_as(file->bytes.at + file->block + 20, capture, file->is_swapped);
    end_file(file);
}

/* The captured length is all that the file has. */
static void make_short_file(struct ng_file *file, uint32_t capture)
{
    ng_section(file);
    ng_interface(file, 1, 0);
    ng_packet(file, 0, 1, 0, 0, 0);
    store_u32_as(file->bytes.at + file->block + 20, capture, file->is_swapped);
}

/* Too short for what every packet has. */
static void make_short_packet(struct ng_file *file, uint32_t type)
{
    begin_file(file, file->is_swapped);
    for (uint32_t n_bytes = 0; n_bytes < (type == 3 ? 4u : 20u); n_bytes += 4)
        ng_any(file, type, n_bytes);
    end_file(file);
}

static void test_more_captured_than_there_is(void **state)
{
    (void)state;
    static const uint32_t captures[] = {61,         64,         1000,       0x7fffffff,
                                        0x80000000, 0xfffffffc, 0xfffffffd, 0xffffffff};
    for (size_t i = 0; i < ARRAY_LEN(captures); i++) {
        char what[64];
        snprintf(what, sizeof(what), "a captured length of %u in a block of 92", captures[i]);
        PASSES(what, make_capture, captures[i], "mmppsp");
        PASSES(what, make_old_capture, captures[i], "mmppsp");
    }
    PASSES("a captured length of 0xffffffff in a file of 80 bytes", make_short_file, 0xffffffff,
           "mms");
    PASSES("enhanced packet blocks that are too short", make_short_packet, 6, "mmppsssssp");
    PASSES("simple packet blocks that are too short", make_short_packet, 3, "mmppsp");
    PASSES("old packet blocks that are too short", make_short_packet, 2, "mmppsssssp");
}

struct lengths {
    uint32_t snaplen, capture, wire;
};

static struct lengths lengths;

static void make_lengths(struct ng_file *file, uint32_t argument)
{
    (void)argument;
    ng_section(file);
    ng_interface(file, 1, lengths.snaplen);
    ng_packet(file, 0, 1, 0, 60, 60);
    ng_packet(file, 0, 1, 1, lengths.capture, lengths.wire);
    ng_packet(file, 0, 1, 2, 60, 60);
}

static void assert_lengths(const char *what, struct lengths its, size_t wire)
{
    lengths = its;
    PASSES(what, make_lengths, 0, "mmppp");
    const struct hostile_facts facts = facts_of(make_lengths, 0, 1);
    assert_int_equal(facts.capture, its.capture);
    assert_int_equal(facts.wire, wire);
}

/* Nothing is cut, and nothing wraps around. Frame check sequences are counted. */
static void test_lengths_that_contradict(void **state)
{
    (void)state;
    assert_lengths("more captured than the snap length", (struct lengths){40, 60, 60}, 64);
    assert_lengths("a snap length of 0", (struct lengths){0, 60, 60}, 64);
    assert_lengths("a snap length of 0xffffffff", (struct lengths){0xffffffff, 60, 60}, 64);
    assert_lengths("more captured than there was", (struct lengths){0, 60, 42}, 46);
    assert_lengths("a packet of no length", (struct lengths){0, 60, 0}, 4);
    assert_lengths("a packet of 0xffffffff bytes", (struct lengths){0, 60, UINT32_MAX}, UINT32_MAX);
    assert_lengths("a packet of 0xfffffffd bytes", (struct lengths){0, 60, UINT32_MAX - 2},
                   UINT32_MAX);
    assert_lengths("nothing captured", (struct lengths){0, 0, 1500}, 1504);
    assert_lengths("nothing captured of nothing", (struct lengths){0, 0, 0}, 4);
}

static void make_large(struct ng_file *file, uint32_t capture)
{
    begin_file(file, file->is_swapped);
    ng_packet(file, 0, 1, 2, capture, capture);
    ng_packet(file, 0, 1, 3, 60, 60);
}

static void make_large_old(struct ng_file *file, uint32_t capture)
{
    begin_file(file, file->is_swapped);
    ng_begin_old_packet(file, 0, 0, 1, 2, capture, capture);
    ng_end(file);
    ng_packet(file, 0, 1, 3, 60, 60);
}

static void make_large_simple(struct ng_file *file, uint32_t capture)
{
    begin_file(file, file->is_swapped);
    ng_simple_packet(file, 2, capture, capture);
    ng_packet(file, 0, 1, 3, 60, 60);
}

static void test_large_packets(void **state)
{
    (void)state;
    static make_file *const makers[] = {make_large, make_large_old, make_large_simple};
    for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
        PASSES("a packet of 65535 bytes", makers[i], 65535, "mmpppp");
        PASSES("a packet of 65536 bytes", makers[i], 65536, "mmpppp");
        PASSES("a packet of 262145 bytes", makers[i], 262145, "mmpppp");
    }
    PASSES("a packet of 3 MiB", make_large, 3 << 20, "mmpppp");
    FAILS("a packet of more than 16 MiB", make_large, (16 << 20) + 1, "mmpp", TRACE_ERR_BAD_PACKET,
          "offset 232", "16777217 captured bytes");
}

/* --- simple packets --- */

static void make_simple(struct ng_file *file, uint32_t snaplen)
{
    ng_section(file);
    ng_interface(file, 1, snaplen);
    ng_simple_packet(file, 0, 61, 61);
    ng_simple_packet(file, 1, 61, 1001);
    ng_simple_packet(file, 2, 61, 0xffffffff);
}

static void make_simple_of_odd_length(struct ng_file *file, uint32_t capture)
{
    ng_section(file);
    ng_interface(file, 1, 0);
    ng_simple_packet(file, 0, capture, capture);
}

static void make_simple_with_too_little(struct ng_file *file, uint32_t wire)
{
    begin_file(file, file->is_swapped);
    ng_simple_packet(file, 9, 56, wire);
    end_file(file);
}

/* Only the snap length tells how much of one was captured. */
static void test_simple_packets(void **state)
{
    (void)state;
    PASSES("simple packets cut to an odd snap length", make_simple, 61, "mmppp");
    assert_int_equal(facts_of(make_simple, 61, 1).capture, 61);
    assert_int_equal(facts_of(make_simple, 61, 1).wire, 1005);
    PASSES("simple packets cut without a snap length", make_simple, 0, "mmpss");
    PASSES("a snap length above what there is", make_simple, 65, "mmpss");
    for (uint32_t capture = 0; capture < 8; capture++) {
        PASSES("simple packets of all paddings", make_simple_of_odd_length, capture, "mmp");
        assert_int_equal(facts_of(make_simple_of_odd_length, capture, 0).capture, capture);
    }
    PASSES("a simple packet of 57 bytes in room for 56", make_simple_with_too_little, 57, "mmppsp");
    PASSES("a simple packet of 0xffffffff bytes", make_simple_with_too_little, 0xffffffff,
           "mmppsp");
}

static void make_old_of_no_interface(struct ng_file *file, uint32_t n_drops)
{
    begin_file(file, file->is_swapped);
    ng_begin_old_packet(file, 0xffff, n_drops, 1, 9, 60, 60);
    ng_end(file);
    ng_begin_old_packet(file, 0, n_drops, 1, 2, 60, 60);
    ng_end(file);
}

static void test_old_packets(void **state)
{
    (void)state;
    PASSES("an old packet of interface 0xffff", make_old_of_no_interface, 0, "mmppsp");
    PASSES("and drops that were not counted", make_old_of_no_interface, 0xffff, "mmppsp");
}

/* --- times --- */

static void make_times(struct ng_file *file, uint32_t resolution)
{
    ng_section(file);
    ng_clock_interface(file, 1, (uint8_t)resolution, 0);
    ng_packet(file, 0, UINT64_MAX, 0, 60, 60);
    ng_packet(file, 0, UINT64_C(1700000000000000000), 1, 60, 60);
    ng_packet(file, 0, 5, 2, 60, 60);
    ng_packet(file, 0, 4, 3, 60, 60);
    ng_packet(file, 0, 0, 4, 60, 60);
}

/* Beyond what can be told it is the last moment that can; and order is that of the file. */
static void test_times(void **state)
{
    (void)state;
    PASSES("a time of 2^64 - 1, and times that go back", make_times, 9, "mmppppp");
    assert_true(facts_of(make_times, 9, 0).time_ns == INT64_MAX);
    assert_true(facts_of(make_times, 9, 1).time_ns == INT64_C(1700000000000000000));
    assert_true(facts_of(make_times, 9, 2).time_ns == 5);
    assert_true(facts_of(make_times, 9, 3).time_ns == 4);
    assert_true(facts_of(make_times, 9, 4).time_ns == 0);
    PASSES("the same in seconds", make_times, 0, "mmppppp");
    assert_true(facts_of(make_times, 0, 0).time_ns == INT64_MAX);
    assert_true(facts_of(make_times, 0, 1).time_ns == INT64_MAX);
    assert_true(facts_of(make_times, 0, 2).time_ns == 5000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_captured_than_there_is),
        cmocka_unit_test(test_lengths_that_contradict),
        cmocka_unit_test(test_large_packets),
        cmocka_unit_test(test_simple_packets),
        cmocka_unit_test(test_old_packets),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, hostile_set_up, hostile_tear_down);
}
