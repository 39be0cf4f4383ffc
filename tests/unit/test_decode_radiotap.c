/* SPDX-License-Identifier: BSD-2-Clause */
/* Radiotap fields: where they are, behind padding, other fields, namespaces and cooked headers. */
#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"
#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

#define BIT(field) (UINT32_C(1) << (field))
#define EXT        BIT(TRACE_RADIOTAP_EXT)
#define RESET      BIT(TRACE_RADIOTAP_RADIOTAP_NAMESPACE)
#define VENDOR     BIT(TRACE_RADIOTAP_VENDOR_NAMESPACE)

static struct packet_builder b;
static libtrace_packet_t packet;
static size_t header_at;

/* A header with these presence words; fields go next. */
static void start(const uint32_t *words, size_t n_words)
{
    header_at = b.length;
    build_bytes(&b, "\0\0\0\0", 4);
    for (size_t i = 0; i < n_words; i++) {
        uint8_t word[4];
        store_le32(word, words[i]);
        build_bytes(&b, word, sizeof(word));
    }
}

static void start_one(uint32_t present)
{
    build_start(&b);
    start(&present, 1);
}

static void finish(libtrace_linktype_t link)
{
    store_le16(b.bytes + header_at + 2, (uint16_t)(b.length - header_at));
    build_payload(&b, 24);
    build_show(&packet, b.bytes, b.length, b.length, link);
}

/* A field of the whole packet: its offset in the radiotap header, -1 when it is not there. */
static int field_at(unsigned field, uint16_t expected_length)
{
    libtrace_linktype_t link = TRACE_TYPE_UNKNOWN;
    uint32_t remaining;
    uint16_t length = 99;
    void *meta = trace_get_packet_meta(&packet, &link, &remaining);
    const uint8_t *at =
        trace_get_radiotap_field(meta, link, remaining, (libtrace_radiotap_field_t)field, &length);
    assert_int_equal(length, at ? expected_length : 0);
    return at ? (int)(at - (b.bytes + header_at)) : -1;
}

/* The header of the packet that fields are asked of. */
static struct {
    void *meta;
    libtrace_linktype_t link;
} asked;

static void ask(void)
{
    asked.link = TRACE_TYPE_UNKNOWN;
    asked.meta = trace_get_packet_meta(&packet, &asked.link, NULL);
}

static int signal_of_packet(void)
{
    int8_t dbm = 99;
    ask();
    const bool is_there = trace_get_wireless_signal_strength_dbm(asked.meta, asked.link, &dbm);
    if (!is_there)
        assert_int_equal(dbm, 99);
    return dbm;
}

