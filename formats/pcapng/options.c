/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of options, walked through a cursor that ends where the block does. A value whose padding
 * is missing is taken; it is the last one then.
 */
#include "formats/pcapng/block.h"

bool pcapng_next_option(struct cursor *options, bool is_swapped, struct pcapng_option_view *option)
{
    if (!cursor_read_u16_as(options, &option->code, is_swapped) ||
        !cursor_read_u16_as(options, &option->n_bytes, is_swapped) ||
        option->code == PCAPNG_OPTION_END)
        return false;
    option->value = cursor_take(options, option->n_bytes);
    if (!option->value)
        return false;
    const uint64_t padding = pcapng_pad(option->n_bytes) - option->n_bytes;
    if (!cursor_skip(options, padding))
        cursor_limit(options, 0);
    return true;
}

bool pcapng_has_end_mark(struct cursor options, bool is_swapped)
{
    struct pcapng_option_view option;
    struct cursor last = options;
    while (pcapng_next_option(&options, is_swapped, &option))
        last = options;
    uint16_t code;
    return cursor_has(&last, PCAPNG_END_MARK_BYTES) &&
           cursor_read_u16_as(&last, &code, is_swapped) && code == PCAPNG_OPTION_END;
}

const uint8_t *pcapng_find_option(struct cursor options, bool is_swapped, uint16_t code,
                                  uint16_t n_bytes)
{
    struct pcapng_option_view option;
    while (pcapng_next_option(&options, is_swapped, &option))
        if (option.code == code && option.n_bytes == n_bytes)
            return option.value;
    return NULL;
}

struct cursor pcapng_options_at(const uint8_t *header, bool is_swapped, uint64_t fixed)
{
    const uint64_t end = load_u32_as(header + PCAPNG_LENGTH_AT, is_swapped) - PCAPNG_TRAILER_BYTES;
    return cursor_make(header + (fixed < end ? fixed : end), fixed < end ? end - fixed : 0);
}

struct cursor pcapng_packet_options(const uint8_t *header, bool is_swapped)
{
    const uint32_t length = load_u32_as(header + PCAPNG_LENGTH_AT, is_swapped);
    if (load_u32_as(header + PCAPNG_TYPE_AT, is_swapped) == PCAPNG_SIMPLE_PACKET ||
        length < PCAPNG_PACKET_FRAMING + PCAPNG_TRAILER_BYTES)
        return cursor_make(NULL, 0);
    const uint64_t capture = load_u32_as(header + PCAPNG_CAPTURE_AT, is_swapped);
    return pcapng_options_at(header, is_swapped, PCAPNG_PACKET_FRAMING + pcapng_pad(capture));
}

uint32_t pcapng_packet_flags(const uint8_t *header, bool is_swapped)
{
    const uint8_t *flags = pcapng_find_option(pcapng_packet_options(header, is_swapped), is_swapped,
                                              PCAPNG_EPB_FLAGS, 4);
    return flags ? load_u32_as(flags, is_swapped) : 0;
}
