/* SPDX-License-Identifier: BSD-2-Clause */
/* What packets become in outputs that do not take their link type, and what refusals say. */
#include "lib/packet/convert.h"

#include <stdlib.h>
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/test.h"

#define ANYTHING UINT32_MAX

static struct frame make_frame(libtrace_linktype_t link_type, const uint8_t *bytes,
                               uint32_t capture, uint32_t wire)
{
    return (struct frame){.link_type = link_type,
                          .number = linktype_to_file_number(link_type),
                          .bytes = bytes,
                          .capture = capture,
                          .wire = wire};
}

static void assert_same_frame(const struct frame *frame, const struct frame *expected)
{
    assert_int_equal(frame->link_type, expected->link_type);
    assert_int_equal(frame->number, expected->number);
    assert_ptr_equal(frame->bytes, expected->bytes);
    assert_int_equal(frame->capture, expected->capture);
    assert_int_equal(frame->wire, expected->wire);
}

/* Everything but the frame's own link type. */
static uint32_t all_but(const struct frame *frame)
{
    return ANYTHING & ~CONVERT_TYPE(frame->link_type);
}

static uint32_t put_cooked(uint8_t *bytes, libtrace_linktype_t version, uint16_t device,
                           uint16_t protocol)
{
    const bool is_second = version == TRACE_TYPE_LINUX_SLL2;
    memset(bytes, 0, 20);
    store_be16(bytes + (is_second ? 8 : 2), device);
    store_be16(bytes + (is_second ? 0 : 14), protocol);
    return is_second ? 20 : 16;
}

/* --- Linux cooked --- */

static const struct {
    uint16_t device, protocol;
    uint8_t first; /* byte of the content */
    int content;   /* 0: refused */
} cooked_cases[] = {
    {1, 0x0800, 0x45, TRACE_TYPE_NONE},
    {1, 0x86dd, 0x60, TRACE_TYPE_NONE},
    {1, 0x0800, 0x00, TRACE_TYPE_NONE}, /* malformed, but IP */
    {772, 0x0800, 0x45, TRACE_TYPE_NONE},
    {512, 0x0800, 0x45, TRACE_TYPE_NONE},
    {1, 0x0060, 0x45, TRACE_TYPE_ETH},
    {772, 0x0060, 0x00, TRACE_TYPE_ETH},
    {512, 0, 0x45, TRACE_TYPE_NONE}, /* devices without link layer */
    {519, 0, 0x60, TRACE_TYPE_NONE},
    {768, 0, 0x45, TRACE_TYPE_NONE},
    {769, 0, 0x60, TRACE_TYPE_NONE},
    {776, 3, 0x45, TRACE_TYPE_NONE},
    {778, 0, 0x45, TRACE_TYPE_NONE},
    {0xfffe, 0, 0x60, TRACE_TYPE_NONE},
    {0xfffe, 0, 0x00, 0}, /* that is no IP */
    {512, 0xc021, 0x45, 0},
    {1, 0x0806, 0x45, 0},
    {1, 0x8100, 0x45, 0},
    {1, 0x8847, 0x45, 0},
    {1, 0x0004, 0xaa, 0},
    {1, 0x0000, 0x45, 0},
    {801, 0x0800, 0x45, 0},
    {802, 0x0060, 0x45, 0},
    {803, 0x0003, 0x00, 0},
    {824, 0x0000, 0x45, 0},
};

