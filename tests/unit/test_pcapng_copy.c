/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng read and written again: nothing may be lost, whatever way packets take in between. */
#include "formats/pcapng/output.h"
#include "tests/support/pcapng_writer.h"

/* "Take all", as instructions, and a byte that is none. */
static void add_filter_program(struct ng_file *file)
{
    ng_option_head(file, 11, 1 + 2 * 8 + 1);
    ng_bytes(file, "\1", 1);
    ng_u16(file, 0x28);
    ng_bytes(file, "\1\2", 2);
    ng_u32(file, 12);
    ng_u16(file, 6);
    ng_bytes(file, "\0\0", 2);
    ng_u32(file, 262144);
    ng_bytes(file, "x\0\0", 3);
}

static void add_verdict(struct ng_file *file, uint8_t kind, uint64_t verdict)
{
    ng_option_head(file, 7, 9);
    ng_bytes(file, &kind, 1);
    ng_u64(file, verdict);
    ng_padding(file, 9);
}

static void add_interface(struct ng_file *file, uint32_t i)
{
    static const unsigned links[] = {1, 101, 113, 117, 12, 276, 192, 1234, 0xffff};
    ng_begin_interface(file, links[i % ARRAY_LEN(links)], i % 3 ? 262144 : 0);
    if (i % 4 != 3) {
        char name[16];
        snprintf(name, sizeof(name), "eth%u", i);
        ng_option_text(file, 2, name);
        ng_option(file, 4, "\x0a\0\0\1\xff\xff\xff\0", 8);
        ng_option(file, 4, "\x0a\0\0\2\xff\xff\xff\0", 8);
        ng_option(file, 6, "\2\0\0\0\0\1", 6);
        ng_option_u64(file, 8, UINT64_C(10000000000));
        ng_option_u8(file, 9, (uint8_t)(6 + i % 8));
        ng_option_u32(file, 10, 3600);
        if (i % 2)
            ng_option(file, 11, "\0tcp port 80", 12);
        else
            add_filter_program(file);
        ng_option_u8(file, 13, i % 2 ? 4 : 0);
        ng_option_u64(file, 14, (uint64_t)-7200);
        ng_option_u64(file, 16, 1024000);
        ng_option_text(file, 1, "a comment");
        ng_option_text(file, 1, "");
        ng_option_text(file, 0x8001, "local");
        ng_end_options(file);
    }
    ng_end(file);
}

static void add_packet_options(struct ng_file *file, uint32_t i)
{
    ng_option_text(file, 1, "the first comment");
    ng_option_text(file, 1, "another comment");
    ng_option_u32(file, 2, i);
    ng_option(file, 3, "\2abcd", 5);
    ng_option_u64(file, 4, i);
    ng_option_u64(file, 5, UINT64_C(0x123456789abcdef0));
    ng_option_u32(file, 6, 3);
    add_verdict(file, 1, 2);
    add_verdict(file, 2, UINT64_C(0x123456789abcdef0));
    ng_option(file, 7, "\0of hardware", 12);
    ng_option(file, 7, "\1short", 6);
    ng_option_head(file, 8, 8);
    ng_u32(file, 1234);
    ng_u32(file, 5678);
    ng_option_head(file, 2988, 8);
    ng_u32(file, 32473);
    ng_bytes(file, "text", 4);
    ng_option_head(file, 2989, 5);
    ng_u32(file, 32473);
    ng_bytes(file, "b\0\0\0", 4);
    ng_end_options(file);
}

static void add_meta(struct ng_file *file, uint32_t i, uint32_t n_interfaces)
{
    switch (i % 7) {
    case 0:
        ng_begin(file, 4);
        ng_option(file, 1, "\x7f\0\0\x01localhost", 14);
        ng_option(file, 0x123, "odd", 3);
        ng_option_head(file, 0, 0);
        ng_option_text(file, 2, "dns.example.org");
        ng_option(file, 3, "\x7f\0\0\x01", 4);
        ng_end_options(file);
        ng_end(file);
        break;
    case 1:
        ng_begin_statistics(file, i % n_interfaces, UINT64_C(0x123456789a) + i);
        ng_option_head(file, 2, 8);
        ng_ticks(file, UINT64_C(0x123456789abc));
        ng_option_u64(file, 4, i);
        ng_option_u64(file, 5, UINT64_C(0x0102030405060708));
        ng_end_options(file);
        ng_end(file);
        break;
    case 2:
        ng_secrets(file, "CLIENT_RANDOM 1 2\n", 18);
        break;
    case 3:
        ng_custom(file, 0xbad);
        break;
    case 4:
        ng_begin(file, 9);
        ng_bytes(file, "MESSAGE=hello!\n\n", 16);
        ng_end(file);
        break;
    case 5:
        ng_name(file);
        break;
    default:
        ng_begin_statistics(file, 0, 1);
        ng_end(file);
        break;
    }
}

