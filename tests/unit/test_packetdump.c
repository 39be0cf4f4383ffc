/* SPDX-License-Identifier: BSD-2-Clause */
/* What libpacketdump prints, and of packets that are cut and damaged. */
#include "tests/unit/packetdump_specimens.h"

#include <string.h>

#include "lib/base/attributes.h"
#include "tests/support/test.h"

static struct packet_builder b;

/* Every line of `lines` is the beginning of one of `text`'s, in the same order. */
static void expect_lines(const char *text, const char *lines, const char *name)
{
    const char *at = text;
    while (*lines) {
        char line[160];
        const size_t n = strcspn(lines, "\n");
        assert_true(n + 2 < sizeof(line));
        snprintf(line, sizeof(line), "\n%.*s%s", (int)n, lines, lines[n - 1] == ' ' ? "" : "\n");
        const char *found = strstr(at, line);
        if (!found)
            fail_msg("%s: no '%s' in what is left of\n%s", name, line + 1, text);
        at = found + 1;
        lines += n + 1;
    }
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_specimens; i++) {
        specimen_make(&specimens[i], &b);
        char *text = specimen_dump(b.bytes, b.length, b.length, specimens[i].link);
        expect_lines(text, specimens[i].lines, specimens[i].name);
        assert_null(strstr(text, "truncated, "));
        free(text);
    }
}

static void expect_harmless(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (*at != '\n' && (*at < 0x20 || *at > 0x7e))
            fail_msg("a byte %d in\n%s", *at, text);
    }
    const size_t n = strlen(text);
    if (n <= 2 || text[n - 1] != '\n' || text[n - 2] != '\n')
        fail_msg("no empty line at the end of\n%s", text);
}

/* All lines before the first that tells of a cut are lines of the whole packet, in its order. */
static void expect_lines_of(const char *part, const char *whole, size_t n_bytes)
{
    const char *end = strstr(part, "truncated, ");
    const char *at = strchr(strchr(part, '\n') + 1, '\n'); /* behind the lengths */
    while (end && end[-1] != '\n')
        end--;
    while (end && at + 1 < end) {
        char line[200];
        const size_t n = strcspn(at + 1, "\n") + 2;
        assert_true(n < sizeof(line));
        snprintf(line, sizeof(line), "%.*s", (int)n, at);
        whole = strstr(whole, line);
        if (!whole)
            fail_msg("cut after %zu bytes: '%s' in\n%s", n_bytes, line + 1, part);
        whole++;
        at += n - 1;
    }
}

static void test_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_specimens; i++) {
        specimen_make(&specimens[i], &b);
        char *whole = specimen_dump(b.bytes, b.length, b.length, specimens[i].link);
        for (size_t n_bytes = 0; n_bytes < b.length; n_bytes++) {
            char *part = specimen_dump(b.bytes, n_bytes, b.length, specimens[i].link);
            expect_harmless(part);
            expect_lines_of(part, whole, n_bytes);
            free(part);
        }
        free(whole);
    }
}

static void test_cut_headers_say_so(void **state)
{
    (void)state;
    static const struct {
        size_t n_bytes;
        const char *lines;
    } cuts[] = {
        {0, " Capture: Packet Length: 0/104 Direction Value: -1\n"},
        {1, " Ethernet: truncated, 1 of 14 bytes are there\n"},
        {13, " Ethernet: source: \n Ethernet: truncated, 13 of 14 bytes are there\n"},
        {14, " Ethernet: ethertype: 0x88a8 (802.1ad)\n"},
        {33, " VLAN: VLAN ID: 100\n IPv4: flags: \n IPv4: TTL: \n"
             " IPv4: protocol: 6 (TCP)\n IPv4: truncated, 11 of 20 bytes are there\n"},
        {65, " TCP: urgent pointer: 0\n TCP: options truncated, 3 of 24 bytes are there\n"
             " TCP option: maximum segment size: truncated, 1 of 2 bytes are there\n"},
    };
    specimen_make(&specimens[0], &b);
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
        char *text = specimen_dump(b.bytes, cuts[i].n_bytes, 104, TRACE_TYPE_ETH);
        expect_lines(text, cuts[i].lines, "cut");
        free(text);
    }
}

static void test_random_damage(void **state)
{
    uint64_t random = test_seed();
    (void)state;
    for (unsigned turn = 0; turn < 20000; turn++) {
        const struct specimen *specimen = &specimens[test_random(&random) % n_specimens];
        specimen_make(specimen, &b);
        for (uint64_t n = test_random(&random) % 8; n > 0; n--)
            b.bytes[test_random(&random) % b.length] = (uint8_t)test_random(&random);
        const bool is_mistaken = test_random(&random) % 4 == 0;
        const int other = 1 + (int)(test_random(&random) % 30); /* 0 is none */
        char *text =
            specimen_dump(b.bytes, (size_t)(test_random(&random) % (b.length + 1)), b.length,
                          is_mistaken ? (libtrace_linktype_t)other : specimen->link);
        expect_harmless(text);
        free(text);
    }
}

static void test_hexdump(void **state)
{
    (void)state;
    static const uint8_t bytes[] = "0123456789abcdef\x7f\x80|~";
    char *text = NULL;
    size_t n_text = 0;
    libtrace_packet_t packet;
    FILE *out = open_memstream(&text, &n_text);
    build_show(&packet, bytes, sizeof(bytes) - 1, 100, TRACE_TYPE_NONE);
    trace_hexdump_packet_to(out, &packet);
    fclose(out);
    assert_string_equal(
        strchr(text, '\n') + 1,
        " Capture: Packet Length: 20/100 Direction Value: -1\n"
        "  0000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
        "  0010  7f 80 7c 7e                                       |..|~|\n\n");
    free(text);
}

static void test_nothing(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n_text = 0;
    libtrace_packet_t *empty = trace_create_packet();
    FILE *out = open_memstream(&text, &n_text);
    trace_dump_packet_to(out, NULL);
    trace_dump_packet_to(out, empty);
    trace_hexdump_packet_to(out, empty);
    trace_dump_packet_to(NULL, empty);
    decode_next(NULL, 5, "ip", 6);
    decode_next("x", -1, "ip", 6);
    fclose(out);
    assert_int_equal(n_text, 0);
    free(text);
    trace_destroy_packet(empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_cut_headers_say_so),
        cmocka_unit_test(test_random_damage),
        cmocka_unit_test(test_hexdump),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