static void check_cooked(libtrace_linktype_t version, size_t i)
{
    uint8_t bytes[100] = {0};
    const uint32_t n_header =
        put_cooked(bytes, version, cooked_cases[i].device, cooked_cases[i].protocol);
    bytes[n_header] = cooked_cases[i].first;
    const bool counts_fcs = version == TRACE_TYPE_LINUX_SLL && cooked_cases[i].protocol == 0x0060;
    const struct frame before = make_frame(version, bytes, 80, 1000 + n_header + 4 * counts_fcs);
    struct frame frame = before;

    const int content = cooked_cases[i].content;
    if (content == 0) {
        assert_false(convert_to(&frame, all_but(&before)));
        assert_same_frame(&frame, &before);
        return;
    }
    assert_true(convert_to(&frame, all_but(&before)));
    struct frame expected = make_frame((libtrace_linktype_t)content, bytes + n_header,
                                       80 - n_header, content == TRACE_TYPE_ETH ? 1004 : 1000);
    assert_same_frame(&frame, &expected);
    assert_int_equal(frame.number, content == TRACE_TYPE_ETH ? 1 : 101);
    assert_int_equal(convert_wire_without_fcs(&frame), 1000);

    /* Only if that is accepted. */
    frame = before;
    assert_true(convert_to(&frame, CONVERT_TYPE(content)));
    assert_same_frame(&frame, &expected);
    frame = before;
    assert_false(convert_to(&frame, all_but(&before) & ~CONVERT_TYPE(content)));
    assert_same_frame(&frame, &before);
    assert_true(convert_to(&frame, CONVERT_TYPE(content) | CONVERT_TYPE(version)));
    assert_same_frame(&frame, &before);
}

static void test_cooked(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cooked_cases); i++) {
        check_cooked(TRACE_TYPE_LINUX_SLL, i);
        check_cooked(TRACE_TYPE_LINUX_SLL2, i);
    }
}

/* A frame of the first `capture` bytes, in memory of just that size. */
static bool convert_cut(libtrace_linktype_t link_type, const uint8_t *bytes, uint32_t capture,
                        uint32_t wire, struct frame *frame)
{
    uint8_t *cut = malloc(capture > 0 ? capture : 1);
    assert_non_null(cut);
    memcpy(cut, bytes, capture);
    const struct frame before = make_frame(link_type, cut, capture, wire);
    *frame = before;
    const bool is_converted = convert_to(frame, all_but(&before));
    if (is_converted)
        assert_ptr_equal(frame->bytes + frame->capture, cut + capture);
    else
        assert_same_frame(frame, &before);
    free(cut);
    return is_converted;
}

static void test_cooked_cut_at_every_byte(void **state)
{
    (void)state;
    static const libtrace_linktype_t versions[] = {TRACE_TYPE_LINUX_SLL, TRACE_TYPE_LINUX_SLL2};
    static const uint16_t protocols[] = {0x0800, 0x0060, 0x0000};
    for (size_t i = 0; i < 6; i++) {
        uint8_t bytes[64] = {0};
        const uint16_t protocol = protocols[i / 2];
        const uint32_t n_header = put_cooked(bytes, versions[i % 2], 0xfffe, protocol);
        bytes[n_header] = 0x45;
        /* Where only the first byte tells that it is IP, that byte is needed. */
        const uint32_t n_needed = n_header + (protocol == 0);
        for (uint32_t capture = 0; capture <= sizeof(bytes); capture++) {
            struct frame frame;
            const bool is_converted = convert_cut(versions[i % 2], bytes, capture, 500, &frame);
            assert_int_equal(is_converted, capture >= n_needed);
            if (is_converted)
                assert_int_equal(frame.capture, capture - n_header);
        }
    }
}

/* --- ATM --- */

