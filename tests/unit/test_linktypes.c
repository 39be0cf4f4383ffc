/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of link layers, and the frame check sequences that wire lengths count. */
#include "tests/support/test.h"

#include <string.h>

#include <libtrace.h>

#include "lib/base/attributes.h"
#include "lib/packet/linktypes.h"

static const struct {
    uint32_t dlt;
    libtrace_linktype_t link_type;
} pairs[] = {
    {0, TRACE_TYPE_BSD_NULL},     {1, TRACE_TYPE_ETH},           {9, TRACE_TYPE_PPP},
    {11, TRACE_TYPE_LLCSNAP},     {12, TRACE_TYPE_NONE},         {50, TRACE_TYPE_POS},
    {104, TRACE_TYPE_HDLC_POS},   {105, TRACE_TYPE_80211},       {108, TRACE_TYPE_OPENBSD_LOOP},
    {113, TRACE_TYPE_LINUX_SLL},  {117, TRACE_TYPE_PFLOG},       {127, TRACE_TYPE_80211_RADIO},
    {276, TRACE_TYPE_LINUX_SLL2}, {119, TRACE_TYPE_80211_PRISM},
};

static void test_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        assert_int_equal(linktype_from_dlt(pairs[i].dlt), pairs[i].link_type);
        assert_int_equal(linktype_to_dlt(pairs[i].link_type), pairs[i].dlt);
        assert_true(pairs[i].link_type > 0 && pairs[i].link_type < LINKTYPE_MAX);
    }
    assert_int_equal(linktype_from_dlt(101), TRACE_TYPE_NONE);
    assert_int_equal(linktype_from_dlt(228), TRACE_TYPE_NONE);
    assert_int_equal(linktype_from_dlt(229), TRACE_TYPE_NONE);
    assert_int_equal(linktype_from_dlt(100), TRACE_TYPE_LLCSNAP);
}

/* Whatever has no number has none in either direction. */
static void test_all_others(void **state)
{
    (void)state;
    unsigned n_known = 0;
    for (uint32_t dlt = 0; dlt <= 70000; dlt++)
        n_known += linktype_from_dlt(dlt) != TRACE_TYPE_UNKNOWN;
    assert_int_equal(n_known, ARRAY_LEN(pairs) + 4);
    assert_int_equal(linktype_from_dlt(UINT32_MAX), TRACE_TYPE_UNKNOWN);
    n_known = 0;
    for (int type = -2; type < LINKTYPE_MAX + 5; type++)
        n_known += linktype_to_dlt((libtrace_linktype_t)type) != TRACE_DLT_ERROR;
    assert_int_equal(n_known, ARRAY_LEN(pairs));
}

/* Every link type has a name of its own, which messages can show. */
static void test_names(void **state)
{
    (void)state;
    unsigned n_names = 0;
    for (int type = -4; type < LINKTYPE_MAX + 4; type++) {
        const char *name = linktype_name((libtrace_linktype_t)type);
        char text[LINKTYPE_TEXT_BYTES];
        if (!name)
            continue;
        n_names++;
        assert_true(type > 0 && type < LINKTYPE_MAX && strlen(name) > 0);
        linktype_describe((libtrace_linktype_t)type, UINT32_MAX, text);
        assert_non_null(strstr(text, "(4294967295)"));
        for (int other = 1; other < type; other++) {
            const char *name_of_other = linktype_name((libtrace_linktype_t)other);
            assert_true(!name_of_other || strcmp(name, name_of_other) != 0);
        }
    }
    assert_int_equal(n_names, 25);
    char text[LINKTYPE_TEXT_BYTES];
    linktype_describe(TRACE_TYPE_ETH, 1, text);
    assert_string_equal(text, "Ethernet (1)");
    linktype_describe(TRACE_TYPE_ATM, -1, text);
    assert_string_equal(text, "ATM");
    linktype_describe(TRACE_TYPE_UNKNOWN, 192, text);
    assert_string_equal(text, "number 192");
    linktype_describe(TRACE_TYPE_UNKNOWN, -1, text);
    assert_string_equal(text, "unknown");
}

