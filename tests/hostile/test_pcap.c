/* SPDX-License-Identifier: BSD-2-Clause */
/* pcap files as they should not be, in both byte orders. */
#include "tests/hostile/hostile.h"
#include "tests/support/pcap_bytes.h"

/* A file being made. */
struct capture {
    struct bytes bytes;
    struct pcap_style style;
};

typedef void make_capture(struct capture *capture, uint32_t argument);

static void check(make_capture *make, uint32_t argument, const struct hostile *hostile)
{
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct capture capture = {.style = pcap_plain};
        capture.style.is_swapped = is_swapped;
        make(&capture, argument);
        hostile_check("pcapfile", &capture.bytes, hostile, pcap_fill_packet);
        bytes_free(&capture.bytes);
    }
}

static struct hostile_facts facts_of(make_capture *make, uint32_t argument, unsigned n)
{
    struct capture capture = {.style = pcap_plain};
    make(&capture, argument);
    const struct hostile_facts facts = hostile_facts_of("pcapfile", &capture.bytes, n);
    bytes_free(&capture.bytes);
    return facts;
}

#define FAILS(what_it_is, make, argument, its_records, its_code, ...) \
    check(                                                            \
        make, argument,                                               \
        &(struct hostile){                                            \
            .what = what_it_is, .records = its_records, .code = its_code, .says = {__VA_ARGS__}})

#define PASSES(what_it_is, make, argument, its_records) \
    check(make, argument, &(struct hostile){.what = what_it_is, .records = its_records})

static void begin(struct capture *capture)
{
    pcap_add_header(&capture->bytes, &capture->style);
    pcap_add_packet(&capture->bytes, &capture->style, 0, 1, 1, 60, 60);
    pcap_add_packet(&capture->bytes, &capture->style, 1, 1, 1, 60, 60);
}

static void add_last(struct capture *capture)
{
    pcap_add_packet(&capture->bytes, &capture->style, 2, 1, 1, 60, 60);
}

/* --- file headers --- */

static void make_cut_header(struct capture *capture, uint32_t n_bytes)
{
    pcap_add_header(&capture->bytes, &capture->style);
    capture->bytes.n = n_bytes;
}

static void make_magic(struct capture *capture, uint32_t magic)
{
    capture->style.magic = magic;
    begin(capture);
    add_last(capture);
}

static void make_version(struct capture *capture, uint32_t version)
{
    capture->style.major = (uint16_t)(version >> 16);
    capture->style.minor = (uint16_t)version;
    begin(capture);
    add_last(capture);
}

static void make_link_type(struct capture *capture, uint32_t link)
{
    capture->style.link = link;
    begin(capture);
    add_last(capture);
}

static void make_snap_length(struct capture *capture, uint32_t snaplen)
{
    capture->style.snaplen = snaplen;
    begin(capture);
    add_last(capture);
}

static void test_file_headers(void **state)
{
    (void)state;
    FAILS("an empty file", make_cut_header, 0, "", TRACE_ERR_BAD_HEADER, "offset 0", "empty");
    for (uint32_t n_bytes = 1; n_bytes < 24; n_bytes++) {
        char says[32];
        snprintf(says, sizeof(says), "ends after %u bytes", n_bytes);
        FAILS("a part of a header", make_cut_header, n_bytes, "", TRACE_ERR_BAD_HEADER, "offset 0",
              says);
    }
    PASSES("a header and nothing else", make_cut_header, 24, "");
    FAILS("a magic number of 0", make_magic, 0, "", TRACE_ERR_BAD_HEADER, "offset 0",
          "not a pcap file", "00000000");
    FAILS("the magic number a1b234cd", make_magic, 0xa1b234cd, "", TRACE_ERR_BAD_HEADER, "offset 0",
          "not a pcap file");
    PASSES("the magic number of nanoseconds", make_magic, PCAP_NS, "ppp");
    PASSES("the magic number of the modified format", make_magic, PCAP_MODIFIED, "ppp");
    FAILS("version 9.4", make_version, 9 << 16 | 4, "", TRACE_ERR_BAD_HEADER, "offset 4",
          "version 9.4");
    FAILS("version 2.5", make_version, 2 << 16 | 5, "", TRACE_ERR_BAD_HEADER, "offset 4",
          "version 2.5");
    FAILS("version 1.4", make_version, 1 << 16 | 4, "", TRACE_ERR_BAD_HEADER, "offset 4",
          "version 1.4");
    PASSES("link type 192, which is not known", make_link_type, 192, "ppp");
    PASSES("link type 276", make_link_type, 276, "ppp");
    PASSES("link type 0xffff", make_link_type, 0xffff, "ppp");
    PASSES("link type 1 and frame check sequences of 4 bytes", make_link_type, 0x24000001, "ppp");
    assert_int_equal(facts_of(make_link_type, 0x24000001, 0).wire, 60);
    FAILS("reserved bits in the link type", make_link_type, 0x00010001, "", TRACE_ERR_BAD_HEADER,
          "offset 20", "0x00010001", "reserved");
    FAILS("a link type of ones", make_link_type, 0xffffffff, "", TRACE_ERR_BAD_HEADER, "offset 20",
          "reserved");
    PASSES("a snap length of 0", make_snap_length, 0, "ppp");
    PASSES("a negative snap length", make_snap_length, 0x80000000, "ppp");
    PASSES("packets above the snap length", make_snap_length, 1, "ppp");
}

