/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expecting that what was found lies within the captured bytes.
 */
#ifndef WEIR_TESTS_FUZZ_SPAN_H
#define WEIR_TESTS_FUZZ_SPAN_H

#include "lib/base/attributes.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/test.h"

#define NOWHERE UINT32_MAX

#define EXPECT(condition, ...)      \
    do {                            \
        if (UNLIKELY(!(condition))) \
            fail_msg(__VA_ARGS__);  \
    } while (0)

/** The captured bytes. */
struct span {
    const uint8_t *at;
    uint64_t n;
};

/* Reads bytes, for the sanitizer to see. */
static inline void touch(const void *bytes, uint64_t n_bytes)
{
    const volatile uint8_t *at = bytes;
    for (uint64_t i = 0; i < n_bytes; i += n_bytes / 4 + 1)
        (void)at[i];
    if (n_bytes > 0)
        (void)at[n_bytes - 1];
}

static inline uint32_t offset_of(const struct span *span, const void *at, uint64_t n_bytes,
                                 const char *what)
{
    if (!at)
        return NOWHERE;
    const uintptr_t from = (uintptr_t)at;
    const uintptr_t base = (uintptr_t)span->at;
    EXPECT(span->at && from >= base && from - base <= span->n, "%s lies outside", what);
    EXPECT(n_bytes <= span->n - (from - base), "%s: %llu bytes at %llu of %llu", what,
           (unsigned long long)n_bytes, (unsigned long long)(from - base),
           (unsigned long long)span->n);
    touch(at, n_bytes);
    return (uint32_t)(from - base);
}

/** Looks into what IP and transport carry, and at radiotap. A digest of all that was found. */
uint64_t fuzz_look_content(const struct span *span, libtrace_packet_t *packet);

#endif