static void test_file_numbers(void **state)
{
    (void)state;
    assert_int_equal(linktype_to_file_number(TRACE_TYPE_NONE), 101);
    assert_int_equal(linktype_to_file_number(TRACE_TYPE_ETH), 1);
    assert_int_equal(linktype_to_file_number(TRACE_TYPE_LLCSNAP), 100);
    assert_int_equal(linktype_dlt_of_rt(linktype_pcap_rt(100)), TRACE_DLT_ATM_RFC1483);
    assert_int_equal(linktype_to_file_number(TRACE_TYPE_ATM), TRACE_DLT_ERROR);
}

static void test_record_types(void **state)
{
    (void)state;
    assert_int_equal(linktype_pcap_rt(1), TRACE_RT_DLT_EN10MB);
    assert_int_equal(linktype_pcap_rt(101), 2101);
    assert_int_equal(linktype_pcap_rt(998), 2998);
    /* Numbers that have no room do not run into other records. */
    assert_int_equal(linktype_pcap_rt(999), TRACE_RT_DATA_DLT_END);
    assert_int_equal(linktype_pcap_rt(UINT32_MAX), TRACE_RT_DATA_DLT_END);

    assert_int_equal(linktype_dlt_of_rt((libtrace_rt_types_t)2101), 12);
    assert_int_equal(linktype_dlt_of_rt(TRACE_RT_DLT_LINUX_SLL), 113);
    assert_int_equal(linktype_dlt_of_rt(TRACE_RT_BPF_PFLOG), 117);
    assert_int_equal(linktype_dlt_of_rt((libtrace_rt_types_t)4276), 276);
    assert_int_equal(linktype_dlt_of_rt((libtrace_rt_types_t)2192), 192);
    assert_int_equal(linktype_dlt_of_rt(TRACE_RT_DATA_DLT_END), TRACE_DLT_ERROR);
    assert_int_equal(linktype_dlt_of_rt(TRACE_RT_DATA_ERF), TRACE_DLT_ERROR);
    assert_int_equal(linktype_dlt_of_rt(TRACE_RT_LAST), TRACE_DLT_ERROR);

    assert_int_equal(linktype_from_rt(TRACE_RT_DLT_EN10MB), TRACE_TYPE_ETH);
    assert_int_equal(linktype_from_rt((libtrace_rt_types_t)2101), TRACE_TYPE_NONE);
    assert_int_equal(linktype_from_rt((libtrace_rt_types_t)2192), TRACE_TYPE_UNKNOWN);
    assert_int_equal(linktype_from_rt(TRACE_RT_DATA_ERF), TRACE_TYPE_UNKNOWN);
    assert_int_equal(linktype_from_rt(TRACE_RT_DATA_TSH), TRACE_TYPE_NONE);
    assert_int_equal(linktype_from_rt(TRACE_RT_DATA_LEGACY_ATM), TRACE_TYPE_ATM);
    assert_int_equal(linktype_from_rt(TRACE_RT_PCAPNG_META), TRACE_TYPE_PCAPNG_META);
    assert_int_equal(linktype_from_rt(TRACE_RT_ERF_META), TRACE_TYPE_ERF_META);
    assert_int_equal(linktype_from_rt(TRACE_RT_DUCK_2_5), TRACE_TYPE_DUCK);
    assert_int_equal(linktype_from_rt(TRACE_RT_STATUS), TRACE_TYPE_NONDATA);
}

static void test_hardware_types(void **state)
{
    (void)state;
    assert_int_equal(linktype_from_arphrd(1), TRACE_TYPE_ETH);
    assert_int_equal(linktype_from_arphrd(772), TRACE_TYPE_ETH);
    assert_int_equal(linktype_from_arphrd(801), TRACE_TYPE_80211);
    assert_int_equal(linktype_from_arphrd(803), TRACE_TYPE_80211_RADIO);
    assert_int_equal(linktype_from_arphrd(0xFFFE), TRACE_TYPE_NONE);
    assert_int_equal(linktype_from_arphrd(512), TRACE_TYPE_NONE);
    assert_int_equal(linktype_from_arphrd(9999), TRACE_TYPE_UNKNOWN);
}

