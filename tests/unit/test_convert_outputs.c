/* SPDX-License-Identifier: BSD-2-Clause */
/* Every link type into every output, through the programming interface, and read back. */
#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "lib/packet/cooked.h"
#include "lib/packet/linktypes.h"
#include "tests/support/erf_bytes.h"
#include "tests/support/temp_files.h"

enum { CONTENT_BYTES = 48 }; /* as a cell has */

/* What a packet starts with; CONTENT_BYTES of something come behind it. */
enum start {
    IPV4,
    IPV6,
    ETHERNET,
    COOKED_IPV4,
    COOKED_IPV6,
    COOKED_FRAME,
    COOKED_ARP,
    CISCO,
    PPP_IN_HDLC,
    PPP_ALONE,
    CELL_LLC,
    CELL_OTHER,
};

struct sample {
    libtrace_linktype_t link_type;
    enum start start;
    uint32_t n_header; /* that conversion takes off */
    uint32_t n_bytes;
    uint8_t bytes[128];
};

static void put_start(struct sample *sample, uint16_t protocol)
{
    const bool is_second = sample->link_type == TRACE_TYPE_LINUX_SLL2;
    sample->n_header = is_second ? COOKED_SLL2_BYTES : COOKED_SLL_BYTES;
    store_be16(sample->bytes + (is_second ? 8 : 2), 1);
    store_be16(sample->bytes + (is_second ? 0 : 14), protocol);
}

static void put_first(struct sample *sample, uint32_t first_bytes)
{
    store_be32(sample->bytes + sample->n_header, first_bytes);
}

static struct sample make_sample(int link_type, enum start start)
{
    struct sample sample = {.link_type = (libtrace_linktype_t)link_type, .start = start};
    switch (start) {
    case COOKED_IPV4:
    case COOKED_IPV6:
        put_start(&sample, start == COOKED_IPV4 ? 0x0800 : 0x86dd);
        break;
    case COOKED_FRAME:
        put_start(&sample, 0x0060);
        break;
    case COOKED_ARP:
        put_start(&sample, 0x0806);
        break;
    case CELL_LLC:
    case CELL_OTHER:
        sample.n_header = 4;
        break;
    default:
        break;
    }
    erf_fill(sample.bytes + sample.n_header, CONTENT_BYTES, (uint32_t)start);
    sample.n_bytes = sample.n_header + CONTENT_BYTES;
    static const uint32_t first_bytes[] = {
        [IPV4] = 0x45000000,        [IPV6] = 0x60000000,        [ETHERNET] = 0x00010203,
        [COOKED_IPV4] = 0x45000000, [COOKED_IPV6] = 0x60000000, [COOKED_FRAME] = 0x00010203,
        [COOKED_ARP] = 0x00010800,  [CISCO] = 0x0f000800,       [PPP_IN_HDLC] = 0xff030021,
        [PPP_ALONE] = 0x00214500,   [CELL_LLC] = 0xaaaa0300,    [CELL_OTHER] = 0x45000000,
    };
    put_first(&sample, first_bytes[start]);
    return sample;
}

/* --- writing and reading back --- */

static libtrace_out_t *open_output(const char *format, const char *path)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_out_t *out = trace_create_output(uri);
    if (trace_start_output(out) != 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    return out;
}

/* Writes a packet, which has to be the same afterwards. */
static int write_unchanged(libtrace_out_t *out, libtrace_packet_t *packet)
{
    const libtrace_packet_t before = *packet;
    libtrace_packet_t *copy = trace_copy_packet(packet);
    assert_non_null(copy);
    const int written = trace_write_packet(out, packet);
    assert_memory_equal(packet, &before, sizeof(before));
    assert_memory_equal(packet->header, copy->header, packet->cached.framing_length);
    if (packet->payload)
        assert_memory_equal(packet->payload, copy->payload, packet->cached.capture_length);
    trace_destroy_packet(copy);
    return written;
}

static int write_sample(libtrace_out_t *out, const struct sample *sample)
{
    libtrace_packet_t *packet = trace_create_packet();
    trace_construct_packet(packet, sample->link_type, sample->bytes, (uint16_t)sample->n_bytes);
    assert_int_equal(trace_get_link_type(packet), sample->link_type);
    const int written = write_unchanged(out, packet);
    trace_destroy_packet(packet);
    return written;
}

