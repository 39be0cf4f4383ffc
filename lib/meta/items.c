/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of facts, in memory of their own. */
#include <libtrace/meta.h>
#include <string.h>

#include "formats/format.h"
#include "lib/base/memory.h"

/* A list that grows, of all facts or of those of one section and option. */
struct listing {
    libtrace_meta_t *meta;
    uint32_t room;
    bool is_for_one;
    uint32_t section;
    uint16_t option;
    bool is_out_of_memory;
};

/* The value in the host's order, terminated if it is text. NULL: no memory. */
static void *copy_value(const struct fact *fact, uint16_t *n_bytes)
{
    const uint8_t as_u8 = (uint8_t)fact->number;
    const uint32_t as_u32 = (uint32_t)fact->number;
    switch (fact->type) {
    case TRACE_META_UINT8:
        *n_bytes = sizeof(as_u8);
        return mem_copy(&as_u8, sizeof(as_u8));
    case TRACE_META_UINT32:
        *n_bytes = sizeof(as_u32);
        return mem_copy(&as_u32, sizeof(as_u32));
    case TRACE_META_UINT64:
        *n_bytes = sizeof(fact->number);
        return mem_copy(&fact->number, sizeof(fact->number));
    case TRACE_META_STRING:
        *n_bytes = fact->n_bytes;
        return mem_copy_characters((const char *)fact->value, fact->n_bytes);
    default:
        *n_bytes = fact->n_bytes;
        return mem_copy(fact->value, fact->n_bytes);
    }
}

static bool reserve(struct listing *listing)
{
    if (listing->meta->num < listing->room)
        return true;
    const uint32_t room = 2 * listing->room + 8;
    void *items = mem_resize_array(listing->meta->items, room, sizeof(*listing->meta->items));
    if (!items)
        return false;
    listing->meta->items = items;
    listing->room = room;
    return true;
}

static bool add_fact(const struct fact *fact, void *argument)
{
    struct listing *listing = argument;
    libtrace_meta_t *meta = listing->meta;
    if (listing->is_for_one &&
        (fact->section != listing->section || fact->option != listing->option))
        return true;
    libtrace_meta_item_t item = {
        .section = (uint16_t)fact->section,
        .option = fact->option,
        .option_name = (char *)(uintptr_t)fact->name,
        .datatype = fact->type,
    };
    item.data = copy_value(fact, &item.len);
    if (!item.data || !reserve(listing)) {
        mem_free(item.data);
        listing->is_out_of_memory = true;
        return false;
    }
    meta->items[meta->num++] = item;
    return meta->num < UINT16_MAX;
}

/* NULL when there are none, or no memory. */
static libtrace_meta_t *list(const libtrace_packet_t *packet, struct listing *listing)
{
    if (!packet || !packet->format)
        return NULL;
    listing->meta = mem_alloc_zeroed(1, sizeof(*listing->meta));
    if (!listing->meta)
        return NULL;
    packet->format->record.visit_facts(packet, add_fact, listing);
    if (listing->meta->num > 0 && !listing->is_out_of_memory)
        return listing->meta;
    trace_destroy_meta(listing->meta);
    return NULL;
}

libtrace_meta_t *trace_get_all_metadata(libtrace_packet_t *packet)
{
    struct listing listing = {.is_for_one = false};
    return list(packet, &listing);
}

libtrace_meta_t *trace_get_single_meta_field(libtrace_packet_t *packet, uint32_t section_code,
                                             uint16_t option_code)
{
    struct listing listing = {.is_for_one = true, .section = section_code, .option = option_code};
    return list(packet, &listing);
}

int trace_destroy_meta(libtrace_meta_t *result)
{
    if (!result)
        return -1;
    for (uint16_t i = 0; i < result->num; i++)
        mem_free(result->items[i].data);
    mem_free(result->items);
    mem_free(result);
    return 1;
}
