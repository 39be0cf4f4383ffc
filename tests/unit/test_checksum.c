/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/checksum.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "tests/support/test.h"

/* The definition, word by word. */
static uint16_t slow_checksum(const uint8_t *bytes, size_t n_bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n_bytes; i += 2) {
        sum += (uint32_t)bytes[i] << 8 | (i + 1 < n_bytes ? bytes[i + 1] : 0);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* A result is as it lies in the packet: here it is read from there. */
static uint16_t as_number(uint16_t field)
{
    return load_be16(&field);
}

static void test_known_values(void **state)
{
    /* The example of RFC 1071, section 3, and an IPv4 header. */
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
    static const uint8_t header[] = {0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                     0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
    (void)state;
    assert_int_equal(as_number(checksum_of(example, sizeof(example))), (uint16_t)~0xddf2);
    assert_int_equal(checksum_of(header, sizeof(header)), 0);
    assert_int_equal(checksum_of(NULL, 0), 0xffff);
    assert_int_equal(as_number(checksum_of("\x12", 1)), (uint16_t)~0x1200);
}

static void test_all_ones(void **state)
{
    static uint8_t ones[70000];
    (void)state;
    memset(ones, 0xff, sizeof(ones));
    for (size_t n = 2; n < sizeof(ones); n = n * 3 & ~(size_t)1)
        assert_int_equal(checksum_of(ones, n), 0);
}

static void test_random_pieces(void **state)
{
    static uint8_t bytes[2000];
    uint64_t random = test_seed();
    (void)state;
    for (int round = 0; round < 3000; round++) {
        const size_t n_bytes = test_random(&random) % sizeof(bytes);
        struct checksum pieces = {0};
        size_t done = 0;
        for (size_t i = 0; i < n_bytes; i++)
            bytes[i] = (uint8_t)test_random(&random);
        const uint16_t expected = slow_checksum(bytes, n_bytes);
        assert_int_equal(as_number(checksum_of(bytes, n_bytes)), expected);

        while (done < n_bytes) {
            size_t n = test_random(&random) % 40;
            n = n < n_bytes - done ? n : n_bytes - done;
            checksum_add(&pieces, bytes + done, n);
            done += n;
        }
        assert_int_equal(as_number(checksum_result(&pieces)), expected);
    }
}

static void test_verifies_what_it_made(void **state)
{
    uint8_t packet[] = {1, 2, 3, 4, 0, 0, 7, 8, 9};
    (void)state;
    store_u16(packet + 4, checksum_of(packet, sizeof(packet)));
    assert_int_equal(checksum_of(packet, sizeof(packet)), 0);
    packet[8] ^= 1;
    assert_int_not_equal(checksum_of(packet, sizeof(packet)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_all_ones),
        cmocka_unit_test(test_random_pieces),
        cmocka_unit_test(test_verifies_what_it_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
