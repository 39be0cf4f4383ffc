/* SPDX-License-Identifier: BSD-2-Clause */
/* The meta-data interface over ERF provenance records: sections, types, byte order; cut and damaged. */
#include <libtrace.h>

#include <arpa/inet.h>

#include "lib/base/memory.h"
#include "tests/support/erf_bytes.h"

enum { CAPTURE = 0xff00, HOST = 0xff01, MODULE = 0xff02, INTERFACE = 0xff03 };

static void add_tag(struct bytes *payload, unsigned number, const void *value, size_t n_bytes)
{
    uint8_t head[4];
    store_be16(head, (uint16_t)number);
    store_be16(head + 2, (uint16_t)n_bytes);
    bytes_add(payload, head, sizeof(head));
    bytes_add(payload, value, n_bytes);
    bytes_add(payload, (const uint8_t *)"\0\0\0", -n_bytes & 3);
}

static void add_text(struct bytes *payload, unsigned number, const char *text)
{
    add_tag(payload, number, text, strlen(text));
}

static void add_u32(struct bytes *payload, unsigned number, uint32_t value)
{
    uint8_t bytes[4];
    store_be32(bytes, value);
    add_tag(payload, number, bytes, sizeof(bytes));
}

static void add_u64(struct bytes *payload, unsigned number, uint64_t value)
{
    uint8_t bytes[8];
    store_be64(bytes, value);
    add_tag(payload, number, bytes, sizeof(bytes));
}