static void test_atm(void **state)
{
    (void)state;
    static const struct {
        int link_type;
        uint8_t llc[3];
        uint32_t capture, wire, written_wire;
        bool is_converted;
    } cases[] = {
        {TRACE_TYPE_ATM, {0xaa, 0xaa, 3}, 52, 53, 48, true}, /* with HEC */
        {TRACE_TYPE_ATM, {0xaa, 0xaa, 3}, 52, 52, 48, true}, /* without */
        {TRACE_TYPE_ATM, {0xfe, 0xfe, 3}, 52, 53, 48, true},
        {TRACE_TYPE_ATM, {0xaa, 0xaa, 3}, 7, 53, 48, true},
        {TRACE_TYPE_AAL5, {0xaa, 0xaa, 3}, 60, 104, 100, true},
        {TRACE_TYPE_AAL5, {0xaa, 0xaa, 3}, 60, 53, 49, true},
        {TRACE_TYPE_ATM, {0xaa, 0xaa, 3}, 60, 3, 0, true},
        {TRACE_TYPE_ATM, {0xaa, 0xfe, 3}, 52, 53, 0, false},
        {TRACE_TYPE_ATM, {0xaa, 0xaa, 0}, 52, 53, 0, false},
        {TRACE_TYPE_ATM, {0x45, 0x00, 3}, 52, 53, 0, false},
        {TRACE_TYPE_ATM, {0x03, 0x03, 3}, 52, 53, 0, false},
        {TRACE_TYPE_AAL5, {0x45, 0x00, 0}, 52, 53, 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t bytes[64] = {0};
        memcpy(bytes + 4, cases[i].llc, 3);
        const struct frame before = make_frame((libtrace_linktype_t)cases[i].link_type, bytes,
                                               cases[i].capture, cases[i].wire);
        struct frame frame = before;
        assert_int_equal(before.number, -1);
        assert_int_equal(convert_to_numbered(&frame), cases[i].is_converted);
        if (cases[i].is_converted) {
            const struct frame expected = make_frame(TRACE_TYPE_LLCSNAP, bytes + 4,
                                                     cases[i].capture - 4, cases[i].written_wire);
            assert_same_frame(&frame, &expected);
            assert_int_equal(frame.number, 100);
            frame = before;
            assert_true(convert_to_number(&frame, 100));
            assert_same_frame(&frame, &expected);
            frame = before;
            assert_true(convert_to_number(&frame, 11));
            frame = before;
            assert_false(convert_to_number(&frame, 1));
        }
        if (!cases[i].is_converted)
            assert_same_frame(&frame, &before);
        frame = before;
        assert_true(convert_to(&frame, CONVERT_TYPE(cases[i].link_type)));
        assert_same_frame(&frame, &before);
    }
}

static void test_atm_cut_at_every_byte(void **state)
{
    (void)state;
    uint8_t bytes[52] = {0, 0, 0, 0, 0xaa, 0xaa, 0x03};
    for (uint32_t capture = 0; capture <= sizeof(bytes); capture++) {
        struct frame frame;
        assert_int_equal(convert_cut(TRACE_TYPE_ATM, bytes, capture, 53, &frame), capture >= 7);
        assert_int_equal(convert_cut(TRACE_TYPE_AAL5, bytes, capture, 53, &frame), capture >= 7);
    }
}

/* --- HDLC --- */

static void test_hdlc_names(void **state)
{
    (void)state;
    enum { PPP = 1, POS = 2, CISCO = 4 };
    static const struct {
        int link_type;
        uint8_t bytes[2];
        unsigned names; /* by which it may go */
    } cases[] = {
        {TRACE_TYPE_PPP, {0xff, 0x03}, PPP | POS},
        {TRACE_TYPE_PPP, {0x00, 0x21}, PPP},
        {TRACE_TYPE_PPP, {0x0f, 0x00}, PPP},
        {TRACE_TYPE_POS, {0xff, 0x03}, PPP | POS},
        {TRACE_TYPE_POS, {0x0f, 0x00}, POS | CISCO},
        {TRACE_TYPE_POS, {0x8f, 0x00}, POS | CISCO},
        {TRACE_TYPE_POS, {0x00, 0x21}, POS},
        {TRACE_TYPE_HDLC_POS, {0x0f, 0x00}, POS | CISCO},
        {TRACE_TYPE_HDLC_POS, {0x8f, 0x00}, POS | CISCO},
        {TRACE_TYPE_HDLC_POS, {0xff, 0x03}, PPP | POS | CISCO},
        {TRACE_TYPE_HDLC_POS, {0x18, 0x81}, CISCO},
        {TRACE_TYPE_ETH, {0xff, 0x03}, 0},
        {TRACE_TYPE_NONE, {0x0f, 0x00}, 0},
    };
    static const libtrace_linktype_t types[] = {TRACE_TYPE_PPP, TRACE_TYPE_POS,
                                                TRACE_TYPE_HDLC_POS};
    static const int64_t numbers[] = {9, 50, 104};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t t = 0; t < ARRAY_LEN(types); t++) {
            const libtrace_linktype_t own = (libtrace_linktype_t)cases[i].link_type;
            const struct frame before = make_frame(own, cases[i].bytes, 2, 60);
            struct frame frame = before;
            const bool is_possible = cases[i].names >> t & 1;
            assert_int_equal(convert_to_number(&frame, numbers[t]), is_possible);
            struct frame expected = before;
            if (is_possible) {
                expected.link_type = types[t];
                expected.number = numbers[t];
            }
            assert_same_frame(&frame, &expected);

            /* One byte does not tell. */
            frame = make_frame(own, cases[i].bytes, 1, 60);
            assert_int_equal(convert_to_number(&frame, numbers[t]), own == types[t]);
            frame = make_frame(own, NULL, 2, 60);
            assert_int_equal(convert_to_number(&frame, numbers[t]), own == types[t]);
        }
    }
}