static void test_meta(void **state)
{
    (void)state;
    assert_true(linktype_is_meta(TRACE_TYPE_ERF_META));
    assert_true(linktype_is_meta(TRACE_TYPE_PCAPNG_META));
    assert_true(linktype_is_meta(TRACE_TYPE_NONDATA));
    assert_false(linktype_is_meta(TRACE_TYPE_ETH));
    assert_false(linktype_is_meta(TRACE_TYPE_UNKNOWN));
}

/* As linktype_fcs_bytes(), the bytes at the end of an allocation: the sanitizer sees any further
 * read. */
static uint32_t fcs(libtrace_linktype_t link_type, const void *bytes, size_t n)
{
    uint8_t *exact = malloc(n);
    if (n > 0)
        memcpy(exact, bytes, n);
    const uint32_t result = linktype_fcs_bytes(link_type, exact, n);
    free(exact);
    return result;
}

static void test_fcs(void **state)
{
    (void)state;
    assert_int_equal(linktype_fcs_bytes(TRACE_TYPE_ETH, NULL, 0), 4);
    assert_int_equal(linktype_fcs_bytes(TRACE_TYPE_NONE, NULL, 0), 0);
    assert_int_equal(linktype_fcs_bytes(TRACE_TYPE_80211, NULL, 0), 0);

    uint8_t sll[16] = {[14] = 0x00, [15] = 0x60};
    assert_int_equal(fcs(TRACE_TYPE_LINUX_SLL, sll, 16), 4);
    assert_int_equal(fcs(TRACE_TYPE_LINUX_SLL, sll, 15), 0);
    assert_int_equal(linktype_fcs_bytes(TRACE_TYPE_LINUX_SLL, NULL, 20), 0);
    sll[14] = 8;
    sll[15] = 0;
    assert_int_equal(fcs(TRACE_TYPE_LINUX_SLL, sll, 16), 0);
}

static void test_radiotap_fcs(void **state)
{
    (void)state;
    /* version, pad, length, present; then flags, 0x10: the frame ends with its FCS */
    const uint8_t with[] = {0, 0, 9, 0, 0x02, 0, 0, 0, 0x10};
    const uint8_t without[] = {0, 0, 9, 0, 0x02, 0, 0, 0, 0x0f};
    const uint8_t no_flags[] = {0, 0, 9, 0, 0x04, 0, 0, 0, 0x10};
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, with, 9), 0);
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, without, 9), 4);
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, no_flags, 9), 4);
    for (size_t n = 0; n < 9; n++)
        assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, with, n), 4);

    /* A time in front, at a multiple of 8: after one word of presence already, or after two. */
    const uint8_t timed[] = {0, 0, 17, 0, 0x03, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x10};
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, timed, sizeof(timed)), 0);
    const uint8_t extended[] = {0, 0, 25, 0, 0x03, 0, 0, 0x80, 0, 0, 0, 0,   0,
                                0, 0, 0,  1, 2,    3, 4, 5,    6, 7, 8, 0x10};
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, extended, sizeof(extended)), 0);
    uint8_t other[sizeof(extended)];
    memcpy(other, extended, sizeof(other));
    other[24] = 0;
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, other, sizeof(other)), 4);

    /* Its own length says that the flags are not part of it. */
    const uint8_t cut[] = {0, 0, 8, 0, 0x02, 0, 0, 0, 0x10};
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, cut, 9), 4);
    const uint8_t endless[] = {0, 0, 12, 0, 0x02, 0, 0, 0x80, 0, 0, 0, 0x80};
    assert_int_equal(fcs(TRACE_TYPE_80211_RADIO, endless, 12), 4);
}

static void test_random_headers(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (int round = 0; round < 50000; round++) {
        uint8_t bytes[40];
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)(test_random(&random) >> (test_random(&random) % 60));
        const size_t n = test_random(&random) % (sizeof(bytes) + 1);
        bytes[2] %= sizeof(bytes);
        bytes[3] = 0;
        const uint32_t n_fcs = fcs(TRACE_TYPE_80211_RADIO, bytes, n);
        assert_true(n_fcs == 0 || n_fcs == 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways),    cmocka_unit_test(test_all_others),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_file_numbers),
        cmocka_unit_test(test_record_types), cmocka_unit_test(test_hardware_types),
        cmocka_unit_test(test_meta),         cmocka_unit_test(test_fcs),
        cmocka_unit_test(test_radiotap_fcs), cmocka_unit_test(test_random_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
