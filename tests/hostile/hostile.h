/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files as no program should write them, read through the public interface in every way there is:
 * from a file, a pipe and compressed, by one thread and by two, with and without a hasher.
 *
 *     static const struct hostile length = {
 *         .what = "a block's length of 0",
 *         .records = "mmpp", .code = TRACE_ERR_BAD_PACKET, .says = {"offset 236", "0 bytes"}};
 *     hostile_check("pcapng", &bytes, &length, pcap_fill_packet);
 *
 * Checked is that what was good in front is delivered as it is, that what is skipped is counted, and
 * that an error names the file and says what it should; that whoever asks again gets the same
 * answer; that all ways give the same records; that memory stays within bounds; that nothing is
 * printed; and that records may be looked at, copied and written, whatever is in them. Another
 * trace is read all the while, and nothing happens to it.
 */
#ifndef WEIR_TESTS_HOSTILE_HOSTILE_H
#define WEIR_TESTS_HOSTILE_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include <libtrace.h>

#include "tests/support/temp_files.h"

enum { HOSTILE_MAX_TEXTS = 4 };

/** What a file has to come to. */
struct hostile {
    const char *what;
    const char *records; /* one letter each: p packet, m meta record, s skipped */
    int code;            /* of the error behind them; 0: a good end */
    const char *says[HOSTILE_MAX_TEXTS];
    unsigned n_dropped; /* that the file tells of */
    bool is_packed;     /* it is compressed already */
};

/** The bytes that packet `number` of a file has to have. */
typedef void hostile_fill(uint8_t *bytes, size_t n_bytes, uint32_t number);

/**
 * Reads a file in all ways. `fill` tells what is in packet 0, 1, ... of those that are delivered, or
 * is NULL.
 */
void hostile_check(const char *format, const struct bytes *file, const struct hostile *hostile,
                   hostile_fill *fill);

/** What is told of a packet. */
struct hostile_facts {
    size_t capture, wire;
    int64_t time_ns;
    libtrace_linktype_t link_type;
    libtrace_direction_t direction;
};

/** Reads a file serially: of packet 0, 1, ... up to number `n`, which has to be there. */
struct hostile_facts hostile_facts_of(const char *format, const struct bytes *file, unsigned n);

/** For the group of a program: a folder for files, a trace that must not be harmed, and a watch on
 * what is printed to stderr (without sanitizers, which report there). */
int hostile_set_up(void **state);
int hostile_tear_down(void **state);

/** From the one to the other nothing may be printed. */
void hostile_begin_silence(void);
void hostile_assert_silence(void);

/** The other trace: reads a few packets of it, which have to be the next ones. */
void hostile_read_bystander(void);

/** The most memory in KiB that this process has used since hostile_reset_peak(), or -1 where that
 * cannot be measured or tells nothing (with sanitizers). */
long hostile_peak_kib(void);
void hostile_reset_peak(void);

#endif
