/* SPDX-License-Identifier: BSD-2-Clause */
/* SCTP: the header, and chunks one by one, in packets as they should be, cut and malformed. */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/protocol_builder.h"
#include "tests/support/test.h"

enum { SCTP_AT = 34, FIRST_CHUNK = 12 };

static struct packet_builder b;
static libtrace_packet_t packet;

static void start(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_sctp(&b, 2905, 36412);
}

/* INIT, two DATA with and without padding, a SACK in between, COOKIE ECHO of odd length at last. */
static void add_chunks(void)
{
    build_sctp_chunk(&b, TRACE_SCTP_INIT, 0x40, "\1\2\3\4\0\0\1\0\0\1\0\1\0\0\0\7", 16);
    build_sctp_data(&b, 0x01020304, 5, 9);
    build_sctp_chunk(&b, TRACE_SCTP_SACK, 0, "\1\2\3\4\0\0\1\0\0\0\0\0", 12);
    build_sctp_data(&b, 0x01020305, 6, 8);
    build_sctp_chunk(&b, TRACE_SCTP_COOKIE_ECHO, 0, "cooki", 5);
}

static const struct {
    uint16_t at, length;
    uint8_t type, flags;
} expected[] = {
    {12, 20, TRACE_SCTP_INIT, 0x40},     {32, 25, TRACE_SCTP_DATA, 3},
    {60, 16, TRACE_SCTP_SACK, 0},        {76, 24, TRACE_SCTP_DATA, 3},
    {100, 9, TRACE_SCTP_COOKIE_ECHO, 0},
};

/* A walk over n_bytes of an SCTP packet finds the chunks that are whole, then tells of the one that
 * is cut. */
static void expect_chunks(uint8_t *sctp, uint32_t n_bytes)
{
    libtrace_sctp_state_t state = {0};
    uint8_t type = 99, flags = 99;
    uint16_t length = 99;
    unsigned n = 0;
    uint8_t *value;
    while ((value = trace_get_next_sctp_chunk((libtrace_sctp_common_t *)sctp, &state, n_bytes,
                                              &type, &flags, &length))) {
        assert_true(n < ARRAY_LEN(expected));
        assert_ptr_equal(value, sctp + expected[n].at + 4);
        assert_int_equal(type, expected[n].type);
        assert_int_equal(flags, expected[n].flags);
        assert_int_equal(length, expected[n].length);
        assert_true(expected[n].at + length <= n_bytes);
        n++;
    }
    const bool is_cut = n < ARRAY_LEN(expected) && expected[n].at + 4u <= n_bytes;
    assert_int_equal(type, is_cut ? expected[n].type : 0);
    assert_int_equal(flags, is_cut ? expected[n].flags : 0);
    assert_int_equal(length, is_cut ? expected[n].length : 0);
    if (n < ARRAY_LEN(expected))
        assert_true(expected[n].at + expected[n].length > n_bytes);
    assert_null(trace_get_next_sctp_chunk((libtrace_sctp_common_t *)sctp, &state, n_bytes, &type,
                                          &flags, &length));
    assert_int_equal(length, 0);
}

static void test_header(void **state)
{
    (void)state;
    start();
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    libtrace_sctp_common_t *sctp = trace_get_sctp(&packet);
    assert_ptr_equal(sctp, b.bytes + SCTP_AT);
    assert_int_equal(load_be16(&sctp->source), 2905);
    assert_int_equal(load_be16(&sctp->dest), 36412);
    assert_null(trace_get_tcp(&packet));
    build_show(&packet, b.bytes, b.length - 1, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_sctp(&packet));
    assert_null(trace_get_sctp(NULL));

    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_tcp(&b, 1, 2);
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_sctp(&packet));
}

static void test_chunks(void **state)
{
    (void)state;
    start();
    add_chunks();
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    uint32_t remaining;
    uint8_t *sctp = trace_get_transport(&packet, NULL, &remaining);
    assert_ptr_equal(sctp, trace_get_sctp(&packet));
    expect_chunks(sctp, remaining);
    expect_chunks(sctp, remaining - 3); /* the last padding may be missing */
}