/* --- lengths --- */

static void make_claim(struct capture *capture, uint32_t length)
{
    begin(capture);
    pcap_add_record_header(&capture->bytes, &capture->style, 1, 1, length, length);
    add_last(capture);
}

static void make_large(struct capture *capture, uint32_t length)
{
    begin(capture);
    pcap_add_packet(&capture->bytes, &capture->style, 2, 1, 1, length, length);
    pcap_add_packet(&capture->bytes, &capture->style, 3, 1, 1, 60, 60);
}

static void make_wire(struct capture *capture, uint32_t length)
{
    begin(capture);
    pcap_add_packet(&capture->bytes, &capture->style, 2, 1, 1, 60, length);
    pcap_add_packet(&capture->bytes, &capture->style, 3, 1, 1, 60, 60);
}

static void make_old_lengths(struct capture *capture, uint32_t minor)
{
    uint8_t bytes[60];
    capture->style.minor = (uint16_t)minor;
    pcap_add_header(&capture->bytes, &capture->style);
    for (uint32_t i = 0; i < 3; i++) {
        pcap_fill_packet(bytes, 60, i);
        pcap_add_record_header(&capture->bytes, &capture->style, 1, 1, i == 1 ? 60 : 100,
                               i == 1 ? 100 : 60);
        bytes_add(&capture->bytes, bytes, sizeof(bytes));
    }
}

static void test_lengths(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {(16 << 20) + 1, 0x7fffffff, 0x80000000, 0xfffffff0,
                                       0xffffffff};
    static const uint32_t sizes[] = {0, 65519, 65520, 65535, 65536, 65537, 100060, 262144, 262145};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        char what[64], says[64];
        snprintf(what, sizeof(what), "a captured length of %u", lengths[i]);
        snprintf(says, sizeof(says), "a packet of %u captured bytes", lengths[i]);
        FAILS(what, make_claim, lengths[i], "pp", TRACE_ERR_BAD_PACKET, "offset 176", says);
    }
    FAILS("a captured length of 16 MiB in a small file", make_claim, 16 << 20, "pp",
          TRACE_ERR_BAD_PACKET, "offset 176", "ends in a packet", "of its 16777216 bytes");
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        char what[64];
        snprintf(what, sizeof(what), "a packet of %u bytes", sizes[i]);
        PASSES(what, make_large, sizes[i], "pppp");
        assert_int_equal(facts_of(make_large, sizes[i], 2).capture, sizes[i]);
    }
    PASSES("a packet of 16 MiB", make_large, 16 << 20, "pppp");
    FAILS("a packet of 16 MiB and a byte", make_large, (16 << 20) + 1, "pp", TRACE_ERR_BAD_PACKET,
          "offset 176", "16777217");
    PASSES("more captured than there was", make_wire, 42, "pppp");
    assert_int_equal(facts_of(make_wire, 42, 2).capture, 60);
    assert_int_equal(facts_of(make_wire, 42, 2).wire, 46);
    PASSES("a length on the wire of 0", make_wire, 0, "pppp");
    PASSES("a length on the wire of 0xffffffff", make_wire, 0xffffffff, "pppp");
    assert_int_equal(facts_of(make_wire, 0xffffffff, 2).wire, UINT32_MAX);
    PASSES("lengths in the order of version 2.3, or not", make_old_lengths, 3, "ppp");
    PASSES("lengths in the order of version 2.0, or not", make_old_lengths, 0, "ppp");
    assert_int_equal(facts_of(make_old_lengths, 3, 0).wire, 104);
    assert_int_equal(facts_of(make_old_lengths, 3, 1).wire, 104);
}