/* All fields there are, each once: offsets by the specification. */
static void test_every_field(void **state)
{
    static const struct {
        uint8_t field, at;
        uint8_t n_bytes;
    } places[] = {
        {TRACE_RADIOTAP_TSFT, 8, 8},
        {TRACE_RADIOTAP_FLAGS, 16, 1},
        {TRACE_RADIOTAP_RATE, 17, 1},
        {TRACE_RADIOTAP_CHANNEL, 18, 4},
        {TRACE_RADIOTAP_FHSS, 22, 2},
        {TRACE_RADIOTAP_DBM_ANTSIGNAL, 24, 1},
        {TRACE_RADIOTAP_DBM_ANTNOISE, 25, 1},
        {TRACE_RADIOTAP_LOCK_QUALITY, 26, 2},
        {TRACE_RADIOTAP_TX_ATTENUATION, 28, 2},
        {TRACE_RADIOTAP_DB_TX_ATTENUATION, 30, 2},
        {TRACE_RADIOTAP_DBM_TX_POWER, 32, 1},
        {TRACE_RADIOTAP_ANTENNA, 33, 1},
        {TRACE_RADIOTAP_DB_ANTSIGNAL, 34, 1},
        {TRACE_RADIOTAP_DB_ANTNOISE, 35, 1},
        {TRACE_RADIOTAP_RX_FLAGS, 36, 2},
        {TRACE_RADIOTAP_TX_FLAGS, 38, 2},
        {TRACE_RADIOTAP_RTS_RETRIES, 40, 1},
        {TRACE_RADIOTAP_DATA_RETRIES, 41, 1},
        {TRACE_RADIOTAP_XCHANNEL, 44, 8},
        {TRACE_RADIOTAP_MCS, 52, 3},
        {TRACE_RADIOTAP_AMPDU_STATUS, 56, 8},
        {TRACE_RADIOTAP_VHT, 64, 12},
        {TRACE_RADIOTAP_TIMESTAMP, 80, 12},
        {TRACE_RADIOTAP_HE, 92, 12},
        {TRACE_RADIOTAP_HE_MU, 104, 12},
        {TRACE_RADIOTAP_HE_MU_OTHER_USER, 116, 6},
        {TRACE_RADIOTAP_ZERO_LENGTH_PSDU, 122, 1},
        {TRACE_RADIOTAP_L_SIG, 124, 4},
    };
    (void)state;
    start_one(0x0FFFFFFF);
    build_payload(&b, 120);
    finish(TRACE_TYPE_80211_RADIO);
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        assert_int_equal(field_at(places[i].field, places[i].n_bytes), places[i].at);
    for (unsigned field = 28; field < 40; field++)
        assert_int_equal(field_at(field, 0), -1);

    ask();
    uint64_t tsft;
    uint16_t wide;
    uint8_t narrow;
    int8_t dbm;
    /* Bytes count from 0 at offset 8. */
    assert_true(trace_get_wireless_tsft(asked.meta, asked.link, &tsft));
    assert_true(tsft == UINT64_C(0x0706050403020100));
    assert_true(trace_get_wireless_rate(asked.meta, asked.link, &narrow));
    assert_int_equal(narrow, 9);
    assert_true(trace_get_wireless_freq(asked.meta, asked.link, &wide));
    assert_int_equal(wide, 0x0B0A);
    assert_true(trace_get_wireless_signal_strength_dbm(asked.meta, asked.link, &dbm));
    assert_int_equal(dbm, 16);
    assert_true(trace_get_wireless_noise_strength_dbm(asked.meta, asked.link, &dbm));
    assert_int_equal(dbm, 17);
    assert_true(trace_get_wireless_tx_attenuation(asked.meta, asked.link, &wide));
    assert_int_equal(wide, 0x1514);
    assert_true(trace_get_wireless_tx_attenuation_db(asked.meta, asked.link, &wide));
    assert_int_equal(wide, 0x1716);
    assert_true(trace_get_wireless_tx_power_dbm(asked.meta, asked.link, &dbm));
    assert_int_equal(dbm, 24);
    assert_true(trace_get_wireless_antenna(asked.meta, asked.link, &narrow));
    assert_int_equal(narrow, 25);
    assert_true(trace_get_wireless_signal_strength_db(asked.meta, asked.link, &narrow));
    assert_int_equal(narrow, 26);
    assert_true(trace_get_wireless_noise_strength_db(asked.meta, asked.link, &narrow));
    assert_int_equal(narrow, 27);
    assert_true(trace_get_wireless_tsft(asked.meta, asked.link, NULL));
}

