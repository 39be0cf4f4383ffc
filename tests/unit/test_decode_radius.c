/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS messages and their attributes, as they should be, cut and malformed. */
#include <string.h>

#include <libtrace.h>
#include <libtrace_radius.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/protocol_builder.h"
#include "tests/support/test.h"

enum { UDP_PAYLOAD_AT = 42, TCP_PAYLOAD_AT = 54 };

static struct packet_builder b;
static libtrace_packet_t packet;
static size_t message_at;

static void start(bool is_tcp)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    if (is_tcp)
        build_tcp(&b, 40000, 1812);
    else
        build_udp(&b, 40000, 1812);
    message_at = build_radius(&b, LIBTRACE_RADIUS_ACCESS_REQUEST, 77);
}

static void add_attributes(void)
{
    build_radius_avp(&b, LIBTRACE_RADIUS_USER_PASSWORD, "0123456789abcdef", 16);
    build_radius_avp(&b, LIBTRACE_RADIUS_USERNAME, "nemo", 4);
    build_radius_avp(&b, LIBTRACE_RADIUS_USERNAME, "other", 5);
    build_radius_avp(&b, LIBTRACE_RADIUS_NAS_IDENT, "nautilus", 8);
}

static void finish(void)
{
    build_radius_end(&b, message_at);
    build_finish(&b);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
}

static libtrace_radius_t *message(void)
{
    return (libtrace_radius_t *)(b.bytes + message_at);
}

static void test_message(void **state)
{
    (void)state;
    for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
        start(is_tcp);
        add_attributes();
        finish();
        uint32_t remaining;
        libtrace_radius_t *radius = trace_get_radius(&packet, &remaining);
        assert_ptr_equal(radius, b.bytes + (is_tcp ? TCP_PAYLOAD_AT : UDP_PAYLOAD_AT));
        assert_int_equal(remaining, 20 + 18 + 6 + 7 + 10);
        assert_int_equal(radius->code, LIBTRACE_RADIUS_ACCESS_REQUEST);
        assert_int_equal(radius->identifier, 77);
        assert_int_equal(load_be16(&radius->length), remaining);
        assert_ptr_equal(trace_get_radius(&packet, NULL), radius);
        /* Bytes behind the datagram, as in short Ethernet frames, are no part of it. */
        build_show(&packet, b.bytes, b.length + 7, b.length + 7, TRACE_TYPE_ETH);
        assert_ptr_equal(trace_get_radius(&packet, &remaining), radius);
        assert_int_equal(remaining, load_be16(&radius->length));
    }
}

static void test_no_message(void **state)
{
    (void)state;
    uint32_t remaining = 1;
    assert_null(trace_get_radius(NULL, &remaining));
    assert_int_equal(remaining, 0);
    for (int wrong = -1; wrong <= 1; wrong += 2) {
        start(false);
        add_attributes();
        finish();
        store_be16(&message()->length, (uint16_t)(load_be16(&message()->length) + wrong));
        remaining = 1;
        assert_null(trace_get_radius(&packet, &remaining));
        assert_int_equal(remaining, 0);
    }
    start(false);
    b.length--; /* 19 bytes */
    finish();
    assert_null(trace_get_radius(&packet, &remaining));
    start(false);
    build_payload(&b, 4096 - 20);
    finish();
    assert_non_null(trace_get_radius(&packet, &remaining));
    start(false);
    build_payload(&b, 4097 - 20);
    finish();
    assert_null(trace_get_radius(&packet, &remaining));
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_arp(&b, 1, 2);
    build_show(&packet, b.bytes, b.length, b.length, TRACE_TYPE_ETH);
    assert_null(trace_get_radius(&packet, &remaining));
}