/* --- times --- */

static uint32_t time_seconds, time_fraction;

static void make_time(struct capture *capture, uint32_t magic)
{
    capture->style.magic = magic;
    pcap_add_header(&capture->bytes, &capture->style);
    pcap_add_packet(&capture->bytes, &capture->style, 0, time_seconds, time_fraction, 60, 60);
    pcap_add_packet(&capture->bytes, &capture->style, 1, 0, 0, 60, 60);
}

static void assert_time(const char *what, uint32_t magic, uint32_t seconds, uint32_t fraction,
                        int64_t time_ns)
{
    time_seconds = seconds;
    time_fraction = fraction;
    PASSES(what, make_time, magic, "pp");
    assert_true(facts_of(make_time, magic, 0).time_ns == time_ns);
}

static void test_times(void **state)
{
    (void)state;
    assert_time("a million microseconds", PCAP_US, 5, 1000000, 6000000000);
    assert_time("0xffffffff microseconds", PCAP_US, 5, UINT32_MAX, 4299967295000);
    assert_time("a thousand million nanoseconds", PCAP_NS, 5, 1000000000, 6000000000);
    assert_time("0xffffffff nanoseconds", PCAP_NS, 5, UINT32_MAX, 9294967295);
    assert_time("2^31 seconds", PCAP_US, UINT32_C(1) << 31, 0, INT64_C(2147483648000000000));
    assert_time("2^32 - 1 seconds", PCAP_NS, UINT32_MAX, 999999999, INT64_C(4294967295999999999));
}

/* --- headers of links that were not captured whole --- */

static void make_short_link(struct capture *capture, uint32_t link)
{
    capture->style.link = link;
    pcap_add_header(&capture->bytes, &capture->style);
    for (uint32_t i = 0; i < 70; i++)
        pcap_add_packet(&capture->bytes, &capture->style, i, 1, 1, i, 1000);
}

static void test_short_link_headers(void **state)
{
    (void)state;
    static const uint32_t links[] = {0,   1,   9,   11,  12,  50,  101, 104, 105, 107,
                                     108, 113, 117, 119, 127, 163, 192, 228, 229, 276};
    char records[71];
    memset(records, 'p', sizeof(records));
    records[70] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        char what[64];
        snprintf(what, sizeof(what), "link type %u with 0 to 69 bytes", links[i]);
        PASSES(what, make_short_link, links[i], records);
    }
}

/* --- cuts --- */

static void test_cuts(void **state)
{
    (void)state;
    struct capture whole = {.style = pcap_plain};
    begin(&whole);
    pcap_add_packet(&whole.bytes, &whole.style, 2, 1, 1, 0, 60);
    pcap_add_packet(&whole.bytes, &whole.style, 3, 1, 1, 1, 60);
    static const size_t ends[] = {24, 100, 176, 192, 209};
    assert_int_equal(whole.bytes.n, ends[4]);
    for (size_t cut = 24; cut < whole.bytes.n; cut++) {
        char what[64], records[8] = "pppp", offset[32];
        size_t n_whole = 0;
        while (ends[n_whole + 1] <= cut)
            n_whole++;
        records[n_whole] = '\0';
        snprintf(what, sizeof(what), "cut after %zu bytes", cut);
        snprintf(offset, sizeof(offset), "offset %zu", ends[n_whole]);
        const size_t n_there = cut - ends[n_whole];
        const struct bytes part = {whole.bytes.at, cut, 0};
        hostile_check("pcapfile", &part,
                      &(struct hostile){.what = what,
                                        .records = records,
                                        .code = n_there > 0 ? TRACE_ERR_BAD_PACKET : 0,
                                        .says = {offset, n_there < 16 ? "ends in a record header"
                                                                      : "ends in a packet"}},
                      pcap_fill_packet);
    }
    bytes_free(&whole.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_headers), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_times),        cmocka_unit_test(test_short_link_headers),
        cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, hostile_set_up, hostile_tear_down);
}
