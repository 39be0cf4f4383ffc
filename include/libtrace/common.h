/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every other public header stands on: the system headers that programs written for libtrace
 * expect to come along, small macros, and the names of the opaque handles.
 */
#ifndef LIBTRACE_COMMON_H
#define LIBTRACE_COMMON_H

#include <assert.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

/** The libtrace release whose interface this is: major << 16 | middle << 8 | minor. */
#define LIBTRACE_API_VERSION ((4 << 16) | (0 << 8) | 34)

/** Old name of LIBTRACE_API_VERSION. */
#define LIBTRACE_SVN_REVISION LIBTRACE_API_VERSION

/** Version of the DAG card driver that was built in; empty when there is none. */
#ifndef DAG_DRIVER_V
#define DAG_DRIVER_V ""
#endif

/** No padding, and no alignment asked for. Unlike PACKED it is never overridden. */
#define LT_PACKED __attribute__((packed))

/* Macros that programs take from here. A program that has its own keeps it. */
#ifndef PACKED
#define PACKED LT_PACKED
#endif
#ifndef ALIGNED
#define ALIGNED(bytes) __attribute__((aligned(bytes)))
#endif
#ifndef UNUSED
#define UNUSED __attribute__((unused))
#endif
#ifndef DEPRECATED
#define DEPRECATED __attribute__((deprecated))
#endif
#ifndef SIMPLE_FUNCTION
#define SIMPLE_FUNCTION __attribute__((pure))
#endif
#ifndef PRINTF
#define PRINTF(format_index, first_argument) \
    __attribute__((format(printf, format_index, first_argument)))
#endif
#ifndef DLLEXPORT
#define DLLEXPORT __attribute__((visibility("default")))
#endif
/* A function of the library whose body is in a header, for the compiler to put in place. The library
 * itself defines it otherwise, once, to have the function. */
#ifndef LIBTRACE_ACCESSOR
#define LIBTRACE_ACCESSOR extern __inline__ __attribute__((__gnu_inline__))
#endif
#ifndef DLLLOCAL
#define DLLLOCAL __attribute__((visibility("hidden")))
#endif
#ifndef CACHE_LINE_SIZE
#define CACHE_LINE_SIZE 64
#endif
#ifndef LIBTRACE_MIN
#define LIBTRACE_MIN(a, b) ((a) < (b) ? (a) : (b))
#endif

/** Evaluates run always, and asserts `run cond` where assert() is active. */
#ifndef ASSERT_RET
#ifdef NDEBUG
#define ASSERT_RET(run, cond) run
#else
#define ASSERT_RET(run, cond) assert(run cond)
#endif
#endif

/** Compile-time assertion, in a function or outside. */
#ifndef ct_assert
#ifdef __cplusplus
#define ct_assert(e) static_assert((e), #e)
#else
#define ct_assert(e) _Static_assert((e), #e)
#endif
#endif

/* Types for bit-fields that fill 8, 16, 32 or 64 bits. */
#define LT_BITFIELD8  uint8_t
#define LT_BITFIELD16 uint16_t
#define LT_BITFIELD32 uint32_t
#define LT_BITFIELD64 uint64_t

#ifdef __cplusplus
extern "C" {
#endif

/* Integers that may lie at any address, whatever type the bytes were stored with. */
typedef int8_t lt_unaligned_int8_t __attribute__((aligned(1), may_alias));
typedef int16_t lt_unaligned_int16_t __attribute__((aligned(1), may_alias));
typedef int32_t lt_unaligned_int32_t __attribute__((aligned(1), may_alias));
typedef int64_t lt_unaligned_int64_t __attribute__((aligned(1), may_alias));
typedef uint8_t lt_unaligned_uint8_t __attribute__((aligned(1), may_alias));
typedef uint16_t lt_unaligned_uint16_t __attribute__((aligned(1), may_alias));
typedef uint32_t lt_unaligned_uint32_t __attribute__((aligned(1), may_alias));
typedef uint64_t lt_unaligned_uint64_t __attribute__((aligned(1), may_alias));

/** An input: made by trace_create() or trace_create_dead(). */
typedef struct libtrace_t libtrace_t;

/** An output: made by trace_create_output(). */
typedef struct libtrace_out_t libtrace_out_t;

/** A packet filter: made by trace_create_filter(). */
typedef struct libtrace_filter_t libtrace_filter_t;

/** A thread of a parallel trace, as callbacks see it. Valid until trace_destroy(). */
typedef struct libtrace_thread_t libtrace_thread_t;

/** A packet; see libtrace/packet.h. */
typedef struct libtrace_packet_t libtrace_packet_t;

#ifdef __cplusplus
}
#endif

#endif
