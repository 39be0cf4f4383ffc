/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace handle, as the serial interface and the parallel engine share it.
 *
 * Who writes: the controlling thread (the one that calls trace_create(), trace_start(),
 * trace_pstart(), ...) writes every field, unless its group says otherwise.
 */
#ifndef WEIR_TRACE_TRACE_H
#define WEIR_TRACE_TRACE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <libtrace.h>

#include "formats/format.h"
#include "lib/base/atomics.h"
#include "lib/base/error.h"
#include "lib/packet/block.h"
#include "lib/trace/tuning.h"

/* NEW -> STARTED <-> PAUSED is the serial interface; the others belong to the engine
 * (docs/threading.md). */
enum trace_state {
    TRACE_STATE_NEW,
    TRACE_STATE_STARTED,
    TRACE_STATE_RUNNING,
    TRACE_STATE_PAUSING,
    TRACE_STATE_PAUSED,
    TRACE_STATE_FINISHED,
    TRACE_STATE_JOINED,
};

struct parallel;
struct serial;

/** What a trace asks of its engine without knowing it. */
struct parallel_operations {
    /** Ends delivery soon. Async-signal-safe, any thread, any number of times. */
    void (*request_stop)(struct parallel *parallel);
    /** Stops, joins and frees all of it. */
    void (*destroy)(struct parallel *parallel);
    /** Adds the engine's counts to *statistics. Any thread. */
    void (*statistics)(struct parallel *parallel, libtrace_stat_t *statistics);
};

/** Where trace_event() is in replaying a capture at the pace at which it was recorded. */
struct replay {
    int start_count;  /* of the start that this is about; else nothing was delivered yet */
    int64_t trace_ns; /* time of the last packet that was delivered */
    int64_t clock_ns; /* time_monotonic_ns() at which it was due */
};

struct libtrace_t {
    const struct format *format; /* NULL when creation failed */
    char *uri;                   /* as given, without options; NULL when none was */
    const char *body;            /* in uri, after the scheme */
    bool is_dead;
    bool has_input; /* input was opened */
    struct input input;
    struct stream stream; /* of formats without FORMAT_QUEUES */
    atomic_int state;     /* enum trace_state */
    int start_count;

    /* Configuration; on a running trace under config_lock, has_config_changed telling the token
     * holder */
    pthread_mutex_t config_lock;
    atomic_bool has_config_changed;
    libtrace_filter_t *filter; /* counted reference, or NULL */
    size_t snaplen;            /* 0: none; applied after the filter */
    int replay_speedup;        /* 1..1000 */
    bool is_event_realtime;    /* trace_event() does not replay */
    struct tuning tuning;

    /* The error slot: the first error until somebody reads it; any thread, under error_lock. */
    pthread_mutex_t error_lock;
    struct error error;
    atomic_bool has_error;
    struct error
        input_error; /* where the backend records; moved to the slot by trace_take_input_error() */

    libtrace_stat_t *statistics; /* the one that trace_get_statistics(trace, NULL) returns */

    struct replay replay;
    struct serial *serial;               /* serial reader, from trace_start() on */
    _Atomic(struct parallel *) parallel; /* engine; any thread and signal handlers read it */
    const struct parallel_operations *parallel_operations;

    /* Set from any thread and from signal handlers: reads end. */
    atomic_bool is_interrupted;
    atomic_int wake_fd; /* eventfd on which a serial reader waits besides its input, or -1 */

    struct libtrace_t *_Atomic next_live; /* list of traces that trace_interrupt() reaches */
};

/** Records an error in the trace's slot, unless one is there already. Any thread. Returns -1. */
int trace_set_error(libtrace_t *trace, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Records a copy of *error in the trace's slot. Any thread. Returns -1. */
int trace_adopt_error(libtrace_t *trace, const struct error *error);

/**
 * Records why the filter cannot judge a record, and where in the input that is. Any thread. Returns -1.
 */
int trace_fail_filter(libtrace_t *trace, libtrace_filter_t *filter, const struct block *block,
                      const struct record *record);

/** Moves what the backend recorded to the trace's slot. Token holder or controlling thread. Returns
 * -1. */
int trace_take_input_error(libtrace_t *trace);

/** Was the input opened? 0, or -1 with an error that says why the trace cannot be started. */
int trace_check_opened(libtrace_t *trace);

/** Opens and starts the backend's stream. 0 or -1 with the error in the slot. */
int trace_start_input(libtrace_t *trace);

/** Pauses the backend's stream. 0 or -1 with the error in the slot. */
int trace_pause_input(libtrace_t *trace);

/**
 * Ends reading: sets is_interrupted and wakes whoever waits for input of this trace, serial or
 * parallel. Async-signal-safe, any thread, any number of times.
 */
void trace_request_stop(libtrace_t *trace);

/** A trace over a given format, for tests of the engine: as trace_create("name:body") with that
 * format. */
libtrace_t *trace_create_with_format(const struct format *format, const char *body);

/** Cuts a packet to the trace's snap length, if it has one. */
static inline void trace_apply_snaplen(size_t snaplen, libtrace_packet_t *packet)
{
    if (snaplen > 0 && packet->cached.capture_length > snaplen)
        trace_set_capture_length(packet, snaplen);
}

#endif
