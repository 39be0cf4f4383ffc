/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters on a packet, against libpcap's own verdict. The first byte: how many captured bytes the packet
 * lacks. The second: 0 for an expression, ended by a 0; else so many instructions of 8 bytes, as
 * struct bpf_insn has them in little-endian order. What is left is the packet.
 */
#include "tests/fuzz/fuzz.h"

#include <limits.h>
#include <pcap/pcap.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/trace/filter.h"
#include "tests/support/test.h"

enum { MAX_INSTRUCTIONS = 255, MAX_TEXT = 256, FCS_BYTES = 4, SNAPLEN = 262144 };

struct packet {
    uint8_t *bytes; /* no byte more, so that overruns are seen */
    uint32_t captured, wire;
};

static struct packet take_packet(const uint8_t *data, size_t size, uint32_t n_missing)
{
    struct packet packet = {.bytes = malloc(size > 0 ? size : 1),
                            .captured = (uint32_t)size,
                            .wire = (uint32_t)size + n_missing};
    assert_non_null(packet.bytes);
    memcpy(packet.bytes, data, size);
    return packet;
}

static int verdict(const struct bpf_insn *code, const struct packet *packet)
{
    const unsigned result =
        packet->captured > 0 ? bpf_filter(code, packet->bytes, packet->wire, packet->captured) : 0;
    return result < INT_MAX ? (int)result : INT_MAX;
}

static int apply(libtrace_filter_t *filter, libtrace_linktype_t link_type,
                 const struct packet *packet, uint32_t n_fcs)
{
    const struct filter_program *program = filter_find(filter, link_type);
    struct error error = {0};
    const int result = filter_match(filter, link_type, packet->bytes, packet->captured,
                                    packet->wire + n_fcs, &error);
    assert_int_equal(result < 0, error_is_set(&error));
    if (program && result >= 0)
        assert_int_equal(
            filter_program_matches(program, packet->bytes, packet->captured, packet->wire + n_fcs),
            result > 0);
    return result;
}

/* By the functions that programs call. */
static void use_publicly(libtrace_filter_t *filter, const struct packet *bytes, bool is_right)
{
    libtrace_t *trace = trace_create("pcapfile:/dev/null");
    libtrace_packet_t *packet = trace_create_packet();
    const bool is_set = trace_set_filter(trace, filter) == 0;
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(is_set, error.problem[0] == '\0');
    assert_true(!is_right || is_set);
    if (bytes->captured > 0 && bytes->captured <= UINT16_MAX) {
        trace_construct_packet(packet, TRACE_TYPE_ETH, bytes->bytes, (uint16_t)bytes->captured);
        assert_true(trace_apply_filter(filter, packet) >= -1);
    }
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static void try_program(const uint8_t *data, uint32_t n, const struct packet *packet)
{
    struct bpf_insn code[BPF_MEMWORDS + MAX_INSTRUCTIONS];
    for (uint32_t i = 0; i < BPF_MEMWORDS; i++) /* what it starts as is nowhere promised */
        code[i] = (struct bpf_insn)BPF_STMT(BPF_ST, i);
    for (uint32_t i = 0; i < n; i++)
        code[BPF_MEMWORDS + i] = (struct bpf_insn){.code = load_le16(data + 8 * i),
                                                   .jt = data[8 * i + 2],
                                                   .jf = data[8 * i + 3],
                                                   .k = load_le32(data + 8 * i + 4)};
    const bool is_right = bpf_check(code, BPF_MEMWORDS + n, NULL) == 0;
    assert_true(!is_right || bpf_validate(code, (int)(BPF_MEMWORDS + n)));
    libtrace_filter_t *filter = trace_create_filter_from_bytecode(code, BPF_MEMWORDS + n);
    const int result = apply(filter, TRACE_TYPE_NONE, packet, 0);
    assert_int_equal(result, is_right ? verdict(code, packet) : -1);
    use_publicly(filter, packet, is_right);
    trace_destroy_filter(filter);
}

/* -1: not an expression for that link layer. */
static int compile_and_run(const char *text, int dlt, const struct packet *packet)
{
    struct bpf_program code;
    pcap_t *pcap = pcap_open_dead(dlt, SNAPLEN);
    assert_non_null(pcap);
    int result = -1;
    for (int is_optimised = 1; result < 0 && is_optimised >= 0; is_optimised--) {
        if (pcap_compile(pcap, &code, text, is_optimised, PCAP_NETMASK_UNKNOWN) == 0) {
            result = verdict(code.bf_insns, packet);
            pcap_freecode(&code);
        }
    }
    pcap_close(pcap);
    return result;
}

static void try_expression(const char *text, const struct packet *packet)
{
    libtrace_filter_t *filter = trace_create_filter(text);
    assert_int_equal(apply(filter, TRACE_TYPE_NONE, packet, 0),
                     compile_and_run(text, DLT_RAW, packet));
    assert_int_equal(apply(filter, TRACE_TYPE_ETH, packet, FCS_BYTES),
                     compile_and_run(text, DLT_EN10MB, packet));
    use_publicly(filter, packet, false);
    trace_destroy_filter(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > 8192)
        return 0;
    const uint32_t n_missing = data[0];
    const uint32_t n = data[1];
    data += 2;
    size -= 2;
    const uint8_t *end = n > 0 ? data : memchr(data, 0, size < MAX_TEXT ? size : MAX_TEXT);
    if (!end || 8 * n > size)
        return 0;
    const size_t n_taken = n > 0 ? 8 * n : (size_t)(end - data) + 1;
    struct packet packet = take_packet(data + n_taken, size - n_taken, n_missing);
    if (n > 0)
        try_program(data, n, &packet);
    else
        try_expression((const char *)data, &packet);
    free(packet.bytes);
    return 0;
}
