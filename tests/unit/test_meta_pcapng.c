/* SPDX-License-Identifier: BSD-2-Clause */
/* The meta-data interface over pcapng: each block type, in both byte orders, and cut at every byte. */
#include <libtrace.h>

#include <arpa/inet.h>

#include "lib/base/memory.h"
#include "tests/support/pcapng_bytes.h"

#define SPEED UINT64_C(10000000000)

static const uint8_t mac[] = {2, 0, 0, 0, 0, 7};
static const uint8_t ipv4[] = {192, 0, 2, 1, 255, 255, 255, 0};
static const uint8_t ipv6[] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 64};

static void add_section(struct ng_file *file)
{
    ng_begin_section(file);
    ng_option_text(file, 1, "a section");
    ng_option_text(file, 2, "hardware");
    ng_option_text(file, 3, "an OS");
    ng_option_text(file, 4, "a program");
    ng_end_options(file);
    ng_end(file);
}

/* Two names, as writers should not do; the first is terminated, as some do. */
static void add_interface(struct ng_file *file)
{
    ng_begin(file, 1);
    ng_u16(file, 1);
    ng_u16(file, 0);
    ng_u32(file, 65535);
    ng_option(file, 2, "eth0", 5);
    ng_option_text(file, 2, "second");
    ng_option_text(file, 3, "the first port");
    ng_option(file, 4, ipv4, sizeof(ipv4));
    ng_option(file, 5, ipv6, sizeof(ipv6));
    ng_option(file, 6, mac, sizeof(mac));
    ng_option_u64(file, 8, SPEED);
    ng_option_u8(file, 9, 9);
    ng_option_text(file, 12, "another OS");
    ng_option_u8(file, 13, 32);
    ng_option_text(file, 1, "a comment");
    ng_option_u32(file, 77, 1); /* not known */
    ng_option_u32(file, 8, 1);  /* of the wrong length */
    ng_end_options(file);
    ng_end(file);
}

static void add_others(struct ng_file *file)
{
    ng_begin(file, 4); /* names: one record, the end of them, options */
    ng_u16(file, 1);
    ng_u16(file, 6);
    ng_bytes(file, "\xc0\0\2\1a\0\0\0", 8);
    ng_u32(file, 0);
    ng_option_text(file, 2, "resolver");
    ng_option(file, 3, ipv4, 4);
    ng_end_options(file);
    ng_end(file);
    ng_begin(file, 5); /* statistics */
    ng_u32(file, 0);
    ng_ticks(file, 7);
    ng_option_head(file, 2, 8);
    ng_ticks(file, UINT64_C(0x0123456789abcdef));
    ng_option_u64(file, 4, 1000);
    ng_end_options(file);
    ng_end(file);
    ng_begin(file, 10); /* secrets of 5 bytes */
    ng_u32(file, 0x544c534b);
    ng_u32(file, 5);
    ng_bytes(file, "abcde\0\0\0", 8);
    ng_option_text(file, 1, "secret");
    ng_end_options(file);
    ng_end(file);
    ng_begin(file, 0xbad); /* custom: where its options are, only the owner knows */
    ng_u32(file, 1);
    ng_option_text(file, 1, "no option");
    ng_end(file);
}

struct reader {
    libtrace_t *trace;
    libtrace_packet_t *packet;
};

static struct reader open_file(bool is_swapped)
{
    struct ng_file file = {.is_swapped = is_swapped};
    char uri[1200];
    add_section(&file);
    add_interface(&file);
    add_others(&file);
    ng_packet(&file, 0, 1, 0, 60, 60);
    snprintf(uri, sizeof(uri), "pcapng:%s", ng_write(&file, "facts.pcapng"));
    ng_free(&file);
    struct reader reader = {trace_create(uri), trace_create_packet()};
    assert_int_equal(trace_start(reader.trace), 0);
    return reader;
}

static libtrace_packet_t *next(struct reader *reader)
{
    assert_true(trace_read_packet(reader->trace, reader->packet) > 0);
    return reader->packet;
}

static void close_file(struct reader *reader)
{
    trace_destroy_packet(reader->packet);
    trace_destroy(reader->trace);
}

static void expect_item(const libtrace_meta_t *meta, unsigned at, uint16_t option, const char *name,
                        libtrace_meta_datatype_t type, const void *data, size_t n_bytes)
{
    assert_true(at < meta->num);
    const libtrace_meta_item_t *item = &meta->items[at];
    assert_int_equal(item->option, option);
    if (name)
        assert_string_equal(item->option_name, name);
    else
        assert_null(item->option_name);
    assert_int_equal(item->datatype, type);
    assert_int_equal(item->len, n_bytes);
    assert_memory_equal(item->data, data, n_bytes);
    if (type == TRACE_META_STRING)
        assert_int_equal(((const char *)item->data)[n_bytes], '\0');
}