/* --- all others --- */

static void test_everything_else_stays_or_is_refused(void **state)
{
    (void)state;
    static const uint8_t bytes[64] = {0, 0, 0, 1, 0xaa, 0xaa, 3, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0x45};
    for (int type = 1; type < LINKTYPE_MAX; type++) {
        const struct frame before = make_frame((libtrace_linktype_t)type, bytes, 64, 64);
        struct frame frame = before;
        assert_true(convert_to(&frame, ANYTHING));
        assert_same_frame(&frame, &before);
        assert_false(convert_to(&frame, 0));
        assert_same_frame(&frame, &before);
        const bool can_be =
            type == TRACE_TYPE_LINUX_SLL || type == TRACE_TYPE_ATM || type == TRACE_TYPE_AAL5;
        assert_int_equal(convert_to(&frame, all_but(&before)), can_be);
        frame = before;
        const bool has_number = linktype_to_file_number((libtrace_linktype_t)type) >= 0;
        assert_int_equal(convert_to_numbered(&frame),
                         has_number || type == TRACE_TYPE_ATM || type == TRACE_TYPE_AAL5);
    }
    static const int odd[] = {TRACE_TYPE_UNKNOWN, TRACE_TYPE_CONTENT_INVALID, 0, LINKTYPE_MAX};
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct frame frame = make_frame((libtrace_linktype_t)odd[i], bytes, 64, 64);
        assert_false(convert_to(&frame, ANYTHING));
        assert_false(convert_to_numbered(&frame));
        assert_false(convert_to_number(&frame, 1));
        assert_false(convert_to_number(&frame, 192));
        frame.number = 192;
        assert_true(convert_to_numbered(&frame));
        assert_true(convert_to_number(&frame, 192));
        assert_false(convert_to_number(&frame, 193));
        assert_false(convert_to(&frame, ANYTHING));
    }
}

/* The four numbers of raw IP are one. */
static void test_raw_ip(void **state)
{
    (void)state;
    static const uint8_t bytes[20] = {0x45};
    static const int64_t numbers[] = {12, 101, 228, 229};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct frame frame = make_frame(TRACE_TYPE_NONE, bytes, 20, 20);
        assert_int_equal(frame.number, 101);
        assert_true(convert_to_number(&frame, numbers[i]));
        assert_int_equal(frame.link_type, TRACE_TYPE_NONE);
    }
}

static void test_frames_of_packets(void **state)
{
    (void)state;
    uint8_t bytes[4] = {0xff, 0x03};
    libtrace_packet_t packet;
    memset(&packet, 0, sizeof(packet));
    packet.type = TRACE_RT_DATA_ERF;
    packet.payload = bytes;
    packet.cached.link_type = TRACE_TYPE_HDLC_POS;
    packet.cached.capture_length = 4;
    packet.cached.wire_length = 60;

    /* ERF does not tell Cisco HDLC from PPP. */
    struct frame frame = convert_frame_of(&packet);
    struct frame expected = make_frame(TRACE_TYPE_POS, bytes, 4, 60);
    assert_int_equal(expected.number, 50);
    assert_same_frame(&frame, &expected);
    bytes[0] = 0x0f;
    frame = convert_frame_of(&packet);
    expected = make_frame(TRACE_TYPE_HDLC_POS, bytes, 4, 60);
    assert_int_equal(expected.number, 104);
    assert_same_frame(&frame, &expected);
    bytes[0] = 0xff;
    packet.cached.capture_length = 1;
    frame = convert_frame_of(&packet);
    assert_int_equal(frame.link_type, TRACE_TYPE_HDLC_POS);

    /* pcap files do. */
    packet.cached.capture_length = 4;
    packet.type = linktype_pcap_rt(104);
    frame = convert_frame_of(&packet);
    assert_same_frame(&frame, &expected);

    packet.cached.link_type = TRACE_TYPE_UNKNOWN;
    packet.type = linktype_pcap_rt(192);
    packet.payload = NULL;
    frame = convert_frame_of(&packet);
    expected = (struct frame){TRACE_TYPE_UNKNOWN, 192, NULL, 0, 60, 0};
    assert_same_frame(&frame, &expected);
    packet.type = TRACE_RT_DATA_ERF;
    frame = convert_frame_of(&packet);
    assert_true(frame.number < 0);

    assert_false(convert_is_meta(&packet));
    packet.type = TRACE_RT_PCAPNG_META;
    assert_true(convert_is_meta(&packet));
    packet.type = TRACE_RT_DATA_SIMPLE;
    packet.cached.link_type = TRACE_TYPE_ERF_META;
    assert_true(convert_is_meta(&packet));
}