/* Each field alone behind one byte of flags is at the next multiple of its alignment. */
static void test_alignment(void **state)
{
    static const struct {
        uint8_t field, at;
    } places[] = {
        {TRACE_RADIOTAP_RATE, 9},          {TRACE_RADIOTAP_CHANNEL, 10},
        {TRACE_RADIOTAP_ANTENNA, 9},       {TRACE_RADIOTAP_LOCK_QUALITY, 10},
        {TRACE_RADIOTAP_XCHANNEL, 12},     {TRACE_RADIOTAP_MCS, 9},
        {TRACE_RADIOTAP_TIMESTAMP, 16},    {TRACE_RADIOTAP_VHT, 10},
        {TRACE_RADIOTAP_AMPDU_STATUS, 12}, {TRACE_RADIOTAP_FHSS, 10},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        start_one(BIT(TRACE_RADIOTAP_FLAGS) | BIT(places[i].field));
        build_payload(&b, 30);
        finish(TRACE_TYPE_80211_RADIO);
        ask();
        assert_ptr_equal(trace_get_radiotap_field(asked.meta, asked.link, (uint32_t)b.length,
                                                  (libtrace_radiotap_field_t)places[i].field, NULL),
                         b.bytes + places[i].at);
    }
    /* Flags, padding, channel, signal, as drivers for 802.11n have them; they send no rate. */
    start_one(BIT(TRACE_RADIOTAP_FLAGS) | BIT(TRACE_RADIOTAP_CHANNEL) |
              BIT(TRACE_RADIOTAP_DBM_ANTSIGNAL));
    build_bytes(&b, "\0\0\x6C\x09\x04\0\xD6", 7);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(signal_of_packet(), -42);
    uint16_t frequency = 0;
    ask();
    assert_true(trace_get_wireless_freq(asked.meta, asked.link, &frequency));
    assert_int_equal(frequency, 2412);
    uint8_t rate = 77;
    assert_false(trace_get_wireless_rate(asked.meta, asked.link, &rate));
    assert_int_equal(rate, 77);
}

static void test_words(void **state)
{
    (void)state;
    /* The specification's example: fields 1, 33, 34, 64 and 65. Only the first has a known size. */
    build_start(&b);
    start((const uint32_t[]){2 | EXT, 6 | EXT, 3}, 3);
    build_bytes(&b, "\x10\1\2\3\4", 5);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(field_at(TRACE_RADIOTAP_FLAGS, 1), 16);
    assert_int_equal(field_at(TRACE_RADIOTAP_RATE, 1), -1);
    assert_int_equal(field_at(TRACE_RADIOTAP_TSFT, 8), -1);

    /* The card as a whole, then two antennas. */
    build_start(&b);
    start(
        (const uint32_t[]){BIT(5) | RESET | EXT, BIT(5) | BIT(11) | RESET | EXT, BIT(5) | BIT(11)},
        3);
    build_bytes(&b, "\xD6\xD5\0\xD4\1", 5);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(signal_of_packet(), -42);
    assert_int_equal(field_at(TRACE_RADIOTAP_ANTENNA, 1), 18);

    /* A word without anything. */
    build_start(&b);
    start((const uint32_t[]){RESET | EXT, BIT(5)}, 2);
    build_bytes(&b, "\xD6", 1);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(signal_of_packet(), -42);
}

static void test_vendors(void **state)
{
    (void)state;
    /* Flags, padding, a vendor's 5 bytes; then the radiotap namespace again. */
    build_start(&b);
    start((const uint32_t[]){BIT(1) | VENDOR | EXT, 0x1FFFFFFF | RESET | EXT, BIT(5)}, 3);
    build_bytes(&b, "\0\xEE\1\2\3\4\5\0vvvvv\xD6", 14);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(field_at(TRACE_RADIOTAP_FLAGS, 1), 16);
    assert_int_equal(field_at(TRACE_RADIOTAP_RATE, 1), -1);
    assert_int_equal(signal_of_packet(), -42);

    /* One vendor, two words of his, another vendor. */
    build_start(&b);
    start((const uint32_t[]){VENDOR | EXT, 1 | EXT, 2 | VENDOR | EXT, 1 | RESET | EXT, BIT(5)}, 5);
    build_bytes(&b, "\1\2\3\4\3\0vvv\xEE\4\5\6\7\2\0vv\xD6", 19);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(signal_of_packet(), -42);

    /* He says that he has more than there is. */
    build_start(&b);
    start((const uint32_t[]){BIT(1) | VENDOR | EXT, 1 | RESET | EXT, BIT(5)}, 3);
    build_bytes(&b, "\0\xEE\1\2\3\4\6\0vvvvv\xD6", 14);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(field_at(TRACE_RADIOTAP_FLAGS, 1), 16);
    assert_int_equal(signal_of_packet(), 99);

    /* Both marks at once mean nothing. */
    build_start(&b);
    start((const uint32_t[]){BIT(5) | VENDOR | RESET | EXT, BIT(5)}, 2);
    build_payload(&b, 20);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(signal_of_packet(), 99);
}

