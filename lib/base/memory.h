/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory. Every function returns NULL when there is none, or when the size does not fit an
 * address space; sizes may come from products of untrusted numbers. A size of 0 gives a valid
 * pointer. All but mem_map() are released with mem_free(). Any thread.
 */
#ifndef WEIR_BASE_MEMORY_H
#define WEIR_BASE_MEMORY_H

#include <stdint.h>

#include "lib/base/attributes.h"

/** `n_bytes` bytes of any content. */
void *mem_alloc(uint64_t n_bytes) MUST_USE;

/** `count` elements of `size` bytes each, all zero. */
void *mem_alloc_zeroed(uint64_t count, uint64_t size) MUST_USE;

/** `n_bytes` zero bytes at a multiple of `alignment`, a power of two. For structures with
 * CACHE_ALIGNED members. */
void *mem_alloc_aligned(uint64_t alignment, uint64_t n_bytes) MUST_USE;

/** Makes an allocation `n_bytes` long, its content kept, new bytes undefined. On failure the old
 * one stays. */
void *mem_resize(void *memory, uint64_t n_bytes) MUST_USE;

/** As mem_resize() to `count` elements of `size` bytes each. */
void *mem_resize_array(void *memory, uint64_t count, uint64_t size) MUST_USE;

/** `memory` may be NULL. Keeps errno. */
void mem_free(void *memory);

/** A copy of `n_bytes` bytes. `bytes` may be NULL when there are none. */
void *mem_copy(const void *bytes, uint64_t n_bytes) MUST_USE;

/** A copy of a string. */
char *mem_copy_string(const char *string) MUST_USE NONNULL;

/** A terminated copy of the first `n_bytes` characters, which need no terminator. */
char *mem_copy_characters(const char *characters, uint64_t n_bytes) MUST_USE;

/** Whole pages of zeros straight from the system, for blocks: returned to it by mem_unmap(). */
void *mem_map(uint64_t n_bytes) MUST_USE;

/** `n_bytes` is what was asked of mem_map(). `memory` may be NULL. Keeps errno. */
void mem_unmap(void *memory, uint64_t n_bytes);

#endif
