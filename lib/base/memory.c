/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sizes are 64-bit and checked here, once, so that a caller can pass a product of lengths from a
 * file. Beyond PTRDIFF_MAX an object cannot be indexed safely, so that is the limit.
 */
#include "lib/base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *refuse(void)
{
    errno = ENOMEM;
    return NULL;
}

static size_t at_least_one(uint64_t n_bytes)
{
    return n_bytes > 0 ? (size_t)n_bytes : 1;
}

void *mem_alloc(uint64_t n_bytes)
{
    return n_bytes <= PTRDIFF_MAX ? malloc(at_least_one(n_bytes)) : refuse();
}

void *mem_alloc_zeroed(uint64_t count, uint64_t size)
{
    uint64_t n_bytes;
    if (__builtin_mul_overflow(count, size, &n_bytes) || n_bytes > PTRDIFF_MAX)
        return refuse();
    return calloc(1, at_least_one(n_bytes));
}

void *mem_alloc_aligned(uint64_t alignment, uint64_t n_bytes)
{
    void *memory;
    if (n_bytes > PTRDIFF_MAX || alignment > PTRDIFF_MAX || (alignment & (alignment - 1)) != 0)
        return refuse();
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    if (posix_memalign(&memory, (size_t)alignment, at_least_one(n_bytes)) != 0)
        return refuse();
    return memset(memory, 0, (size_t)n_bytes);
}

void *mem_resize(void *memory, uint64_t n_bytes)
{
    return n_bytes <= PTRDIFF_MAX ? realloc(memory, at_least_one(n_bytes)) : refuse();
}

void *mem_resize_array(void *memory, uint64_t count, uint64_t size)
{
    uint64_t n_bytes;
    if (__builtin_mul_overflow(count, size, &n_bytes))
        return refuse();
    return mem_resize(memory, n_bytes);
}

void mem_free(void *memory)
{
    const int saved = errno;
    free(memory);
    errno = saved;
}

void *mem_copy(const void *bytes, uint64_t n_bytes)
{
    void *copy = mem_alloc(n_bytes);
    if (copy && n_bytes > 0)
        memcpy(copy, bytes, (size_t)n_bytes);
    return copy;
}

char *mem_copy_string(const char *string)
{
    return mem_copy(string, strlen(string) + 1);
}

char *mem_copy_characters(const char *characters, uint64_t n_bytes)
{
    char *copy = n_bytes < PTRDIFF_MAX ? mem_alloc(n_bytes + 1) : refuse();
    if (!copy)
        return NULL;
    if (n_bytes > 0)
        memcpy(copy, characters, (size_t)n_bytes);
    copy[n_bytes] = '\0';
    return copy;
}

void *mem_map(uint64_t n_bytes)
{
    if (n_bytes > PTRDIFF_MAX)
        return refuse();
    void *memory = mmap(NULL, at_least_one(n_bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

void mem_unmap(void *memory, uint64_t n_bytes)
{
    const int saved = errno;
    if (memory)
        munmap(memory, at_least_one(n_bytes));
    errno = saved;
}
