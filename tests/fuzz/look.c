/* SPDX-License-Identifier: BSD-2-Clause */
/* A pointer into a packet must come with no more bytes behind it than were captured: they are all read
 * here, so that an address sanitizer sees where that is not so. */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/socket.h>

#include "tests/support/test.h"

/* Keeps the compiler from leaving out what is only read. */
static volatile uint8_t sink;

static void touch(const void *bytes, size_t n_bytes)
{
    const uint8_t *at = bytes;
    uint8_t sum = 0;
    for (size_t i = 0; at && i < n_bytes; i++)
        sum = (uint8_t)(sum + at[i]);
    sink = sum;
}

static void look_at_layers(libtrace_packet_t *packet)
{
    libtrace_linktype_t link = TRACE_TYPE_UNKNOWN;
    uint32_t remaining = 0;
    uint16_t ethertype = 0;
    uint8_t proto = 0;
    uint8_t more = 0;
    touch(trace_get_packet_meta(packet, &link, &remaining), remaining);
    void *layer2 = trace_get_layer2(packet, &link, &remaining);
    if (layer2) {
        touch(layer2, remaining);
        void *above = trace_get_payload_from_layer2(layer2, link, &ethertype, &remaining);
        touch(above, above ? remaining : 0);
    }
    void *layer3 = trace_get_layer3(packet, &ethertype, &remaining);
    touch(layer3, layer3 ? remaining : 0);
    void *transport = trace_get_transport(packet, &proto, &remaining);
    touch(transport, transport ? remaining : 0);
    assert_ptr_equal(trace_get_layer3(packet, NULL, NULL), layer3);
    assert_ptr_equal(trace_get_transport(packet, NULL, NULL), transport);
    (void)trace_get_fragment_offset(packet, &more);

    libtrace_tcp_t *tcp = trace_get_tcp(packet);
    if (tcp) {
        assert_ptr_equal(tcp, trace_get_transport(packet, &proto, &remaining));
        void *payload = trace_get_payload_from_tcp(tcp, &remaining);
        touch(payload, payload ? remaining : 0);
    }
    libtrace_udp_t *udp = trace_get_udp(packet);
    if (udp) {
        assert_ptr_equal(udp, trace_get_transport(packet, &proto, &remaining));
        void *payload = trace_get_payload_from_udp(udp, &remaining);
        touch(payload, payload ? remaining : 0);
    }
    touch(trace_get_ip(packet), sizeof(libtrace_ip_t) * (trace_get_ip(packet) != NULL));
    touch(trace_get_ip6(packet), sizeof(libtrace_ip6_t) * (trace_get_ip6(packet) != NULL));
    touch(trace_get_icmp(packet), 8 * (size_t)(trace_get_icmp(packet) != NULL));
    touch(trace_get_icmp6(packet), 8 * (size_t)(trace_get_icmp6(packet) != NULL));
}

static void look_at_addresses(libtrace_packet_t *packet)
{
    char text[64];
    struct sockaddr_storage address;
    (void)trace_get_source_address(packet, (struct sockaddr *)&address);
    (void)trace_get_destination_address(packet, (struct sockaddr *)&address);
    if (trace_get_source_address_string(packet, text, sizeof(text)))
        assert_true(strlen(text) < sizeof(text));
    if (trace_get_destination_address_string(packet, text, sizeof(text)))
        assert_true(strlen(text) < sizeof(text));
    touch(trace_get_source_mac(packet), 6 * (size_t)(trace_get_source_mac(packet) != NULL));
    touch(trace_get_destination_mac(packet),
          6 * (size_t)(trace_get_destination_mac(packet) != NULL));
    (void)trace_get_source_port(packet);
    (void)trace_get_destination_port(packet);
}

void fuzz_look(libtrace_packet_t *packet)
{
    libtrace_linktype_t link;
    uint32_t remaining;
    const size_t capture = trace_get_capture_length(packet);
    void *buffer = trace_get_packet_buffer(packet, &link, &remaining);
    if (buffer)
        assert_int_equal(remaining, capture);
    touch(buffer, buffer ? capture : 0);
    touch(packet->header, trace_get_framing_length(packet));
    (void)trace_get_wire_length(packet);
    (void)trace_get_direction(packet);
    (void)trace_get_payload_length(packet);
    (void)trace_get_seconds(packet);
    const struct timespec time = trace_get_timespec(packet);
    assert_true(time.tv_nsec >= -1 && time.tv_nsec < 1000000000);
    (void)trace_get_timeval(packet);
    (void)trace_get_erf_timestamp(packet);
    look_at_layers(packet);
    look_at_addresses(packet);

    libtrace_packet_t *copy = trace_copy_packet(packet);
    assert_non_null(copy);
    assert_int_equal(trace_get_capture_length(copy), capture);
    assert_int_equal(trace_get_link_type(copy), trace_get_link_type(packet));
    void *copied = trace_get_packet_buffer(copy, &link, &remaining);
    if (buffer && capture > 0)
        assert_memory_equal(copied, buffer, capture);
    if (capture > 2) {
        const size_t now = trace_set_capture_length(copy, capture / 2);
        assert_true(now == capture / 2 || now == 0 || now == UINT32_MAX || now == SIZE_MAX ||
                    now == capture);
        look_at_layers(copy);
    }
    trace_destroy_packet(copy);
}
