/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same files seen by libtrace 3's tracepktdump and tracestats, where they are installed: how many
 * packets, their seconds, lengths and directions. Its captured lengths of legacy records count more
 * than a record has, so these are not compared.
 */
#include <libtrace.h>

#include <string.h>

#include "lib/base/bytes.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/test.h"

enum { N_PACKETS = 200 };

/* What is compared. */
struct seen {
    char when[40]; /* as ctime() says it */
    long capture, wire;
    int direction;
};

/* The packets as tracepktdump tells of them. How many. */
static unsigned look_with_tracepktdump(const char *uri, struct seen *seen)
{
    char command[400], line[200], before[sizeof(line)] = "";
    unsigned n = 0;
    snprintf(command, sizeof(command), "tracepktdump '%s' 2>/dev/null", uri);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    while (fgets(line, sizeof(line), output)) {
        struct seen one = {0};
        if (sscanf(line, " Capture: Packet Length: %ld/%ld Direction Value: %d", &one.capture,
                   &one.wire, &one.direction) == 3) {
            assert_true(n < N_PACKETS);
            before[strcspn(before, "\n")] = '\0';
            snprintf(one.when, sizeof(one.when), "%.39s", before);
            seen[n++] = one;
        }
        memcpy(before, line, sizeof(before));
    }
    assert_int_equal(pclose(output), 0);
    return n;
}

static unsigned look(const char *uri, struct seen *seen)
{
    unsigned n = 0;
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    if (trace_is_err(trace) || trace_start(trace) != 0)
        fail_msg("%s", trace_get_err(trace).problem);
    while (trace_read_packet(trace, packet) > 0) {
        const time_t seconds = trace_get_timeval(packet).tv_sec;
        struct tm local;
        assert_true(n < N_PACKETS);
        localtime_r(&seconds, &local);
        strftime(seen[n].when, sizeof(seen[n].when), "%a %b %e %H:%M:%S %Y", &local);
        seen[n].capture = (long)trace_get_capture_length(packet);
        seen[n].wire = (long)trace_get_wire_length(packet);
        seen[n].direction = trace_get_direction(packet);
        n++;
    }
    assert_false(trace_is_err(trace));
    trace_destroy_packet(packet);
    trace_destroy(trace);
    return n;
}

static void compare(const char *format, const char *name, struct bytes *file, bool compares_capture)
{
    static struct seen ours[N_PACKETS], theirs[N_PACKETS];
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format, temp_write(name, file->at, file->n, false));
    assert_int_equal(look(uri, ours), N_PACKETS);
    assert_int_equal(look_with_tracepktdump(uri, theirs), N_PACKETS);
    for (unsigned i = 0; i < N_PACKETS; i++) {
        assert_string_equal(ours[i].when, theirs[i].when);
        assert_int_equal(ours[i].wire, theirs[i].wire);
        assert_int_equal(ours[i].direction, theirs[i].direction);
        if (compares_capture)
            assert_int_equal(ours[i].capture, theirs[i].capture);
    }
    bytes_free(file);
}

static void test_tsh(void **state)
{
    (void)state;
    struct bytes file = {0};
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        uint8_t record[44] = {0};
        store_be32(record, 900000000 + i * 100);
        store_be32(record + 4, i % 8 << 24 | i * 4999);
        record[8] = 0x45;
        store_be16(record + 10, (uint16_t)(20 + i * 7));
        bytes_add(&file, record, sizeof(record));
    }
    compare("tsh", "a.tsh", &file, true);
}

static void test_legacy(void **state)
{
    (void)state;
    struct bytes atm = {0}, atmhdr = {0}, eth = {0}, pos = {0};
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        uint8_t record[64] = {0};
        store_le64(record, ((uint64_t)900000000 + i * 100) << 32 | i * 21000000);
        bytes_add(&atm, record, 64);
        bytes_add(&atmhdr, record, 12);
        store_le16(record + 8, (uint16_t)(i * 7));
        bytes_add(&eth, record, 64);
        store_be32(record + 8, 64);
        store_be32(record + 12, i * 7 + 1);
        store_be32(record + 16, i % 3 == 0 ? 0xff030021 : i % 3 == 1 ? 0x0f000800 : 0x21000000);
        bytes_add(&pos, record, 64);
    }
    compare("legacyatm", "a.atm", &atm, false);
    compare("atmhdr", "a.atmhdr", &atmhdr, true);
    compare("legacyeth", "a.eth", &eth, false);
    compare("legacypos", "a.pos", &pos, false);
}