/* Takes the error, which has to be of that code and name the file and the link type. */
static void assert_refused(libtrace_out_t *out, int code, const char *path,
                           libtrace_linktype_t link_type)
{
    const libtrace_err_t error = trace_get_err_output(out);
    char text[LINKTYPE_TEXT_BYTES + 32];
    snprintf(text, sizeof(text), "link type %s", linktype_name(link_type));
    if (error.err_num != code || !strstr(error.problem, path) || !strstr(error.problem, text))
        fail_msg("%d: '%s'", error.err_num, error.problem);
}

struct read_back {
    size_t n_packets; /* of which the last one: */
    libtrace_linktype_t link_type;
    libtrace_direction_t direction;
    size_t wire;
    size_t capture;
    uint8_t bytes[128];
};

static struct read_back read_back(const char *format, const char *path)
{
    char uri[300];
    struct read_back found = {0};
    snprintf(uri, sizeof(uri), "%s:%s", format, path);
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0) {
        if (IS_LIBTRACE_META_PACKET(packet))
            continue;
        found.n_packets++;
        found.link_type = trace_get_link_type(packet);
        found.direction = trace_get_direction(packet);
        found.wire = trace_get_wire_length(packet);
        found.capture = trace_get_capture_length(packet);
        assert_true(found.capture <= sizeof(found.bytes));
        memcpy(found.bytes, trace_get_link(packet), found.capture);
    }
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    return found;
}

/* What was read back is the sample, of that link type. `has_header`: whole. */
static void assert_is_sample(const struct read_back *found, const struct sample *sample,
                             libtrace_linktype_t link_type, bool has_header)
{
    const uint32_t n_off = has_header ? 0 : sample->n_header;
    const bool is_cooked_frame = link_type == TRACE_TYPE_LINUX_SLL && sample->start == COOKED_FRAME;
    const bool counts_fcs =
        link_type == TRACE_TYPE_ETH || link_type == TRACE_TYPE_80211_RADIO || is_cooked_frame;
    assert_int_equal(found->link_type, link_type);
    assert_int_equal(found->wire, sample->n_bytes - n_off + (counts_fcs ? 4 : 0));
    assert_int_equal(found->capture, sample->n_bytes - n_off);
    assert_memory_equal(found->bytes, sample->bytes + n_off, found->capture);
}

/* --- a file of its own for every link type --- */

enum { REFUSED = 0 };

