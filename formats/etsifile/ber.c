/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An element has a tag, a length and a content; or, in place of the length, a mark that the content
 * ends with an element of two zero bytes. Such contents have to be walked through, element by
 * element, counting how many of them are open.
 */
#include "formats/etsifile/ber.h"

#define TAG_CONSTRUCTED 0x20u
#define TAG_NUMBER      0x1fu /* all ones: the number follows in further bytes */
#define TAG_MAX_BYTES   5     /* of a tag that makes sense */

#define MORE_TAG_BYTES 0x80u

#define LENGTH_LONG       0x80u /* the other bits tell how many bytes of length follow; none: no length */
#define LENGTH_RESERVED   0xffu
#define LENGTH_MAX_NUMBER 0x7fffffffffffu /* more than this, and sums are no longer safe */

/* The bytes in front of a content. */
struct header {
    uint8_t tag;
    bool has_length;
    uint64_t length;
    uint64_t n_bytes; /* of the header; BER_SHORT: those that are needed to know more */
};

static enum ber_outcome need(struct header *header, uint64_t n_bytes)
{
    header->n_bytes = n_bytes;
    return BER_SHORT;
}

static enum ber_outcome read_length(struct header *header, const uint8_t *bytes, uint64_t n_bytes,
                                    uint64_t at)
{
    const uint8_t first = bytes[at++];
    header->has_length = first != LENGTH_LONG;
    header->length = 0;
    if (first == LENGTH_RESERVED)
        return BER_BAD;
    if (!(first & LENGTH_LONG)) {
        header->length = first;
        header->n_bytes = at;
        return BER_WHOLE;
    }
    const uint64_t end = at + (first & ~LENGTH_LONG);
    if (n_bytes < end)
        return need(header, end);
    for (; at < end; at++) {
        header->length = header->length << 8 | bytes[at];
        if (header->length > LENGTH_MAX_NUMBER)
            return BER_BAD;
    }
    header->n_bytes = end;
    const bool is_constructed = header->tag & TAG_CONSTRUCTED;
    return header->has_length || is_constructed ? BER_WHOLE : BER_BAD;
}

static enum ber_outcome read_header(struct header *header, const uint8_t *bytes, uint64_t n_bytes)
{
    if (n_bytes < 2)
        return need(header, 2);
    header->tag = bytes[0];
    uint64_t at = 1;
    if ((header->tag & TAG_NUMBER) == TAG_NUMBER) {
        while (bytes[at] & MORE_TAG_BYTES) {
            at++;
            if (at == TAG_MAX_BYTES)
                return BER_BAD;
            if (at == n_bytes)
                return need(header, n_bytes + 1);
        }
        at++;
    }
    if (at == n_bytes)
        return need(header, n_bytes + 1);
    return read_length(header, bytes, n_bytes, at);
}

static bool is_end_of_content(const struct header *header)
{
    return header->tag == 0 && header->has_length;
}

enum ber_outcome ber_walk(struct ber_walk *walk, const uint8_t *bytes, uint64_t n_bytes)
{
    while (walk->at == 0 || walk->depth > 0) {
        struct header header;
        const uint64_t n_left = n_bytes > walk->at ? n_bytes - walk->at : 0;
        const enum ber_outcome outcome =
            read_header(&header, n_left > 0 ? bytes + walk->at : bytes, n_left);
        if (outcome == BER_SHORT)
            walk->wanted = walk->at + header.n_bytes;
        if (outcome != BER_WHOLE)
            return outcome;
        if (is_end_of_content(&header)) {
            if (walk->depth == 0 || header.length != 0)
                return BER_BAD;
            walk->depth--;
        } else if (!header.has_length) {
            walk->depth++;
        }
        walk->at += header.n_bytes + header.length;
        if (walk->at > LENGTH_MAX_NUMBER)
            return BER_BAD;
    }
    walk->wanted = walk->at;
    return n_bytes >= walk->at ? BER_WHOLE : BER_SHORT;
}

bool ber_take(struct cursor *at, uint8_t *tag, struct cursor *content)
{
    const uint64_t n_left = cursor_remaining(at);
    struct header header;
    struct ber_walk walk = {0};
    if (read_header(&header, at->at, n_left) != BER_WHOLE ||
        ber_walk(&walk, at->at, n_left) != BER_WHOLE)
        return false;
    struct cursor element;
    if (!cursor_take_part(at, walk.at, &element) || !cursor_skip(&element, header.n_bytes))
        return false;
    *tag = header.tag;
    *content = element;
    return true;
}

bool ber_find(struct cursor *at, uint8_t tag, struct cursor *content)
{
    uint8_t found;
    while (ber_take(at, &found, content))
        if (found == tag)
            return true;
    return false;
}

bool ber_unsigned(const struct cursor *content, uint64_t *value)
{
    struct cursor at = *content;
    uint8_t byte;
    if (!cursor_read_u8(&at, &byte) || byte & 0x80)
        return false;
    *value = byte;
    while (cursor_read_u8(&at, &byte)) {
        if (*value >> 56)
            return false;
        *value = *value << 8 | byte;
    }
    return true;
}
