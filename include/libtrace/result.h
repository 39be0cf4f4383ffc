/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results: what packet threads hand to the reporter, by way of a combiner (libtrace/combiner.h).
 */
#ifndef LIBTRACE_RESULT_H
#define LIBTRACE_RESULT_H

#include "libtrace/common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct libtrace_result_t libtrace_result_t;

/** Eight bytes of anything: the value of results and messages. */
typedef union libtrace_generic_t {
    void *ptr;
    libtrace_packet_t *pkt;
    libtrace_result_t *res;

    int64_t sint64;
    uint64_t uint64;
    uint32_t uint32s[2];
    int32_t sint32s[2];
    uint32_t uint32;
    int32_t sint32;
    uint16_t uint16s[4];
    int16_t sint16s[4];
    uint16_t uint16;
    int16_t sint16;
    uint8_t uint8s[8];
    int8_t sint8s[8];
    uint8_t uint8;
    int8_t sint8;

    size_t size;
    int sint;
    unsigned int uint;
    signed char schars[8];
    unsigned char uchars[8];
    signed char schar;
    unsigned char uchar;
    float rfloat;
    double rdouble;
} libtrace_generic_t;

/** Types of results. Programs number their own from RESULT_USER on. */
enum result_types {
    RESULT_PACKET = 0,        /**< value.pkt is a packet, which the reporter frees */
    RESULT_TICK_INTERVAL = 1, /**< a tick by time, passed on */
    RESULT_TICK_COUNT = 2,    /**< a tick by count, passed on */
    RESULT_USER = 1000
};

/** A result, as the result callback gets it; valid during the callback. */
struct libtrace_result_t {
    uint64_t key;             /**< by which combiners order */
    libtrace_generic_t value; /**< what was published; the library never looks at it */
    int type;                 /**< enum result_types, or a number of the program's */
};

/**
 * Hands a result to the reporter. It never blocks: a thread whose results wait in too great a
 * number pauses after its callback instead. Without a reporter the result is refused and counted.
 * @param t the packet thread that calls
 * @param key order among results; what is allowed depends on the combiner
 * @param value passed on as it is. A packet (RESULT_PACKET) is kept by returning NULL from the
 * packet callback, and freed by the reporter with trace_free_packet().
 * @param type enum result_types, or from RESULT_USER on
 * Only from callbacks of packet thread t; on another thread the result is refused.
 */
DLLEXPORT void trace_publish_result(libtrace_t *libtrace, libtrace_thread_t *t, uint64_t key,
                                    libtrace_generic_t value, int type);

/**
 * Wakes the reporter, so that it reads what was published.
 * @return messages that wait for it; -1 when there is no reporter. Any thread.
 */
DLLEXPORT int trace_post_reporter(libtrace_t *libtrace);

/** Makes sure that a RESULT_PACKET's packet owns its bytes (libtrace_make_packet_safe()). */
DLLEXPORT void libtrace_make_result_safe(libtrace_result_t *res);

#ifdef __cplusplus
}
#endif

#endif