static void check_section(libtrace_packet_t *packet)
{
    char space[100];
    libtrace_meta_t *meta = trace_get_all_metadata(packet);
    assert_int_equal(meta->num, 4);
    assert_int_equal(meta->items[0].section, 0x0d0a);
    expect_item(meta, 0, 1, "opt_comment", TRACE_META_STRING, "a section", 9);
    expect_item(meta, 3, 4, "shb_userappl", TRACE_META_STRING, "a program", 9);
    trace_destroy_meta(meta);
    assert_string_equal(trace_get_capture_application(packet, space, 100), "a program");
    assert_string_equal(trace_get_host_os(packet, space, 100), "an OS");
    assert_null(trace_get_interface_name(packet, space, 100, 0));
    assert_null(trace_get_interface_comment(packet, space, 100, 0)); /* it is the section's */
    meta = trace_get_single_meta_field(packet, 0x0a0d0d0a, 2);
    assert_int_equal(meta->num, 1);
    expect_item(meta, 0, 2, "shb_hardware", TRACE_META_STRING, "hardware", 8);
    trace_destroy_meta(meta);
    assert_null(trace_get_single_meta_field(packet, 0x0d0a, 2));
    assert_null(trace_get_single_meta_field(packet, 0x0a0d0d0a, 9));
    meta = trace_get_capture_application_meta(packet);
    expect_item(meta, 0, 4, "shb_userappl", TRACE_META_STRING, "a program", 9);
    trace_destroy_meta(meta);
    meta = trace_get_host_os_meta(packet);
    expect_item(meta, 0, 3, "shb_os", TRACE_META_STRING, "an OS", 5);
    trace_destroy_meta(meta);
}

static void check_texts(libtrace_packet_t *packet)
{
    char space[100];
    memset(space, 'x', sizeof(space));
    assert_ptr_equal(trace_get_interface_name(packet, space, 100, 0), space);
    assert_string_equal(space, "eth0");
    assert_string_equal(trace_get_interface_name(packet, space, 100, 1), "second");
    assert_null(trace_get_interface_name(packet, space, 100, 2));
    assert_null(trace_get_interface_name(packet, space, 100, -1));
    for (int n = 1; n < 10; n++) { /* never a byte behind the space */
        memset(space, 'x', sizeof(space));
        assert_ptr_equal(trace_get_interface_name(packet, space, n, 1), space);
        assert_int_equal(strlen(space), n < 7 ? n - 1 : 6);
        assert_memory_equal(space, "second", strlen(space));
        assert_int_equal(space[n], 'x');
    }
    assert_null(trace_get_interface_name(packet, space, 0, 0));
    assert_null(trace_get_interface_name(packet, NULL, 9, 0));
    assert_string_equal(trace_get_interface_description(packet, space, 100, 0), "the first port");
    assert_string_equal(trace_get_interface_comment(packet, space, 100, 0), "a comment");
    assert_null(trace_get_interface_comment(packet, space, 100, 1));
    assert_string_equal(trace_get_host_os(packet, space, 100), "another OS");
    assert_null(trace_get_capture_application(packet, space, 100));
    assert_null(trace_get_erf_dag_card_model(packet, space, 100));
}

static void check_addresses(libtrace_packet_t *packet)
{
    char space[100];
    memset(space, 'x', sizeof(space));
    assert_non_null(trace_get_interface_mac(packet, space, 6, 0));
    assert_memory_equal(space, mac, 6);
    assert_int_equal(space[6], 'x');
    assert_non_null(trace_get_interface_mac(packet, space, 7, 0));
    assert_int_equal(space[6], '\0');
    assert_null(trace_get_interface_mac(packet, space, 5, 0));
    assert_int_equal(trace_get_interface_ipv4(packet, 0), htonl(0xc0000201));
    assert_int_equal(trace_get_interface_ipv4(packet, 1), 0);
    assert_string_equal(trace_get_interface_ipv4_string(packet, space, 16, 0), "192.0.2.1");
    assert_null(trace_get_interface_ipv4_string(packet, space, 15, 0));
    memset(space, 'x', sizeof(space));
    assert_ptr_equal(trace_get_interface_ipv6(packet, space, 100, 0), space);
    assert_memory_equal(space, ipv6, 16);
    assert_int_equal(space[16], 'x');
    assert_string_equal(trace_get_interface_ipv6_string(packet, space, 46, 0), "2001:db8::9");
    assert_null(trace_get_interface_ipv6_string(packet, space, 45, 0));
    assert_null(trace_get_interface_ipv6_string(packet, space, 46, 1));
}