static void test_wire_lengths(void **state)
{
    (void)state;
    uint8_t bytes[40];
    enum { n_header = 16 };
    assert_int_equal(put_cooked(bytes, TRACE_TYPE_LINUX_SLL, 1, 0x0060), n_header);
    static const struct {
        uint32_t wire, written, without_fcs;
    } cases[] = {
        {n_header + 64, 64, 60},
        {n_header + 4, 4, 0},
        {n_header, 4, 0},
        {3, 4, 0},
        {0, 4, 0},
        {UINT32_MAX, UINT32_MAX - n_header, UINT32_MAX - n_header - 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct frame frame = make_frame(TRACE_TYPE_LINUX_SLL, bytes, 40, cases[i].wire);
        assert_true(convert_to(&frame, CONVERT_TYPE(TRACE_TYPE_ETH)));
        assert_int_equal(frame.wire, cases[i].written);
        assert_int_equal(convert_wire_without_fcs(&frame), cases[i].without_fcs);
    }
    /* The second version of the header does not count it. */
    put_cooked(bytes, TRACE_TYPE_LINUX_SLL2, 1, 0x0060);
    struct frame frame = make_frame(TRACE_TYPE_LINUX_SLL2, bytes, 40, 80);
    assert_int_equal(convert_wire_without_fcs(&frame), 80);
    assert_true(convert_to(&frame, CONVERT_TYPE(TRACE_TYPE_ETH)));
    assert_int_equal(frame.wire, 64);
}

/* Whatever it is made of: nothing outside the frame, and only what was asked for. */
static void test_random_frames(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned i = 0; i < 300000; i++) {
        uint8_t bytes[48];
        for (size_t b = 0; b < sizeof(bytes); b += 8) {
            const uint64_t value = test_random(&random);
            memcpy(bytes + b, &value, 8);
        }
        static const uint16_t likely[] = {0xff03, 0x0f00, 0x0800, 0x0060, 0xaaaa, 0x0301, 1, 512};
        for (unsigned n = 0; n < 6; n++)
            store_be16(bytes + 2 * (test_random(&random) % 12),
                       likely[test_random(&random) % ARRAY_LEN(likely)]);
        const struct frame before =
            make_frame((libtrace_linktype_t)((int)(test_random(&random) % 40) - 4), bytes,
                       (uint32_t)(test_random(&random) % 49), (uint32_t)test_random(&random));
        const uint32_t accepted = (uint32_t)test_random(&random);
        struct frame frame = before;
        if (!convert_to(&frame, accepted)) {
            assert_same_frame(&frame, &before);
            continue;
        }
        assert_true(accepted >> frame.link_type & 1);
        assert_int_equal(frame.number, linktype_to_file_number(frame.link_type));
        assert_true(frame.bytes >= bytes);
        assert_ptr_equal(frame.bytes + frame.capture, bytes + before.capture);
        if (frame.link_type == before.link_type)
            assert_same_frame(&frame, &before);
    }
}

/* --- messages --- */

static void assert_says(const struct error *error, int code, const char *const *texts)
{
    assert_int_equal(error->code, code);
    for (size_t i = 0; texts[i]; i++)
        if (!strstr(error->text, texts[i]))
            fail_msg("'%s' does not say '%s'", error->text, texts[i]);
}

#define ASSERT_SAYS(error, code, ...) \
    assert_says(error, code, (const char *const[]){__VA_ARGS__, NULL})

