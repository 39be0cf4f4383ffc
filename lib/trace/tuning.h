/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the parallel engine of a trace is to be set up: plain values, checked when set, read by
 * trace_pstart().
 *
 * One table of keys serves the setters, trace_set_configuration(), the prefix of a URI,
 * configuration files and the environment.
 */
#ifndef WEIR_TRACE_TUNING_H
#define WEIR_TRACE_TUNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define TUNING_MAX_WORKERS  1024
#define TUNING_MAX_COREMAP  TUNING_MAX_WORKERS
#define TUNING_MEMORY_BYTES ((size_t)32 << 20)
#define TUNING_BLOCK_BYTES  ((size_t)256 << 10)
/** Where there are more packet threads than CPUs. */
#define TUNING_CROWDED_BLOCK_BYTES (TUNING_BLOCK_BYTES / 2)

/** Are records looked for in blocks before it is known where the first one starts? */
enum tuning_guessing {
    TUNING_GUESS_BY_DEFAULT, /* where there are more packet threads than CPUs */
    TUNING_GUESS_NEVER,
    TUNING_GUESS_ALWAYS,
};

struct tuning {
    int n_workers;             /* perpkt_threads; 0: the CPUs that the process may use */
    size_t tick_interval_ms;   /* 0: off */
    size_t tick_count;         /* packets; 0: off */
    size_t reporter_threshold; /* results of a worker before the reporter is woken; 0: 100 */
    bool is_tracetime;
    bool is_hasher_polling;
    bool is_reporter_polling;
    bool is_debug_state;
    bool checks_flows; /* with a hasher: counts flows that come to several workers */
    bool is_fixed_count;
    size_t cache_size; /* packets; see docs/porting.md for what the packet counts become */
    size_t thread_cache_size;
    size_t burst_size;
    size_t hasher_queue_size;
    size_t memory_bytes; /* of blocks, descriptors and kept packets together; 0: 32 MiB */
    size_t block_bytes;  /* 0: 256 KiB, less with more workers than CPUs or memory */
    size_t result_limit; /* results waiting per worker before it waits for the reporter; 0: 65536 */
    int guessing;        /* enum tuning_guessing */
    int *coremap;        /* CPU of each worker */
    size_t n_coremap;
};

/** Applies "key=value,key=value" to *tuning. 0, or -1 with TRACE_ERR_CONFIG in *error naming the
 * key. */
int tuning_apply(struct tuning *tuning, const char *text, struct error *error);

/** True when the text up to its end consists of known keys with a value: is it a prefix of a URI?
 */
bool tuning_is_prefix(const char *text, size_t n);

/** Applies LIBTRACE_CONF, LIBTRACE_CONF_<FORMAT> and LIBTRACE_CONF_<FORMAT>_<URI>, in this order.
 */
int tuning_apply_environment(struct tuning *tuning, const char *format, const char *uri,
                             struct error *error);

void tuning_clear(struct tuning *tuning);

#endif