static void test_attributes(void **state)
{
    (void)state;
    start(false);
    add_attributes();
    finish();
    const uint32_t n = load_be16(&message()->length);
    libtrace_radius_avp_t *avp = trace_get_radius_avp(message(), n, LIBTRACE_RADIUS_USER_PASSWORD);
    assert_ptr_equal(avp, b.bytes + message_at + 20);
    assert_int_equal(avp->length, 18);
    assert_memory_equal(&avp->data, "0123456789abcdef", 16);
    assert_null(trace_get_radius_avp(message(), n, LIBTRACE_RADIUS_CLASS));
    uint8_t n_bytes = 0;
    const char *name = trace_get_radius_username(message(), n, &n_bytes);
    assert_int_equal(n_bytes, 4);
    assert_memory_equal(name, "nemo", 4);
    assert_ptr_equal(trace_get_radius_username(message(), n, NULL), name);
    name = trace_get_radius_nas_identifier(message(), n, &n_bytes);
    assert_int_equal(n_bytes, 8);
    assert_memory_equal(name, "nautilus", 8);
    assert_null(trace_get_radius_username(NULL, n, &n_bytes));
    assert_int_equal(n_bytes, 0);
    /* More bytes than the message has do not lengthen it. */
    store_be16(&message()->length, (uint16_t)(n - 10));
    assert_null(trace_get_radius_nas_identifier(message(), n, &n_bytes));
    assert_int_equal(n_bytes, 0);
}

static void test_malformed_attributes(void **state)
{
    (void)state;
    for (uint8_t bad = 0; bad < 2; bad++) {
        start(false);
        add_attributes();
        finish();
        b.bytes[message_at + 21] = bad;
        const uint32_t n = load_be16(&message()->length);
        assert_null(trace_get_radius_username(message(), n, NULL));
        assert_null(trace_get_radius_avp(message(), n, LIBTRACE_RADIUS_USER_PASSWORD));
    }
    start(false);
    build_radius_avp(&b, LIBTRACE_RADIUS_USERNAME, "", 0);
    finish();
    uint8_t n_bytes = 9;
    assert_non_null(trace_get_radius_avp(message(), 22, LIBTRACE_RADIUS_USERNAME));
    assert_null(trace_get_radius_username(message(), 22, &n_bytes));
    assert_int_equal(n_bytes, 0);
}

/* A value is returned exactly when it was captured. */
static void test_every_cut(void **state)
{
    (void)state;
    start(false);
    add_attributes();
    finish();
    for (size_t n_bytes = 0; n_bytes <= b.length; n_bytes++) {
        uint8_t *copy = build_exact_copy(&b, n_bytes);
        build_show(&packet, copy, n_bytes, b.length, TRACE_TYPE_ETH);
        uint32_t remaining;
        uint8_t length;
        libtrace_radius_t *radius = trace_get_radius(&packet, &remaining);
        const bool is_there = n_bytes >= UDP_PAYLOAD_AT + 20;
        assert_ptr_equal(radius, is_there ? copy + UDP_PAYLOAD_AT : NULL);
        assert_int_equal(remaining, is_there ? n_bytes - UDP_PAYLOAD_AT : 0);
        const size_t name_end = UDP_PAYLOAD_AT + 20 + 18 + 6;
        const char *value = trace_get_radius_username(radius, remaining, &length);
        assert_ptr_equal(value, n_bytes >= name_end ? copy + name_end - 4 : NULL);
        value = trace_get_radius_nas_identifier(radius, remaining, &length);
        assert_ptr_equal(value, n_bytes == b.length ? copy + n_bytes - 8 : NULL);
        /* Whatever the caller says that it is. */
        trace_get_radius_avp((libtrace_radius_t *)copy, (uint32_t)n_bytes, LIBTRACE_RADIUS_STATE);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message),    cmocka_unit_test(test_no_message),
        cmocka_unit_test(test_attributes), cmocka_unit_test(test_malformed_attributes),
        cmocka_unit_test(test_every_cut),
    };
    return cmocka_run_group_tests_name("decode: RADIUS", tests, NULL, NULL);
}
