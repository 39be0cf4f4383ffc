/* SPDX-License-Identifier: BSD-2-Clause */
/* Hostile pcapng files, each in both byte orders. */
#ifndef WEIR_TESTS_HOSTILE_HOSTILE_PCAPNG_H
#define WEIR_TESTS_HOSTILE_HOSTILE_PCAPNG_H

#include <libtrace.h>

#include "tests/hostile/hostile.h"
#include "tests/support/pcapng_reader.h"

/** Makes a file in the byte order that it has already. */
typedef void make_file(struct ng_file *file, uint32_t argument);

MAYBE_UNUSED static void check_pcapng(make_file *make, uint32_t argument,
                                      const struct hostile *hostile)
{
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        make(&file, argument);
        hostile_check("pcapng", &file.bytes, hostile, pcap_fill_packet);
        ng_free(&file);
    }
}

/** What is told of packet `n`, which is the same in both byte orders. */
MAYBE_UNUSED static struct hostile_facts facts_of(make_file *make, uint32_t argument, unsigned n)
{
    struct hostile_facts facts[2];
    for (unsigned is_swapped = 0; is_swapped < 2; is_swapped++) {
        struct ng_file file = {.is_swapped = is_swapped};
        make(&file, argument);
        facts[is_swapped] = hostile_facts_of("pcapng", &file.bytes, n);
        ng_free(&file);
    }
    assert_memory_equal(&facts[0], &facts[1], sizeof(facts[0]));
    return facts[0];
}

/** It fails behind those records, with an error that says this. */
#define FAILS(what_it_is, make, argument, its_records, its_code, ...) \
    check_pcapng(                                                     \
        make, argument,                                               \
        &(struct hostile){                                            \
            .what = what_it_is, .records = its_records, .code = its_code, .says = {__VA_ARGS__}})

/** It ends well, with those records. */
#define PASSES(what_it_is, make, argument, its_records) \
    check_pcapng(make, argument, &(struct hostile){.what = what_it_is, .records = its_records})

#endif