static void check_interface(libtrace_packet_t *packet)
{
    const uint64_t speed = SPEED;
    const uint8_t bits = 32;
    check_texts(packet);
    check_addresses(packet);
    assert_true(trace_get_interface_speed(packet, 0) == SPEED);
    assert_int_equal(trace_get_interface_fcslen(packet, 0), 32);
    assert_int_equal(trace_get_interface_fcslen(packet, 1), 0);
    libtrace_meta_t *meta = trace_get_all_metadata(packet);
    assert_int_equal(meta->num, 13);
    assert_int_equal(meta->items[0].section, 1);
    expect_item(meta, 0, 2, "if_name", TRACE_META_STRING, "eth0", 4);
    expect_item(meta, 3, 4, "if_IPv4addr", TRACE_META_IPV4, ipv4, 4);
    expect_item(meta, 4, 5, "if_IPv6addr", TRACE_META_IPV6, ipv6, 16);
    expect_item(meta, 5, 6, "if_MACaddr", TRACE_META_MAC, mac, 6);
    expect_item(meta, 6, 8, "if_speed", TRACE_META_UINT64, &speed, 8);
    expect_item(meta, 9, 13, "if_fcslen", TRACE_META_UINT8, &bits, 1);
    assert_int_equal(meta->items[11].datatype, TRACE_META_UNKNOWN);
    assert_null(meta->items[11].option_name);
    assert_int_equal(meta->items[12].datatype, TRACE_META_UNKNOWN);
    assert_int_equal(meta->items[12].len, 4);
    trace_destroy_meta(meta);
    meta = trace_get_interface_name_meta(packet);
    assert_int_equal(meta->num, 2);
    expect_item(meta, 1, 2, "if_name", TRACE_META_STRING, "second", 6);
    trace_destroy_meta(meta);
    meta = trace_get_interface_ipv6_meta(packet);
    expect_item(meta, 0, 5, "if_IPv6addr", TRACE_META_IPV6, ipv6, 16);
    trace_destroy_meta(meta);
}

static void check_others(struct reader *reader)
{
    const uint64_t start = UINT64_C(0x0123456789abcdef), received = 1000;
    libtrace_meta_t *meta = trace_get_all_metadata(next(reader));
    assert_int_equal(meta->num, 2);
    expect_item(meta, 0, 2, "ns_dnsname", TRACE_META_STRING, "resolver", 8);
    expect_item(meta, 1, 3, "ns_dnsIP4addr", TRACE_META_IPV4, ipv4, 4);
    trace_destroy_meta(meta);
    meta = trace_get_all_metadata(next(reader));
    assert_int_equal(meta->num, 2);
    expect_item(meta, 0, 2, "isb_starttime", TRACE_META_UINT64, &start, 8);
    expect_item(meta, 1, 4, "isb_ifrecv", TRACE_META_UINT64, &received, 8);
    trace_destroy_meta(meta);
    meta = trace_get_all_metadata(next(reader));
    assert_int_equal(meta->num, 1);
    expect_item(meta, 0, 1, "opt_comment", TRACE_META_STRING, "secret", 6);
    trace_destroy_meta(meta);
    assert_null(trace_get_all_metadata(next(reader)));
}

static void test_facts(void **state)
{
    (void)state;
    for (int is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct reader reader = open_file(is_swapped);
        check_section(next(&reader));
        check_interface(next(&reader));
        libtrace_packet_t *copy = trace_copy_packet(reader.packet);
        check_others(&reader);
        assert_null(trace_get_all_metadata(next(&reader))); /* a packet */
        assert_null(trace_get_interface_name_meta(reader.packet));
        assert_int_equal(trace_get_interface_speed(reader.packet, 0), 0);
        close_file(&reader);
        check_interface(copy); /* longer than its trace */
        trace_destroy_packet(copy);
    }
    assert_null(trace_get_all_metadata(NULL));
    assert_int_equal(trace_destroy_meta(NULL), -1);
}

/* A record in memory of exactly its length: facts that are there, and no byte behind it. */
static void test_lengths_that_lie(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct ng_file file = {0};
        if (which == 0)
            add_section(&file);
        else if (which == 1)
            add_interface(&file);
        else
            add_others(&file); /* its first block: names */
        const uint32_t length = load_u32(file.bytes.at + 4);
        for (size_t at = 8; at + 4 < length; at++) {
            uint8_t *block = mem_copy(file.bytes.at, length);
            libtrace_t *dead = trace_create_dead("pcapng");
            libtrace_packet_t *packet = trace_create_packet();
            block[at] = 0xff;
            assert_int_equal(trace_prepare_packet(dead, packet, block, TRACE_RT_PCAPNG_META, 0), 0);
            trace_destroy_meta(trace_get_all_metadata(packet));
            trace_destroy_packet(packet);
            trace_destroy_dead(dead);
            mem_free(block);
        }
        ng_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_lengths_that_lie),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