/* All that can come out as it went in. */
static void make_file(struct ng_file *file, uint32_t n_sections)
{
    for (uint32_t section = 0; section < n_sections; section++) {
        uint32_t n_interfaces = 0;
        ng_begin_section(file);
        if (section % 2 == 0) {
            ng_option_text(file, 2, "hardware");
            ng_option_text(file, 4, "an application");
            ng_option_text(file, 1, "a section's comment");
            ng_end_options(file);
        }
        ng_end(file);
        for (uint32_t i = 0; i < 100; i++) {
            if (i % 9 == 0) {
                add_interface(file, n_interfaces + section);
                n_interfaces++;
            }
            if (i % 5 == 0)
                add_meta(file, i / 5, n_interfaces);
            if (i % 11 == 0)
                ng_simple_packet(file, i, i, i);
            ng_begin_packet(file, i % n_interfaces, i * UINT64_C(0x0123456789), i, (i * 13) % 700,
                            i % 4 ? 700 : (i * 13) % 300);
            if (i % 3 == 0)
                add_packet_options(file, i);
            ng_end(file);
        }
    }
}

/* Files of this host's order come out byte for byte as they went in, those of the other order as if
 * they had been made here. */
static void test_copies_are_the_same(void **state)
{
    (void)state;
    struct ng_file plain = {0};
    struct ng_file swapped = {.is_swapped = true};
    make_file(&plain, 5);
    make_file(&swapped, 5);
    const char *expected = ng_write(&plain, "plain.pcapng");
    const char *other = ng_write(&swapped, "swapped.pcapng");
    const char *copy = temp_path("copy.pcapng");
    copy_file(expected, copy, COPY_METAS);
    check_file(copy);
    assert_same_file(expected, copy);
    copy_file(expected, copy, COPY_METAS | COPY_COPIES);
    assert_same_file(expected, copy);
    copy_file(other, copy, COPY_METAS);
    assert_same_file(expected, copy);
    copy_file(other, copy, COPY_METAS | COPY_COPIES);
    assert_same_file(expected, copy);
    ng_free(&plain);
    ng_free(&swapped);
}

/* Without the meta records each packet still has the interface that it had. */
static void test_packets_alone(void **state)
{
    (void)state;
    static const unsigned ways[] = {0, COPY_COPIES, COPY_BACKWARDS, COPY_COPIES | COPY_BACKWARDS};
    for (size_t i = 0; i < 2 * ARRAY_LEN(ways); i++) {
        struct ng_file file = {.is_swapped = i % 2};
        make_file(&file, 3);
        const char *path = ng_write(&file, "file.pcapng");
        const char *copy = temp_path("copy.pcapng");
        copy_file(path, copy, ways[i / 2]);
        check_file(copy);
        struct format_reader before = read_good(path, 4096);
        struct format_reader after = read_good(copy, 4096);
        uint64_t sums[2][6] = {{0}};
        struct format_reader *readers[] = {&before, &after};
        for (unsigned side = 0; side < 2; side++) {
            for (size_t n = 0; n < readers[side]->n_seen; n++) {
                const struct seen_packet *seen = &readers[side]->seen[n];
                if (seen->record.flags & RECORD_META)
                    continue;
                /* In any order. */
                sums[side][0]++;
                sums[side][1] += seen->digest * (seen->record.wire + 1u);
                /* Simple packets may have got a time; they are short. */
                if (seen->record.wire >= 700)
                    sums[side][2] += (uint64_t)seen->record.time_ns * (seen->record.wire + 1u);
                sums[side][3] += seen->record.wire;
                sums[side][4] += (uint64_t)seen->kind.type * (seen->record.capture + 1u);
                sums[side][5] += (uint64_t)(seen->direction + 3) * (seen->record.capture + 1u);
            }
        }
        assert_memory_equal(sums[0], sums[1], sizeof(sums[0]));
        assert_int_equal(sums[0][0], 3 * 110);
        read_close(&before);
        read_close(&after);
        ng_free(&file);
    }
}