static void test_data_chunks(void **state)
{
    (void)state;
    start();
    add_chunks();
    libtrace_sctp_common_t *sctp = (libtrace_sctp_common_t *)(b.bytes + SCTP_AT);
    const uint32_t remaining = (uint32_t)(b.length - SCTP_AT);
    libtrace_sctp_state_t walk = {0};
    libtrace_sctp_data_t *header;
    uint8_t flags;
    uint16_t length;
    for (unsigned n = 0; n < 2; n++) {
        const size_t at = SCTP_AT + (n == 0 ? 32 : 76);
        uint8_t *data =
            trace_get_next_sctp_data_chunk(sctp, &walk, remaining, &flags, &length, &header);
        assert_ptr_equal(data, b.bytes + at + 16);
        assert_ptr_equal(header, b.bytes + at + 4);
        assert_int_equal(flags, 3);
        assert_int_equal(length, n == 0 ? 9 : 8);
        assert_int_equal(load_be32(&header->tsn), 0x01020304 + n);
        assert_int_equal(load_be16(&header->streamid), 5 + n);
        assert_int_equal(load_be16(&header->seqno), 6 + n);
        assert_int_equal(load_be32(&header->proto), 46);
    }
    assert_null(trace_get_next_sctp_data_chunk(sctp, &walk, remaining, &flags, &length, &header));
    assert_int_equal(flags, 0);
    assert_int_equal(length, 0);
    assert_null(header);

    /* Cut in the user data of the first, then in the header in front of it. */
    memset(&walk, 0, sizeof(walk));
    assert_null(trace_get_next_sctp_data_chunk(sctp, &walk, 50, &flags, &length, &header));
    assert_ptr_equal(header, b.bytes + SCTP_AT + 36);
    assert_int_equal(length, 9);
    memset(&walk, 0, sizeof(walk));
    assert_null(trace_get_next_sctp_data_chunk(sctp, &walk, 47, &flags, &length, &header));
    assert_null(header);
    assert_int_equal(length, 9);
    assert_null(trace_get_next_sctp_data_chunk(sctp, &walk, 47, NULL, NULL, NULL));
}

static void test_malformed(void **state)
{
    (void)state;
    for (uint16_t bad = 0; bad < 4; bad++) {
        start();
        build_sctp_chunk(&b, TRACE_SCTP_HEARTBEAT, 0, "\0\1\0\4", 4);
        build_sctp_chunk(&b, TRACE_SCTP_ABORT, 0, "", 0);
        build_sctp_chunk(&b, TRACE_SCTP_ERROR, 0, "", 0);
        store_be16(b.bytes + SCTP_AT + FIRST_CHUNK + 8 + 2, bad);
        libtrace_sctp_common_t *sctp = (libtrace_sctp_common_t *)(b.bytes + SCTP_AT);
        libtrace_sctp_state_t walk = {0};
        uint8_t type;
        uint16_t length;
        assert_non_null(trace_get_next_sctp_chunk(sctp, &walk, 28, &type, NULL, &length));
        assert_null(trace_get_next_sctp_chunk(sctp, &walk, 28, &type, NULL, &length));
        assert_int_equal(length, 0);
        assert_null(trace_get_next_sctp_chunk(sctp, &walk, 28, &type, NULL, &length));
    }
    /* A DATA chunk without room for its header is passed over. */
    start();
    build_sctp_chunk(&b, TRACE_SCTP_DATA, 3, "\0\0\0\1\0\0\0\1", 8);
    build_sctp_data(&b, 7, 1, 4);
    libtrace_sctp_state_t walk = {0};
    libtrace_sctp_data_t *header;
    uint16_t length;
    assert_ptr_equal(trace_get_next_sctp_data_chunk((libtrace_sctp_common_t *)(b.bytes + SCTP_AT),
                                                    &walk, 44, NULL, &length, &header),
                     b.bytes + SCTP_AT + 24 + 16);
    assert_int_equal(length, 4);
    assert_null(trace_get_next_sctp_chunk(NULL, &walk, 44, NULL, NULL, NULL));
    assert_null(
        trace_get_next_sctp_chunk((libtrace_sctp_common_t *)b.bytes, NULL, 44, NULL, NULL, NULL));
    memset(&walk, 0, sizeof(walk));
    assert_null(trace_get_next_sctp_chunk(NULL, &walk, 44, NULL, NULL, NULL));
}

static void test_every_cut(void **state)
{
    (void)state;
    start();
    add_chunks();
    build_finish(&b);
    for (size_t n_bytes = 0; n_bytes <= b.length; n_bytes++) {
        uint8_t *copy = build_exact_copy(&b, n_bytes);
        build_show(&packet, copy, n_bytes, b.length, TRACE_TYPE_ETH);
        assert_int_equal(trace_get_sctp(&packet) != NULL, n_bytes >= SCTP_AT + 12);
        if (n_bytes >= SCTP_AT)
            expect_chunks(copy + SCTP_AT, (uint32_t)(n_bytes - SCTP_AT));
        libtrace_sctp_state_t walk = {0};
        libtrace_sctp_data_t *header;
        uint16_t length;
        uint32_t remaining;
        void *sctp = trace_get_transport(&packet, NULL, &remaining);
        uint8_t *data;
        while (
            (data = trace_get_next_sctp_data_chunk(sctp, &walk, remaining, NULL, &length, &header)))
            assert_true(data + length <= copy + n_bytes);
        if (header)
            assert_true((uint8_t *)(header + 1) <= copy + n_bytes);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),      cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_data_chunks), cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_every_cut),
    };
    return cmocka_run_group_tests_name("decode: SCTP", tests, NULL, NULL);
}