static void use_time_zone(const char *name)
{
    assert_int_equal(setenv("TZ", name, 1), 0);
    tzset();
}

/* libtrace 3 makes New Zealand's time zone that of the whole program. */
static void test_nzix(void **state)
{
    (void)state;
    if (access("/usr/share/zoneinfo/Pacific/Auckland", R_OK) != 0) {
        printf("skipped: there is no description of New Zealand's time zone\n");
        skip();
    }
    use_time_zone("Pacific/Auckland");
    static const char *const names[] = {"20000705-143000.nzix", "20001231-235959-0",
                                        "nzix-20010401-000000"};
    for (size_t n = 0; n < ARRAY_LEN(names); n++) {
        struct bytes file = {0};
        for (uint32_t i = 0; i < N_PACKETS; i++) {
            uint8_t record[68] = {0};
            store_le32(record, i * 50000000 << 2 | i % 4); /* goes around nine times */
            store_le32(record + 8, i * 7 + 1);
            bytes_add(&file, record, sizeof(record));
        }
        compare("legacynzix", names[n], &file, false);
    }
    use_time_zone("UTC");
}

static void test_pcap(void **state)
{
    (void)state;
    static const uint32_t links[] = {1, 101};
    for (size_t n = 0; n < ARRAY_LEN(links); n++) {
        struct pcap_style style = pcap_plain;
        struct bytes file = {0};
        style.link = links[n];
        style.is_swapped = n == 0;
        pcap_add_header(&file, &style);
        for (uint32_t i = 0; i < N_PACKETS; i++) {
            static const uint8_t zeros[N_PACKETS];
            pcap_add_record_header(&file, &style, 900000000 + i * 100, i * 4999, i, i * 7);
            bytes_add(&file, zeros, i);
        }
        compare("pcap", "a.pcap", &file, true);
    }
}

static void test_duck(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        size_t record_bytes;
    } versions[] = {{13, 112}, {14, 84}, {19, 100}};
    for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
        static struct seen ours[N_PACKETS];
        static const uint8_t zeros[112];
        char uri[300], command[400], line[200];
        unsigned long n_theirs = 0;
        struct bytes file = {0};
        bytes_add(&file, (const uint8_t[]){versions[v].type, 0, 0, 0}, 4);
        for (unsigned i = 0; i < N_PACKETS - v; i++)
            bytes_add(&file, zeros, versions[v].record_bytes);
        snprintf(uri, sizeof(uri), "duck:%s", temp_write("a.duck", file.at, file.n, false));
        assert_int_equal(look(uri, ours), N_PACKETS - v);

        snprintf(command, sizeof(command), "tracestats '%s' 2>&1", uri);
        FILE *output = popen(command, "r");
        assert_non_null(output);
        while (fgets(line, sizeof(line), output))
            (void)sscanf(line, " Accepted Packets: %lu", &n_theirs);
        assert_int_equal(pclose(output), 0);
        assert_int_equal(n_theirs, N_PACKETS - v);
        bytes_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tsh),  cmocka_unit_test(test_legacy), cmocka_unit_test(test_nzix),
        cmocka_unit_test(test_pcap), cmocka_unit_test(test_duck),
    };
    /* A tracepktdump of libtrace 4 tells of packets in other words. */
    if (system("command -v tracestats >/dev/null 2>&1") != 0 ||
        system("tracepktdump -H 2>&1 | grep -q '^libtrace 3'") != 0) {
        printf("skipped: libtrace 3's tracepktdump and tracestats are not installed\n");
        return TEST_SKIPPED;
    }
    use_time_zone("UTC");
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