static void test_tlvs(void **state)
{
    (void)state;
    start_one(BIT(TRACE_RADIOTAP_FLAGS) | BIT(TRACE_RADIOTAP_TLV));
    build_bytes(&b, "\0\0\0\0", 4);
    build_bytes(&b, "\x1C\0\0\0", 4);                            /* padding */
    build_bytes(&b, "\x1E\0\x09\0\1\2\3\4\0\0\0\0\5\0\0\0", 16); /* a vendor's */
    build_bytes(&b, "\5\0\1\0\xD6\0\0\0", 8);
    build_bytes(&b, "\0\0\3\0\1\2\3\0", 8); /* only 3 bytes of TSFT */
    build_bytes(&b, "\x22\0\4\0\1\2\3\4", 8);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(signal_of_packet(), -42);
    assert_int_equal(field_at(TRACE_RADIOTAP_DBM_ANTSIGNAL, 1), 36);
    assert_int_equal(field_at(TRACE_RADIOTAP_TSFT, 3), 44);
    assert_int_equal(field_at(TRACE_RADIOTAP_EHT, 4), 52);
    assert_int_equal(field_at(TRACE_RADIOTAP_RATE, 1), -1);
    uint64_t tsft;
    ask();
    assert_true(trace_get_wireless_tsft(asked.meta, asked.link, &tsft));
    assert_true(tsft == 0x030201);
}

static void test_cooked(void **state)
{
    static const struct {
        libtrace_linktype_t link;
        const char *header;
        size_t n_bytes;
    } cases[] = {
        {TRACE_TYPE_LINUX_SLL, "\0\0\3\x23\0\6\1\2\3\4\5\6\0\0\0\4", 16},
        {TRACE_TYPE_LINUX_SLL2, "\0\4\0\0\0\0\0\1\3\x23\0\6\1\2\3\4\5\6\0\0", 20},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const uint32_t present = BIT(TRACE_RADIOTAP_FLAGS) | BIT(TRACE_RADIOTAP_DBM_ANTSIGNAL);
        build_start(&b);
        build_bytes(&b, cases[i].header, cases[i].n_bytes);
        start(&present, 1);
        build_bytes(&b, "\0\xD6", 2);
        finish(cases[i].link);
        assert_int_equal(signal_of_packet(), -42);
        /* Another device than radiotap's. */
        b.bytes[i == 0 ? 2 : 8] = 0;
        b.bytes[i == 0 ? 3 : 9] = 1;
        finish(cases[i].link);
        assert_int_equal(signal_of_packet(), 99);
    }
}

static void test_none(void **state)
{
    (void)state;
    int8_t dbm = 99;
    assert_false(trace_get_wireless_signal_strength_dbm(NULL, TRACE_TYPE_80211_RADIO, &dbm));
    assert_null(
        trace_get_radiotap_field(NULL, TRACE_TYPE_80211_RADIO, 0, TRACE_RADIOTAP_RATE, NULL));
    start_one(BIT(TRACE_RADIOTAP_DBM_ANTSIGNAL));
    build_bytes(&b, "\xD6", 1);
    build_payload(&b, 144);
    finish(TRACE_TYPE_80211_RADIO);
    assert_int_equal(signal_of_packet(), -42);
    static const libtrace_linktype_t others[] = {TRACE_TYPE_80211_PRISM, TRACE_TYPE_80211,
                                                 TRACE_TYPE_ETH, TRACE_TYPE_NONE};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(trace_get_wireless_signal_strength_dbm(b.bytes, others[i], &dbm));
    b.bytes[0] = 1; /* version */
    assert_int_equal(signal_of_packet(), 99);
    b.bytes[0] = 0;
    for (uint16_t length = 0; length < 9; length++) {
        store_le16(b.bytes + 2, length);
        assert_int_equal(signal_of_packet(), 99);
    }
    assert_int_equal(dbm, 99);
}

