/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program sees of a capture: all records that it gets, by one thread or by several, and how
 * it ended.
 */
#ifndef WEIR_TESTS_CONFORMANCE_SIGHT_H
#define WEIR_TESTS_CONFORMANCE_SIGHT_H

#include <libtrace_parallel.h>

#include "tests/conformance/sample.h"

/** How a capture is read. */
struct way {
    int n_threads; /* 0: by trace_read_packet() */
    enum hasher_types hasher;
    size_t block_bytes; /* 0: the default */
    const char *filter; /* SIGHT_FILTER, or NULL */
    uint32_t snaplen;   /* bytes, 0: all */
    enum { PAUSE_NEVER, PAUSE_ONCE, PAUSE_ALWAYS } pause;
    uint64_t pause_at; /* PAUSE_ONCE: at the record of that number */
};

/** Lets half of the flows of a large sample pass. */
#define SIGHT_FILTER "udp"

/** A record as it was seen. */
struct seen {
    uint64_t order;
    int64_t time_ns; /* or NO_TIME */
    uint64_t digest; /* of the captured bytes */
    size_t capture, wire;
    libtrace_linktype_t link_type;
    libtrace_direction_t direction;
    bool is_meta;
    int thread; /* that saw it */
};

struct sight {
    struct seen *seen; /* by order */
    size_t n_seen;
    libtrace_err_t error; /* err_num is 0 when it ended well */
    libtrace_stat_t statistics;
    uint64_t done_bytes, total_bytes;
    unsigned n_pauses;
};

/** What a record looks like. */
struct seen sight_look_at(libtrace_packet_t *packet);

/** Do both look the same, threads apart? */
bool sight_is_same(const struct seen *one, const struct seen *other);

/** Reads `scheme:where` to its end. What only the callbacks can see to be wrong fails the test. */
struct sight sight_take(const char *scheme, const char *where, const struct way *way);

void sight_free(struct sight *sight);

/**
 * Checks that exactly the first `n_facts` records of a sample were seen, in `n_files` copies one
 * behind the other, without those that the way's filter rejects, and that the counts add up.
 */
void sight_check_sample(const struct sight *sight, const struct sample *sample, size_t n_facts,
                        unsigned n_files, const struct way *way);

/** Checks that what a sample's first `n_bytes` have was seen, and that it ended as such a file does.
 */
void sight_check_cut(const struct sight *sight, const struct sample *sample, size_t n_bytes,
                     const struct way *way);

/** Checks that the first `n_facts` records were seen, whatever else was, and that counts add up. */
void sight_check_prefix(const struct sight *sight, const struct sample *sample, size_t n_facts,
                        const struct way *way);

/** Checks that both saw the same, threads apart, and ended in the same way. */
void sight_check_same(const struct sight *sight, const struct sight *other);

/** Checks that the right threads saw the records of a sample that was read whole. */
void sight_check_threads(const struct sight *sight, const struct sample *sample,
                         const struct way *way, bool has_flows);

/** Fails if it did not end well. */
void sight_check_end(const struct sight *sight);

/** Fails unless it ended in an error that says the file and the offset. */
void sight_check_error_at(const struct sight *sight, size_t offset);

/** A digest of bytes. */
uint64_t sight_digest(const uint8_t *bytes, size_t n_bytes);

/** What doing() says of a way. */
const char *way_name(const struct way *way);

#endif