static struct bytes make_payload(void)
{
    struct bytes payload = {0};
    uint8_t time[8];
    store_le64(time, ERF_START);
    add_tag(&payload, 2, time, sizeof(time)); /* in front of all sections */
    add_u32(&payload, CAPTURE, 1u << 16);
    add_text(&payload, 16, "a program");
    add_u32(&payload, HOST, 1u << 16);
    add_text(&payload, 17, "an OS");
    add_text(&payload, 12, "host's name");
    add_u32(&payload, MODULE, 1u << 16);
    add_text(&payload, 20, "a card");
    add_tag(&payload, 0, "", 0); /* padding */
    add_text(&payload, 21, "fw 1");
    add_text(&payload, 53, "5.6.7");
    for (uint32_t port = 0; port < 2; port++) {
        add_u32(&payload, INTERFACE, port << 16);
        add_text(&payload, 12, port == 0 ? "port A" : "port B");
        add_text(&payload, 13, "a port");
        add_text(&payload, 1, "a comment");
        add_u64(&payload, 66, UINT64_C(10000000000) + port);
        add_tag(&payload, 67, (const uint8_t[]){192, 0, 2, (uint8_t)port}, 4);
        add_tag(&payload, 68, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
        add_tag(&payload, 69, "\2\0\0\0\0\7", 6);
        add_u32(&payload, 8, 32);
        add_tag(&payload, 4000, "?", 1);
    }
    while (payload.n % 8 != 0)
        add_tag(&payload, 0, "", 0);
    return payload;
}

static struct bytes make_file(const struct bytes *payload)
{
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    spec.type = 27;
    spec.n_before = 0;
    spec.capture = (uint16_t)payload->n;
    spec.wire = (uint16_t)payload->n;
    spec.n_extensions = 1;
    erf_add_with(&file, &spec, payload->at, 0);
    spec = erf_plain;
    erf_add(&file, &spec, 1);
    return file;
}

static void check_getters(libtrace_packet_t *packet)
{
    char space[100];
    assert_string_equal(trace_get_capture_application(packet, space, 100), "a program");
    assert_string_equal(trace_get_host_os(packet, space, 100), "an OS");
    assert_string_equal(trace_get_erf_dag_card_model(packet, space, 100), "a card");
    assert_string_equal(trace_get_erf_dag_fw_version(packet, space, 100), "fw 1");
    assert_string_equal(trace_get_erf_dag_version(packet, space, 100), "5.6.7");
    assert_string_equal(trace_get_interface_name(packet, space, 100, 0), "port A");
    assert_string_equal(trace_get_interface_name(packet, space, 100, 1), "port B");
    assert_null(trace_get_interface_name(packet, space, 100, 2)); /* a host has a name too */
    assert_string_equal(trace_get_interface_description(packet, space, 100, 1), "a port");
    assert_string_equal(trace_get_interface_comment(packet, space, 100, 1), "a comment");
    assert_true(trace_get_interface_speed(packet, 1) == UINT64_C(10000000001));
    assert_int_equal(trace_get_interface_ipv4(packet, 1), htonl(0xc0000201));
    assert_string_equal(trace_get_interface_ipv6_string(packet, space, 46, 1), "2001:db8::1");
    assert_non_null(trace_get_interface_mac(packet, space, 7, 1));
    assert_memory_equal(space, "\2\0\0\0\0\7", 7);
    assert_int_equal(trace_get_interface_fcslen(packet, 1), 32);
}

static void check_lists(libtrace_packet_t *packet)
{
    libtrace_meta_t *meta = trace_get_all_metadata(packet);
    uint64_t number;
    uint32_t small;
    assert_int_equal(meta->num, 1 + 1 + 2 + 3 + 2 * 9);
    assert_int_equal(meta->items[0].section, 0);
    assert_string_equal(meta->items[0].option_name, "gen_time");
    assert_int_equal(meta->items[0].datatype, TRACE_META_UINT64);
    memcpy(&number, meta->items[0].data, 8);
    assert_true(number == ERF_START);
    const libtrace_meta_item_t *last = &meta->items[meta->num - 1];
    assert_int_equal(last->section, INTERFACE);
    assert_int_equal(last->option, 4000);
    assert_int_equal(last->datatype, TRACE_META_UNKNOWN);
    assert_null(last->option_name);
    memcpy(&small, last[-1].data, 4);
    assert_int_equal(small, 32);
    assert_int_equal(last[-1].datatype, TRACE_META_UINT32);
    trace_destroy_meta(meta);
    meta = trace_get_interface_speed_meta(packet);
    assert_int_equal(meta->num, 2);
    assert_string_equal(meta->items[1].option_name, "if_speed");
    trace_destroy_meta(meta);
    meta = trace_get_single_meta_field(packet, HOST, 12);
    assert_int_equal(meta->num, 1);
    assert_string_equal(meta->items[0].data, "host's name");
    trace_destroy_meta(meta);
    assert_null(trace_get_single_meta_field(packet, 0x1000000 | HOST, 12));
}

static void test_facts(void **state)
{
    (void)state;
    static const char *const schemes[] = {"erf", "rawerf"};
    struct bytes payload = make_payload();
    struct bytes file = make_file(&payload);
    const char *path = temp_write("facts.erf", file.at, file.n, false);
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        char uri[1200];
        snprintf(uri, sizeof(uri), "%s:%s", schemes[i], path);
        libtrace_t *trace = trace_create(uri);
        libtrace_packet_t *packet = trace_create_packet();
        assert_int_equal(trace_start(trace), 0);
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_true(IS_LIBTRACE_META_PACKET(packet));
        check_getters(packet);
        check_lists(packet);
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_null(trace_get_all_metadata(packet)); /* a packet */
        trace_destroy_packet(packet);
        trace_destroy(trace);
    }
    bytes_free(&file);
    bytes_free(&payload);
}

/* A record in memory of exactly its length, cut at each byte, with lengths that go on behind it. */
static void test_cut(void **state)
{
    (void)state;
    struct bytes payload = make_payload();
    const size_t n_facts = 1 + 1 + 2 + 3 + 2 * 9;
    size_t n_before = 0;
    for (size_t cut = 0; cut <= payload.n; cut++) {
        const struct bytes part = {payload.at, cut, 0};
        struct bytes file = {0};
        struct erf_spec spec = erf_plain;
        spec.type = 27;
        spec.n_before = 0;
        spec.capture = (uint16_t)cut;
        erf_add_with(&file, &spec, part.at, 0);
        uint8_t *record = mem_copy(file.at, file.n);
        libtrace_t *dead = trace_create_dead("erf");
        libtrace_packet_t *packet = trace_create_packet();
        assert_int_equal(trace_prepare_packet(dead, packet, record, TRACE_RT_ERF_META, 0), 0);
        libtrace_meta_t *meta = trace_get_all_metadata(packet);
        const size_t n = meta ? meta->num : 0;
        assert_in_range(n, n_before, n_before + 1);
        n_before = n;
        if (meta)
            trace_destroy_meta(meta);
        trace_destroy_packet(packet);
        trace_destroy_dead(dead);
        mem_free(record);
        bytes_free(&file);
    }
    assert_int_equal(n_before, n_facts);
    bytes_free(&payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