/* A header with padding, two namespaces and a vendor's. */
static void build_rich(libtrace_linktype_t link)
{
    build_start(&b);
    if (link == TRACE_TYPE_LINUX_SLL)
        build_bytes(&b, "\0\0\3\x23\0\6\1\2\3\4\5\6\0\0\0\4", 16);
    start((const uint32_t[]){0x0FFFFFFF | VENDOR | EXT, 5 | RESET | EXT, BIT(5) | BIT(28)}, 3);
    build_payload(&b, 124);
    build_bytes(&b, "\2\0vv\xD6\0\0\0\5\0\1\0\7\0\0\0", 16);
    finish(link);
}

static void test_every_cut(void **state)
{
    static const libtrace_linktype_t links[] = {TRACE_TYPE_80211_RADIO, TRACE_TYPE_LINUX_SLL};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        build_rich(links[i]);
        const size_t end = b.length - 24;
        for (size_t n_bytes = 0; n_bytes <= b.length; n_bytes++) {
            uint8_t *copy = build_exact_copy(&b, n_bytes);
            build_show(&packet, copy, n_bytes, b.length, links[i]);
            ask();
            assert_int_equal(asked.meta != NULL, n_bytes >= end);
            int8_t dbm;
            assert_int_equal(trace_get_wireless_signal_strength_dbm(asked.meta, asked.link, &dbm),
                             asked.meta != NULL);
            /* Where the caller tells how many bytes there are, each field counts. */
            for (unsigned field = 0; field < 32; field++) {
                uint16_t length;
                const uint8_t *at = trace_get_radiotap_field(
                    copy, links[i], (uint32_t)n_bytes, (libtrace_radiotap_field_t)field, &length);
                uint16_t whole_length;
                const uint8_t *whole_at =
                    trace_get_radiotap_field(b.bytes, links[i], (uint32_t)b.length,
                                             (libtrace_radiotap_field_t)field, &whole_length);
                const bool is_there =
                    whole_at && (size_t)(whole_at - b.bytes) + whole_length <= n_bytes;
                assert_ptr_equal(at, is_there ? copy + (whole_at - b.bytes) : NULL);
                assert_int_equal(length, is_there ? whole_length : 0);
            }
            free(copy);
        }
    }
}

static void test_random_damage(void **state)
{
    uint64_t random = test_seed();
    (void)state;
    for (unsigned turn = 0; turn < 20000; turn++) {
        build_rich(TRACE_TYPE_80211_RADIO);
        for (uint64_t n = test_random(&random) % 8; n > 0; n--)
            b.bytes[test_random(&random) % 48] = (uint8_t)test_random(&random);
        const size_t n_bytes = test_random(&random) % (b.length + 1);
        uint8_t *copy = build_exact_copy(&b, n_bytes);
        build_show(&packet, copy, n_bytes, b.length, TRACE_TYPE_80211_RADIO);
        ask();
        int8_t dbm = 0, other = 0;
        const bool is_there = trace_get_wireless_signal_strength_dbm(asked.meta, asked.link, &dbm);
        uint16_t length = 0;
        const uint8_t *at = trace_get_radiotap_field(
            copy, TRACE_TYPE_80211_RADIO, (uint32_t)n_bytes, TRACE_RADIOTAP_DBM_ANTSIGNAL, &length);
        if (at) {
            assert_true(at + length <= copy + n_bytes);
            other = length > 0 ? (int8_t)*at : 0;
        }
        if (is_there)
            assert_int_equal(dbm, other);
        else if (asked.meta)
            assert_null(at);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field),   cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_words),         cmocka_unit_test(test_vendors),
        cmocka_unit_test(test_tlvs),          cmocka_unit_test(test_cooked),
        cmocka_unit_test(test_none),          cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_random_damage),
    };
    return cmocka_run_group_tests_name("decode: radiotap", tests, NULL, NULL);
}