/* What is read back: of pcapfile and pcap, of pcapng, of erf. */
static const struct {
    int link_type;
    enum start start;
    int in_pcap, in_pcapng, in_erf;
} rows[] = {
#define SAME_BUT_ERF(type, in_erf) TRACE_TYPE_##type, TRACE_TYPE_##type, in_erf
    {TRACE_TYPE_ETH, ETHERNET, SAME_BUT_ERF(ETH, TRACE_TYPE_ETH)},
    {TRACE_TYPE_NONE, IPV4, SAME_BUT_ERF(NONE, TRACE_TYPE_NONE)},
    {TRACE_TYPE_NONE, IPV6, SAME_BUT_ERF(NONE, TRACE_TYPE_NONE)},
    {TRACE_TYPE_LINUX_SLL, COOKED_IPV4, SAME_BUT_ERF(LINUX_SLL, TRACE_TYPE_NONE)},
    {TRACE_TYPE_LINUX_SLL, COOKED_IPV6, SAME_BUT_ERF(LINUX_SLL, TRACE_TYPE_NONE)},
    {TRACE_TYPE_LINUX_SLL, COOKED_FRAME, SAME_BUT_ERF(LINUX_SLL, TRACE_TYPE_ETH)},
    {TRACE_TYPE_LINUX_SLL, COOKED_ARP, SAME_BUT_ERF(LINUX_SLL, REFUSED)},
    {TRACE_TYPE_LINUX_SLL2, COOKED_IPV4, SAME_BUT_ERF(LINUX_SLL2, TRACE_TYPE_NONE)},
    {TRACE_TYPE_LINUX_SLL2, COOKED_IPV6, SAME_BUT_ERF(LINUX_SLL2, TRACE_TYPE_NONE)},
    {TRACE_TYPE_LINUX_SLL2, COOKED_FRAME, SAME_BUT_ERF(LINUX_SLL2, TRACE_TYPE_ETH)},
    {TRACE_TYPE_LINUX_SLL2, COOKED_ARP, SAME_BUT_ERF(LINUX_SLL2, REFUSED)},
    {TRACE_TYPE_HDLC_POS, CISCO, SAME_BUT_ERF(HDLC_POS, TRACE_TYPE_HDLC_POS)},
    {TRACE_TYPE_HDLC_POS, PPP_IN_HDLC, SAME_BUT_ERF(HDLC_POS, TRACE_TYPE_HDLC_POS)},
    {TRACE_TYPE_POS, PPP_IN_HDLC, SAME_BUT_ERF(POS, TRACE_TYPE_HDLC_POS)},
    {TRACE_TYPE_POS, CISCO, SAME_BUT_ERF(POS, TRACE_TYPE_HDLC_POS)},
    {TRACE_TYPE_PPP, PPP_IN_HDLC, SAME_BUT_ERF(PPP, TRACE_TYPE_HDLC_POS)},
    {TRACE_TYPE_PPP, PPP_ALONE, SAME_BUT_ERF(PPP, REFUSED)},
    {TRACE_TYPE_LLCSNAP, ETHERNET, SAME_BUT_ERF(LLCSNAP, REFUSED)},
    {TRACE_TYPE_80211, ETHERNET, SAME_BUT_ERF(80211, REFUSED)},
    {TRACE_TYPE_80211_RADIO, ETHERNET, SAME_BUT_ERF(80211_RADIO, REFUSED)},
    {TRACE_TYPE_PFLOG, ETHERNET, SAME_BUT_ERF(PFLOG, REFUSED)},
    {TRACE_TYPE_OPENBSD_LOOP, ETHERNET, SAME_BUT_ERF(OPENBSD_LOOP, REFUSED)},
    {TRACE_TYPE_BSD_NULL, ETHERNET, SAME_BUT_ERF(BSD_NULL, REFUSED)},
    {TRACE_TYPE_ATM, CELL_LLC, TRACE_TYPE_LLCSNAP, TRACE_TYPE_LLCSNAP, TRACE_TYPE_ATM},
    {TRACE_TYPE_ATM, CELL_OTHER, REFUSED, REFUSED, TRACE_TYPE_ATM},
    {TRACE_TYPE_AAL5, CELL_LLC, TRACE_TYPE_LLCSNAP, TRACE_TYPE_LLCSNAP, TRACE_TYPE_AAL5},
    {TRACE_TYPE_AAL5, CELL_OTHER, REFUSED, REFUSED, TRACE_TYPE_AAL5},
    {TRACE_TYPE_ETSILI, ETHERNET, REFUSED, REFUSED, REFUSED},
    {TRACE_TYPE_TZSP, ETHERNET, REFUSED, REFUSED, REFUSED},
    {TRACE_TYPE_CORSAROTAG, ETHERNET, REFUSED, REFUSED, REFUSED},
    {TRACE_TYPE_80211_PRISM, ETHERNET, SAME_BUT_ERF(80211_PRISM, REFUSED)},
    {TRACE_TYPE_XDP, ETHERNET, REFUSED, REFUSED, REFUSED},
#undef SAME_BUT_ERF
};

static bool has_header(int in, int link_type)
{
    const bool is_taken_off =
        in == TRACE_TYPE_ETH || in == TRACE_TYPE_NONE || in == TRACE_TYPE_LLCSNAP;
    return in == link_type || !is_taken_off;
}

static void check_new_file(const char *format, size_t row, int in)
{
    const char *path = temp_path("new");
    const struct sample sample = make_sample(rows[row].link_type, rows[row].start);
    libtrace_out_t *out = open_output(format, path);
    const int written = write_sample(out, &sample);
    if (in == REFUSED) {
        assert_int_equal(written, -1);
        assert_refused(out, TRACE_ERR_NO_CONVERSION, path, sample.link_type);
        assert_int_equal(trace_flush_output(out), 0); /* the file is as good as before */
        trace_destroy_output(out);
        assert_int_equal(read_back(format, path).n_packets, 0);
        return;
    }
    if (written <= 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    trace_destroy_output(out);
    const struct read_back found = read_back(format, path);
    assert_int_equal(found.n_packets, 1);
    assert_is_sample(&found, &sample, (libtrace_linktype_t)in, has_header(in, sample.link_type));
}

static void test_new_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_new_file("pcapfile", i, rows[i].in_pcap);
        check_new_file("pcap", i, rows[i].in_pcap);
        check_new_file("pcapng", i, rows[i].in_pcapng);
        check_new_file("erf", i, rows[i].in_erf);
        check_new_file("duck", i, REFUSED);
    }
}

