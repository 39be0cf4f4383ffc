/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read out of radiotap headers, compared with what tshark reads: of several values the first
 * one counts, and rates are in Mbit/s there. */
#include <libtrace.h>

#include "lib/base/bytes.h"
#include "tests/support/tshark_lines.h"

static void add_wireless(void)
{
    libtrace_linktype_t link = TRACE_TYPE_UNKNOWN;
    void *meta = trace_get_packet_meta(&packet, &link, NULL);
    uint64_t tsft;
    uint16_t wide;
    uint8_t narrow;
    int8_t dbm;
    assert_non_null(meta);
    if (trace_get_wireless_tsft(meta, link, &tsft))
        line_add(0, "%llu", (unsigned long long)tsft);
    if (trace_get_wireless_rate(meta, link, &narrow))
        line_add(1, "%g", narrow * 0.5);
    if (trace_get_wireless_freq(meta, link, &wide))
        line_add(2, "%u", wide);
    if (trace_get_wireless_signal_strength_dbm(meta, link, &dbm))
        line_add(3, "%d", dbm);
    if (trace_get_wireless_noise_strength_dbm(meta, link, &dbm))
        line_add(4, "%d", dbm);
    if (trace_get_wireless_signal_strength_db(meta, link, &narrow))
        line_add(5, "%u", narrow);
    if (trace_get_wireless_noise_strength_db(meta, link, &narrow))
        line_add(6, "%u", narrow);
    if (trace_get_wireless_tx_attenuation(meta, link, &wide))
        line_add(7, "%u", wide);
    if (trace_get_wireless_tx_attenuation_db(meta, link, &wide))
        line_add(8, "%u", wide);
    if (trace_get_wireless_tx_power_dbm(meta, link, &dbm))
        line_add(9, "%d", dbm);
    if (trace_get_wireless_antenna(meta, link, &narrow))
        line_add(10, "%u", narrow);
}

static const char radiotap_fields[] =
    "-E occurrence=f -e radiotap.mactime -e radiotap.datarate -e radiotap.channel.freq "
    "-e radiotap.dbm_antsignal -e radiotap.dbm_antnoise -e radiotap.db_antsignal "
    "-e radiotap.db_antnoise -e radiotap.txattenuation -e radiotap.db_txattenuation "
    "-e radiotap.txpower -e radiotap.antenna";

static void end_wireless(void)
{
    store_le16(b.bytes + 2, (uint16_t)b.length);
    build_bytes(&b, "\xD4\0\0\0\2\0\0\0\0\1", 10); /* an acknowledgment */
    traffic_end_packet(TRACE_TYPE_80211_RADIO);
    line_start();
    add_wireless();
    line_end(11);
}

static void add_le32(uint32_t value)
{
    uint8_t bytes[4];
    store_le32(bytes, value);
    build_bytes(&b, bytes, sizeof(bytes));
}

/* Any fields in up to three presence words of the radiotap namespace, but HE-MU-other-user, which
 * tshark does not know, and MCS, which gives it another rate. Rates from 128 on have other meanings
 * too, so all bytes are below. */
static void test_radiotap(void **state)
{
    uint64_t random = test_seed();
    (void)state;
    traffic_start(127);
    for (unsigned i = 0; i < TRAFFIC_MOST_PACKETS; i++) {
        build_start(&b);
        add_le32(0);
        for (uint64_t more = test_random(&random) % 3;; more--) {
            const uint32_t present =
                (uint32_t)(test_random(&random) & test_random(&random)) & 0x0DF7FFFF;
            add_le32(present | (more > 0 ? UINT32_C(0xA0000000) : 0));
            if (more == 0)
                break;
        }
        for (unsigned n = 0; n < 512; n++)
            build_bytes(&b, (uint8_t[]){test_random(&random) & 0x7F}, 1);
        end_wireless();
    }
    lines_compare(radiotap_fields);
}

/* Vendors in between, and fields that tell their length. */
static void test_radiotap_namespaces(void **state)
{
    (void)state;
    traffic_start(127);
    for (uint8_t skipped = 0; skipped < 8; skipped++) {
        build_start(&b);
        build_bytes(&b, "\0\0\0\0\2\0\0\xC0\xFF\0\0\xA0\x28\x08\0\0", 16);
        build_bytes(&b, (uint8_t[]){0x10, 0xEE, 1, 2, 3, 4, skipped, 0}, 8);
        build_payload(&b, skipped + skipped % 2u);
        build_bytes(&b, "\x6C\x09\xA0\0\xC0\7", 6);
        end_wireless();

        build_start(&b);
        build_bytes(&b, "\0\0\0\0\2\0\0\x10\x10\0\0\0\x1C\0", 14);
        build_bytes(&b, (uint8_t[]){skipped, 0}, 2);
        build_payload(&b, (skipped + 3u) & ~3u);
        build_bytes(&b, "\5\0\1\0\xD6\0\0\0\x0B\0\1\0\3\0\0\0", 16);
        end_wireless();
    }
    lines_compare(radiotap_fields);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_radiotap),
        cmocka_unit_test(test_radiotap_namespaces),
    };
    return LINES_RUN("decode: radiotap against tshark", tests);
}