/* A section of two interfaces, the first with a long description; one has a packet. */
static void add_long_section(struct ng_file *file, uint32_t number)
{
    enum { COMMENT_BYTES = 60000, N_COMMENTS = 50 };
    static char comment[COMMENT_BYTES];
    ng_section(file);
    ng_begin_interface(file, 300 + number, 0);
    for (unsigned i = 0; i < N_COMMENTS; i++)
        ng_option(file, 1, comment, sizeof(comment));
    ng_end(file);
    ng_interface(file, 300 + number, 0);
    ng_packet(file, number < 4 ? 0 : 1, number, number, 60, 60);
}

/* Packets of many sections, without their headers: what an output remembers stays bounded, and each
 * packet has its interface all the same. */
static void test_memory_for_sections(void **state)
{
    (void)state;
    enum { N_SECTIONS = 20 };
    struct ng_file file = {0};
    for (uint32_t i = 0; i < N_SECTIONS; i++)
        add_long_section(&file, i);
    const char *path = ng_write(&file, "file.pcapng");
    const char *copy = temp_path("copy.pcapng");
    struct writing writing;
    write_open(&writing, &pcapng_format, copy);
    copy_records(&pcapng_format, path, &writing, 0);
    const struct pcapng_output *out = writing.output.state;
    uint64_t n_bytes = 0;
    for (uint32_t i = 0; i < out->n_known; i++)
        n_bytes += out->known[i].section->n_description_bytes;
    assert_in_range(n_bytes, 1, 16 << 20);
    assert_in_range(out->kept_bytes, n_bytes, 16 << 20);
    write_close(&writing);

    struct format_reader reader = read_good(copy, 65536);
    uint32_t n_packets = 0;
    for (size_t i = 0; i < reader.n_seen; i++)
        if (!(reader.seen[i].record.flags & RECORD_META))
            assert_int_equal(reader.seen[i].kind.type,
                             TRACE_RT_DATA_PCAPNG + 300 + (int)n_packets++);
    assert_int_equal(n_packets, N_SECTIONS);
    read_close(&reader);
    ng_free(&file);
}

static void test_shorter_packets(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct ng_file file = {.is_swapped = i % 2};
        make_file(&file, 2);
        const char *path = ng_write(&file, "file.pcapng");
        const char *copy = temp_path("copy.pcapng");
        copy_file(path, copy, COPY_METAS | COPY_SHORTER | (i / 2 ? COPY_COPIES : 0));
        check_file(copy);
        struct format_reader before = read_good(path, 4096);
        struct format_reader after = read_good(copy, 4096);
        assert_int_equal(before.n_seen, after.n_seen);
        for (size_t n = 0; n < before.n_seen; n++) {
            const struct record *was = &before.seen[n].record;
            const struct record *is = &after.seen[n].record;
            if (was->flags & RECORD_META) {
                assert_true(before.seen[n].digest == after.seen[n].digest || i % 2);
                continue;
            }
            assert_int_equal(is->capture, was->capture < 20 ? was->capture : 20);
            assert_int_equal(is->wire, was->wire);
            if (!(was->flags & RECORD_NO_TIME))
                assert_int_equal(is->time_ns, was->time_ns);
            assert_int_equal(after.seen[n].direction, before.seen[n].direction);
        }
        read_close(&before);
        read_close(&after);
        ng_free(&file);
    }
}