static void test_messages(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    struct error error = {0};

    put_cooked(bytes, TRACE_TYPE_LINUX_SLL, 1, 0x0806);
    struct frame frame = make_frame(TRACE_TYPE_LINUX_SLL, bytes, 64, 64);
    assert_int_equal(convert_refuse(&frame, CONVERT_TYPE(TRACE_TYPE_ETH), "out.erf", "which is so",
                                    TRACE_ERR_NO_CONVERSION, &error),
                     -1);
    ASSERT_SAYS(&error, TRACE_ERR_NO_CONVERSION, "link type Linux cooked (SLL) (113) to 'out.erf'",
                ", which is so: ", "protocol 0x0806", "device of type 1");

    error_clear(&error);
    frame.capture = 15;
    convert_refuse_other_number(&frame, "out.pcap", 1, &error);
    ASSERT_SAYS(&error, TRACE_ERR_BAD_LINKTYPE, "'out.pcap'", "have link type Ethernet (1)",
                "only 15 bytes were captured");

    error_clear(&error);
    put_cooked(bytes, TRACE_TYPE_LINUX_SLL2, 1, 0x0800);
    frame = make_frame(TRACE_TYPE_LINUX_SLL2, bytes, 64, 64);
    convert_refuse_other_number(&frame, "out.pcap", 192, &error);
    ASSERT_SAYS(&error, TRACE_ERR_BAD_LINKTYPE, "(SLL2) (276)", "have link type number 192",
                "it carries raw IP");

    error_clear(&error);
    memset(bytes, 0, sizeof(bytes));
    frame = make_frame(TRACE_TYPE_ATM, bytes, 52, 53);
    convert_refuse_unnumbered(&frame, "out.pcap", &error);
    ASSERT_SAYS(&error, TRACE_ERR_NO_CONVERSION, "link type ATM to 'out.pcap'", "no number",
                "no LLC header");

    error_clear(&error);
    frame.capture = 6;
    convert_refuse_unnumbered(&frame, "out.pcap", &error);
    ASSERT_SAYS(&error, TRACE_ERR_NO_CONVERSION, "too little of it was captured");

    error_clear(&error);
    frame.bytes = NULL;
    frame.capture = 52;
    convert_refuse_unnumbered(&frame, "out.pcap", &error);
    ASSERT_SAYS(&error, TRACE_ERR_NO_CONVERSION, "too little of it was captured");

    error_clear(&error);
    bytes[1] = 0x21;
    frame = make_frame(TRACE_TYPE_PPP, bytes, 52, 53);
    convert_refuse_other_number(&frame, "out.pcap", 50, &error);
    ASSERT_SAYS(&error, TRACE_ERR_BAD_LINKTYPE, "link type PPP (9)",
                "link type PPP in HDLC framing (50)", "00 21");
    error_clear(&error);
    frame.capture = 1;
    convert_refuse_other_number(&frame, "out.pcap", 104, &error);
    ASSERT_SAYS(&error, TRACE_ERR_BAD_LINKTYPE, "Cisco HDLC (104)", "too little of it");

    error_clear(&error);
    frame.capture = 52;
    convert_refuse_other_number(&frame, "out.pcap", 1, &error);
    ASSERT_SAYS(&error, TRACE_ERR_BAD_LINKTYPE, "there is no conversion");

    error_clear(&error);
    frame = make_frame(TRACE_TYPE_UNKNOWN, bytes, 52, 53);
    convert_refuse_unnumbered(&frame, "out.pcapng", &error);
    ASSERT_SAYS(&error, TRACE_ERR_NO_CONVERSION, "link type unknown to", "there is no conversion");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cooked),
        cmocka_unit_test(test_cooked_cut_at_every_byte),
        cmocka_unit_test(test_atm),
        cmocka_unit_test(test_atm_cut_at_every_byte),
        cmocka_unit_test(test_hdlc_names),
        cmocka_unit_test(test_everything_else_stays_or_is_refused),
        cmocka_unit_test(test_raw_ip),
        cmocka_unit_test(test_frames_of_packets),
        cmocka_unit_test(test_wire_lengths),
        cmocka_unit_test(test_random_frames),
        cmocka_unit_test(test_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
