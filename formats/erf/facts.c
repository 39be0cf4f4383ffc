/* SPDX-License-Identifier: BSD-2-Clause */
/* What provenance records say. */
#include "formats/erf/erf.h"
#include "formats/erf/tags.h"

#include "lib/base/cursor.h"

static void interpret(struct fact *fact)
{
    const struct fact_kind *kind = erf_find_tag(fact->option);
    if (kind && kind->type == ERF_TAG_TIME) {
        const struct fact_kind time = {kind->option, TRACE_META_UINT64, kind->name};
        fact_interpret(fact, &time, false);
    } else {
        fact_interpret(fact, kind, true);
    }
}

/* The next tag and true, or false at the end. One whose padding is missing is the last. */
static bool next_tag(struct cursor *at, struct fact *tag)
{
    *tag = (struct fact){0};
    if (!cursor_read_be16(at, &tag->option) || !cursor_read_be16(at, &tag->n_bytes))
        return false;
    tag->value = cursor_take(at, tag->n_bytes);
    if (!cursor_skip(at, -(uint64_t)tag->n_bytes & 3))
        cursor_limit(at, 0);
    return tag->value != NULL;
}

void erf_visit_facts(const libtrace_packet_t *packet, fact_visitor *visit, void *argument)
{
    if (packet->type != TRACE_RT_ERF_META || !packet->payload)
        return;
    struct cursor at = cursor_make(packet->payload, packet->cached.capture_length);
    struct fact tag;
    uint32_t section = 0; /* in front of the first one */
    bool goes_on = true;
    while (goes_on && next_tag(&at, &tag)) {
        if (tag.option >= ERF_SECTION) {
            section = tag.option;
        } else if (tag.option != ERF_TAG_PADDING) {
            tag.section = section;
            interpret(&tag);
            goes_on = visit(&tag, argument);
        }
    }
}