static void test_old_packets_become_new_ones(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file old = {.is_swapped = is_swapped};
        struct ng_file new = {0};
        ng_section(&old);
        ng_section(&new);
        ng_interface(&old, 1, 0);
        ng_interface(&new, 1, 0);
        for (uint32_t i = 0; i < 12; i++) {
            static const unsigned drops[] = {0xffff, 0, 300};
            ng_begin_old_packet(&old, 0, drops[i % 3], UINT64_C(0x987654321) * i, i, 60 + i, 100);
            ng_begin_packet(&new, 0, UINT64_C(0x987654321) * i, i, 60 + i, 100);
            if (i % 2) {
                ng_option_u32(&old, 2, i);
                ng_end_options(&old);
                ng_option_u32(&new, 2, i);
            }
            if (i % 3)
                ng_option_u64(&new, 4, drops[i % 3]);
            if (i % 3 || i % 2)
                ng_end_options(&new);
            ng_end(&old);
            ng_end(&new);
        }
        const char *expected = ng_write(&new, "expected.pcapng");
        copy_file(ng_write(&old, "old.pcapng"), temp_path("copy.pcapng"), COPY_METAS);
        assert_same_file(expected, temp_path("copy.pcapng"));
        ng_free(&old);
        ng_free(&new);
    }
}

/* What says that it must not be copied, what nobody knows how to turn, and what is malformed. */
static void test_what_is_left_out(void **state)
{
    (void)state;
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        struct ng_file left = {0};
        ng_begin_section(&file);
        ng_option_head(&file, 19372, 4);
        ng_u32(&file, 32473);
        ng_option_head(&file, 1, 0xffff);
        ng_end(&file);
        ng_section(&left);

        ng_custom(&file, 0x40000bad);
        ng_any(&file, 0xbad, 0);
        ng_any(&file, 10, 4);
        ng_begin(&file, 10);
        ng_u32(&file, 1);
        ng_u32(&file, 5);
        ng_u32(&file, 0);
        ng_end(&file);
        ng_any(&file, 5, 8);
        ng_begin_statistics(&file, 9, 5); /* of an interface that is not there */
        ng_end(&file);
        if (is_swapped)
            ng_any(&file, 77, 40);

        ng_begin(&file, 4); /* names, with one that does not fit */
        ng_option(&file, 1, "\x7f\0\0\x01localhost", 14);
        ng_option_head(&file, 1, 100);
        ng_end(&file);
        ng_name(&left);

        ng_begin_interface(&file, 1, 0);
        ng_option(&file, 9, "\6\6", 2);
        ng_option_u8(&file, 9, 3);
        ng_option_u8(&file, 9, 9);
        ng_option(&file, 8, "1234", 4);
        ng_option(&file, 14, "", 0);
        ng_option(&file, 11, "", 0);
        ng_option(&file, 6, "12345", 5);
        ng_option_head(&file, 19373, 4);
        ng_u32(&file, 32473);
        ng_option(&file, 2988, "123", 3);
        ng_option_text(&file, 2, "eth0");
        ng_end(&file);
        ng_begin_interface(&left, 1, 0);
        ng_option_u8(&left, 9, 3);
        ng_option_text(&left, 2, "eth0");
        ng_end_options(&left);
        ng_end(&left);

        ng_begin_packet(&file, 0, 1, 1, 61, 61);
        ng_option_u8(&file, 2, 1);
        ng_option_text(&file, 1, "kept");
        ng_option_head(&file, 2, 4);
        ng_end(&file);
        ng_begin_packet(&left, 0, 1, 1, 61, 61);
        ng_option_text(&left, 1, "kept");
        ng_end_options(&left);
        ng_end(&left);
        ng_begin_packet(&file, 0, 1, 1, 61, 61);
        ng_option_u8(&file, 2, 1);
        ng_end_options(&file);
        ng_option_text(&file, 1, "behind the end");
        ng_end(&file);
        ng_packet(&left, 0, 1, 1, 61, 61);

        const char *expected = ng_write(&left, "expected.pcapng");
        copy_file(ng_write(&file, "file.pcapng"), temp_path("copy.pcapng"), COPY_METAS);
        check_file(temp_path("copy.pcapng"));
        assert_same_file(expected, temp_path("copy.pcapng"));
        ng_free(&file);
        ng_free(&left);
    }
}

