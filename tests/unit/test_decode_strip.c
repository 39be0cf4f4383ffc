/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking tags out of a packet changes no byte that is not its own. */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/temp_files.h"
#include "tests/support/test.h"

static struct packet_builder b;
static libtrace_packet_t *packet;

/* One tag of 4 bytes. */
static void build_tagged(void)
{
    build_start(&b);
    build_ethernet(&b, 1, 2);
    build_vlan(&b, 0x8100, 1);
    build_ipv4(&b, 0x0A000001, 0x0A000002);
    build_udp(&b, 1024, 53);
    build_payload(&b, 11);
    build_finish(&b);
}

/* The packet is what was built without the tag, in a buffer of its own. */
static void expect_stripped(libtrace_packet_t *stripped)
{
    assert_ptr_equal(trace_strip_packet(stripped), stripped);
    const uint8_t *frame = stripped->payload;
    assert_int_equal(stripped->buf_control, TRACE_CTRL_PACKET);
    assert_int_equal(trace_get_capture_length(stripped), b.length - 4);
    assert_int_equal(trace_get_wire_length(stripped), b.length + 4);
    assert_memory_equal(frame, b.bytes, 12);
    assert_memory_equal(frame + 12, b.bytes + 16, b.length - 16);
    assert_ptr_equal(trace_get_udp(stripped), frame + 34);
}

/* Bytes of the program are read, not written. */
static void test_zero_copy(void **state)
{
    (void)state;
    build_tagged();
    uint8_t *bytes = build_exact_copy(&b, b.length);
    trace_construct_packet_zc(packet, TRACE_TYPE_ETH, bytes, (uint16_t)b.length, 0);
    expect_stripped(packet);
    assert_memory_equal(bytes, b.bytes, b.length);
    free(bytes);

    /* So are those of a prepared packet that does not own its buffer. */
    libtrace_t *dead = trace_create_dead("pcapfile");
    uint8_t *record = malloc(16 + b.length);
    memset(record, 0, 8);
    store_u32(record + 8, (uint32_t)b.length);
    store_u32(record + 12, (uint32_t)b.length);
    memcpy(record + 16, b.bytes, b.length);
    assert_int_equal(trace_prepare_packet(dead, packet, record, TRACE_RT_DATA_DLT + 1,
                                          TRACE_PREP_DO_NOT_OWN_BUFFER),
                     0);
    expect_stripped(packet);
    assert_memory_equal(record + 16, b.bytes, b.length);
    assert_int_equal(load_u32(record + 8), b.length);
    /* Its own buffer is used. */
    assert_int_equal(
        trace_prepare_packet(dead, packet, record, TRACE_RT_DATA_DLT + 1, TRACE_PREP_OWN_BUFFER),
        0);
    expect_stripped(packet);
    assert_ptr_equal(packet->buffer, record);
    assert_int_equal(load_u32(record + 8), b.length - 4);
    trace_destroy_dead(dead);
}

static void write_file(struct bytes *file)
{
    pcap_add_header(file, &pcap_plain);
    for (uint32_t i = 0; i < 3; i++) {
        pcap_add_record_header(file, &pcap_plain, i + 1, 0, (uint32_t)b.length, (uint32_t)b.length);
        bytes_add(file, b.bytes, b.length);
    }
}

/* Packets of one block: each that is stripped leaves the block as it was for the others. */
static void test_packets_of_a_block(void **state)
{
    (void)state;
    struct bytes file = {0};
    libtrace_packet_t *packets[3];
    build_tagged();
    write_file(&file);
    const char *path = temp_write("tagged.pcap", file.at, file.n, false);
    libtrace_t *trace = trace_create(path);
    assert_int_equal(trace_start(trace), 0);
    for (unsigned i = 0; i < 3; i++) {
        packets[i] = trace_create_packet();
        assert_true(trace_read_packet(trace, packets[i]) > 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        const uint8_t *record = packets[i]->header;
        assert_int_equal(packets[i]->buf_control, TRACE_CTRL_EXTERNAL);
        expect_stripped(packets[i]);
        for (unsigned other = i + 1; other < 3; other++)
            assert_memory_equal(packets[other]->payload, b.bytes, b.length);
        if (i < 2) { /* another packet still holds the block */
            assert_memory_equal(record + 16, b.bytes, b.length);
            assert_int_equal(load_u32(record + 8), b.length);
        }
    }

    /* Written, they are what was left. */
    char uri[256];
    snprintf(uri, sizeof(uri), "pcapng:%s/out.pcapng", temp_folder);
    libtrace_out_t *output = trace_create_output(uri);
    assert_int_equal(trace_start_output(output), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_true(trace_write_packet(output, packets[i]) > 0);
    trace_destroy_output(output);
    trace_destroy(trace);
    trace = trace_create(uri);
    int yes = 1;
    assert_int_equal(trace_config(trace, TRACE_OPTION_DISCARD_META, &yes), 0);
    assert_int_equal(trace_start(trace), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(trace_read_packet(trace, packet) > 0);
        assert_int_equal(trace_get_capture_length(packet), b.length - 4);
        assert_int_equal(trace_get_wire_length(packet), b.length + 4);
        assert_memory_equal(packet->payload, packets[i]->payload, b.length - 4);
        trace_destroy_packet(packets[i]);
    }
    trace_destroy(trace);
    bytes_free(&file);
}

static int make_all(void **state)
{
    packet = trace_create_packet();
    return temp_make(state);
}

static int remove_all(void **state)
{
    trace_destroy_packet(packet);
    return temp_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_copy),
        cmocka_unit_test(test_packets_of_a_block),
    };
    return cmocka_run_group_tests_name("decode: stripping", tests, make_all, remove_all);
}
