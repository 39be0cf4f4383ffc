/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/conformance/packing.h"

#include "tests/conformance/files.h"

/* clang-format off */
const struct packing packings[] = {
    {"plain", "", NULL, NULL, NULL, TRACE_OPTION_COMPRESSTYPE_NONE, 1, false},
    {"gzip", ".gz", "gzip", "gzip -c", "gzip -dc", TRACE_OPTION_COMPRESSTYPE_ZLIB, 1, true},
    {"gzip of three members", ".gz", "gzip", "gzip -c", "gzip -dc",
     TRACE_OPTION_COMPRESSTYPE_ZLIB, 3, true},
    {"bzip2", ".bz2", "bzip2", "bzip2 -c", "bzip2 -dc", TRACE_OPTION_COMPRESSTYPE_BZ2, 1, true},
    {"xz", ".xz", "xz", "xz -c -0", "xz -dc", TRACE_OPTION_COMPRESSTYPE_LZMA, 1, true},
    {"lzma", ".lzma", "xz", "xz -c -0 --format=lzma", "xz -dc --format=lzma",
     TRACE_OPTION_COMPRESSTYPE_LZMA, 1, false},
    {"zstd", ".zst", "zstd", "zstd -q -c", "zstd -q -dc", TRACE_OPTION_COMPRESSTYPE_ZSTD, 1, true},
    {"lz4", ".lz4", "lz4", "lz4 -q -c", "lz4 -q -dc", TRACE_OPTION_COMPRESSTYPE_LZ4, 1, true},
    {0},
};
/* clang-format on */

bool packing_suits(const struct packing *packing, const struct subject *subject)
{
    if (!packing->program)
        return true;
    if (subject && subject->features & NO_CODECS)
        return false;
    const bool is_there = files_has_program(packing->program);
    if (!is_there)
        print_message("skipped for %s: there is no %s here\n", packing->name, packing->program);
    return is_there;
}

static struct bytes run(const char *filter, const struct bytes *bytes)
{
    int status;
    const struct bytes output = files_run(bytes, &status, "%s", filter);
    if (status != 0)
        fail_msg("%s failed", filter);
    return output;
}

struct bytes packing_part(const struct packing *packing, const struct bytes *bytes, unsigned i)
{
    const size_t from = bytes->n * i / packing->n_members;
    const size_t to = bytes->n * (i + 1) / packing->n_members;
    return (struct bytes){bytes->at + from, to - from, 0};
}

struct bytes packing_pack_part(const struct packing *packing, const struct bytes *part)
{
    struct bytes copy = {0};
    if (packing->program)
        return run(packing->pack, part);
    bytes_add(&copy, part->at, part->n);
    return copy;
}

struct bytes packing_pack(const struct packing *packing, const struct bytes *bytes)
{
    struct bytes packed = {0};
    for (unsigned i = 0; i < packing->n_members; i++) {
        const struct bytes part = packing_part(packing, bytes, i);
        struct bytes member = packing_pack_part(packing, &part);
        bytes_add(&packed, member.at, member.n);
        bytes_free(&member);
    }
    return packed;
}

struct bytes packing_unpack(const struct packing *packing, const struct bytes *bytes)
{
    struct bytes plain = {0};
    if (packing->program)
        return run(packing->unpack, bytes);
    bytes_add(&plain, bytes->at, bytes->n);
    return plain;
}