/* A simple packet that cannot be one any more, for its interface is not the first. */
static void test_simple_packets_of_a_later_interface(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_interface(&file, 1, 7);
    ng_packet(&file, 1, 1, 1, 60, 60);
    ng_simple_packet(&file, 2, 61, 61);
    const char *copy = temp_path("copy.pcapng");
    copy_file(ng_write(&file, "file.pcapng"), copy, 0);
    check_file(copy);
    struct format_reader reader = read_good(copy, 4096);
    assert_int_equal(reader.n_seen, 5);
    assert_bytes(&reader.seen[4], 2, 61);
    assert_int_equal(reader.seen[4].record.framing, 28);
    read_close(&reader);
    ng_free(&file);
}

/* More sections than an output keeps in mind, read without their headers. */
static void test_very_many_sections(void **state)
{
    (void)state;
    struct ng_file file = {0};
    for (uint32_t i = 0; i < 2500; i++) {
        ng_section(&file);
        ng_interface(&file, i % 2 ? 101 : 1, 0);
        ng_packet(&file, 0, i, i, 8, 8);
    }
    const char *path = ng_write(&file, "file.pcapng");
    const char *copy = temp_path("copy.pcapng");
    copy_file(path, copy, 0);
    check_file(copy);
    struct format_reader reader = read_good(copy, 4096);
    assert_int_equal(reader.n_seen, 1 + 2 * 2500); /* those that are over were forgotten */
    uint32_t number = 0;
    for (size_t i = 0; i < reader.n_seen; i++) {
        if (reader.seen[i].record.flags & RECORD_META)
            continue;
        assert_bytes(&reader.seen[i], number, 8);
        assert_int_equal(reader.seen[i].kind.type, number % 2 ? 4101 : 4001);
        number++;
    }
    read_close(&reader);
    copy_file(path, copy, COPY_METAS);
    assert_same_file(path, copy);
    ng_free(&file);
}

/* 10^5 interfaces cost no more than that many. */
static void test_very_many_interfaces(void **state)
{
    (void)state;
    struct ng_file file = {0};
    ng_section(&file);
    for (uint32_t i = 0; i < 100000; i++) {
        ng_interface(&file, 1, i % 2);
        if (i % 10 == 0)
            ng_packet(&file, i, i, i, 8, 8);
    }
    const char *path = ng_write(&file, "file.pcapng");
    const char *copy = temp_path("copy.pcapng");
    copy_file(path, copy, COPY_METAS);
    assert_same_file(path, copy);
    copy_file(path, copy, COPY_METAS | COPY_COPIES);
    assert_same_file(path, copy);
    copy_file(path, copy, 0);
    check_file(copy);
    ng_free(&file);
}

/* Some bytes drawn at random: what comes out is well formed, and as many packets as went in. */
static void test_random_files(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned round = 0; round < 150; round++) {
        struct ng_file file = {.is_swapped = round % 2};
        make_file(&file, 1);
        for (unsigned i = 0; i < 20; i++)
            file.bytes.at[28 + test_random(&random) % (file.bytes.n - 28)] =
                (uint8_t)(test_random(&random) >> (test_random(&random) % 8));
        const char *path = ng_write(&file, "random.pcapng");
        const char *copy = temp_path("copy.pcapng");
        copy_file(path, copy, round % 8);
        check_file(copy);
        struct format_reader before, after;
        assert_int_equal(read_open(&before, &pcapng_format, path, 4096), 0);
        (void)read_on(&before);
        after = read_good(copy, 4096);
        size_t n_before = 0, n_after = 0;
        for (size_t i = 0; i < before.n_seen; i++)
            n_before += !(before.seen[i].record.flags & (RECORD_META | RECORD_SKIP));
        for (size_t i = 0; i < after.n_seen; i++)
            n_after += !(after.seen[i].record.flags & RECORD_META);
        assert_int_equal(n_before, n_after);
        read_close(&before);
        read_close(&after);
        ng_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_are_the_same),
        cmocka_unit_test(test_packets_alone),
        cmocka_unit_test(test_memory_for_sections),
        cmocka_unit_test(test_shorter_packets),
        cmocka_unit_test(test_old_packets_become_new_ones),
        cmocka_unit_test(test_what_is_left_out),
        cmocka_unit_test(test_simple_packets_of_a_later_interface),
        cmocka_unit_test(test_very_many_sections),
        cmocka_unit_test(test_very_many_interfaces),
        cmocka_unit_test(test_random_files),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
