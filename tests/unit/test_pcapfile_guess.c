/* SPDX-License-Identifier: BSD-2-Clause */
/* Guessing where records start may save time and changes nothing, even where packets hold captures. */
#include "formats/pcapfile/pcapfile.h"

#include <stdlib.h>

#include "tests/support/format_checks.h"
#include "tests/support/format_reader.h"
#include "tests/support/pcap_bytes.h"

struct tally {
    size_t n_right, n_wrong;
};

/* Reads a good file with guesses, counting those about the bytes that a block has at the end. */
static struct tally read_guessing(struct format_reader *reader, const char *path,
                                  size_t block_bytes)
{
    struct tally tally = {0};
    int outcome;
    assert_int_equal(read_open(reader, &pcapfile_format, path, block_bytes), 0);
    do {
        const struct block_guess guess = reader->ahead[reader->number % READ_AHEAD]->guess;
        const size_t n_before = reader->n_seen, n_kept = reader->n_right;
        outcome = read_block(reader);
        if (guess.n_records == 0 || reader->n_right == n_kept)
            continue; /* the bytes were not the right ones */
        if (reader->seen[n_before].record.offset == guess.start)
            tally.n_right++;
        else
            tally.n_wrong++;
    } while (outcome == MARK_RECORDS);
    if (outcome != MARK_END)
        fail_msg("%s", reader->error.text);
    return tally;
}

/* All block sizes with guesses, and without. */
static struct tally check_file(const struct bytes *file)
{
    const char *path = temp_write("guess.pcap", file->at, file->n, false);
    struct tally sum = {0};
    for (size_t i = 0; i < ARRAY_LEN(check_block_sizes); i++) {
        struct format_reader without, with;
        read_does_guess = false;
        assert_int_equal(read_open(&without, &pcapfile_format, path, check_block_sizes[i]), 0);
        assert_int_equal(read_on(&without), MARK_END);
        read_does_guess = true;
        const struct tally tally = read_guessing(&with, path, check_block_sizes[i]);
        assert_same_packets(&without, &with, 1);
        sum.n_right += tally.n_right;
        sum.n_wrong += tally.n_wrong;
        read_close(&with);
        read_close(&without);
    }
    return sum;
}

static void test_most_guesses_are_right(void **state)
{
    (void)state;
    for (unsigned variant = 0; variant < PCAP_N_VARIANTS; variant++) {
        const struct pcap_style style = pcap_variant(variant);
        struct bytes file = {0};
        pcap_add_header(&file, &style);
        for (uint32_t i = 0; i < 3000; i++)
            pcap_add_packet(&file, &style, i, 1700000000 + i / 10, i, 60 + (i * 37) % 300, 1514);
        const struct tally tally = check_file(&file);
        assert_true(tally.n_right > 100);
        assert_true(tally.n_wrong * 10 < tally.n_right);
        bytes_free(&file);
    }
}

static void add_packet_of(struct bytes *file, const struct pcap_style *style, uint32_t seconds,
                          const struct bytes *inner)
{
    pcap_add_record_header(file, style, seconds, 0, (uint32_t)inner->n, (uint32_t)inner->n);
    bytes_add(file, inner->at, inner->n);
}

/* A capture that was sent over the network and captured, and once more. */
static void test_captures_in_captures(void **state)
{
    (void)state;
    struct bytes inner = {0}, middle = {0}, file = {0};
    pcap_add_header(&inner, &pcap_plain);
    for (uint32_t i = 0; i < 9; i++)
        pcap_add_packet(&inner, &pcap_plain, i, 1700000000 + i, i, 40, 40);
    pcap_add_header(&middle, &pcap_plain);
    for (uint32_t i = 0; i < 2; i++)
        add_packet_of(&middle, &pcap_plain, 1700000000 + i, &inner);
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < 400; i++)
        add_packet_of(&file, &pcap_plain, 1700000000 + i, i % 3 == 0 ? &inner : &middle);
    const struct tally tally = check_file(&file);
    assert_true(tally.n_wrong > 20); /* else this tests nothing */
    bytes_free(&inner);
    bytes_free(&middle);
    bytes_free(&file);
}

/* Packets of zeros: each of their bytes might start an empty record. */
static void test_packets_of_zeros(void **state)
{
    (void)state;
    struct bytes zeros = {0}, file = {0};
    static const uint8_t nothing[700];
    bytes_add(&zeros, nothing, sizeof(nothing));
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < 300; i++)
        add_packet_of(&file, &pcap_plain, 1700000000 + i, &zeros);
    const struct tally tally = check_file(&file);
    assert_true(tally.n_wrong > 20);
    bytes_free(&zeros);
    bytes_free(&file);
}

static void test_random_captures(void **state)
{
    (void)state;
    uint64_t random = test_seed();
    for (unsigned round = 0; round < 30; round++) {
        struct bytes file = {0}, inner = {0};
        pcap_add_header(&inner, &pcap_plain);
        pcap_add_header(&file, &pcap_plain);
        for (uint32_t i = 0; i < 100; i++) {
            const uint32_t n_bytes = (uint32_t)(test_random(&random) % 90);
            pcap_add_packet(&inner, &pcap_plain, i, i, i, n_bytes, n_bytes);
            if (test_random(&random) % 4 == 0)
                add_packet_of(&file, &pcap_plain, i, &inner);
            else
                pcap_add_packet(&file, &pcap_plain, i, i, i, n_bytes, n_bytes);
        }
        check_file(&file);
        bytes_free(&file);
        bytes_free(&inner);
    }
}

/* The same through the interface, with several files, so that what is known of one is used for the next,
 * which is not like it. */
static void test_threads(void **state)
{
    (void)state;
    struct pcap_style other = pcap_plain;
    other.magic = PCAP_MODIFIED;
    other.is_swapped = true;
    struct bytes inner = {0}, files[2] = {{0}, {0}};
    pcap_add_header(&inner, &pcap_plain);
    for (uint32_t i = 0; i < 20; i++)
        pcap_add_packet(&inner, i % 2 == 0 ? &pcap_plain : &other, i, 1700000000 + i, i, 60, 60);
    for (unsigned f = 0; f < 2; f++) {
        const struct pcap_style *style = f == 0 ? &pcap_plain : &other;
        pcap_add_header(&files[f], style);
        for (uint32_t i = 0; i < 500; i++)
            add_packet_of(&files[f], style, 1700000000 + i, &inner);
    }
    char uri[1024];
    const char *first = temp_write("first.pcap", files[0].at, files[0].n, false);
    const char *second = temp_write("second.pcap", files[1].at, files[1].n, false);
    snprintf(uri, sizeof(uri), "pcapfile:%s,%s,%s", first, second, first);
    assert_int_equal(setenv("LIBTRACE_CONF", "guessing=2,block_size=16k", 1), 0);
    free(check_parallel(uri, 1500));
    assert_int_equal(unsetenv("LIBTRACE_CONF"), 0);
    bytes_free(&inner);
    bytes_free(&files[0]);
    bytes_free(&files[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_most_guesses_are_right),
        cmocka_unit_test(test_captures_in_captures),
        cmocka_unit_test(test_packets_of_zeros),
        cmocka_unit_test(test_random_captures),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