/* --- files that have a link type already --- */

static const struct {
    int first;
    enum start first_start;
    int second;
    enum start second_start;
    bool is_written;
} pairs[] = {
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_ETH, ETHERNET, true},
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_LINUX_SLL, COOKED_FRAME, true},
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_LINUX_SLL2, COOKED_FRAME, true},
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_LINUX_SLL, COOKED_IPV4, false},
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_LINUX_SLL, COOKED_ARP, false},
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_NONE, IPV4, false},
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_ATM, CELL_LLC, false},
    {TRACE_TYPE_ETH, ETHERNET, TRACE_TYPE_ETSILI, ETHERNET, false},
    {TRACE_TYPE_NONE, IPV4, TRACE_TYPE_LINUX_SLL, COOKED_IPV4, true},
    {TRACE_TYPE_NONE, IPV4, TRACE_TYPE_LINUX_SLL, COOKED_IPV6, true},
    {TRACE_TYPE_NONE, IPV4, TRACE_TYPE_LINUX_SLL2, COOKED_IPV6, true},
    {TRACE_TYPE_NONE, IPV6, TRACE_TYPE_LINUX_SLL, COOKED_FRAME, false},
    {TRACE_TYPE_NONE, IPV6, TRACE_TYPE_ETH, ETHERNET, false},
    {TRACE_TYPE_LINUX_SLL, COOKED_FRAME, TRACE_TYPE_ETH, ETHERNET, false},
    {TRACE_TYPE_LINUX_SLL, COOKED_IPV4, TRACE_TYPE_LINUX_SLL2, COOKED_IPV4, false},
    {TRACE_TYPE_LLCSNAP, ETHERNET, TRACE_TYPE_ATM, CELL_LLC, true},
    {TRACE_TYPE_LLCSNAP, ETHERNET, TRACE_TYPE_AAL5, CELL_LLC, true},
    {TRACE_TYPE_LLCSNAP, ETHERNET, TRACE_TYPE_ATM, CELL_OTHER, false},
    {TRACE_TYPE_POS, PPP_IN_HDLC, TRACE_TYPE_HDLC_POS, CISCO, true},
    {TRACE_TYPE_POS, PPP_IN_HDLC, TRACE_TYPE_PPP, PPP_IN_HDLC, true},
    {TRACE_TYPE_POS, PPP_IN_HDLC, TRACE_TYPE_PPP, PPP_ALONE, false},
    {TRACE_TYPE_HDLC_POS, CISCO, TRACE_TYPE_POS, CISCO, true},
    {TRACE_TYPE_HDLC_POS, CISCO, TRACE_TYPE_POS, PPP_IN_HDLC, false},
    {TRACE_TYPE_PPP, PPP_ALONE, TRACE_TYPE_POS, PPP_IN_HDLC, true},
    {TRACE_TYPE_PPP, PPP_ALONE, TRACE_TYPE_HDLC_POS, CISCO, false},
};

static void check_pair(const char *format, size_t i)
{
    const char *path = temp_path("pair");
    const struct sample first = make_sample(pairs[i].first, pairs[i].first_start);
    const struct sample second = make_sample(pairs[i].second, pairs[i].second_start);
    libtrace_out_t *out = open_output(format, path);
    assert_true(write_sample(out, &first) > 0);
    const int written = write_sample(out, &second);
    if (!pairs[i].is_written) {
        assert_int_equal(written, -1);
        assert_refused(out, TRACE_ERR_BAD_LINKTYPE, path, second.link_type);
        assert_true(write_sample(out, &first) > 0); /* the others go on */
    } else if (written <= 0) {
        fail_msg("%s", trace_get_err_output(out).problem);
    }
    assert_false(trace_is_err_output(out));
    trace_destroy_output(out);
    const struct read_back found = read_back(format, path);
    assert_int_equal(found.n_packets, 2);
    assert_is_sample(&found, pairs[i].is_written ? &second : &first, first.link_type,
                     !pairs[i].is_written || has_header(pairs[i].first, pairs[i].second));
}

static void test_files_with_a_link_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        check_pair("pcapfile", i);
        check_pair("pcap", i);
    }
}

/* pcapng and ERF say of each packet what it is. */
static void test_files_of_all_link_types(void **state)
{
    (void)state;
    for (unsigned is_erf = 0; is_erf < 2; is_erf++) {
        const char *format = is_erf ? "erf" : "pcapng";
        const char *path = temp_path("all");
        libtrace_out_t *out = open_output(format, path);
        size_t n_written = 0;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
            const struct sample sample = make_sample(rows[i].link_type, rows[i].start);
            const int in = is_erf ? rows[i].in_erf : rows[i].in_pcapng;
            assert_int_equal(write_sample(out, &sample) > 0, in != REFUSED);
            (void)trace_get_err_output(out);
            n_written += in != REFUSED;
        }
        trace_destroy_output(out);
        assert_int_equal(read_back(format, path).n_packets, n_written);
    }
}

/* --- what else goes along --- */

static void test_directions_go_into_erf(void **state)
{
    (void)state;
    static const libtrace_direction_t directions[] = {
        TRACE_DIR_INCOMING, TRACE_DIR_INCOMING, TRACE_DIR_INCOMING,
        TRACE_DIR_OTHER,    TRACE_DIR_OUTGOING,
    };
    static const enum start starts[] = {COOKED_IPV4, COOKED_FRAME};
    for (size_t i = 0; i < 4 * ARRAY_LEN(directions); i++) {
        const uint8_t type = (uint8_t)(i / 4);
        const bool is_second = i & 1;
        struct sample sample = make_sample(is_second ? TRACE_TYPE_LINUX_SLL2 : TRACE_TYPE_LINUX_SLL,
                                           starts[i >> 1 & 1]);
        sample.bytes[is_second ? 10 : 1] = type;
        const char *path = temp_path("direction.erf");
        libtrace_out_t *out = open_output("erf", path);
        assert_true(write_sample(out, &sample) > 0);
        trace_destroy_output(out);
        assert_int_equal(read_back("erf", path).direction, directions[type]);
    }
}

/* Writes the packets of an ERF file of one record to a pcap file. */
static struct read_back convert_erf(const struct erf_spec *spec, const uint8_t *payload)
{
    struct bytes file = {0};
    char uri[300];
    erf_add_with(&file, spec, payload, 0);
    snprintf(uri, sizeof(uri), "erf:%s", temp_write("in.erf", file.at, file.n, false));
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    const char *path = temp_path("of_erf.pcap");
    libtrace_out_t *out = open_output("pcapfile", path);
    assert_int_equal(trace_start(trace), 0);
    assert_true(trace_read_packet(trace, packet) > 0);
    if (write_unchanged(out, packet) <= 0)
        fail_msg("%s", trace_get_err_output(out).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    trace_destroy_output(out);
    bytes_free(&file);
    return read_back("pcapfile", path);
}

static void test_erf_records(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        enum start start;
        int sample_type, written_type;
    } cases[] = {
        {1, PPP_IN_HDLC, TRACE_TYPE_HDLC_POS, TRACE_TYPE_POS}, /* ERF does not tell which */
        {1, CISCO, TRACE_TYPE_HDLC_POS, TRACE_TYPE_HDLC_POS},
        {1, PPP_ALONE, TRACE_TYPE_HDLC_POS, TRACE_TYPE_HDLC_POS},
        {3, CELL_LLC, TRACE_TYPE_ATM, TRACE_TYPE_LLCSNAP},
        {4, CELL_LLC, TRACE_TYPE_AAL5, TRACE_TYPE_LLCSNAP},
        {22, IPV4, TRACE_TYPE_NONE, TRACE_TYPE_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct sample sample = make_sample(cases[i].sample_type, cases[i].start);
        const struct erf_spec spec = {.time = ERF_START,
                                      .type = cases[i].type,
                                      .flags = 4,
                                      .capture = sample.n_bytes,
                                      .wire = (uint16_t)sample.n_bytes};
        const struct read_back found = convert_erf(&spec, sample.bytes);
        assert_is_sample(&found, &sample, (libtrace_linktype_t)cases[i].written_type,
                         cases[i].start != CELL_LLC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_files),
        cmocka_unit_test(test_files_with_a_link_type),
        cmocka_unit_test(test_files_of_all_link_types),
        cmocka_unit_test(test_directions_go_into_erf),
        cmocka_unit_test(test_erf_records),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
